// FoldThread: the thread that folds frozen parts of the tail, oldest first, as they come, and does
// in between what else is to be done with the tables. It opens them anew after they have failed.
//
// A fold that failed is tried again by itself, after a longer wait each time it fails again, up to
// 15 s: it costs all of its work, which is for nothing while the disk is full. Whoever calls
// wake(), drain() or settle() has it tried at once. What else there is to do does not wait for it.
//
// Thread-safe, start() and stop() excepted: they are for the owner.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "store/journal/answer_book.h"
#include "store/journal/tail.h"
#include "store/model/retry_wait.h"
#include "store/tables/tables.h"

namespace etymon::store {

class FoldThread {
 public:
  struct Figures {
    uint64_t folds = 0;
    uint64_t failures = 0;   // folds that failed since the last that went well
    std::string last_error;  // empty when the last fold went well, and the tables can be written
  };

  // All of it must outlive the thread.
  FoldThread(Tail& tail, Tables& tables, AnswerBook& book, const Clock& clock);
  ~FoldThread();

  struct Duties {
    // The tables have the journal up to this entry.
    std::function<void(Sequence last)> on_folded;
    // Called about once a second, and while it says that there is more to do, when nothing is to be
    // folded now. A few seconds' work at most.
    std::function<bool()> look_after;
  };

  // All of it is called on the fold thread.
  void start(Duties duties);

  // There may be something to fold, or else to do. Any thread.
  void wake();

  // Waits until no frozen part is left. Error: a fold that began after this call failed; it is
  // tried again later.
  Status drain();

  // Folds what can be folded, calls look_after() until nothing is left to do, and waits for it.
  void settle();

  Figures figures() const;

  // Ends the thread; a fold that has begun is finished. Idempotent.
  void stop();

 private:
  struct State {
    bool woken = false;
    bool stopping = false;
    uint64_t attempts_begun = 0;
    uint64_t attempts_ended = 0;
    uint64_t settles_asked = 0;
    uint64_t settles_done = 0;
    Figures figures;
  };

  void run();
  bool is_fold_due() const { return clock_.monotonic() >= retry_at_; }
  bool fold_one();
  Status fold_part(const TailPart& part);
  Result<bool> has_arrived(const TailPart& part) const;
  bool look_after();
  void set_retry(bool has_failed);
  bool await_work(bool is_busy);
  void note_settled();

  Tail& tail_;
  Tables& tables_;
  AnswerBook& book_;
  const Clock& clock_;
  Duties duties_;
  // The fold thread's own.
  RetryWait retry_wait_;    // after the last fold
  MonotonicTime retry_at_;  // until when that lasts, unless somebody asks
  uint64_t settling_ = 0;   // of settles_asked, those that came before the present round
  Guarded<State> state_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace etymon::store
