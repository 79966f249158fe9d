// Writes the first seeds of the fuzz targets to the folder given, one file for each shape that the
// parsers tell apart.
#include <cstdio>
#include <filesystem>

#include "tests/fuzz/seed_folder.h"
#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using fuzz::SeedFolder;

using testing::kDnssecOk;
using testing::query;
using testing::response;

void write_queries(const SeedFolder& seeds) {
  seeds.add("plain", query("www.example", RecordType::kA));
  seeds.add("root", query(".", RecordType::kNs));
  seeds.add(
      "edns-do-cookie",
      query("www.example", RecordType::kHttps).opt(4096, kDnssecOk, svcb_param(10, "12345678")));
  seeds.add("edns-version-1", query("www.example", RecordType::kA).opt(1232, 0x0001'0000));
  seeds.add("edns-bad-option",
            query("www.example", RecordType::kA).opt(1232, 0, std::string("\0\x0A\0\x09x", 5)));
  seeds.add("notify", query("example", RecordType::kSoa).flags(4 << 11));
  std::string with_tsig = query("www.example", RecordType::kA).opt(1232).wire();
  append_raw(with_tsig, MessageBuilder::kAdditional, pointer_to(kHeaderSize), RecordType::kTsig,
             "mac");
  seeds.add("tsig", with_tsig);
}

void write_chains(const SeedFolder& seeds) {
  constexpr auto kAnswer = MessageBuilder::kAnswer;
  seeds.add("cname-chain", response("a.example", RecordType::kA)
                               .cname("a.example", 60, "b.example")
                               .cname("b.example", 60, "c.example")
                               .a("c.example", 60, "192.0.2.1")
                               .opt(1232));
  seeds.add("cname-loop", response("a.example", RecordType::kA)
                              .cname("a.example", 60, "b.example")
                              .cname("b.example", 60, "a.example"));
  seeds.add("dname",
            response("a.old.example", RecordType::kAaaa)
                .record(kAnswer, "old.example", RecordType::kDname, 60, wire_name("new.example"))
                .aaaa("a.new.example", 60, "64:ff9b::c000:201"));
  seeds.add("unrelated", response("a.example", RecordType::kA)
                             .a("victim.example", 60, "203.0.113.66")
                             .a("a.example", 60, "192.0.2.1"));
  std::string into_dropped = response("a.example", RecordType::kCname).wire();
  const size_t victim_at = into_dropped.size();
  append_raw(into_dropped, kAnswer, wire_name("target.victim"), RecordType::kA, "\1\2\3\4");
  append_raw(into_dropped, kAnswer, pointer_to(kHeaderSize), RecordType::kCname,
             pointer_to(victim_at));
  seeds.add("pointer-into-dropped", into_dropped);
}

void write_types(const SeedFolder& seeds) {
  constexpr auto kAnswer = MessageBuilder::kAnswer;
  constexpr auto kAdditional = MessageBuilder::kAdditional;
  const std::string hints =
      svcb_param(4, v4_data("192.0.2.1")) + svcb_param(6, v6_data("2001:db8::1"));
  seeds.add("https-hints",
            response("a.example", RecordType::kHttps)
                .record(kAnswer, "a.example", RecordType::kHttps, 60, svcb_data(1, ".", hints)));
  seeds.add("srv-additional",
            response("a.example", RecordType::kSrv)
                .record(kAnswer, "a.example", RecordType::kSrv, 60, srv_data("t.example"))
                .record(kAdditional, "t.example", RecordType::kA, 60, v4_data("192.0.2.1")));
  seeds.add("signed",
            response("a.example", RecordType::kA)
                .a("a.example", 60, "192.0.2.1")
                .record(kAnswer, "a.example", RecordType::kRrsig, 60, rrsig_data(RecordType::kA))
                .opt(1232, kDnssecOk));
  seeds.add("any", response("a.example", RecordType::kAny)
                       .a("a.example", 60, "192.0.2.1")
                       .record(kAnswer, "a.example", RecordType::kMx, 60, mx_data("m.example"))
                       .record(kAnswer, "a.example", RecordType::kTxt, 60, "\4text"));
  seeds.add("text-without-text", response("a.example", RecordType::kTxt)
                                     .record(kAnswer, "a.example", RecordType::kTxt, 60, ""));
}

void write_findings(const SeedFolder& seeds) {
  constexpr auto kAdditional = MessageBuilder::kAdditional;
  const MessageBuilder base = response("a.example", RecordType::kA).a("a.example", 60, "192.0.2.1");
  std::string into_ttl = base.wire();
  const size_t ttl_at = into_ttl.size() - 10;  // TTL, data length, data
  append_raw(into_ttl, kAdditional, pointer_to(ttl_at), RecordType::kA, "\1\2\3\4");
  seeds.add("pointer-into-ttl", into_ttl);
  std::string bad_tsig = base.wire();
  append_raw(bad_tsig, kAdditional, wire_name("key"), RecordType::kTsig, "cut");
  seeds.add("malformed-tsig", bad_tsig);
  seeds.add("octets-behind", base.wire() + "stray");
}

void write_negatives(const SeedFolder& seeds) {
  seeds.add("nxdomain", response("a.example", RecordType::kA, 3).soa("example", 900, 60).opt(1232));
  seeds.add("servfail", response("a.example", RecordType::kA, 2).opt(1232));
  seeds.add("badvers", response("a.example", RecordType::kA).opt(1232, 1U << 24));
}

}  // namespace
}  // namespace etymon::wire

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_fuzz_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path root = argv[1];
  etymon::wire::write_queries(etymon::fuzz::SeedFolder(root / "query"));
  const etymon::fuzz::SeedFolder responses(root / "response");
  etymon::wire::write_chains(responses);
  etymon::wire::write_types(responses);
  etymon::wire::write_findings(responses);
  etymon::wire::write_negatives(responses);
  etymon::fuzz::write_captures(etymon::fuzz::SeedFolder(root / "capture"));
  etymon::fuzz::write_pcapng_files(etymon::fuzz::SeedFolder(root / "pcapng"));
  return 0;
}
