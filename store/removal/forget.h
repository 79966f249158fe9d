// Forget: takes deliveries out of the store, so that no octet of them is left on the disk.
//
// The fold thread carries out one order after the other (forget_work.h says how), in steps
// between its folds, and none while a backup is being made (store.cc). What is delivered while it
// goes on is not forgotten; but after a clock was ahead, and until it has passed the last moment
// that it had stamped, it may be: the two cannot be told apart by their times. What fails is tried
// again after a minute, and after twice as long each time, up to an hour; and after the next start.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "store/files/meter.h"
#include "store/model/forget_report.h"
#include "store/model/retry_wait.h"
#include "store/removal/forget_work.h"

namespace etymon::store {

class Forget {
 public:
  // The functions in it are called on the fold thread, but for `wake`.
  explicit Forget(ForgetParts parts);

  // What was forgotten, and what has to go on. Before the fold thread is started. Errors:
  // kDataLoss, kIo.
  Status load();

  // Waits until it is done, one at a time; any thread. Errors: kInvalidArgument, kUnavailable
  // (stopped: nobody waits any more, what has begun goes on), kDataLoss, and as the disk says.
  Result<ForgetReport> run(const ForgetOrder& order, const Oversight& oversight);

  std::vector<ForgetRecord> records() const { return *records_.lock(); }
  // Why what has begun does not go on now; empty: all is well.
  std::string last_error() const { return state_.lock()->last_error; }

  // Whoever waits is told that the store closes.
  void stop();

  // Fold thread: some of it. True: there is more, at once.
  bool step();
  // Fold thread: whether one has begun and is not done.
  bool is_under_way() const { return work_ != nullptr; }

 private:
  struct Waiting {
    uint64_t ticket = 0;
    ForgetOrder order;
    WallTime asked;
  };
  struct State {
    uint64_t tickets = 0;
    std::optional<Waiting> waiting;
    std::optional<std::pair<uint64_t, Result<ForgetReport>>> done;
    std::optional<uint64_t> left;  // the ticket of one who no longer waits
    uint64_t octets = 0;           // of the work at hand
    uint64_t octets_max = 0;
    std::string last_error;
    bool stopping = false;
  };

  uint64_t enter(const ForgetOrder& order);
  void take_order();
  Result<WallTime> told_until(WallTime asked) const;
  PendingForget pending_of(const Waiting& waiting, WallTime told_until) const;
  bool is_wanted() const;
  bool withdraw();
  void show();
  void fail(const Error& error);
  void finish();
  void answer(uint64_t ticket, Result<ForgetReport> report);
  void answer_waiting(const Error& error);
  void tell(ForgetNews::Stage stage, const std::string& error = {}) const;

  const ForgetParts parts_;
  std::mutex running_;  // held during run()
  Guarded<State> state_;
  ForgetWork::Records records_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_{false};

  // The fold thread's own.
  std::unique_ptr<ForgetWork> work_;
  uint64_t ticket_ = 0;         // of who waits for it; 0: nobody
  RetryWait retry_wait_;        // after what failed
  MonotonicTime not_before_{};  // is a step to be tried
  bool is_withdrawn_ = false;   // an order of which its caller was told that it failed
};

}  // namespace etymon::store
