// Guarded<T>: a value that cannot be reached without its lock.
//
// Any thread may call lock(); the value is accessible only through the returned handle, which holds
// the mutex until it is destroyed. Keep handles short-lived and never hold two at once.
#pragma once

#include <mutex>
#include <utility>

namespace etymon {

template <class T>
class Guarded {
 public:
  class Handle {
   public:
    T& operator*() { return *value_; }
    T* operator->() { return value_; }
    // For waiting on a std::condition_variable.
    std::unique_lock<std::mutex>& mutex_lock() { return lock_; }

   private:
    friend class Guarded;
    Handle(std::mutex& mutex, T& value) : lock_(mutex), value_(&value) {}
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };

  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  Handle lock() { return Handle(mutex_, value_); }
  // The constness of a Guarded says nothing about the value: a reader locks as a writer does.
  Handle lock() const { return Handle(mutex_, value_); }

 private:
  mutable std::mutex mutex_;
  mutable T value_{};
};

}  // namespace etymon
