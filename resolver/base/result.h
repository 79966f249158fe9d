// Result<T> and Status: how a function that can fail says so.
//
// No exception crosses a folder's border; a third-party call that throws is caught where it stands.
// An Error has a code from a closed list, which callers may branch on, and one line of text for
// people, which says what, where and what to do. Values are immutable and may go between threads.
#pragma once

#include <cassert>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace etymon {

enum class ErrorCode {
  kInvalidArgument,     // The caller's input is wrong; asking again the same way fails again.
  kNotFound,            // The named thing does not exist.
  kAlreadyExists,       // The named thing exists and may not be replaced.
  kPermissionDenied,    // The operating system or our own access rules say no.
  kResourceExhausted,   // A documented limit was reached.
  kFailedPrecondition,  // Right call, wrong state: held by another process, newer format, ...
  kDeadlineExceeded,    // Did not end within the time that was given.
  kUnavailable,         // A peer or the disk does not answer now; later may work.
  kDataLoss,            // Stored bytes are damaged.
  kIo,                  // The operating system failed a read or a write.
  kInternal,            // A promise of our own code does not hold.
};

struct Error {
  ErrorCode code;
  std::string message;
};

// Either a T or an Error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !ok().
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

// A Result with nothing in it but success. That is as small as can be: a lookup hands on some
// thirty.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::make_shared<const Error>(std::move(error))) {}

  bool ok() const { return error_ == nullptr; }
  explicit operator bool() const { return ok(); }

  // REQUIRES: !ok().
  const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::shared_ptr<const Error> error_;  // null: all is well
};

}  // namespace etymon
