#include "store/forget.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "resolver/base/bytes.h"
#include "resolver/base/hash.h"
#include "store/answer_codec.h"
#include "store/name_cells.h"
#include "store/sweep.h"

namespace etymon::store {
namespace {

// Deliveries taken out by one ingest: a row or more each in every table, some megabytes of memory.
constexpr uint64_t kAtOnce = 20'000;

const rocksdb::Slice kEnd{"\xFF", 1};  // behind every key of ours

constexpr uint32_t kAllHours = (uint32_t{1} << kHoursPerDay) - 1;

TimeSpan span_of(const ForgetQuery& query) {
  const TimeSpan span = query.span.value_or(TimeSpan{WallTime{}, WallTime::max()});
  return {clamp_time(span.start), clamp_time(span.end)};
}

// The hours, within the span; neighbours are one. Of the hour in which `now` lies what is still to
// come stays covered.
std::vector<TimeSpan> spans_of(const std::set<Hour>& hours, const TimeSpan& within, WallTime now) {
  std::vector<TimeSpan> spans;
  for (const Hour hour : hours) {
    const WallTime start = std::max(start_of_hour(hour), within.start);
    WallTime end = std::min(start_of_hour(hour + 1) - Microseconds(1), within.end);
    if (start_of_hour(hour) <= now) {
      end = std::min(end, std::max(start, now));
    }
    if (!spans.empty() && spans.back().end + Microseconds(1) == start) {
      spans.back().end = end;
    } else {
      spans.push_back({start, end});
    }
  }
  return spans;
}

std::string behind(std::string_view key) {
  return std::string(key) + '\0';
}

AnswerId id_at_end(std::string_view key) {
  constexpr size_t kIdOctets = 5;
  ByteReader reader(key.substr(key.size() - std::min(key.size(), kIdOctets)));
  return read_id(reader);
}

Error damaged(Table table) {
  return {ErrorCode::kDataLoss, std::string("table ") + name_of(table) + " is damaged"};
}

}  // namespace

Result<ForgetReport> Forget::run(const ForgetQuery& query, ForgetMode mode, WallTime now) {
  if (!query.span && !query.client && !query.name) {
    return Error{ErrorCode::kInvalidArgument, "say what is to be forgotten: client, name or span"};
  }
  const std::lock_guard one(running_);
  auto state = state_.lock();
  state->waiting = Job{query, mode, now};
  state->done.reset();
  parts_.wake();
  done_.wait(state.mutex_lock(), [&] { return state->done || state->stopping; });
  return state->done ? *std::exchange(state->done, std::nullopt)
                     : Result<ForgetReport>(Error{ErrorCode::kUnavailable, "the store was closed"});
}

void Forget::stop() {
  stopping_ = true;
  state_.lock()->stopping = true;
  done_.notify_all();
}

bool Forget::step() {
  if (!job_) {
    job_ = std::exchange(state_.lock()->waiting, std::nullopt);
  }
  if (!job_ || stopping_) {
    return false;
  }
  const Phase phase = job_->phase;
  const Result<bool> over = step_of(phase);
  if (!over) {
    finish(over.error());
    return false;
  }
  const bool is_last = phase == Phase::kJournal || job_->mode == ForgetMode::kCount;
  if (*over && is_last) {
    finish(job_->report);
    return false;
  }
  if (*over) {
    job_->phase = static_cast<Phase>(static_cast<int>(phase) + 1);
  }
  return *over || phase != Phase::kReaders;
}

void Forget::finish(Result<ForgetReport> report) {
  job_.reset();
  state_.lock()->done = std::move(report);
  done_.notify_all();
}

Result<bool> Forget::step_of(Phase phase) {
  switch (phase) {
    case Phase::kRows:
      return take_rows();
    case Phase::kAnswers:
      return take_answers();
    case Phase::kReaders:
      return parts_.tables.is_seen_as_before(job_->removed_at) ? Result<bool>(false) : true;
    case Phase::kFiles:
      return rewrite_files();
    case Phase::kJournal:
      return clear_journal();
  }
  return true;
}

// ---- Rows.

Result<bool> Forget::take_rows() {
  const TimeSpan span = span_of(job_->query);
  ForgetRows rows(parts_.tables, span);
  const Result<bool> collected = job_->query.name     ? collect_by_name(rows)
                                 : job_->query.client ? collect_by_client(rows)
                                                      : collect_by_hour(rows);
  if (!collected) {
    return collected;
  }
  job_->report.deliveries += rows.deliveries();
  job_->hours.insert(rows.hours().begin(), rows.hours().end());
  job_->report.hours = job_->hours.size();
  if (job_->mode == ForgetMode::kCount || rows.deliveries() == 0) {
    return *collected;
  }
  Status done = parts_.leave_out(spans_of(rows.hours(), span, job_->now));
  if (done) {
    done = rows.write();
  }
  return done ? collected : Result<bool>(done.error());
}

Status Forget::take(ForgetRows& rows, const ToldDay& told, uint32_t hours) {
  job_->answers.insert(told.answer);
  return rows.take_out(told, hours);
}

// What is told of an hour leads to the whole day, so that it goes from all tables at once; where
// nothing goes, each hour counts for itself.
Status Forget::take_row(ForgetRows& rows, std::string_view row) {
  const auto key = read_delivery_key(row);
  if (!key) {
    return damaged(Table::kDeliveries);
  }
  const bool counts = job_->mode == ForgetMode::kCount;
  return take(rows, {day_of(key->hour), key->client, key->answer},
              counts ? uint32_t{1} << (key->hour % kHoursPerDay) : kAllHours);
}

// Several names of an answer may lie in the subtree: the first of them leads to it.
bool Forget::leads(std::string_view key, AnswerId id) {
  const Result<std::string> bytes = parts_.tables.answer(id);
  const Result<Answer> answer = bytes ? decode_answer(*bytes) : bytes.error();
  if (!answer) {
    return true;  // take_out() says what is wrong.
  }
  const KeyRange range = name_range(*job_->query.name, job_->query.match);
  const AnswerFacts facts = facts_of(*answer);
  const auto first = std::ranges::find_if(facts.name_rows, [&](const std::string& row) {
    return row >= range.first && row < range.end;
  });
  return first == facts.name_rows.end() || key.starts_with(*first);
}

// True: there are no more.
Result<bool> Forget::collect_by_name(ForgetRows& rows) {
  const KeyRange range = name_range(*job_->query.name, job_->query.match);
  const rocksdb::Slice end = to_slice(range.end);
  const TimeSpan span = span_of(job_->query);
  const auto names = parts_.tables.scan(Table::kByName, end);
  for (names->Seek(std::max(range.first, job_->from)); names->Valid(); names->Next()) {
    if (rows.deliveries() >= kAtOnce) {
      return false;
    }
    job_->from = behind(to_view(names->key()));
    const auto key = read_name_key(to_view(names->key()));
    const auto clients = read_clients(to_view(names->value()));
    if (!key || !clients) {
      return damaged(Table::kByName);
    }
    const bool in_span = day_of(span.start) <= key->day && key->day <= day_of(span.end);
    if (!in_span || !leads(to_view(names->key()), key->answer)) {
      continue;
    }
    for (const ClientHours& told : *clients) {
      const bool is_wanted = told.client == job_->query.client.value_or(told.client);
      const Status taken =
          is_wanted ? take(rows, {key->day, told.client, key->answer}, told.hours) : Status();
      if (!taken) {
        return taken.error();
      }
    }
  }
  const Status read = to_status(names->status(), "cannot read the table by_name");
  return read ? Result<bool>(true) : read.error();
}

Result<bool> Forget::collect_by_client(ForgetRows& rows) {
  const TimeSpan span = span_of(job_->query);
  std::string prefix;
  append_address(prefix, *job_->query.client);
  std::string from;
  append_key(from, ClientKey{*job_->query.client, hour_of(span.end)});
  const auto hours = parts_.tables.scan(Table::kByClient, kEnd);
  for (hours->Seek(std::max(from, job_->from));
       hours->Valid() && to_view(hours->key()).starts_with(prefix); hours->Next()) {
    if (rows.deliveries() >= kAtOnce) {
      return false;
    }
    job_->from = behind(to_view(hours->key()));
    const auto key = read_client_key(to_view(hours->key()));
    if (!key) {
      return damaged(Table::kByClient);
    }
    if (key->hour < hour_of(span.start)) {
      return true;
    }
    std::string told;
    append_key(told, DeliveryKey{key->hour, key->client, 0});
    const Status taken = take_hour(rows, std::string_view(told).substr(0, 4 + prefix.size()));
    if (!taken) {
      return taken.error();
    }
  }
  const Status read = to_status(hours->status(), "cannot read the table by_client");
  return read ? Result<bool>(true) : read.error();
}

// All rows of `deliveries` that begin so, which name one hour.
Status Forget::take_hour(ForgetRows& rows, std::string_view prefix) {
  const auto told = parts_.tables.scan(Table::kDeliveries, kEnd);
  for (told->Seek(to_slice(prefix)); told->Valid() && to_view(told->key()).starts_with(prefix);
       told->Next()) {
    const Status taken = take_row(rows, to_view(told->key()));
    if (!taken) {
      return taken;
    }
  }
  return to_status(told->status(), "cannot read the table deliveries");
}

Result<bool> Forget::collect_by_hour(ForgetRows& rows) {
  const TimeSpan span = span_of(job_->query);
  std::string from;
  ByteWriter(from).u32(hour_of(span.start));
  std::string behind_last;
  ByteWriter(behind_last).u32(hour_of(span.end) + 1);
  const rocksdb::Slice end = to_slice(behind_last);
  const auto told = parts_.tables.scan(Table::kDeliveries, end);
  for (told->Seek(std::max(from, job_->from)); told->Valid(); told->Next()) {
    if (rows.deliveries() >= kAtOnce) {
      return false;
    }
    job_->from = behind(to_view(told->key()));
    const Status taken = take_row(rows, to_view(told->key()));
    if (!taken) {
      return taken.error();
    }
  }
  const Status read = to_status(told->status(), "cannot read the table deliveries");
  return read ? Result<bool>(true) : read.error();
}

// ---- Answers.

// Of those that something was forgotten of, the ones that no row of their name leads to any more.
Result<bool> Forget::take_answers() {
  if (job_->report.deliveries == 0) {
    // A forget that did not end may have left answers, and files, behind.
    const auto left = answers_without_rows(parts_.tables);
    if (!left) {
      return left.error();
    }
    job_->answers.insert(left->begin(), left->end());
  }
  std::vector<KnownAnswerPtr> unused;
  for (const AnswerId id : job_->answers) {
    const Result<KnownAnswerPtr> known = parts_.book.find(id);
    const Result<bool> used = known ? is_told(**known) : known.error();
    if (!used) {
      return used.error();
    }
    if (!*used) {
      unused.push_back(*known);
    }
  }
  job_->report.answers = unused.size();
  std::ranges::sort(unused, {}, [](const KnownAnswerPtr& known) { return known->id; });
  std::vector<StoredAnswer> leaving;
  for (const KnownAnswerPtr& known : unused) {
    leaving.push_back({known->id, known->hash});
  }
  parts_.book.begin_forgetting(unused);
  const Status removed =
      leaving.empty() ? Status() : remove_answers(parts_.tables, std::move(leaving));
  parts_.book.end_forgetting();
  job_->removed_at = parts_.tables.db().GetLatestSequenceNumber();
  return removed ? Result<bool>(true) : removed.error();
}

Result<bool> Forget::is_told(const KnownAnswer& known) const {
  const KeyRange range = name_range(known.answer.question.name, NameMatch::kExact);
  const rocksdb::Slice end = to_slice(range.end);
  const auto names = parts_.tables.scan(Table::kByName, end);
  for (names->Seek(range.first); names->Valid(); names->Next()) {
    if (id_at_end(to_view(names->key())) == known.id) {
      return true;
    }
  }
  const Status read = to_status(names->status(), "cannot read the table by_name");
  return read ? Result<bool>(false) : read.error();
}

// ---- Files.

Result<bool> Forget::rewrite_files() {
  if (!purge_.is_under_way()) {
    purge_.begin({Table::kAnswers, Table::kAnswerIds, Table::kDeliveries, Table::kByAddress,
                  Table::kByName, Table::kByClient, Table::kKept});
  }
  const Status done = purge_.step(stopping_);
  if (!done) {
    return done.error();
  }
  if (purge_.is_under_way()) {
    return false;
  }
  const Status begun = parts_.tables.begin_manifest();
  return begun ? Result<bool>(true) : begun.error();
}

Result<bool> Forget::clear_journal() {
  const Status cleared = parts_.clear_journal();
  return cleared ? Result<bool>(true) : cleared.error();
}

}  // namespace etymon::store
