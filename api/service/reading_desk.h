// ReadingDesk: where the API reads much of the store, so that lookups need not wait for it.
//
// A few threads for all who list, export, summarise and watch; beyond that readers wait their turn,
// and beyond kWaitingMax of them they are turned away. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "api/service/failure.h"
#include "api/service/limits.h"
#include "api/service/worker.h"

namespace etymon::service {

class ReadingDesk {
 public:
  static constexpr size_t kThreads = 2;
  // Whole listings and summaries that may wait or run at one time.
  static constexpr int kReadersMax = 64;
  // Exports that may be under way at one time, those included whose clients are slow.
  static constexpr int kExportsMax = 16;
  // Streams of Watch at one time: the journal's writer tells each of every turn.
  static constexpr int kWatchersMax = 32;

  // What those who are turned away are told to wait: most reading is over by then.
  static constexpr Seconds kRetryAfter{2};

  // A place of one of these kinds, free again when it goes.
  class Place {
   public:
    Place() = default;
    explicit Place(std::atomic<int>& taken) : taken_(&taken) {}
    Place(Place&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(taken_, other.taken_);
      return *this;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (taken_ != nullptr) {
        --*taken_;
      }
    }

   private:
    std::atomic<int>* taken_ = nullptr;
  };

  explicit ReadingDesk(const Limits& limits) : limits_(limits) {}

  // How long reading for one call, and one write to its client, may take.
  Milliseconds read_time() const { return limits_.read; }
  Milliseconds stall_time() const { return limits_.stall; }

  Outcome<Place> reader() { return take(readers_, kReadersMax, "TOO_MANY_READERS"); }
  Outcome<Place> exporter() { return take(exports_, kExportsMax, "TOO_MANY_READERS"); }
  Outcome<Place> watcher() { return take(watchers_, kWatchersMax, "TOO_MANY_WATCHERS"); }

  // Under way now, and turned away since the start.
  int exports() const { return exports_; }
  int watchers() const { return watchers_; }
  uint64_t refused() const { return refused_; }

  void post(std::function<void()> task) { worker_.post(std::move(task)); }

 private:
  Outcome<Place> take(std::atomic<int>& taken, int max, const char* reason) {
    if (taken.fetch_add(1) < max) {
      return Place(taken);
    }
    --taken;
    ++refused_;
    return Failure{.code = google::rpc::RESOURCE_EXHAUSTED,
                   .reason = reason,
                   .message = "the daemon serves no more than " + std::to_string(max) +
                              " calls of this kind at one time; try again later",
                   .retry_after = kRetryAfter};
  }

  const Limits limits_;
  std::atomic<int> readers_{0};
  std::atomic<int> exports_{0};
  std::atomic<int> watchers_{0};
  std::atomic<uint64_t> refused_{0};
  Worker worker_{kThreads};
};

}  // namespace etymon::service
