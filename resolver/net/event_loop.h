// EventLoop, Timer and TurnEnd: the turns of one thread, each of them waiting, then working.
//
// Concurrency: a loop and all that is made on it belong to the thread that runs it; only stop() and
// post() may be called from other threads. Between two turns another thread may take the loop over.
// Ownership: timers, turn ends and sockets refer to their loop and must be gone before it. Any of
// them may be destroyed at any time on the loop's thread, even from inside its own callback; its
// callback object lives until the end of that turn. A turn: wait for events, call back for each and
// for due timers, look for more without waiting, and end when there is none or half a millisecond
// has gone.
#pragma once

#include <functional>
#include <memory>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::net {

class EventLoop {
 public:
  // Error: kResourceExhausted when the process is out of descriptors.
  static Result<std::unique_ptr<EventLoop>> create(const Clock& clock);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Works turn by turn until stop(). May be called again afterwards.
  void run();

  // One turn. False: stop() was called, this was the last one.
  bool turn();

  // Any thread: the current turn is the last one, or the next one when none runs.
  void stop();

  // Any thread: `work` is called on the loop, in the order of posting. What is left when the loop
  // goes away is dropped.
  void post(std::function<void()> work);

  // There is something for those that a TurnEnd calls: the turn ends before the loop waits, even
  // when nothing has called back in it.
  void want_turn_end();

  // Monotonic time, read at most once between two waits.
  MonotonicTime now() const;

  // The side that only this folder can look into.
  struct Core;
  Core& core() { return *core_; }

 private:
  explicit EventLoop(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

// Calls back once, or again and again, when its time is over. Resolution: one millisecond, rounded
// up. Inactive until started.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> callback);

  // (Re)starts it: one call after `delay`. Zero means in the next turn, never from inside start().
  void start(Microseconds delay);
  // (Re)starts it: a call every `period`. REQUIRES: period >= 1 ms.
  void repeat(Microseconds period);
  void stop();
  bool active() const;

 private:
  struct State;
  struct CloseLater {
    void operator()(State* state) const;
  };
  std::unique_ptr<State, CloseLater> state_;
};

// Calls back whenever the loop has worked and before it may sleep, those of a loop in the order in
// which they were made: the place to send what the callbacks of a turn have queued.
class TurnEnd {
 public:
  TurnEnd(EventLoop& loop, std::function<void()> callback);

 private:
  std::shared_ptr<const std::function<void()>> callback_;  // the loop knows it while it is there
};

}  // namespace etymon::net
