// ReadingDesk: where the API reads much of the store, so that lookups need not wait for it.
//
// A few threads for all who list, export, summarise and go on with a watch; beyond that they wait
// their turn. Another one tells those who watch what is new: they never wait for a page. There are
// so many places for those who list, summarise and look up much, and so many of them for one
// caller: beyond that they are turned away. Those who export and watch have places of their own.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "api/service/failure.h"
#include "api/service/limits.h"
#include "api/service/stream_places.h"
#include "api/service/worker.h"

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

  // TOO_MANY_READERS: there are none left, or not for this caller.
  Outcome<Place> reader(const std::string& caller) { return readers_.take(caller); }

  int readers() const { return readers_.open(); }
  uint64_t refused() const { return readers_.refused(); }  // since the start

  void post(std::function<void()> task) { worker_.post(std::move(task)); }
  // What takes no longer than a few reads.
  void post_live(std::function<void()> task) { live_.post(std::move(task)); }

 private:
  const Limits limits_;
  StreamPlaces readers_;
  Worker worker_{"reading", kThreads};
  Worker live_{"watch"};
};

}  // namespace etymon::service
