// FdWatch: tells when a descriptor can be read or written. Belongs to its loop's thread.
//
// The descriptor is the caller's and must be closed only after the watch is gone. Level-triggered:
// what is not read now is told again in the next turn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "resolver/base/result.h"
#include "resolver/net/event_loop.h"

namespace etymon::net {

enum class Interest : uint8_t { kNone = 0, kRead = 1, kWrite = 2, kReadWrite = 3 };

constexpr bool has_read(Interest interest) {
  return (static_cast<unsigned>(interest) & 1U) != 0;
}

constexpr bool has_write(Interest interest) {
  return (static_cast<unsigned>(interest) & 2U) != 0;
}

class FdWatch {
 public:
  // Called with what is possible now. An error or hang-up of the descriptor counts as readable: the
  // read, which must then be made, says what happened.
  using Callback = std::function<void(Interest ready)>;

  // Watches nothing until want(). Error: kIo when the descriptor cannot be watched.
  static Result<FdWatch> open(EventLoop& loop, int fd, Callback callback);

  // The same, with one share of the loop's time for all that are opened so, however many of them
  // are ready: what is called last may have waited for all others. Error: kResourceExhausted.
  static Result<FdWatch> open_in_crowd(EventLoop& loop, int fd, Callback callback);

  void want(Interest interest);

 private:
  struct State;
  struct Alone;
  struct InCrowd;
  struct CloseLater {
    void operator()(State* state) const;
  };
  using StatePtr = std::unique_ptr<State, CloseLater>;

  explicit FdWatch(StatePtr state) : state_(std::move(state)) {}
  StatePtr state_;
};

}  // namespace etymon::net
