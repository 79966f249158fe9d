// ReadingDesk: where the API reads much of the store, so that lookups need not wait for it.
//
// A few threads for all who list, export, summarise and go on with a watch; beyond that they wait
// their turn. Another one tells those who watch what is new: they never wait for a page. Beyond
// kReadersMax of them, those who list and summarise are turned away; those who export and watch
// have places of their own (stream_places.h). Thread-safe.
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

  // What those who are turned away are told to wait: most reading is over by then.
  static constexpr Seconds kRetryAfter{2};

  // A reader's, free again when it goes.
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

  // TOO_MANY_READERS: there are none left.
  Outcome<Place> reader() {
    if (readers_.fetch_add(1) < kReadersMax) {
      return Place(readers_);
    }
    --readers_;
    ++refused_;
    return Failure{.code = google::rpc::RESOURCE_EXHAUSTED,
                   .reason = "TOO_MANY_READERS",
                   .message = "the daemon serves no more than " + std::to_string(kReadersMax) +
                              " calls of this kind at one time; try again later",
                   .retry_after = kRetryAfter};
  }

  // Turned away since the start.
  uint64_t refused() const { return refused_; }

  void post(std::function<void()> task) { worker_.post(std::move(task)); }
  // What takes no longer than a few reads.
  void post_live(std::function<void()> task) { live_.post(std::move(task)); }

 private:
  const Limits limits_;
  std::atomic<int> readers_{0};
  std::atomic<uint64_t> refused_{0};
  Worker worker_{"reading", kThreads};
  Worker live_{"watch"};
};

}  // namespace etymon::service
