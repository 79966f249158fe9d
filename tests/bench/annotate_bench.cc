// What `annotate` does with a line beside asking: from its text to the question, and from the
// answer to what is written behind it.
#include <benchmark/benchmark.h>

#include "api/cli/annotation.h"
#include "api/cli/question.h"
#include "resolver/base/time_text.h"
#include "tests/support/fakes.h"

namespace etymon::cli {
namespace {

const WallTime kNow = parse_time("2026-11-25T12:00:00Z", WallTime())->start;

constexpr const char* kPacket =
    "Nov 23 14:21:46 gw kernel: IN=eth1 OUT=eth0 SRC=192.168.1.7 DST=203.0.113.83 LEN=60 TOS=0x00 "
    "PREC=0x00 TTL=63 ID=5160 DF PROTO=TCP SPT=51514 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0";
constexpr const char* kEvent =
    R"({"timestamp":"2026-11-23T14:21:46.000123+0000","flow_id":1,"event_type":"flow",)"
    R"("src_ip":"192.168.1.7","src_port":51514,"dest_ip":"203.0.113.83","dest_port":443,)"
    R"("proto":"TCP","flow":{"start":"2026-11-23T14:21:40.000123+0000","state":"closed"}})";

// The format is known from the line before, as it mostly is.
void read_line(benchmark::State& state, const char* line) {
  const testing::ManualClock clock(kNow);
  const auto recognizer = *logs::Recognizer::create({.timezone = "UTC"}, clock);
  if (recognizer->read(line).reading != logs::Reading::kFlow) {
    state.SkipWithError("the line is not understood");
    return;
  }
  for (auto _ : state) {
    const auto found = recognizer->read(line);
    v1::LookupRequest question;
    write_question(key_of(found.flow, *recognizer), question);
    benchmark::DoNotOptimize(question);
  }
}
BENCHMARK_CAPTURE(read_line, netfilter, kPacket);
BENCHMARK_CAPTURE(read_line, suricata, kEvent);

// One name behind an alias, as most answers have it.
v1::LookupResult answer() {
  v1::LookupResult result;
  v1::LookupResponse& response = *result.mutable_answer();
  response.set_verdict(v1::VERDICT_LIVE);
  v1::Candidate& candidate = *response.add_candidates();
  candidate.set_name("download.update.example");
  candidate.set_client("192.168.1.7");
  candidate.add_chain("download.update.example");
  candidate.add_chain("edge.cdn.example");
  return result;
}

void write_annotation_as_text(benchmark::State& state) {
  const v1::LookupResult result = answer();
  for (auto _ : state) {
    benchmark::DoNotOptimize(text_annotation({}, result));
  }
}
BENCHMARK(write_annotation_as_text);

void write_annotation_as_json(benchmark::State& state) {
  const v1::LookupResult result = answer();
  v1::LookupRequest question;
  question.set_client("192.168.1.7");
  question.set_address("203.0.113.83");
  for (auto _ : state) {
    benchmark::DoNotOptimize(json_annotation(question, result));
  }
}
BENCHMARK(write_annotation_as_json);

}  // namespace
}  // namespace etymon::cli
