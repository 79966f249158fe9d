#include "store/removal/forget_work.h"

#include <algorithm>
#include <utility>

#include "store/removal/sweep.h"

namespace etymon::store {
namespace {

// Answers nobody was told of that are looked at in memory, under one hold of the book's lock.
constexpr size_t kUntoldAtOnce = 4096;

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

// Over once that is true.
Result<ForgetWork::Step> once(const Result<bool>& gone) {
  if (!gone) {
    return gone.error();
  }
  return *gone ? ForgetWork::Step::kOver : ForgetWork::Step::kWait;
}

Result<ForgetWork::Step> over(const Status& done) {
  return done ? Result<ForgetWork::Step>(ForgetWork::Step::kOver) : done.error();
}

}  // namespace

ForgetWork::ForgetWork(const ForgetParts& parts, Records& records, ForgetMode mode,
                       PendingForget order)
    : parts_(parts),
      records_(records),
      mode_(mode),
      order_(std::move(order)),
      phase_(mode == ForgetMode::kCount ? Phase::kFreeze : Phase::kOrder),
      search_(parts.tables, order_),
      purge_(parts.tables),
      hours_before_(0) {}

ForgetWork::ForgetWork(const ForgetParts& parts, Records& records, PendingForget order)
    : parts_(parts),
      records_(records),
      mode_(ForgetMode::kForget),
      order_(std::move(order)),
      phase_(order_.state == ForgetState::kRows ? Phase::kFreeze : Phase::kOwnFiles),
      search_(parts.tables, order_),
      purge_(parts.tables),
      hours_before_(order_.record.report.hours) {}

Result<ForgetWork::Step> ForgetWork::step(std::atomic<bool>& stop) {
  const Result<Step> done = step_of_phase(stop);
  if (!done || *done != Step::kOver || is_last_phase()) {
    return done;
  }
  phase_ = static_cast<Phase>(static_cast<int>(phase_) + 1);
  octets_before_ = octets_;
  return Step::kMore;
}

Result<ForgetWork::Step> ForgetWork::step_of_phase(std::atomic<bool>& stop) {
  switch (phase_) {
    case Phase::kOrder:
      return write_order();
    case Phase::kFreeze:
      return over(parts_.freeze());
    case Phase::kFold:
      return await_fold();
    case Phase::kRows:
      return take_rows();
    case Phase::kAnswers:
      return take_answers();
    case Phase::kHosts:
      return take_hosts();
    case Phase::kReaders:
      return await_readers();
    case Phase::kFiles:
      return rewrite({Table::kAnswers, Table::kAnswerIds, Table::kDeliveries, Table::kByAddress,
                      Table::kByName, Table::kByClient},
                     stop);
    case Phase::kSubject:
      return drop_subject();
    case Phase::kOwnFiles: {
      const Result<Step> readers = await_readers();
      return *readers == Step::kOver ? rewrite({Table::kKept}, stop) : readers;
    }
    case Phase::kJournal:
      return over(parts_.clear_journal());
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

bool ForgetWork::is_last_phase() const {
  return phase_ == Phase::kRecord || (phase_ == Phase::kRows && mode_ == ForgetMode::kCount);
}

void ForgetWork::show(uint64_t octets_of_phase) {
  octets_ = std::max(octets_, octets_before_ + octets_of_phase);
}

// ---- What is to be forgotten.

Result<ForgetWork::Step> ForgetWork::write_order() {
  const Tables::RowValues kept{{pending_forget_key(), encode_forget(order_)}};
  return over(parts_.tables.put({{Table::kKept, &kept}}));
}

// Folds come before steps, so one that still waits has failed, or has just come.
Result<ForgetWork::Step> ForgetWork::await_fold() const {
  if (parts_.tail.oldest_frozen() == nullptr) {
    return Step::kOver;
  }
  const std::string error = parts_.fold_error();
  return error.empty() ? Result<Step>(Step::kWait) : Error{ErrorCode::kIo, error};
}

// ---- Rows.

Result<ForgetWork::Step> ForgetWork::take_rows() {
  if (const Status settled = settle_doubt(); !settled) {
    return settled.error();
  }
  if (octets_max_ == 0) {
    octets_max_ =
        search_.octets_max() + (mode_ == ForgetMode::kForget ? parts_.tables.live_bytes() : 0);
  }
  ForgetRows rows(parts_.tables, order_.record.span);
  Result<ForgetSearch::Collected> collected = search_.collect(rows);
  if (!collected) {
    return collected.error();
  }
  const ForgetReport before = order_.record.report;
  ForgetReport& report = order_.record.report;
  hours_.insert(rows.hours().begin(), rows.hours().end());
  report.deliveries += rows.deliveries();
  report.hours = hours_before_ + hours_.size();
  if (mode_ == ForgetMode::kForget && rows.has_changes()) {
    const Status written = write_rows(rows);
    if (!written) {
      report = before;
      return written.error();
    }
  }
  const bool is_all = collected->is_all;
  search_.advance(*std::move(collected));
  show(search_.octets());
  return is_all ? Step::kOver : Step::kMore;
}

// The report is in the order with what it counts, so that it is true after a crash.
Status ForgetWork::write_rows(const ForgetRows& rows) {
  const Status left_out = parts_.leave_out(spans_of(rows.hours(), order_.record.span));
  if (!left_out) {
    return left_out;
  }
  const Status written = rows.write({{pending_forget_key(), encode_forget(order_)}});
  in_doubt_ = !written.ok();
  return written;
}

// What could not be written may be there all the same, once the tables are opened anew: then it is
// counted, and not found again.
Status ForgetWork::settle_doubt() {
  if (!in_doubt_) {
    return {};
  }
  const Result<ForgetLog> log = read_forget_log(parts_.tables);
  if (!log) {
    return log.error();
  }
  if (log->pending) {
    order_.record.report = log->pending->record.report;
  }
  in_doubt_ = false;
  return {};
}

// ---- What only the rows led to.

Result<ForgetWork::Step> ForgetWork::take_answers() {
  if (order_.name) {
    parts_.book.set_unstored_aside(kUntoldAtOnce, [&](const Answer& answer) {
      return has_name(answer, *order_.name, order_.record.match);
    });
  }
  const auto removed = sweep_answers(parts_.tables, parts_.book, parts_.tail, Sweep::kForget);
  if (!removed) {
    return removed.error();
  }
  order_.record.report.answers += removed->removed;
  removed_at_ = parts_.tables.last_write();
  return Step::kOver;
}

// The device itself, if it is still there, is soon learned anew.
Result<ForgetWork::Step> ForgetWork::take_hosts() {
  if (order_.client && !order_.name) {
    const TimeSpan& span = order_.record.span;
    uint64_t gone = 0;
    parts_.hosts.forget([&](const HostInterval& interval) {
      const bool goes = order_.client->contains(interval.address) &&
                        interval.seen.start <= span.end && span.start <= interval.seen.end;
      gone += goes ? 1 : 0;
      return goes;
    });
    order_.record.report.hosts += gone;
  }
  return over(parts_.hosts.save());
}

// ---- Files.

// What somebody may still read as it was, RocksDB would write into the new files.
Result<ForgetWork::Step> ForgetWork::await_readers() const {
  return parts_.tables.is_seen_as_before(removed_at_) ? Step::kWait : Step::kOver;
}

Result<ForgetWork::Step> ForgetWork::rewrite(std::initializer_list<Table> tables,
                                             std::atomic<bool>& stop) {
  if (!purge_.is_under_way()) {
    purge_.begin(tables);
  }
  const Status done = purge_.step(stop);
  if (!done) {
    return done.error();
  }
  show(purge_.octets());
  return purge_.is_under_way() ? Step::kMore : Step::kOver;
}

// From here on the order need not say what it was about, and nor must the records of others.
Result<ForgetWork::Step> ForgetWork::drop_subject() {
  const bool is_all_of_client =
      order_.client && !order_.name && order_.record.span.start == WallTime();
  if (is_all_of_client) {
    const Status dropped = drop_floors(*order_.client);
    if (!dropped) {
      return dropped.error();
    }
  }
  const auto was_the_client = [&](const ForgetRecord& record) {
    const auto by = IpAddress::from_text(record.by);
    return by && order_.client && order_.client->contains(*by);
  };
  PendingForget rest = order_;
  rest.state = ForgetState::kFiles;
  rest.client.reset();
  rest.name.reset();
  rest.record.by = was_the_client(order_.record) ? kByItself : order_.record.by;
  Tables::RowValues kept{{pending_forget_key(), encode_forget(rest)}};
  std::vector<ForgetRecord> records = *records_.lock();
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
  removed_at_ = parts_.tables.last_write();
  order_ = std::move(rest);
  *records_.lock() = std::move(records);
  return Step::kOver;
}

// A floor tells that its client was there. No row of it from before is left that would need one;
// but one that lies in the future, by a clock that was ahead, may have hidden new ones meanwhile.
Status ForgetWork::drop_floors(const IpPrefix& clients) {
  Kept kept = *parts_.tables.kept();
  const ForgetRecord& record = order_.record;
  const WallTime now = clamp_time(parts_.clock.wall());
  const Hour last = hour_of(std::min({record.span.end, record.asked, now}));
  const size_t dropped = std::erase_if(kept.clients, [&](const auto& floor) {
    return clients.contains(floor.first) && floor.second <= last;
  });
  return dropped == 0 ? Status() : parts_.tables.keep(kept, parts_.tables.purged());
}

// The same order once more is the change with which the new manifest begins.
Result<ForgetWork::Step> ForgetWork::begin_manifest() {
  const Status filled = parts_.tables.fill_manifest();
  return filled ? write_order() : filled.error();
}

Result<ForgetWork::Step> ForgetWork::write_record() {
  ForgetRecord& record = order_.record;
  record.done = clamp_time(parts_.clock.wall());
  std::vector<ForgetRecord> records = *records_.lock();
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
  *records_.lock() = std::move(records);
  return Step::kOver;
}

}  // namespace etymon::store
