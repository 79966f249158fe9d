// Relay: one piece of work and two threads for it, of which one works at a time.
//
// The working thread may enter something that hangs: a write to a disk that does not come back,
// which no timeout can call off. When it has been in there for too long the other thread takes the
// work over, and the first becomes the one that stands by as soon as it gets out. So the work goes
// on after at most `patience`, and nothing is handed from thread to thread while all is well: going
// in and out costs two atomic operations.
//
// Owns the two threads. start(), join() and the destructor belong to one thread. What the work
// touches is handed over with it; only what happens between enter() and leave() overlaps with the
// other thread.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "resolver/base/clock.h"

namespace etymon {

class Relay {
 public:
  // Which of the two threads works; each has what it needs for enter() to leave() once for itself.
  using Runner = size_t;
  static constexpr size_t kRunners = 2;

  enum class After {
    kGoOn,
    kOver,      // nothing is left to do
    kRelieved,  // leave() said so
  };

  struct Work {
    const char* name;  // of both threads, as name_this_thread() takes it
    // Called again and again, by one thread at a time.
    std::function<After(Runner)> step;
    // Called by the thread that takes over, before it goes on with step(): finishes what the runner
    // that hangs would have done after leave().
    std::function<void(Runner stuck)> take_over;
  };

  // A thread that has entered and not left is relieved within `patience`, and not before three
  // quarters of it. Range: 1 ms and more.
  Relay(Work work, Milliseconds patience);
  ~Relay();  // as join()
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  void start();

  // Returns when step() has said kOver, and a thread that hangs has come back. Idempotent.
  void join();

  // The working thread, inside step(): from here on it may hang. To be given to leave().
  uint64_t enter();
  // The same thread, out again. False: it was relieved; it touches nothing more of the work and
  // returns kRelieved.
  bool leave(uint64_t entering);

 private:
  void run(Runner me);
  bool stand_by(Runner me);
  void sleep_while_idle(std::unique_lock<std::mutex>& lock);
  bool relieves();

  const Work work_;
  const Microseconds look_every_;

  std::atomic<uint64_t> entered_{0};  // how often; the working thread counts
  std::atomic<uint64_t> inside_{0};   // which of them is under way; 0: none, or it was relieved
  std::atomic<bool> asleep_{false};   // nobody looks: enter() has to wake who stands by

  std::mutex mutex_;  // for what follows
  std::condition_variable change_;
  Runner working_ = 0;
  uint64_t seen_ = 0;   // inside_ when who stands by last looked
  size_t looks_ = 0;    // how often in a row it was the same
  uint64_t known_ = 0;  // entered_ when who stands by last looked
  bool over_ = false;
  std::array<std::thread, kRunners> threads_;
};

}  // namespace etymon
