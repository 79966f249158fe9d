// ReadingDesk: where the API reads much of the store, so that lookups need not wait for it.
//
// A few threads for all who list, export, summarise and go on with a watch; beyond that they wait
// their turn, which each caller has as often as another (turns.h). Another one tells those who
// watch what is new: they never wait for a page. There are so many places for those who list,
// summarise and look up much, and so many of them for one caller: beyond that they are turned away,
// and so are those whose turn does not come in time. Those who export and watch have places of
// their own. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/service/failure.h"
#include "api/service/limits.h"
#include "api/service/patience.h"
#include "api/service/stint.h"
#include "api/service/stream_places.h"
#include "api/service/turns.h"
#include "api/service/worker.h"
#include "resolver/base/guarded.h"

namespace etymon::service {

class ReadingDesk {
 public:
  static constexpr size_t kThreads = 2;
  // A reader's, free again when it goes.
  using Place = StreamPlaces::Place;

  explicit ReadingDesk(const Limits& limits)
      : limits_(limits), readers_(limits.readers, "TOO_MANY_READERS") {}

  // How long reading for one call, and one write to its client, may take.
  Milliseconds read_time() const { return limits_.read; }
  Milliseconds stall_time() const { return limits_.stall; }
  // Of a call that goes on page after page.
  Stint stint() const { return {limits_.stint, limits_.read}; }

  // TOO_MANY_READERS: there are none left, or not for this caller.
  Outcome<Place> reader(const std::string& caller) { return readers_.take(caller); }

  int readers() const { return readers_.open(); }
  uint64_t refused() const { return readers_.refused(); }  // since the start

  // A reader's, with the failure there is instead of reading when its turn comes too late, which is
  // TOO_MANY_READERS: the time in which it waits for others is none of its own.
  using ReaderTask = std::function<void(const std::optional<Failure>& refusal)>;
  void post_reader(const std::string& caller, ReaderTask task) {
    auto waiting = std::make_shared<Patience>(limits_.turn);
    add(caller, Turns::Kind::kAnswer, [task = std::move(task), waiting = std::move(waiting)] {
      task(waiting->token().stop_requested() ? std::optional(too_late()) : std::nullopt);
    });
  }

  // One page of a stream, within its stint.
  void post_page(const std::string& caller, std::function<void()> task) {
    add(caller, Turns::Kind::kStream, std::move(task));
  }
  // What takes no longer than a few reads.
  void post_live(std::function<void()> task) { live_.post(std::move(task)); }

 private:
  void add(const std::string& caller, Turns::Kind kind, Turns::Task task) {
    turns_.lock()->add(caller, kind, std::move(task));
    worker_.post([this] {
      const Turns::Task next = turns_.lock()->take();
      next();
    });
  }

  static Failure too_late() {
    return {.code = google::rpc::RESOURCE_EXHAUSTED,
            .reason = "TOO_MANY_READERS",
            .message = "others read for too long before it was this call's turn; try again later",
            .retry_after = StreamPlaces::kRetryAfter};
  }

  const Limits limits_;
  StreamPlaces readers_;
  Guarded<Turns> turns_;
  Worker worker_{"reading", kThreads};
  Worker live_{"watch"};
};

}  // namespace etymon::service
