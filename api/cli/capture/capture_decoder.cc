#include "api/cli/capture/capture_decoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/cli/capture/observed_response.h"
#include "api/cli/capture/tunnel.h"
#include "resolver/wire/message.h"

namespace etymon::capture {
namespace {

constexpr uint16_t kDnsPort = 53;
constexpr size_t kUdpHeader = 8;      // RFC 768
constexpr size_t kTcpHeaderMin = 20;  // RFC 9293 section 3.1
constexpr size_t kPorts = 4;          // with which UDP and TCP begin
constexpr uint8_t kTcpSyn = 0x02;
constexpr uint8_t kTcpRst = 0x04;

// Within these octets any link layer has told what the frame carries.
constexpr size_t kLinkHeadersMax = 64;

// Source and destination port come first in UDP and in TCP. Nothing when the packet is not DNS.
std::optional<Flow> dns_flow(const IpPacket& packet) {
  ByteReader in(packet.payload);
  const Endpoint source = {packet.source, in.u16()};
  const Endpoint destination = {packet.destination, in.u16()};
  if (source.port != kDnsPort && destination.port != kDnsPort) {
    return std::nullopt;
  }
  return Flow{source, destination};
}

// Questions go to port 53, responses come from it.
bool carries_responses(const Flow& flow) {
  return flow.source.port == kDnsPort;
}

// Of a message that is cut, whether it is a response, as far as can be told.
bool may_be_response(const Flow& flow, ByteView message) {
  constexpr size_t kFlags = 2;
  return message.size() > kFlags ? (message[kFlags] << 8 & wire::kFlagQr) != 0
                                 : carries_responses(flow);
}

// Whether what lies behind a response is another one; padding may lie there as well.
bool looks_like_response(ByteView octets) {
  if (octets.size() < wire::kHeaderSize) {
    return false;
  }
  const wire::Header header = wire::read_header(octets);
  return (header.flags & wire::kFlagQr) != 0 && header.qdcount <= 1;
}

bool has_ports(const IpPacket& packet) {
  return packet.protocol == kProtocolUdp || packet.protocol == kProtocolTcp;
}

// Whether what begins with `packet` may have brought a response; its payload may be empty.
bool may_bring_response(IpPacket packet) {
  if (packet.payload.empty() || !skip_extension_headers(packet)) {
    return true;
  }
  if (is_tunnel(packet)) {
    return true;
  }
  const auto flow = has_ports(packet) ? dns_flow(packet) : std::nullopt;
  return flow && carries_responses(*flow);
}

}  // namespace

CaptureDecoder::CaptureDecoder(DeliverySink sink)
    : sink_(std::move(sink)),
      fragments_([this](const IpPacket& packet, const TimeSpan& heard) { give_up(packet, heard); }),
      tcp_([this](const Flow& flow, WallTime at,
                  ByteView message) { add_message(at, flow, Transport::kTcp, message); },
           [this](const Flow& flow, const TimeSpan& missed) {
             if (carries_responses(flow)) {
               missed_.add(missed);
             }
           }) {}

Status CaptureDecoder::add_frame(WallTime at, const CapturedFrame& frame) {
  ++counters_.frames;
  span_.add(at, missed_);
  is_cut_ = frame.is_cut();
  packets_.clear();
  if (frame.link) {
    unwrap_frame(*frame.link, frame.octets, packets_);
  }
  if (packets_.empty()) {
    skip(at, !frame.link || (is_cut_ && frame.octets.size() < kLinkHeadersMax));
  }
  for (const ByteView packet : packets_) {
    add_packet(at, packet, 0);
  }
  return status_;
}

Status CaptureDecoder::finish() {
  tcp_.finish();
  fragments_.finish();
  span_.finish(missed_);
  return status_;
}

// `may_be_response`: nobody can tell.
void CaptureDecoder::skip(WallTime at, bool may_be_response) {
  ++counters_.skipped;
  if (may_be_response) {
    missed_.add({at, at});
  }
}

void CaptureDecoder::give_up(const IpPacket& packet, const TimeSpan& heard) {
  if (may_bring_response(packet)) {
    missed_.add(heard);
  }
}

void CaptureDecoder::add_packet(WallTime at, ByteView bytes, unsigned tunnels) {
  std::optional<IpPacket> packet = read_ip_packet(bytes);
  if (!packet) {
    return skip(at, is_cut_);
  }
  if (!packet->fragment) {
    return add_whole(at, *packet, tunnels);
  }
  const std::optional<std::string> payload = fragments_.add(at, *packet);
  if (!payload) {
    return;
  }
  packet->payload = as_bytes(*payload);
  packet->missing = 0;
  packet->fragment.reset();
  // Behind the Fragment header of IPv6 there may be further headers; of IPv4 there are none.
  if (packet->source.is_v4() || (skip_extension_headers(*packet) && !packet->fragment)) {
    add_whole(at, *packet, tunnels);
  }
}

void CaptureDecoder::add_whole(WallTime at, const IpPacket& packet, unsigned tunnels) {
  if (add_inside(at, packet, tunnels)) {
    return;
  }
  const bool hides_ports = has_ports(packet) && packet.payload.size() < kPorts;
  if (packet.missing > 0 && (hides_ports || is_tunnel(packet))) {
    return skip(at, /*may_be_response=*/true);
  }
  if (packet.protocol == kProtocolUdp) {
    add_udp(at, packet);
  } else if (packet.protocol == kProtocolTcp) {
    add_tcp(at, packet);
  } else {
    ++counters_.skipped;
  }
}

// False when nothing is inside: the packet speaks for itself.
bool CaptureDecoder::add_inside(WallTime at, const IpPacket& packet, unsigned tunnels) {
  if (tunnels == kTunnelsMax) {
    return false;
  }
  const std::vector<ByteView> inside = packets_inside(packet);
  for (const ByteView inner : inside) {
    add_packet(at, inner, tunnels + 1);
  }
  return !inside.empty();
}

void CaptureDecoder::add_udp(WallTime at, const IpPacket& packet) {
  const auto flow = dns_flow(packet);
  if (!flow || packet.payload.size() < kUdpHeader) {
    return skip(at, flow && packet.missing > 0 && carries_responses(*flow));
  }
  const size_t claimed = load_u16(&packet.payload[4]);
  const size_t length = std::clamp(claimed, kUdpHeader, packet.payload.size());
  const ByteView octets = packet.payload.subspan(kUdpHeader, length - kUdpHeader);
  if (claimed > length && octets.size() < wire::kHeaderSize && may_be_response(*flow, octets)) {
    missed_.add({at, at});  // Of a longer one add_run() sees what is missing.
  }
  add_run(at, *flow, octets, claimed - std::min(claimed, length));
}

// Datagrams of one size may leave as one, which the sender's network card divides, and arrive as
// one, which the receiver's kernel has joined (Linux's UDP_SEGMENT and UDP_GRO): each is as long as
// the first, but for the last, which may be shorter. `missing`: octets that the capture has not.
void CaptureDecoder::add_run(WallTime at, const Flow& flow, ByteView octets, size_t missing) {
  const auto size = add_message(at, flow, Transport::kUdp, octets);
  if (!size) {
    return;
  }
  ByteView rest = octets.subspan(*size);
  while (!rest.empty()) {
    const ByteView next = rest.first(std::min(*size, rest.size()));
    rest = rest.subspan(next.size());
    if (!looks_like_response(next) || add_message(at, flow, Transport::kUdp, next) != next.size()) {
      missed_.add({at, at});
    }
  }
  if (missing > 0) {
    missed_.add({at, at});
  }
}

void CaptureDecoder::add_tcp(WallTime at, const IpPacket& packet) {
  const auto flow = dns_flow(packet);
  const size_t size = packet.payload.size();
  const size_t header = size < kTcpHeaderMin ? 0 : (packet.payload[12] >> 4) * size_t{4};
  if (!flow || header < kTcpHeaderMin || header > size) {
    return skip(at, flow && packet.missing > 0 && carries_responses(*flow));
  }
  const uint8_t flags = packet.payload[13];
  if ((flags & kTcpRst) != 0) {
    return;  // It ends the connection, wherever it says that the stream is.
  }
  tcp_.add(at, *flow,
           {.sequence = load_u32(&packet.payload[4]),
            .syn = (flags & kTcpSyn) != 0,
            .data = packet.payload.subspan(header),
            .cut = packet.missing});
}

std::optional<size_t> CaptureDecoder::add_message(WallTime at, const Flow& flow,
                                                  Transport transport, ByteView message) {
  std::optional<ObservedResponse> response = read_observed_response(message);
  if (!response) {
    return std::nullopt;
  }
  ++counters_.responses;
  if (response->malformed) {
    ++counters_.malformed;
    missed_.add({at, at});
  }
  for (ObservedAnswer& observed : response->answers) {
    observed.answer.upstream = flow.source;
    tell(
        {at, flow.destination.address, transport, std::move(observed.answer), observed.validity_s});
  }
  return response->size;
}

void CaptureDecoder::tell(const ObservedDelivery& delivery) {
  if (!status_.ok()) {
    return;
  }
  status_ = sink_(delivery);
  counters_.deliveries += status_.ok() ? 1U : 0U;
}

}  // namespace etymon::capture
