// Deferrable<T>: a value behind a lock for which who changes it never waits.
//
// As Guarded, but that a change finds the lock free or is left for whoever has it next: they make
// it before they see the value. So whoever takes the lock sees every change that was asked for
// before, and a loop does not stand still because a thread was put aside by the kernel while it was
// reading.
//
// lock(): any thread. change(): one thread at a time; changes happen in the order in which they
// were asked for. Whatever is left when the value ends is never made.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace etymon {

template <class T>
class Deferrable {
 public:
  using Change = std::function<void(T&)>;

  class Handle {
   public:
    T& operator*() { return *value_; }
    T* operator->() { return value_; }

   private:
    friend class Deferrable;
    Handle(std::mutex& mutex, T& value) : lock_(mutex), value_(&value) {}
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };

  explicit Deferrable(T value) : value_(std::move(value)) {}
  Deferrable(const Deferrable&) = delete;
  Deferrable& operator=(const Deferrable&) = delete;
  ~Deferrable() { take_left(); }

  // The constness says nothing about the value, as with Guarded.
  Handle lock() const {
    Handle handle(mutex_, value_);
    make_left();
    return handle;
  }

  // Calls `now` with the value; or, where somebody has the lock, leaves what `later()` gives. Both
  // are to change the same, the second by what it has of its own.
  template <class Now, class Later>
  void change(Now now, Later later) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock) {
      make_left();
      now(value_);
    } else {
      leave(later());
    }
  }

  // Without the lock. REQUIRES: no change was asked for since somebody had it last, or ever will
  // be.
  const T& unchanging() const { return value_; }

 private:
  struct Left {
    Change change;
    Left* before;  // the one that was left before; left_ owns both
  };

  void leave(Change change) {
    auto left =
        std::make_unique<Left>(Left{std::move(change), left_.load(std::memory_order_relaxed)});
    while (!left_.compare_exchange_weak(left->before, left.get(), std::memory_order_release,
                                        std::memory_order_relaxed)) {
    }
    static_cast<void>(left.release());  // left_ has it.
  }

  // The oldest first.
  std::vector<std::unique_ptr<Left>> take_left() const {
    std::vector<std::unique_ptr<Left>> taken;
    Left* newest = left_.exchange(nullptr, std::memory_order_acquire);
    for (; newest != nullptr; newest = newest->before) {
      taken.emplace_back(newest);
    }
    std::ranges::reverse(taken);
    return taken;
  }

  void make_left() const {
    if (left_.load(std::memory_order_relaxed) == nullptr) {
      return;
    }
    for (const auto& left : take_left()) {
      left->change(value_);
    }
  }

  mutable std::mutex mutex_;
  mutable T value_;
  mutable std::atomic<Left*> left_{nullptr};  // the newest
};

}  // namespace etymon
