// CachedAnswers: one loop's forwarder whose cache holds the benchmark's names, and nobody upstream.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "resolver/forward/forwarder.h"
#include "resolver/wire/response.h"
#include "tests/support/fakes.h"
#include "tests/support/lone_turn.h"
#include "tests/support/numbered_names.h"

namespace etymon::hot_path {

// Whoever asks it has missed the cache, which no test here means to.
class NobodyUpstream final : public forward::Asker {
 public:
  void ask(const forward::UpstreamQuestion& question, Done) override {
    ADD_FAILURE() << "missed the cache: " << question.qname;
  }
};

// A name of the benchmark's zone as the miss path would put it into the cache.
inline void keep_name(cache::AnswerCache& cache, uint32_t number, const Clock& clock) {
  const std::string query = testing::numbered_query(number);
  wire::QueryView asked;
  ASSERT_EQ(wire::read_query(as_bytes(query), asked), wire::Triage::kAnswer);
  const std::string message = testing::numbered_answer(number);
  auto response = wire::parse_response(as_bytes(message), {.qname = asked.qname}).value();
  const uint32_t keep_s = cache::apply_policy({}, response);
  cache.insert({.qname = asked.qname},
               {.response = response.stored.view(), .answer = number + 1, .validity_s = keep_s},
               keep_s, clock.monotonic());
}

class CachedAnswers {
 public:
  static constexpr SipKey kCookieSeed{1, 2, 3};

  CachedAnswers(Recorder& recorder, uint32_t names, const forward::Forwarder::Options& options = {})
      : turn(recorder, clock),
        forwarder({turn, cache, recorder, upstream_, nullptr, nullptr, kCookieSeed}, options) {
    for (uint32_t number = 0; number < names; ++number) {
      keep_name(cache, number, clock);
    }
  }

  testing::ManualClock clock;
  cache::AnswerCache cache{16 << 20, 7};
  testing::LoneTurn turn;
  forward::Forwarder forwarder;

 private:
  NobodyUpstream upstream_;
};

}  // namespace etymon::hot_path
