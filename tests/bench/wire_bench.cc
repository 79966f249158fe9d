// What messages cost: reading a question, reading an upstream's response, writing an answer.
#include <benchmark/benchmark.h>

#include "resolver/wire/message.h"
#include "resolver/wire/response.h"
#include "tests/support/dns_messages.h"
#include "tests/support/numbered_names.h"

namespace etymon {
namespace {

void read_query(benchmark::State& state) {
  const std::string plain = testing::numbered_query(4711);
  const std::string edns =
      testing::query("n4711.bench", RecordType::kA).opt(1232, testing::kDnssecOk).wire();
  const std::string& message = state.range(0) == 0 ? plain : edns;
  for (auto _ : state) {
    wire::QueryView view;
    benchmark::DoNotOptimize(wire::read_query(as_bytes(message), view));
    benchmark::DoNotOptimize(view);
  }
}
BENCHMARK(read_query)->ArgName("edns")->Arg(0)->Arg(1);

// A content network's answer: two aliases and eight addresses.
testing::MessageBuilder long_response() {
  auto message = testing::response("n4711.bench", RecordType::kA);
  message.cname("n4711.bench", 300, "edge.cdn.example.net");
  message.cname("edge.cdn.example.net", 60, "pop7.cdn.example.net");
  for (int i = 0; i < 8; ++i) {
    message.a("pop7.cdn.example.net", 20, "192.0.2." + std::to_string(i + 1));
  }
  return message;
}

std::string response_of(const benchmark::State& state) {
  return state.range(0) == 2 ? testing::numbered_answer(4711) : long_response().wire();
}

wire::ParsedResponse parsed(const std::string& message) {
  const std::string question = testing::numbered_query(4711);
  wire::QueryView view;
  static_cast<void>(wire::read_query(as_bytes(question), view));
  return wire::parse_response(as_bytes(message), {.qname = view.qname}).value();
}

void parse_response(benchmark::State& state) {
  const std::string message = response_of(state);
  const std::string question = testing::numbered_query(4711);
  wire::QueryView view;
  static_cast<void>(wire::read_query(as_bytes(question), view));
  for (auto _ : state) {
    benchmark::DoNotOptimize(wire::parse_response(as_bytes(message), {.qname = view.qname}));
  }
}
BENCHMARK(parse_response)->ArgName("records")->Arg(2)->Arg(10);

void write_reply(benchmark::State& state) {
  const wire::ParsedResponse response = parsed(response_of(state));
  const std::string question = testing::numbered_query(4711);
  wire::QueryView view;
  static_cast<void>(wire::read_query(as_bytes(question), view));
  wire::ReplyShape shape{.id = 7, .qname = view.qname, .age_s = 10, .size_limit = wire::kEdnsSize};
  std::array<uint8_t, wire::kEdnsSize> room;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        wire::write_reply(response.stored.view(), shape, room.data(), room.size()));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(write_reply)->ArgName("records")->Arg(2)->Arg(10);

}  // namespace
}  // namespace etymon
