// Retention: lets go of the oldest history when it is too old or takes too much room.
//
// The fold thread, which alone writes the tables, calls step() between two folds; limits are
// set and figures read by any thread. Once a minute, after a fold and when a limit has changed it
// is decided what is kept (retention_plan.h). Then, in this order: the coverage begins at the
// newest floor; readers no longer see what lies before a floor; the floors are on the disk; rows go
// when RocksDB rewrites them, and where much is to be gained the tables are rewritten at once
// (purge.h). That may fail, and go as far as to a damaged block each time: then it is tried again
// after a minute, and less and less often; for want of room, which it may make, every ten minutes
// at least. After a crash in between the next decision goes on from the floors on the disk.
//
// The limit in octets is for the files of the tables, and is held within what one purge lets grow
// (kGrowthBetween), what is told within the present hour, which is always kept, and what a clock
// that was ahead has put into hours that are still to come.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "store/journal/answer_book.h"
#include "store/journal/tail.h"
#include "store/model/retention_limits.h"
#include "store/model/retry_wait.h"
#include "store/removal/age_clock.h"
#include "store/removal/purge.h"
#include "store/tables/tables.h"

namespace etymon::store {

class Retention {
 public:
  // From now on nothing before this moment can be said to be complete. Any thread.
  using CutCoverage = std::function<void(WallTime moment)>;

  // What it works with; all of it must outlive the retention.
  struct Parts {
    Tables& tables;
    AnswerBook& book;
    const Tail& tail;
    const Clock& clock;
    CutCoverage cut_coverage;
    // Nothing from before this moment is told any more, of anybody. Fold thread.
    std::function<void(WallTime moment)> let_hosts_go;
    // Of what was on record when the store was opened (age_clock.h).
    std::optional<WallTime> recorded_until;
  };
  Retention(Parts parts, const RetentionLimits& limits);

  // Any thread. What is in force then; error kInvalidArgument: out of range, nothing was changed.
  Result<RetentionLimits> change(const RetentionChange& change);
  RetentionLimits limits() const { return state_.lock()->limits; }
  std::string last_error() const { return state_.lock()->last_error; }
  // Ends a step that is under way soon. Nothing is done after it.
  void stop() { stopping_ = true; }

  // Fold thread.
  void note_fold() { due_ = true; }
  // Decide at the next step, and rewrite then what there is to, though that has failed.
  void ask() {
    asked_ = true;
    due_ = true;
  }
  // Some of what is to be done. True: there is more, at once.
  bool step();

 private:
  struct State {
    RetentionLimits limits;
    bool changed = true;
    std::string last_error;
  };

  bool decide(const RetentionLimits& limits);
  Result<Kept> plan(const RetentionLimits& limits);
  Status apply(const Kept& next);
  Result<Kept> within_bytes(const Kept& kept, uint64_t limit);
  bool purge_pays(const RetentionLimits& limits) const;
  bool withdraws() const;
  Result<bool> sweep_alone(const RetentionLimits& limits);
  Result<bool> sweep(const RetentionLimits& limits);
  Result<bool> begin_purge();
  Result<bool> purge_step(const RetentionLimits& limits);
  Result<bool> go_on(const RetentionLimits& limits);
  void note_purge_failure(const Error& error);
  bool purge_waits() const;
  Result<bool> finish_purge();
  void note_shrunk(uint64_t weight);
  bool settle(const Result<bool>& more);

  const Parts parts_;
  Tables& tables_;
  const Clock& clock_;
  Guarded<State> state_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> due_{true};
  std::atomic<bool> asked_{false};

  // The fold thread's own.
  AgeClock age_clock_;
  Purge purge_;
  std::optional<MonotonicTime> decided_at_;
  // The floor for all of the purge under way. Nothing: only answers go, of a sweep between two.
  std::optional<Hour> purging_;
  bool swept_ = false;    // in this purge
  RetryWait purge_wait_;  // after a purge that failed
  MonotonicTime purge_at_;
  std::optional<Error> purge_failure_;  // of the last purge
  struct Withdrawal {
    MonotonicTime at;
    uint64_t parts_begun;  // of the tail
  };
  std::optional<Withdrawal> withdrawal_;  // of answers that may go when no turn is left from before
  bool unwritten_ = false;                // the floors are not on the disk yet
  bool cut_for_room_ = false;             // floors rose since the last purge, for want of room
  std::optional<double> bytes_of_unit_;   // octets on disk of one of weight, after a purge
  uint64_t bytes_after_purge_ = 0;
};

}  // namespace etymon::store
