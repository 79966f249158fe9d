#include "store/folding/fold_thread.h"

#include <algorithm>
#include <utility>

#include "resolver/base/this_thread.h"
#include "store/folding/fold.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

// How often what else there is to do is looked after.
constexpr Seconds kLookEvery{1};
// How long a fold waits that has failed once, and twice as long each time it fails again. At first
// soon: what was wrong may be over once the tables are opened anew.
constexpr Seconds kRetryFirst{1};
// The longest of these waits. A fold sorts and writes a whole part of the tail before it fails for
// want of room: seconds of work, with a large one, that others want the core and the disk for.
// Longer would be felt when there is room again: a tail that is full takes nothing before the next
// fold.
constexpr Seconds kRetryMax{15};

// What people are told of it.
std::string told(const Status& status) {
  return status ? std::string() : naming_repair(status.error()).message;
}

}  // namespace

FoldThread::FoldThread(Tail& tail, Tables& tables, AnswerBook& book, const Clock& clock)
    : tail_(tail),
      tables_(tables),
      book_(book),
      clock_(clock),
      retry_wait_(kRetryFirst, kRetryMax) {}

FoldThread::~FoldThread() {
  stop();
}

void FoldThread::start(Duties duties) {
  duties_ = std::move(duties);
  thread_ = std::thread(&FoldThread::run, this);
}

void FoldThread::wake() {
  state_.lock()->woken = true;
  changed_.notify_all();
}

Status FoldThread::drain() {
  auto state = state_.lock();
  const uint64_t begun = state->attempts_begun;
  state->woken = true;
  changed_.notify_all();
  bool failed = false;
  changed_.wait(state.mutex_lock(), [&] {
    failed = state->attempts_ended > begun && !state->figures.last_error.empty();
    return state->stopping || failed || tail_.oldest_frozen() == nullptr;
  });
  return failed ? Status(Error{ErrorCode::kIo, state->figures.last_error}) : Status();
}

FoldThread::Figures FoldThread::figures() const {
  return state_.lock()->figures;
}

void FoldThread::stop() {
  state_.lock()->stopping = true;
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void FoldThread::settle() {
  auto state = state_.lock();
  const uint64_t mine = ++state->settles_asked;
  state->woken = true;
  changed_.notify_all();
  changed_.wait(state.mutex_lock(), [&] { return state->settles_done >= mine || state->stopping; });
}

void FoldThread::run() {
  name_this_thread("fold");
  step_behind();  // The journal lets it catch up (Journal::give_way).
  bool is_busy = false;
  while (await_work(is_busy)) {
    while (is_fold_due() && fold_one()) {
    }
    is_busy = look_after();
    if (!is_busy) {
      note_settled();
    }
  }
}

// False: the thread is to end. Busy: there is work without waiting. Who wakes the folder may know
// that there is room again, or wants to know whether there is.
bool FoldThread::await_work(bool is_busy) {
  auto state = state_.lock();
  const auto is_due = [&] {
    return is_busy || state->woken || state->stopping || state->settles_asked > state->settles_done;
  };
  changed_.wait_for(state.mutex_lock(), kLookEvery, is_due);
  if (std::exchange(state->woken, false)) {
    retry_at_ = {};
  }
  settling_ = state->settles_asked;
  return !state->stopping;
}

void FoldThread::note_settled() {
  state_.lock()->settles_done = settling_;
  changed_.notify_all();
}

Status FoldThread::fold_part(const TailPart& part) {
  const Status mended = tables_.mend();
  const Result<bool> is_there = mended ? has_arrived(part) : mended.error();
  if (!is_there) {
    return is_there.error();
  }
  return *is_there ? Status() : fold(part, tables_, book_);
}

// What could not be folded before may have arrived all the same; the tables opened anew know. (The
// book then learns of its answers in a later fold.) They are asked then alone: where the row that
// knows is damaged, the next fold writes it again.
Result<bool> FoldThread::has_arrived(const TailPart& part) const {
  if (retry_wait_.get() == Milliseconds(0)) {
    return false;
  }
  const Result<Sequence> folded = tables_.folded_up_to();
  return folded ? Result<bool>(*folded >= *part.last()) : folded.error();
}

// What can only be read is looked after, too: what is to go is no longer told at least.
bool FoldThread::look_after() {
  const Status mended = tables_.mend();
  const bool is_folded = tail_.oldest_frozen() == nullptr;  // Else the last error is the fold's.
  if (!mended || is_folded) {
    state_.lock()->figures.last_error = told(mended);
  }
  return duties_.look_after();
}

void FoldThread::set_retry(bool has_failed) {
  has_failed ? retry_wait_.lengthen() : retry_wait_.end();
  retry_at_ = clock_.monotonic() + retry_wait_.get();
}

// True when there may be another one.
bool FoldThread::fold_one() {
  const std::shared_ptr<const TailPart> part = tail_.oldest_frozen();
  if (part == nullptr) {
    return false;
  }
  ++state_.lock()->attempts_begun;
  const Status folded = fold_part(*part);
  // Before it leaves the tail, for which others wait.
  state_.lock()->figures.last_error = told(folded);
  if (folded) {
    tail_.drop(*part->last());
    duties_.on_folded(*part->last());
  }
  set_retry(!folded);
  auto state = state_.lock();
  ++state->attempts_ended;
  state->figures.folds += folded ? 1U : 0U;
  state->figures.failures = folded ? 0 : state->figures.failures + 1;
  changed_.notify_all();
  return folded.ok() && !state->stopping;
}

}  // namespace etymon::store
