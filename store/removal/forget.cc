#include "store/removal/forget.h"

#include <algorithm>
#include <utility>

#include "store/tables/keys.h"

namespace etymon::store {
namespace {

// After something failed: it may come as far as to a damaged block, and by then has written the
// tables anew up to there.
constexpr Seconds kRetryFirst{60};
constexpr Seconds kRetryMax{3600};
// After what only has to wait for something else.
constexpr Seconds kRetrySoon{1};

Status check(const ForgetOrder& order) {
  const ForgetQuery& query = order.query;
  if (!query.client && !query.name && !query.start && !query.end) {
    return Error{ErrorCode::kInvalidArgument, "say what is to be forgotten: client, name or span"};
  }
  if (query.start && query.end && *query.end < *query.start) {
    return Error{ErrorCode::kInvalidArgument, "the span ends before it begins"};
  }
  return order.by.size() <= kForgetByMax
             ? Status()
             : Status(Error{ErrorCode::kInvalidArgument, "who asks has too long a name"});
}

// What is told after the moment of asking is not what was asked for.
TimeSpan span_of(const ForgetQuery& query, WallTime told_until) {
  const WallTime end = std::min(query.end.value_or(told_until), told_until);
  return {clamp_time(query.start.value_or(WallTime())), clamp_time(end)};
}

}  // namespace

Forget::Forget(ForgetParts parts) : parts_(std::move(parts)), retry_wait_(kRetryFirst, kRetryMax) {}

Status Forget::load() {
  Result<ForgetLog> log = read_forget_log(parts_.tables);
  if (!log) {
    return log.error();
  }
  *records_.lock() = std::move(log->records);
  if (log->pending) {
    work_ = std::make_unique<ForgetWork>(parts_, records_, *std::move(log->pending));
    tell(ForgetNews::Stage::kResumed);
  }
  return {};
}

// ---- Whoever waits.

Result<ForgetReport> Forget::run(const ForgetOrder& order, const Oversight& oversight) {
  if (const Status valid = check(order); !valid) {
    return valid.error();
  }
  const std::lock_guard one(running_);
  const std::stop_callback on_stop(oversight.stop, [this] {
    state_.lock();  // whoever is about to wait has looked, or waits
    changed_.notify_all();
  });
  const uint64_t mine = enter(order);
  parts_.wake();
  auto state = state_.lock();
  uint64_t shown = 0;
  while (true) {
    const auto is_done = [&] { return state->done && state->done->first == mine; };
    const auto is_over = [&] {
      return is_done() || state->stopping || oversight.stop.stop_requested();
    };
    changed_.wait(state.mutex_lock(), [&] { return is_over() || state->octets > shown; });
    if (is_done()) {
      return std::exchange(state->done, std::nullopt)->second;
    }
    if (is_over()) {
      state->waiting.reset();
      state->left = mine;
      return Error{ErrorCode::kUnavailable, "nobody waits any more; what has begun goes on"};
    }
    shown = std::max(shown, state->octets);
    const uint64_t total = state->octets_max;
    if (oversight.on_progress && total > 0) {
      state.mutex_lock().unlock();
      oversight.on_progress(std::min(shown, total), total);
      state.mutex_lock().lock();
    }
  }
}

uint64_t Forget::enter(const ForgetOrder& order) {
  const WallTime now = parts_.clock.wall();
  auto state = state_.lock();
  state->octets = 0;
  state->octets_max = 0;
  state->waiting = Waiting{++state->tickets, order, now};
  return state->tickets;
}

void Forget::stop() {
  stopping_ = true;
  state_.lock()->stopping = true;
  changed_.notify_all();
}

void Forget::answer(uint64_t ticket, Result<ForgetReport> report) {
  if (ticket == 0) {
    return;
  }
  auto state = state_.lock();
  if (state->left != ticket) {
    state->done = {ticket, std::move(report)};
    changed_.notify_all();
  }
}

void Forget::answer_waiting(const Error& error) {
  const auto next = std::exchange(state_.lock()->waiting, std::nullopt);
  if (next) {
    answer(next->ticket,
           Error{error.code, "what was to be forgotten before is not done: " + error.message});
  }
}

void Forget::show() {
  auto state = state_.lock();
  state->octets = work_->octets();
  state->octets_max = work_->octets_max();
  changed_.notify_all();
}

void Forget::tell(ForgetNews::Stage stage, const std::string& error) const {
  if (parts_.tell && work_->mode() == ForgetMode::kForget) {
    const PendingForget& order = work_->order();
    parts_.tell({stage, order.record, order.client, order.name, error});
  }
}

// ---- The fold thread.

bool Forget::step() {
  if (stopping_ || parts_.clock.monotonic() < not_before_ || !withdraw()) {
    return false;
  }
  if (work_ == nullptr) {
    take_order();
  }
  if (work_ == nullptr || !is_wanted()) {
    work_.reset();
    return false;
  }
  const bool had_begun = work_->has_begun();
  const Result<ForgetWork::Step> done = work_->step(stopping_);
  if (!done) {
    fail(done.error());
    return false;
  }
  if (!had_begun && work_->has_begun()) {
    tell(ForgetNews::Stage::kBegun);
  }
  show();
  if (*done == ForgetWork::Step::kOver) {
    finish();
  }
  return *done != ForgetWork::Step::kWait;
}

void Forget::take_order() {
  const std::optional<Waiting> waiting = std::exchange(state_.lock()->waiting, std::nullopt);
  if (!waiting) {
    return;
  }
  const Result<WallTime> until = told_until(waiting->asked);
  if (!until) {
    return answer(waiting->ticket, until.error());
  }
  ticket_ = waiting->ticket;
  work_ = std::make_unique<ForgetWork>(parts_, records_, waiting->order.mode,
                                       pending_of(*waiting, *until));
}

// What a clock that was ahead has stamped was told before, although its time is still to come. The
// coverage knows its end to the microsecond, but not where something was lost or forgotten before;
// what is in the tables then shows it by the hour.
Result<WallTime> Forget::told_until(WallTime asked) const {
  const Result<std::optional<Hour>> last = parts_.tables.last_hour();
  if (!last) {
    return last.error();
  }
  const WallTime present = std::max(asked, parts_.clock.wall());
  WallTime until = parts_.recorded_until().value_or(present);
  if (*last && **last > hour_of(clamp_time(present))) {
    until = std::max(until, start_of_hour(**last + 1) - Microseconds(1));
  }
  return until > present ? until : asked;
}

PendingForget Forget::pending_of(const Waiting& waiting, WallTime told_until) const {
  const ForgetQuery& query = waiting.order.query;
  PendingForget order;
  order.client = query.client;
  if (query.name) {
    order.name = query.name->canonical();
  }
  ForgetRecord& record = order.record;
  record.asked = clamp_time(waiting.asked);
  record.by = waiting.order.by;
  record.by_client = query.client.has_value();
  record.by_name = query.name.has_value();
  record.match = query.name ? query.match : NameMatch::kExact;
  record.span = span_of(query, told_until);
  // Records are told apart by the moment in which they were asked for.
  auto records = records_.lock();
  if (!records->empty() && record.asked <= records->back().asked) {
    record.asked = records->back().asked + Microseconds(1);
  }
  return order;
}

// Counting for nobody is of no use.
bool Forget::is_wanted() const {
  return work_->mode() == ForgetMode::kForget || state_.lock()->left != ticket_;
}

// What is on the disk is tried again; whoever waits need not. An order that could not be written
// down may be there all the same once the tables are opened anew, although its caller was told that
// it failed: it must not be carried out at some later start.
void Forget::fail(const Error& error) {
  const bool soon = error.code == ErrorCode::kUnavailable;
  const bool stays = work_->has_begun();
  if (stays && !soon) {
    retry_wait_.lengthen();
  }
  not_before_ = parts_.clock.monotonic() + (soon ? kRetrySoon : retry_wait_.get());
  state_.lock()->last_error = stays ? "forgetting: " + error.message : std::string();
  if (stays && (soon || stopping_)) {
    return;
  }
  answer(std::exchange(ticket_, 0), error);
  answer_waiting(error);
  if (stays) {
    tell(ForgetNews::Stage::kFailed, error.message);
  } else {
    is_withdrawn_ = work_->mode() == ForgetMode::kForget;
    not_before_ = is_withdrawn_ ? parts_.clock.monotonic() + kRetrySoon : MonotonicTime();
    work_.reset();
  }
}

// True: no withdrawn order is on the disk.
bool Forget::withdraw() {
  if (!is_withdrawn_) {
    return true;
  }
  const Tables::RowValues kept{{pending_forget_key(), std::nullopt}};
  const Status gone = parts_.tables.put({{Table::kKept, &kept}});
  is_withdrawn_ = !gone;
  if (!gone) {
    not_before_ = parts_.clock.monotonic() + kRetrySoon;
    answer_waiting(gone.error());
  }
  return gone.ok();
}

void Forget::finish() {
  tell(ForgetNews::Stage::kDone);
  retry_wait_.end();
  state_.lock()->last_error.clear();
  answer(std::exchange(ticket_, 0), work_->order().record.report);
  work_.reset();
}

}  // namespace etymon::store
