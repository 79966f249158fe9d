#include "store/forget.h"

#include <algorithm>
#include <utility>

#include "resolver/base/bytes.h"
#include "store/name_cells.h"
#include "store/runs.h"
#include "store/sweep.h"

namespace etymon::store {
namespace {

// Rows, or deliveries, taken out by one ingest: some megabytes of memory.
constexpr uint64_t kAtOnce = 20'000;
// Rows looked at in one step, so that a fold need not wait long: some 100 ms.
constexpr uint64_t kLookedAtAtOnce = 200'000;
// After something failed.
constexpr Seconds kRetryEvery{60};
constexpr Seconds kRetrySoon{1};
// Answers nobody was told of that are looked at in memory, under one hold of the book's lock.
constexpr size_t kUntoldLookedAt = 20'000;
constexpr size_t kByMax = 64;

const rocksdb::Slice kEnd = to_slice(kBehindAllKeys);

std::string behind(std::string_view key) {
  return std::string(key) + '\0';
}

Error damaged() {
  return {ErrorCode::kDataLoss, "table by_name is damaged"};
}

TimeSpan span_of(const ForgetQuery& query, WallTime now) {
  return {clamp_time(query.start.value_or(WallTime())), clamp_time(query.end.value_or(now))};
}

// The hours, as far as they lie within the span; neighbours are one.
std::vector<TimeSpan> spans_of(const std::set<Hour>& hours, const TimeSpan& within) {
  std::vector<TimeSpan> spans;
  for (const Hour hour : hours) {
    const WallTime start = std::max(start_of_hour(hour), within.start);
    const WallTime end = std::min(start_of_hour(hour + 1) - Microseconds(1), within.end);
    if (!spans.empty() && spans.back().end + Microseconds(1) == start) {
      spans.back().end = end;
    } else {
      spans.push_back({start, end});
    }
  }
  return spans;
}

bool has_name(const Answer& answer, const DomainName& name, NameMatch match) {
  const auto matches = [&](const DomainName& one) {
    return match == NameMatch::kSubtree ? one.is_within(name) : one == name;
  };
  return matches(answer.question.name) || std::ranges::any_of(answer.chain, matches);
}

Status check(const ForgetOrder& order) {
  const ForgetQuery& query = order.query;
  if (!query.client && !query.name && !query.start && !query.end) {
    return Error{ErrorCode::kInvalidArgument, "say what is to be forgotten: client, name or span"};
  }
  if (query.start && query.end && *query.end < *query.start) {
    return Error{ErrorCode::kInvalidArgument, "the span ends before it begins"};
  }
  return order.by.size() <= kByMax
             ? Status()
             : Status(Error{ErrorCode::kInvalidArgument, "who asks has too long a name"});
}

}  // namespace

Status Forget::load() {
  const auto rows = parts_.tables.scan(Table::kKept, kEnd);
  auto log = read_forget_log(*rows);
  if (!log) {
    return log.error();
  }
  state_.lock()->records = std::move(log->records);
  if (log->pending) {
    job_ = Job{.mode = ForgetMode::kForget, .order = *std::move(log->pending)};
    job_->phase = job_->order.state == ForgetState::kRows ? Phase::kFreeze : Phase::kOwnFiles;
    job_->hours_before = job_->order.record.report.hours;
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

void Forget::show(uint64_t octets) {
  job_->octets = std::max(job_->octets, octets);
  auto state = state_.lock();
  state->octets = job_->octets;
  state->octets_max = job_->octets_max;
  changed_.notify_all();
}

// Counting for nobody is of no use.
bool Forget::is_wanted() const {
  return job_->mode == ForgetMode::kForget || state_.lock()->left != job_->ticket;
}

void Forget::tell(ForgetNews::Stage stage, const std::string& error) const {
  if (parts_.tell && job_->mode == ForgetMode::kForget) {
    parts_.tell({stage, job_->order.record, job_->order.client, job_->order.name, error});
  }
}

// ---- Steps.

bool Forget::step() {
  if (!job_) {
    take_job();
  }
  if (!job_ || stopping_ || parts_.clock.monotonic() < job_->not_before) {
    return false;
  }
  if (!is_wanted()) {
    job_.reset();
    return false;
  }
  const Phase phase = job_->phase;
  const Result<Step> done = step_of(phase);
  if (!done) {
    fail(done.error());
    return false;
  }
  if (*done == Step::kOver && is_last(phase)) {
    finish(job_->order.record.report);
    return true;
  }
  if (*done == Step::kOver) {
    job_->phase = static_cast<Phase>(static_cast<int>(phase) + 1);
    job_->octets_before = job_->octets;
  }
  return *done != Step::kWait;
}

void Forget::take_job() {
  std::optional<Waiting> waiting = std::exchange(state_.lock()->waiting, std::nullopt);
  if (!waiting) {
    return;
  }
  const ForgetQuery& query = waiting->order.query;
  job_ = Job{.ticket = waiting->ticket, .mode = waiting->order.mode};
  PendingForget& order = job_->order;
  order.client = query.client;
  order.name = query.name ? std::optional(query.name->canonical()) : std::nullopt;
  ForgetRecord& record = order.record;
  record.asked = clamp_time(waiting->asked);
  record.by = waiting->order.by;
  record.by_client = query.client.has_value();
  record.by_name = query.name.has_value();
  record.match = query.name ? query.match : NameMatch::kExact;
  record.span = span_of(query, waiting->asked);
  if (job_->mode == ForgetMode::kCount) {
    job_->phase = Phase::kFreeze;
  }
  // Records are told apart by the moment in which they were asked for.
  auto state = state_.lock();
  if (!state->records.empty() && record.asked <= state->records.back().asked) {
    record.asked = state->records.back().asked + Microseconds(1);
  }
}

Result<Forget::Step> Forget::step_of(Phase phase) {
  switch (phase) {
    case Phase::kOrder:
      return write_order();
    case Phase::kFreeze:
      parts_.freeze();
      return Step::kOver;
    case Phase::kFold:
      return await_fold();
    case Phase::kRows:
      return take_rows();
    case Phase::kAnswers:
      return take_answers();
    case Phase::kHosts:
      return take_hosts();
    case Phase::kReaders:
      return parts_.tables.is_seen_as_before(job_->removed_at) ? Step::kWait : Step::kOver;
    case Phase::kFiles:
      return rewrite({Table::kAnswers, Table::kAnswerIds, Table::kDeliveries, Table::kByAddress,
                      Table::kByName, Table::kByClient});
    case Phase::kSubject:
      return drop_subject();
    case Phase::kOwnFiles:
      return parts_.tables.is_seen_as_before(job_->removed_at) ? Result<Step>(Step::kWait)
                                                               : rewrite({Table::kKept});
    case Phase::kJournal: {
      const Status cleared = parts_.clear_journal();
      return cleared ? Result<Step>(Step::kOver) : cleared.error();
    }
    case Phase::kJournalFiles:
      return once(parts_.remove_older_journal());
    case Phase::kManifest:
      return begin_manifest();
    case Phase::kOlderFiles:
      return once(parts_.tables.remove_older_files());
    case Phase::kRecord:
      return write_record();
  }
  return Step::kOver;
}

bool Forget::is_last(Phase phase) const {
  return phase == Phase::kRecord || (phase == Phase::kRows && job_->mode == ForgetMode::kCount);
}

Result<Forget::Step> Forget::once(const Result<bool>& gone) {
  if (!gone) {
    return gone.error();
  }
  return *gone ? Step::kOver : Step::kWait;
}

// What is on the disk is tried again; whoever waits need not.
void Forget::fail(const Error& error) {
  const bool soon = error.code == ErrorCode::kUnavailable;
  const bool stays = job_->mode == ForgetMode::kForget && job_->phase != Phase::kOrder;
  job_->not_before = parts_.clock.monotonic() + (soon ? kRetrySoon : kRetryEvery);
  state_.lock()->last_error = stays ? "forgetting: " + error.message : std::string();
  if (stays && (soon || stopping_)) {
    return;
  }
  answer(std::exchange(job_->ticket, 0), error);
  const auto next = std::exchange(state_.lock()->waiting, std::nullopt);
  if (next) {
    answer(next->ticket,
           Error{error.code, "what was to be forgotten before is not done: " + error.message});
  }
  if (stays) {
    tell(ForgetNews::Stage::kFailed, error.message);
  } else {
    job_.reset();
  }
}

void Forget::finish(Result<ForgetReport> report) {
  tell(ForgetNews::Stage::kDone);
  state_.lock()->last_error.clear();
  answer(job_->ticket, std::move(report));
  job_.reset();
}

// ---- The order, and what becomes of it.

Result<Forget::Step> Forget::write_order() {
  const Tables::RowValues kept{{pending_forget_key(), encode_forget(job_->order)}};
  const Status written = parts_.tables.put({{Table::kKept, &kept}});
  if (!written) {
    return written.error();
  }
  tell(ForgetNews::Stage::kBegun);
  return Step::kOver;
}

// Folds come before steps, so one that still waits has failed, or has just come.
Result<Forget::Step> Forget::await_fold() const {
  if (parts_.tail.oldest_frozen() == nullptr) {
    return Step::kOver;
  }
  const std::string error = parts_.fold_error();
  return error.empty() ? Result<Step>(Step::kWait) : Error{ErrorCode::kIo, error};
}

// From here on the order need not say what it was about, and nor must the records of others.
Result<Forget::Step> Forget::drop_subject() {
  PendingForget& order = job_->order;
  const bool is_all_of_client =
      order.client && !order.name && order.record.span.start == WallTime();
  if (is_all_of_client) {
    const Status dropped = drop_floor(*order.client);
    if (!dropped) {
      return dropped.error();
    }
  }
  const auto was_the_client = [&](const ForgetRecord& record) {
    const auto by = IpAddress::from_text(record.by);
    return by && order.client == *by;
  };
  PendingForget rest = order;
  rest.state = ForgetState::kFiles;
  rest.client.reset();
  rest.name.reset();
  rest.record.by = was_the_client(order.record) ? kByItself : order.record.by;
  Tables::RowValues kept{{pending_forget_key(), encode_forget(rest)}};
  std::vector<ForgetRecord> records = this->records();
  for (ForgetRecord& record : records) {
    if (was_the_client(record)) {
      record.by = kByItself;
      kept[forget_record_key(record)] = encode_forget(record);
    }
  }
  const Status written = parts_.tables.put({{Table::kKept, &kept}});
  if (!written) {
    return written.error();
  }
  job_->removed_at = parts_.tables.last_write();
  order = std::move(rest);
  state_.lock()->records = std::move(records);
  return Step::kOver;
}

// The floor tells that the client was there. No row of it from before is left that would need one.
Status Forget::drop_floor(const IpAddress& client) {
  Kept kept = *parts_.tables.kept();
  const auto floor = kept.clients.find(client);
  if (floor == kept.clients.end() || floor->second > hour_of(job_->order.record.span.end)) {
    return {};
  }
  kept.clients.erase(floor);
  return parts_.tables.keep(kept, parts_.tables.purged());
}

Result<Forget::Step> Forget::write_record() {
  ForgetRecord& record = job_->order.record;
  record.done = clamp_time(parts_.clock.wall());
  std::vector<ForgetRecord> records = this->records();
  Tables::RowValues kept{{pending_forget_key(), std::nullopt},
                         {forget_record_key(record), encode_forget(record)}};
  records.push_back(record);
  if (records.size() > kForgetRecordsMax) {
    kept[forget_record_key(records.front())] = std::nullopt;
    records.erase(records.begin());
  }
  const Status written = parts_.tables.put({{Table::kKept, &kept}});
  if (!written) {
    return written.error();
  }
  state_.lock()->records = std::move(records);
  return Step::kOver;
}

// The same order once more is the change with which the new manifest begins.
Result<Forget::Step> Forget::begin_manifest() {
  Status done = parts_.tables.fill_manifest();
  if (done) {
    const Tables::RowValues kept{{pending_forget_key(), encode_forget(job_->order)}};
    done = parts_.tables.put({{Table::kKept, &kept}});
  }
  return done ? Result<Step>(Step::kOver) : done.error();
}

// ---- Rows.

KeyRange Forget::names() const {
  const PendingForget& order = job_->order;
  return order.name ? name_range(*order.name, order.record.match)
                    : KeyRange{{}, std::string(kBehindAllKeys)};
}

Result<Forget::Step> Forget::take_rows() {
  if (job_->octets_max == 0) {
    job_->octets_max = parts_.tables.octets_of(Table::kByName, names()) +
                       (job_->mode == ForgetMode::kForget ? parts_.tables.live_bytes() : 0);
  }
  ForgetRows rows(parts_.tables, job_->order.record.span);
  Result<Collected> collected = collect(rows);
  if (!collected) {
    return collected.error();
  }
  const ForgetReport before = job_->order.record.report;
  ForgetReport& report = job_->order.record.report;
  job_->hours.insert(rows.hours().begin(), rows.hours().end());
  report.deliveries += rows.deliveries();
  report.hours = job_->hours_before + job_->hours.size();
  if (job_->mode == ForgetMode::kForget && rows.has_changes()) {
    const Status written = write(rows);
    if (!written) {
      report = before;
      return written.error();
    }
  }
  job_->from = std::move(collected->from);
  show(job_->octets_before + parts_.tables.octets_of(Table::kByName, {names().first, job_->from}));
  return collected->is_all ? Step::kOver : Step::kMore;
}

// The report is in the order with what it counts, so that it is true after a crash.
Status Forget::write(const ForgetRows& rows) {
  const Status left_out = parts_.leave_out(spans_of(rows.hours(), job_->order.record.span));
  return left_out ? rows.write({{pending_forget_key(), encode_forget(job_->order)}}) : left_out;
}

// Every delivery has a row of its asked name, so there is no need of another table to find them.
Result<Forget::Collected> Forget::collect(ForgetRows& rows) const {
  const KeyRange range = this->names();
  const rocksdb::Slice end = to_slice(range.end);
  const auto names = parts_.tables.scan(Table::kByName, end);
  Collected collected{false, std::max(range.first, job_->from)};
  uint64_t looked_at = 0;
  for (names->Seek(collected.from); names->Valid(); names->Next()) {
    if (rows.deliveries() >= kAtOnce || rows.size() >= kAtOnce || looked_at >= kLookedAtAtOnce) {
      return collected;
    }
    ++looked_at;
    const Status taken = collect_row(rows, to_view(names->key()), to_view(names->value()));
    if (!taken) {
      return taken.error();
    }
    collected.from = behind(to_view(names->key()));
  }
  const Status read = to_status(names->status(), "cannot read the table by_name");
  return read ? Result<Collected>({true, range.end}) : read.error();
}

Status Forget::collect_row(ForgetRows& rows, std::string_view key, std::string_view value) const {
  const PendingForget& order = job_->order;
  const auto row = read_name_key(key);
  if (!row) {
    return damaged();
  }
  const TimeSpan& span = order.record.span;
  if (row->day < day_of(span.start) || day_of(span.end) < row->day || !leads(rows, key, *row)) {
    return {};
  }
  const auto clients = read_clients(value);
  if (!clients) {
    return damaged();
  }
  for (const ClientHours& told : *clients) {
    if (order.client && told.client != *order.client) {
      continue;
    }
    const Status taken = rows.take_out({row->day, told.client, row->answer}, told.hours);
    if (!taken) {
      return taken;
    }
  }
  return {};
}

// Several names of an answer may lie in the range: one of them leads to it.
bool Forget::leads(ForgetRows& rows, std::string_view key, const NameKey& row) const {
  if (!job_->order.name) {
    return row.role == NameRole::kAsked;
  }
  const AnswerFacts* facts = rows.facts(row.answer);
  if (facts == nullptr) {
    return true;  // take_out() says what is wrong.
  }
  const KeyRange range = names();
  const auto first = std::ranges::find_if(facts->name_rows, [&](const std::string& name_row) {
    return name_row >= range.first && name_row < range.end;
  });
  return first == facts->name_rows.end() || key.starts_with(*first);
}

// ---- What only the rows led to.

Result<Forget::Step> Forget::take_answers() {
  const PendingForget& order = job_->order;
  if (order.name) {
    parts_.book.set_unstored_aside(kUntoldLookedAt, [&](const Answer& answer) {
      return has_name(answer, *order.name, order.record.match);
    });
  }
  const auto removed = sweep_answers(parts_.tables, parts_.book, parts_.tail, Sweep::kForget);
  if (!removed) {
    return removed.error();
  }
  job_->order.record.report.answers += *removed;
  job_->removed_at = parts_.tables.last_write();
  return Step::kOver;
}

// The device itself, if it is still there, is soon learned anew.
Result<Forget::Step> Forget::take_hosts() {
  const PendingForget& order = job_->order;
  if (order.client && !order.name) {
    const TimeSpan& span = order.record.span;
    uint64_t gone = 0;
    parts_.hosts.forget([&](const HostInterval& interval) {
      const bool goes = interval.address == *order.client && interval.seen.start <= span.end &&
                        span.start <= interval.seen.end;
      gone += goes ? 1 : 0;
      return goes;
    });
    job_->order.record.report.hosts += gone;
  }
  const Status saved = parts_.hosts.save();
  return saved ? Result<Step>(Step::kOver) : saved.error();
}

// ---- Files.

Result<Forget::Step> Forget::rewrite(std::initializer_list<Table> tables) {
  if (!purge_.is_under_way()) {
    purge_.begin(tables);
  }
  const Status done = purge_.step(stopping_);
  if (!done) {
    return done.error();
  }
  show(job_->octets_before + purge_.octets());
  return purge_.is_under_way() ? Step::kMore : Step::kOver;
}

}  // namespace etymon::store
