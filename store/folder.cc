#include "store/folder.h"

#include <utility>

#include "store/fold.h"

namespace etymon::store {
namespace {

// After a failed fold: a full disk is not asked more often than this.
constexpr Seconds kRetryEvery{1};

}  // namespace

Folder::Folder(Tail& tail, Tables& tables, AnswerBook& book)
    : tail_(tail), tables_(tables), book_(book) {}

Folder::~Folder() {
  stop();
}

void Folder::start(Duties duties) {
  duties_ = std::move(duties);
  thread_ = std::thread(&Folder::run, this);
}

void Folder::wake() {
  state_.lock()->woken = true;
  changed_.notify_all();
}

Status Folder::drain() {
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

Folder::Figures Folder::figures() const {
  return state_.lock()->figures;
}

void Folder::stop() {
  state_.lock()->stopping = true;
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Folder::settle() {
  auto state = state_.lock();
  const uint64_t mine = ++state->settles_asked;
  changed_.notify_all();
  changed_.wait(state.mutex_lock(), [&] { return state->settles_done >= mine || state->stopping; });
}

void Folder::run() {
  bool is_busy = false;
  while (await_work(is_busy)) {
    while (fold_one()) {
    }
    const uint64_t asked = state_.lock()->settles_asked;
    is_busy = look_after();
    if (!is_busy) {
      note_settled(asked);
    }
  }
}

// False: the thread is to end. Busy: there is work without waiting.
bool Folder::await_work(bool is_busy) {
  auto state = state_.lock();
  const auto is_due = [&] {
    return is_busy || state->woken || state->stopping || state->settles_asked > state->settles_done;
  };
  changed_.wait_for(state.mutex_lock(), kRetryEvery, is_due);
  state->woken = false;
  return !state->stopping;
}

void Folder::note_settled(uint64_t asked) {
  state_.lock()->settles_done = asked;
  changed_.notify_all();
}

// What could not be folded before may have arrived all the same; the tables opened anew know. (The
// book then learns of its answers in a later fold.)
Status Folder::fold_part(const TailPart& part) {
  const Status mended = tables_.mend();
  const Result<Sequence> folded = mended ? tables_.folded_up_to() : mended.error();
  if (!folded) {
    return folded.error();
  }
  return *folded < *part.last() ? fold(part, tables_, book_) : Status();
}

// What can only be read is looked after, too: what is to go is no longer told at least.
bool Folder::look_after() {
  const Status mended = tables_.mend();
  const bool is_folded = tail_.oldest_frozen() == nullptr;  // Else the last error is the fold's.
  if (!mended || is_folded) {
    state_.lock()->figures.last_error = mended ? "" : mended.error().message;
  }
  return duties_.look_after();
}

// True when there may be another one.
bool Folder::fold_one() {
  const std::shared_ptr<const TailPart> part = tail_.oldest_frozen();
  if (part == nullptr) {
    return false;
  }
  ++state_.lock()->attempts_begun;
  const Status folded = fold_part(*part);
  // Before it leaves the tail, for which others wait.
  state_.lock()->figures.last_error = folded ? "" : folded.error().message;
  if (folded) {
    tail_.drop(*part->last());
    duties_.on_folded(*part->last());
  }
  auto state = state_.lock();
  ++state->attempts_ended;
  state->figures.folds += folded ? 1U : 0U;
  changed_.notify_all();
  return folded.ok() && !state->stopping;
}

}  // namespace etymon::store
