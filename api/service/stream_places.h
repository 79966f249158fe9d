// StreamPlaces: how many streams of one kind may be open at one time, in all and for one caller: a
// stream costs little while it is silent, but may be so for weeks. And how many calls may read much
// (reading_desk.h). Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "api/service/failure.h"
#include "api/service/limits.h"
#include "resolver/base/guarded.h"

namespace etymon::service {

class StreamPlaces {
 public:
  // What those who are turned away are told to wait.
  static constexpr Seconds kRetryAfter{2};

 private:
  struct State {
    std::map<std::string, int> taken;  // by the caller's name; nobody has 0
    int all = 0;
    uint64_t refused = 0;
  };
  using Shared = std::shared_ptr<Guarded<State>>;

 public:
  // One of them, free again when it goes.
  class Place {
   public:
    Place(Shared state, std::string caller)
        : state_(std::move(state)), caller_(std::move(caller)) {}
    Place(Place&&) = default;
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (state_) {
        auto state = state_->lock();
        --state->all;
        const auto taken = state->taken.find(caller_);
        if (--taken->second == 0) {
          state->taken.erase(taken);
        }
      }
    }

   private:
    Shared state_;  // null: moved away
    std::string caller_;
  };

  // `reason`: of those who are turned away, as the API tells it.
  explicit StreamPlaces(StreamLimit limit, const char* reason = "TOO_MANY_STREAMS")
      : limit_(limit), reason_(reason) {}

  // RESOURCE_EXHAUSTED: there are none left, or not for this caller.
  Outcome<Place> take(const std::string& caller) {
    auto state = state_->lock();
    const auto taken = state->taken.find(caller);
    if (taken != state->taken.end() && taken->second >= limit_.caller) {
      ++state->refused;
      return refusal("'" + caller + "' has", limit_.caller);
    }
    if (state->all >= limit_.all) {
      ++state->refused;
      return refusal("all callers have", limit_.all);
    }
    ++state->all;
    ++state->taken[caller];
    return Place(state_, caller);
  }

  int open() const { return state_->lock()->all; }
  uint64_t refused() const { return state_->lock()->refused; }  // since the start

 private:
  Failure refusal(const std::string& who, int most) const {
    return {.code = google::rpc::RESOURCE_EXHAUSTED,
            .reason = reason_,
            .message = who + " " + std::to_string(most) +
                       " calls of this kind under way, and no more are served at one time; end "
                       "some, or try again later",
            .retry_after = kRetryAfter};
  }

  const StreamLimit limit_;
  const char* const reason_;
  const Shared state_ = std::make_shared<Guarded<State>>();
};

// Of each kind that callers may keep open. Exports and watches are refused by the names that they
// had before callers had places of their own.
struct Streams {
  explicit Streams(const Limits& limits)
      : lookups(limits.lookup_streams),
        ingests(limits.ingests),
        exports(limits.exports, "TOO_MANY_READERS"),
        watches(limits.watches, "TOO_MANY_WATCHERS") {}

  uint64_t refused() const {
    return lookups.refused() + ingests.refused() + exports.refused() + watches.refused();
  }

  StreamPlaces lookups;
  StreamPlaces ingests;
  StreamPlaces exports;
  StreamPlaces watches;
};

}  // namespace etymon::service
