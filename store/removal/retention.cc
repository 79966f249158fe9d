#include "store/removal/retention.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "store/removal/retention_plan.h"
#include "store/removal/sweep.h"

namespace etymon::store {
namespace {

constexpr Seconds kDecideEvery{60};
// Cutting for room leaves this much, so that the next cut is a while away: each rewrites the
// tables. A tenth costs ten octets of writing for each octet of history.
constexpr double kFillAfterCut = 0.9;
// By how much the tables grow before they are rewritten in the hope that much of it is to go.
constexpr double kGrowthBetween = 1.1;
// How long after one that failed the tables are rewritten again. It begins anew each time, and
// writes all that lies before what is in its way.
constexpr Seconds kPurgeRetryFirst{60};
constexpr Seconds kPurgeRetryMax{86'400};
// At most so long where there was no room, which is what it is to make: others may free some at any
// moment, and while they do not, it comes no further than to the first piece that finds none.
constexpr Seconds kPurgeRetryNoRoom{600};
// Of the age: what has become too old is worth rewriting the tables when it is that part.
constexpr int64_t kAgedPart = 10;

// So long after it no turn goes on that took an answer from a cache before.
constexpr Seconds kTurnsOver{10};

const rocksdb::Slice kEnd = to_slice(kBehindAllKeys);

Hour floor_for_age(WallTime now, Seconds keep) {
  return hour_of(clamp_time(now - keep));
}

Hour hours_in(Seconds span) {
  return static_cast<Hour>(span / std::chrono::hours(1));
}

}  // namespace

Retention::Retention(Parts parts, const RetentionLimits& limits)
    : parts_(std::move(parts)),
      tables_(parts_.tables),
      clock_(parts_.clock),
      state_(State{.limits = limits, .changed = true, .last_error = {}}),
      age_clock_(parts_.recorded_until, clock_.wall(), clock_.monotonic()),
      purge_(tables_),
      purge_wait_(kPurgeRetryFirst, kPurgeRetryMax) {}

Result<RetentionLimits> Retention::change(const RetentionChange& change) {
  auto state = state_.lock();
  const RetentionLimits limits = change.of(state->limits);
  if (const Status valid = limits.check(); !valid) {
    return valid.error();
  }
  state->limits = limits;
  state->changed = true;
  return limits;
}

bool Retention::step() {
  if (stopping_) {
    return false;
  }
  RetentionLimits limits;
  bool changed = false;
  {
    auto state = state_.lock();
    limits = state->limits;
    changed = !purge_.is_under_way() && std::exchange(state->changed, false);
  }
  if (purge_.is_under_way()) {
    return settle(purge_step(limits));
  }
  const MonotonicTime now = clock_.monotonic();
  if (asked_.exchange(false) || changed) {
    purge_at_ = now;
  }
  parts_.book.let_numbers_age(now, [this] { return parts_.tail.answer_ids(); });
  if (!changed && !due_ && decided_at_ && now - *decided_at_ < kDecideEvery) {
    return false;
  }
  due_ = false;
  decided_at_ = now;
  return decide(limits);
}

bool Retention::decide(const RetentionLimits& limits) {
  if (withdrawal_ && !withdraws()) {
    return settle(sweep_alone(limits));
  }
  const Result<Kept> next = plan(limits);
  if (!next) {
    return settle(next.error());
  }
  if (unwritten_ || *next != *tables_.kept()) {
    const Status applied = apply(*next);
    if (!applied) {
      return settle(applied.error());
    }
  }
  if (const Hour all = tables_.kept()->all; all > 0) {
    parts_.let_hosts_go(start_of_hour(all));
  }
  return settle(purge_pays(limits) ? begin_purge() : false);
}

// Of the last one that failed is told until the next is due.
Result<bool> Retention::begin_purge() {
  if (purge_waits()) {
    return *purge_failure_;
  }
  purging_ = tables_.kept()->all;
  swept_ = false;
  purge_.begin({Table::kDeliveries, Table::kByAddress, Table::kByName, Table::kByClient});
  return true;
}

Result<Kept> Retention::plan(const RetentionLimits& limits) {
  const WallTime now = age_clock_.now(clock_.wall(), clock_.monotonic());
  const Kept by_age = raise_all(*tables_.kept(), floor_for_age(now, limits.keep));
  // What was withdrawn is gone in a moment, and says nothing of what anybody takes. No longer than
  // that: where nobody asks, no part of the tail begins behind it.
  const bool shrinks =
      withdrawal_ && clock_.monotonic() - withdrawal_->at < kDecideEvery + kTurnsOver;
  if (tables_.live_bytes() <= limits.keep_bytes || !bytes_of_unit_ || shrinks) {
    return by_age;
  }
  Result<Kept> by_bytes = within_bytes(by_age, limits.keep_bytes);
  cut_for_room_ = cut_for_room_ || (by_bytes && *by_bytes != by_age);
  return by_bytes;
}

Status Retention::apply(const Kept& next) {
  unwritten_ = true;
  parts_.cut_coverage(start_of_hour(next.complete_since()));
  Status done = tables_.keep(next, tables_.purged());
  if (done) {
    unwritten_ = false;
    done = tables_.drop_files_before(next.all);
  }
  return done;
}

// What is kept takes less than the files: those hold rows that are to go, too.
Result<Kept> Retention::within_bytes(const Kept& kept, uint64_t limit) {
  const OpenTablesPtr opened = tables_.opened();
  const auto rows = opened->scan(Table::kByClient, kEnd);
  const Result<uint64_t> weight = weight_of(kept, *rows);
  if (!weight) {
    return weight.error();
  }
  const double bytes_kept = static_cast<double>(*weight) * *bytes_of_unit_;
  const double room = static_cast<double>(limit);
  if (bytes_kept <= room * (1 + kFillAfterCut) / 2) {
    return kept;
  }
  const Cut cut{.budget = static_cast<uint64_t>(room * kFillAfterCut / *bytes_of_unit_),
                .present = hour_of(clamp_time(clock_.wall()))};
  return cut_to(cut, kept, *rows);
}

bool Retention::purge_pays(const RetentionLimits& limits) const {
  const Hour aged = tables_.kept()->all - std::min(tables_.purged(), tables_.kept()->all);
  if (aged > 0 && int64_t{aged} * kAgedPart >= hours_in(limits.keep)) {
    return true;
  }
  const uint64_t bytes = tables_.live_bytes();
  const bool has_grown =
      static_cast<double>(bytes) >= static_cast<double>(bytes_after_purge_) * kGrowthBetween;
  return bytes > limits.keep_bytes && (cut_for_room_ || has_grown);
}

// Whatever of it fails, it begins anew.
Result<bool> Retention::purge_step(const RetentionLimits& limits) {
  Result<bool> more = go_on(limits);
  if (!more) {
    note_purge_failure(more.error());
  }
  return more;
}

Result<bool> Retention::go_on(const RetentionLimits& limits) {
  const Status done = purge_.step(stopping_);
  if (!done) {
    return done.error();
  }
  if (purge_.is_under_way()) {
    return true;
  }
  return std::exchange(swept_, true) ? finish_purge() : sweep(limits);
}

void Retention::note_purge_failure(const Error& error) {
  purge_failure_ = error;
  purge_wait_.lengthen();
  const bool has_no_room = error.code == ErrorCode::kResourceExhausted;
  const Milliseconds longest = has_no_room ? kPurgeRetryNoRoom : kPurgeRetryMax;
  purge_at_ = clock_.monotonic() + std::min(purge_wait_.get(), longest);
}

bool Retention::purge_waits() const {
  return purge_failure_ && clock_.monotonic() < purge_at_;
}

// Whether somebody may still use what was withdrawn.
bool Retention::withdraws() const {
  return withdrawal_ && (clock_.monotonic() - withdrawal_->at < kTurnsOver ||
                         parts_.tail.parts_begun() == withdrawal_->parts_begun);
}

// Of what was withdrawn, between two purges. Where it fails that is left to the next one: it would
// fail again each time, and nothing else be decided.
Result<bool> Retention::sweep_alone(const RetentionLimits& limits) {
  purging_.reset();
  swept_ = true;
  Result<bool> more = sweep(limits);
  if (!more) {
    withdrawal_.reset();
  }
  return more;
}

// Of the answers that nothing leads to any more. True: there is more to do. Where a purge has just
// failed, the files are left to RocksDB.
Result<bool> Retention::sweep(const RetentionLimits& limits) {
  const bool wants_room = withdrawal_ || cut_for_room_ || tables_.live_bytes() > limits.keep_bytes;
  const bool squeezes = wants_room && !withdraws();
  const Withdrawal now{clock_.monotonic(), parts_.tail.parts_begun()};
  const Result<Swept> swept =
      sweep_answers(tables_, parts_.book, parts_.tail, squeezes ? Sweep::kSqueeze : Sweep::kSpare);
  if (!swept) {
    return swept.error();
  }
  if (squeezes) {
    withdrawal_ = swept->withdrawn > 0 ? std::optional(now) : std::nullopt;
  }
  if (swept->removed == 0 || purge_waits()) {
    return finish_purge();
  }
  purge_.begin({Table::kAnswers, Table::kAnswerIds});
  return true;
}

// True: the room taken is known now, and may be too much.
Result<bool> Retention::finish_purge() {
  const KeptPtr kept = tables_.kept();
  const OpenTablesPtr opened = tables_.opened();
  const auto rows = opened->scan(Table::kByClient, kEnd);
  const Result<uint64_t> weight = weight_of(*kept, *rows);
  if (!weight) {
    return weight.error();
  }
  due_ = true;
  const std::optional<Hour> purged = std::exchange(purging_, std::nullopt);
  if (!purged) {
    note_shrunk(*weight);
    return true;
  }
  const Status noted = tables_.keep(*kept, *purged);
  if (!noted) {
    return noted.error();
  }
  purge_failure_.reset();
  purge_wait_.end();
  cut_for_room_ = false;
  bytes_after_purge_ = tables_.live_bytes();
  if (*weight > 0) {
    bytes_of_unit_ = static_cast<double>(bytes_after_purge_) / static_cast<double>(*weight);
  }
  return true;
}

// Answers alone went: rows from before the floors may be in the files, which what is kept does not
// weigh. Each octet of weight then seems to take more than it does, and a cut by that would take
// more than it has to. So only that it takes less is believed.
void Retention::note_shrunk(uint64_t weight) {
  const uint64_t bytes = tables_.live_bytes();
  bytes_after_purge_ = std::min(bytes_after_purge_, bytes);
  if (bytes_of_unit_ && weight > 0) {
    bytes_of_unit_ =
        std::min(*bytes_of_unit_, static_cast<double>(bytes) / static_cast<double>(weight));
  }
}

bool Retention::settle(const Result<bool>& more) {
  const bool stopped = !more && more.error().code == ErrorCode::kUnavailable;
  state_.lock()->last_error = more || stopped ? "" : more.error().message;
  return more && *more;
}

}  // namespace etymon::store
