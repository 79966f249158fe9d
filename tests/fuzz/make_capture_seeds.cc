// Seeds of the capture target: what carries a response, whole and in pieces.
#include "tests/fuzz/seed_folder.h"
#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::fuzz {
namespace {

using namespace etymon::testing;

constexpr int kTcp = 6;
constexpr int kUdp = 17;
constexpr int kFragment = 44;
constexpr int kGre = 47;
constexpr int kSyn = 0x02;

// The first octet of an input, as the target understands it.
const std::string kEthernetLink(1, '\0');
const std::string kRawLink(1, '\5');

std::string frame(const std::string& octets, uint16_t cut = 0, uint16_t later_ms = 1) {
  return be16(later_ms) + be16(cut) + be16(static_cast<uint16_t>(octets.size())) + octets;
}

std::string datagram() {
  return udp(53, 4000, simple_response());
}

void write_whole(const SeedFolder& seeds) {
  seeds.add("udp", kEthernetLink + frame(ethernet(ipv4(kUdp, datagram()))) +
                       frame(ethernet(ipv6(kUdp, datagram()), kTypeIpv6)));
  seeds.add("raw", kRawLink + frame(ipv4(kUdp, datagram())) + frame(ipv6(kUdp, datagram())));
  seeds.add("cut", kEthernetLink + frame(ethernet(ipv4(kUdp, datagram().substr(0, 30))), 20) +
                       frame(ethernet(ipv4(kUdp, datagram()))));
  seeds.add(
      "run",
      kEthernetLink +
          frame(ethernet(ipv4(
              kUdp, udp(53, 4000, simple_response("a.example") + simple_response("b.example"))))));
  seeds.add("part", kEthernetLink + frame(ethernet(ipv4(kUdp, datagram().substr(0, 48)))));
  seeds.add("gre", kEthernetLink + frame(ethernet(ipv4(
                                       kGre, be16(0) + be16(kTypeIpv4) + ipv4(kUdp, datagram())))));
  constexpr uint16_t kBack = 0xF000;  // four seconds
  seeds.add("clock-back", kEthernetLink + frame(ethernet(ipv4(kUdp, datagram()))) +
                              frame(ethernet(ipv4(kUdp, datagram())), 0, kBack) +
                              frame(ethernet(ipv4(kUdp, datagram()))));
}

void write_pieces(const SeedFolder& seeds) {
  const std::string all = datagram();
  seeds.add("fragments",
            kEthernetLink +
                frame(ethernet(ipv4(kUdp, all.substr(16), {}, {.id = 5, .offset = 16}))) +
                frame(ethernet(ipv4(kUdp, all.substr(0, 16), {}, {.id = 5, .more = true}))));
  const auto piece = [&](const std::string& payload, const FragmentFields& fields) {
    return frame(ethernet(ipv6(kFragment, ipv6_fragment(kUdp, payload, fields)), kTypeIpv6));
  };
  seeds.add("fragments6", kEthernetLink + piece(all.substr(0, 24), {.id = 5, .more = true}) +
                              piece(all.substr(24), {.id = 5, .offset = 24}));
  const auto segment = [](uint32_t number, const std::string& payload, int flags = 0x10) {
    return frame(ethernet(ipv4(kTcp, tcp(53, 4000, number, payload, flags))));
  };
  const std::string stream = with_length(simple_response());
  seeds.add("segments", kEthernetLink + segment(99, "", kSyn) + segment(110, stream.substr(10)) +
                            segment(100, stream.substr(0, 10)));
  seeds.add("hole", kEthernetLink + segment(99, "", kSyn) + segment(500, stream));
}

}  // namespace

void write_pcapng_files(const SeedFolder& seeds) {
  const WallTime at{Seconds(1'700'000'000)};
  const std::string octets = ethernet(ipv4(kUdp, datagram()));
  for (const bool little : {false, true}) {
    const PcapngBlocks blocks{little};
    const std::string head = blocks.section() + blocks.interface();
    seeds.add(little ? "frame" : "frame-big-endian", head + blocks.frame(0, at, octets));
    const std::string nanoseconds = blocks.option(9, std::string(1, '\t'));
    const std::string dropped = blocks.option(5, blocks.u64(3));
    seeds.add(little ? "dropped" : "dropped-big-endian",
              head + blocks.interface(101, nanoseconds) +
                  blocks.frame(0, at, octets, blocks.option(4, blocks.u64(1))) +
                  blocks.statistics(0, at, dropped));
  }
}

void write_captures(const SeedFolder& seeds) {
  write_whole(seeds);
  write_pieces(seeds);
}

}  // namespace etymon::fuzz
