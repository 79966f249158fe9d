// UntakenAnswers: the answers of unary calls that their clients have not taken to the end.
//
// gRPC keeps an answer until then, and a client may take none, and ask on. So there is so much room
// for them, in all and for one caller, and so much time for each. Small ones are not counted: with
// one, a call keeps little more than without (limits.h), and most lookups have one and should not
// wait for this. Thread-safe; outlives its answers.
#pragma once

#include <grpcpp/server_context.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "api/service/failure.h"
#include "api/service/limits.h"
#include "api/service/stall_guard.h"
#include "api/service/stream_places.h"
#include "resolver/base/guarded.h"

namespace etymon::service {

class UntakenAnswers {
 public:
  static constexpr size_t kSmallMax = 4 << 10;  // octets

  explicit UntakenAnswers(const Limits& limits) : limit_(limits.answers), time_(limits.untaken) {}

  // One of them. Belongs to its call, which has it from before Finish() on until it is done; when
  // the time for it is over, the call is cancelled.
  class Answer {
   public:
    // add() makes them.
    Answer(UntakenAnswers& all, grpc::CallbackServerContext& context, std::string caller,
           size_t octets)
        : all_(all), caller_(std::move(caller)), octets_(octets), stall_(context, all.time_, {}) {
      stall_.arm();
    }
    ~Answer() { all_.let_go(caller_, octets_); }
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;

   private:
    UntakenAnswers& all_;
    const std::string caller_;
    const size_t octets_;
    StallGuard stall_;
  };

  // Before a call is finished with an answer of so many octets. Null: it is a small one.
  // TOO_MANY_READERS: it must not be given.
  Outcome<std::unique_ptr<Answer>> add(grpc::CallbackServerContext& context,
                                       const std::string& caller, size_t octets) {
    if (octets <= kSmallMax) {
      return std::unique_ptr<Answer>();
    }
    if (!hold(caller, octets)) {
      return refusal();
    }
    return std::make_unique<Answer>(*this, context, caller, octets);
  }

  size_t octets() const { return state_.lock()->all; }
  uint64_t refused() const { return state_.lock()->refused; }  // since the start

 private:
  struct State {
    std::map<std::string, size_t> held;  // octets, by the caller's name; nobody has 0
    size_t all = 0;
    uint64_t refused = 0;
  };

  bool hold(const std::string& caller, size_t octets) {
    auto state = state_.lock();
    const auto own = state->held.find(caller);
    const size_t before = own == state->held.end() ? 0 : own->second;
    if (before + octets > limit_.caller || state->all + octets > limit_.all) {
      ++state->refused;
      return false;
    }
    state->all += octets;
    state->held[caller] += octets;
    return true;
  }

  void let_go(const std::string& caller, size_t octets) {
    auto state = state_.lock();
    state->all -= octets;
    const auto own = state->held.find(caller);
    own->second -= octets;
    if (own->second == 0) {
      state->held.erase(own);
    }
  }

  static Failure refusal() {
    return {.code = google::rpc::RESOURCE_EXHAUSTED,
            .reason = "TOO_MANY_READERS",
            .message =
                "answers that were not taken yet leave no room for this one; take them, or "
                "try again later",
            .retry_after = StreamPlaces::kRetryAfter};
  }

  const AnswerLimit limit_;
  const Milliseconds time_;
  Guarded<State> state_;
};

}  // namespace etymon::service
