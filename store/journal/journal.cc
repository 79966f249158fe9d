#include "store/journal/journal.h"

#include <algorithm>
#include <utility>

#include "resolver/base/this_thread.h"
#include "store/tables/keys.h"

namespace etymon::store {
namespace {

// How often the live interval of coverage is written while nothing else is; a crash may hide as
// much idle time.
constexpr Seconds kHeartbeat{1};
// How long after a failure, and after each try that fails, the journal is opened again. Each try
// reads all that is in the logs and writes it anew, up to 64 MiB, before it fails for want of room:
// the last of these waits leave the disk to others. Recording waits that much longer for room that
// there is.
constexpr Milliseconds kRetryFirst{100};
constexpr Milliseconds kRetryMax{15'000};
// How often the writer looks whether a tail that was full has room.
constexpr Milliseconds kLookEvery{100};
// Spans that are left out under one hold of the lock, which loops wait for: some milliseconds where
// there are tens of thousands of intervals.
constexpr size_t kLeftOutAtOnce = 256;
// How long leave_out() waits for its rows: the writer may wait for a fold, and so for its caller.
constexpr Seconds kCutWait{5};
// Tails held in memory, in multiples of tail_deliveries_max and tail_bytes_max, while the tables
// cannot be written: live turns are refused beyond the first, imports wait beyond the second.
constexpr size_t kLiveTails = 4;
constexpr size_t kImportTails = 2;
// Beyond so many, which no import fills, a loop gives way to the folds after each turn: it waits
// for the next one to be done, and so long at most. Some sixty answers are sent later by that, and
// the folder has three quarters of the processor that they share. It stands behind the loops
// otherwise, so that without this it could be left behind until deliveries are lost.
constexpr size_t kCalmTails = 3;
static_assert(kImportTails < kCalmTails && kCalmTails < kLiveTails);
constexpr Milliseconds kWayGiven{1};
// Rounds in which a loop writes what others have brought meanwhile, before the writer takes over:
// its own answers wait.
constexpr int kOwnRounds = 4;

}  // namespace

Result<std::unique_ptr<Journal>> Journal::start(Surroundings around,
                                                std::unique_ptr<JournalDatabase> database,
                                                Sequence folded) {
  std::unique_ptr<Journal> journal(new Journal(std::move(around), std::move(database), folded));
  Status status = journal->refill();
  if (status) {
    status = journal->begin();
  }
  if (!status) {
    return status.error();
  }
  journal->begun_ = true;
  journal->writer_ = std::thread(&Journal::run, journal.get());
  if (journal->entries_.durability() == Durability::kOperatingSystem) {
    journal->syncer_ = std::thread(&Journal::sync_now_and_then, journal.get());
  }
  return journal;
}

Journal::Journal(Surroundings around, std::unique_ptr<JournalDatabase> database, Sequence folded)
    : around_(std::move(around)),
      entries_(around_, std::move(database), folded),
      retry_wait_(kRetryFirst, kRetryMax) {
  state_.lock()->folded = folded;
}

Journal::~Journal() {
  static_cast<void>(stop());
}

Status Journal::refill() {
  Status refilled = entries_.refill();
  if (!refilled) {
    return refilled;
  }
  const auto rows = entries_.database().coverage();
  if (!rows) {
    return rows.error();
  }
  const std::optional<WallTime> last = entries_.last_live();
  auto log = CoverageLog::load(*rows, last);
  if (!log) {
    return log.error();
  }
  auto state = state_.lock();
  state->coverage = std::move(*log);
  state->last_at = std::min(last.value_or(WallTime{}), around_.clock.wall());
  return {};
}

// The first row of the new interval is on disk before the first turn is taken. No turns are left:
// those that a power loss left without the entries before them would be taken, at some later start,
// for what follows entries that get these numbers anew.
Status Journal::begin() {
  heartbeat_at_ = around_.clock.monotonic();
  auto state = state_.lock();
  const WallTime now = state->observe(around_.clock);
  state->coverage.begin(now, CoverageEdge::kStart);
  return entries_.finish(state->coverage.take_rows(now));
}

Recorded Journal::record(std::span<const Delivery> turn, RecordTicket& ticket) {
  if (turn.empty()) {
    return Recorded::kYes;
  }
  const Recorded outcome = record_now(turn, ticket);
  if (outcome == Recorded::kYes && !entries_.tail_has_room(kCalmTails)) {
    give_way();
  }
  return outcome;
}

void Journal::give_way() {
  auto state = state_.lock();
  const Sequence folded = state->folded;
  settled_.wait_for(state.mutex_lock(), kWayGiven,
                    [&] { return state->folded != folded || state->stopping; });
}

Recorded Journal::record_now(std::span<const Delivery> turn, RecordTicket& ticket) {
  const AnswerId last_id = around_.book.last_id();
  const bool named = std::ranges::all_of(
      turn, [&](const Delivery& delivery) { return delivery.answer - 1 < last_id; });
  if (!named) {
    return give_up(turn, ticket);
  }
  const bool has_room = entries_.tail_has_room(kLiveTails);
  auto state = state_.lock();
  if (ticket.outcome) {
    return *ticket.outcome;  // It was given up before it came this far.
  }
  if (state->stalled || state->stopping) {
    state->refuse(turn, state->observe(around_.clock));
    return *(ticket.outcome = Recorded::kLost);
  }
  state->turns.add(turn, ticket);
  if (!state->writing && state->healthy && has_room) {
    write_own(state);
    return *ticket.outcome;
  }
  work_.notify_one();
  const bool settled = settled_.wait_for(state.mutex_lock(), around_.options.record_wait,
                                         [&] { return ticket.outcome.has_value(); });
  if (!settled) {
    state->stall(state->observe(around_.clock));
    settled_.notify_all();
  }
  return *ticket.outcome;
}

Recorded Journal::give_up(std::span<const Delivery> turn, RecordTicket& ticket) {
  auto state = state_.lock();
  if (ticket.outcome) {
    return *ticket.outcome;
  }
  const WallTime now = state->observe(around_.clock);
  if (!state->turns.holds(ticket)) {
    state->refuse(turn, now);
    ticket.outcome = Recorded::kLost;
  }
  state->stall(now);
  work_.notify_one();
  settled_.notify_all();
  return *ticket.outcome;
}

// Comes and goes with the lock held, and writes without it.
void Journal::write_own(Guarded<JournalState>::Handle& state) {
  state->writing = true;
  for (int round = 0; round < kOwnRounds && state->healthy && !state->turns.is_empty(); ++round) {
    Work work;
    take_turns(*state, state->observe(around_.clock), work);
    state.mutex_lock().unlock();
    write_turns(work);
    end_round(work);
    state.mutex_lock().lock();
  }
  state->writing = false;
  if (state->writer_waits || state->stalled || !state->turns.is_empty()) {
    work_.notify_one();
  }
}

Status Journal::import(std::vector<Delivery> chunk, const std::stop_token& stop) {
  const std::lock_guard one(importing_);
  // Takes the lock, or it could come between a look at the token and the wait, and be missed. Made
  // before the lock is held, as it runs at once when the stop came before.
  const std::stop_callback wake(stop, [this] {
    static_cast<void>(state_.lock());
    settled_.notify_all();
  });
  auto state = state_.lock();
  if (!state->stopping) {
    state->import = std::move(chunk);
    const uint64_t mine = ++state->imports_asked;
    work_.notify_one();
    settled_.wait(state.mutex_lock(), [&] {
      return state->imports_done >= mine || state->stopping ||
             (stop.stop_requested() && state->import);
    });
    if (state->imports_done >= mine) {
      return state->import_outcome;
    }
  }
  if (!state->stopping) {
    state->import.reset();
    return Error{ErrorCode::kUnavailable, "the import was stopped before it was written"};
  }
  return Error{ErrorCode::kUnavailable, "the store was closed during an import"};
}

void Journal::import_coverage(const TimeSpan& span, uint64_t began) {
  state_.lock()->coverage.import({clamp_time(span.start), clamp_time(span.end)}, began);
  work_.notify_one();
}

void Journal::cut_coverage(WallTime moment) {
  state_.lock()->coverage.cut_before(moment);
  work_.notify_one();
}

Status Journal::leave_out(std::span<const TimeSpan> spans) {
  if (!cut_out(spans)) {
    return Error{ErrorCode::kUnavailable, "the coverage cannot be written now"};
  }
  complete();
  return entries_.database().sync();
}

// False: the rows of the coverage were not written in time.
bool Journal::cut_out(std::span<const TimeSpan> spans) {
  for (; spans.size() > kLeftOutAtOnce; spans = spans.subspan(kLeftOutAtOnce)) {
    auto state = state_.lock();
    state->coverage.leave_out(spans.first(kLeftOutAtOnce), state->observe(around_.clock));
  }
  auto state = state_.lock();
  state->coverage.leave_out(spans, state->observe(around_.clock));
  if (!state->coverage.has_changes() && state->cuts_written == state->cuts_asked) {
    return true;
  }
  const uint64_t mine = ++state->cuts_asked;
  work_.notify_one();
  settled_.wait_for(state.mutex_lock(), kCutWait,
                    [&] { return state->stopping || state->cuts_written >= mine; });
  return state->cuts_written >= mine;
}

void Journal::complete() {
  auto state = state_.lock();
  const uint64_t mine = ++state->entries_asked;
  work_.notify_one();
  settled_.wait(state.mutex_lock(),
                [&] { return state->entries_done >= mine || state->stopping || !state->healthy; });
}

Status Journal::verify() {
  const Sequence folded = state_.lock()->folded;
  const Result<uint64_t> deliveries = entries_.database().verify(folded);
  return deliveries ? Status() : deliveries.error();
}

Status Journal::copy(const std::string& path, Meter& meter) {
  complete();
  return entries_.database().copy(path, meter);
}

Status Journal::clear_folded() {
  const Sequence folded = state_.lock()->folded;
  return entries_.database().clear_folded(folded);
}

Coverage Journal::coverage() const {
  CoverageSnapshot snapshot;
  {
    const ClockReading reading = read_both(around_.clock);
    auto state = state_.lock();
    const WallTime now = state->observe(reading) ? reading.wall : state->observe(around_.clock);
    snapshot = state->coverage.snapshot(now);
  }
  return snapshot.coverage();
}

JournalFigures Journal::figures() const {
  auto state = state_.lock();
  JournalFigures figures = state->figures;
  figures.oldest = state->coverage.first();
  figures.recording = !state->stalled && !state->stopping;
  return figures;
}

Status Journal::freeze() {
  auto state = state_.lock();
  const uint64_t mine = ++state->freezes_asked;
  work_.notify_one();
  settled_.wait(state.mutex_lock(),
                [&] { return state->freezes_done >= mine || state->stopping || !state->healthy; });
  return state->freezes_done >= mine
             ? Status()
             : Error{ErrorCode::kUnavailable, "the journal cannot be written now"};
}

void Journal::note_folded(Sequence last) {
  state_.lock()->folded = last;
  work_.notify_one();
  settled_.notify_all();
  const Status removed = entries_.database().remove_folded_files(last);
  if (!removed) {
    state_.lock()->figures.last_error = removed.error().message;
  }
}

Status Journal::stop() {
  if (stopped_) {
    return *stopped_;
  }
  state_.lock()->stopping = true;
  work_.notify_one();
  ending_.notify_one();
  settled_.notify_all();
  for (std::thread* thread : {&writer_, &syncer_}) {
    if (thread->joinable()) {
      thread->join();
    }
  }
  if (!begun_) {
    return *(stopped_ = Status());
  }
  auto state = state_.lock();
  const WallTime now = state->observe(around_.clock);
  state->coverage.end(now, CoverageEdge::kStop);
  stopped_ = entries_.database().is_open()
                 ? entries_.finish(state->coverage.take_rows(now))
                 : Status(Error{ErrorCode::kIo, state->figures.last_error});
  return *stopped_;
}

// ---- The writer.

void Journal::run() {
  name_this_thread("journal");
  for (bool stop = false; !stop;) {
    await_pen();
    if (!state_.lock()->healthy) {
      mend();
    }
    Work work = take_work();
    tell_gap(work);
    write_turns(work);
    write_import(work);
    write_coverage(work);
    end_round(work);
    drop_folded(work);
    state_.lock()->writing = false;
    stop = work.stop;
  }
}

// Until there is something to write, and nobody else is writing.
void Journal::await_pen() {
  const bool can_write = entries_.tail_has_room(kLiveTails);
  const bool can_import = entries_.tail_has_room(kImportTails);
  auto state = state_.lock();
  const bool healthy = state->healthy;
  const auto is_due = [&] {
    const bool is_asked = state->freezes_asked > state->freezes_done ||
                          state->entries_asked > state->entries_done || state->folded > dropped_;
    return state->stopping || state->healthy != healthy || (healthy && is_asked) ||
           (healthy && can_import && state->import) ||
           (healthy && can_write &&
            (state->stalled || state->coverage.has_changes() || !state->turns.is_empty()));
  };
  const Milliseconds when_healthy = can_write ? Milliseconds(kHeartbeat) : kLookEvery;
  const Milliseconds patience = healthy ? when_healthy : std::max(retry_wait_.get(), kRetryFirst);
  work_.wait_for(state.mutex_lock(), patience, is_due);
  state->writer_waits = true;
  work_.wait(state.mutex_lock(), [&] { return !state->writing; });
  state->writer_waits = false;
  state->writing = true;
}

// What failed may be on the disk, the heartbeat with it. Where that is written over without the
// turn that was given up, the gap must come with it.
void Journal::mend() {
  const auto coverage = state_.lock()->coverage.take_rows({});  // Nothing is live.
  const Status mended = entries_.mend(coverage);
  mended ? retry_wait_.end() : retry_wait_.lengthen();
  auto state = state_.lock();
  state->healthy = mended.ok();
  if (!mended) {
    state->coverage.put_back(coverage);
    state->figures.last_error = mended.error().message;
    return;
  }
  // Written once more it would be there twice: a number of its own makes it another entry. What
  // waits now may be the next import, after that one was given up.
  const auto failed = std::exchange(failed_import_, std::nullopt);
  if (failed == state->imports_asked && state->import && entries_.has_arrived()) {
    state->import.reset();
    end_import(*state, {});
  }
}

Journal::Work Journal::take_work() {
  const bool can_write = entries_.tail_has_room(kLiveTails);
  const bool can_import = entries_.tail_has_room(kImportTails);
  auto state = state_.lock();
  const WallTime now = state->observe(around_.clock);
  Work work;
  work.folded = state->folded;
  work.stop = state->stopping;
  if (state->freezes_asked > state->freezes_done) {
    work.freeze = state->freezes_asked;
  }
  if (state->entries_asked > state->entries_done) {
    work.entries = state->entries_asked;
  }
  turns_.clear();
  if (state->healthy && can_import) {
    work.import = std::exchange(state->import, std::nullopt);
  }
  if (!state->healthy || !can_write) {
    return work;
  }
  if (state->stalled) {
    work.gap = state->go_on(now);
  }
  take_turns(*state, now, work);
  return work;
}

// Before the first turn behind it.
void Journal::tell_gap(const Work& work) {
  if (work.gap && around_.options.on_gap) {
    around_.options.on_gap(*work.gap);
  }
}

void Journal::take_turns(JournalState& state, WallTime now, Work& work) {
  state.turns.take(turns_);
  state.put_in_order(turns_, now);
  const MonotonicTime moment = around_.clock.monotonic();
  if (state.coverage.has_changes() || moment - heartbeat_at_ >= kHeartbeat) {
    work.coverage = state.coverage.take_rows(state.settle(now, around_.options.record_wait));
    work.cuts = state.cuts_asked;
    heartbeat_at_ = moment;
  }
}

void Journal::write_turns(Work& work) {
  if (turns_.empty()) {
    return;
  }
  const auto coverage = std::exchange(work.coverage, {});
  const auto fresh = entries_.resolve(turns_);
  if (!fresh) {
    return give_up_turns(fresh.error(), coverage);
  }
  const Status written = entries_.write_turn(*fresh, turns_, coverage);
  if (!written) {
    return fail(written, coverage);
  }
  {
    auto state = state_.lock();
    state->figures.recorded += state->turns.confirm();
    state->cuts_written = std::max(state->cuts_written, work.cuts);
  }
  settled_.notify_all();  // Without the lock, which the woken loops need.
  if (around_.options.on_recorded) {
    around_.options.on_recorded(turns_);
  }
}

void Journal::write_import(Work& work) {
  if (!work.import) {
    return;
  }
  if (auto state = state_.lock(); !state->healthy) {
    state->import = std::move(work.import);
    settled_.notify_all();  // Who waits for it may want to stop.
    return;
  }
  const auto fresh = entries_.resolve(*work.import);
  const Status written = fresh ? entries_.write_entry(*fresh, *work.import, {}) : Status();
  if (!written) {
    {
      auto state = state_.lock();
      state->import = std::move(work.import);
      failed_import_ = state->imports_asked;
    }
    return fail(written, {});
  }
  end_import(*state_.lock(), fresh ? Status() : Status(fresh.error()));
}

void Journal::end_import(JournalState& state, const Status& outcome) {
  state.imports_done = state.imports_asked;
  state.import_outcome = outcome;
  settled_.notify_all();
}

void Journal::write_coverage(Work& work) {
  if (work.coverage.empty()) {
    return;
  }
  if (auto state = state_.lock(); !state->healthy) {
    return state->coverage.put_back(work.coverage);
  }
  const Status written = entries_.complete(work.coverage, entries_.durability());
  if (!written) {
    return fail(written, work.coverage);
  }
  note_cuts(work);
}

void Journal::note_cuts(const Work& work) {
  auto state = state_.lock();
  if (work.cuts > state->cuts_written) {
    state->cuts_written = work.cuts;
    settled_.notify_all();
  }
}

// A part of the tail ends where an entry does.
void Journal::end_round(const Work& work) {
  const bool freeze = entries_.is_part_due() || work.freeze;
  const bool is_due = freeze || entries_.is_entry_due() || work.entries || work.stop;
  if (!is_due || !state_.lock()->healthy) {
    return;
  }
  const Status completed = entries_.complete({}, entries_.durability());
  if (!completed) {
    return fail(completed, {});
  }
  if (work.entries) {
    state_.lock()->entries_done = *work.entries;
    settled_.notify_all();
  }
  if (freeze) {
    freeze_tail(work);
  }
}

void Journal::freeze_tail(const Work& work) {
  const Status ended = entries_.end_part();
  if (!ended) {
    return fail(ended, {});
  }
  around_.on_frozen();
  if (work.freeze) {
    state_.lock()->freezes_done = *work.freeze;
    settled_.notify_all();
  }
}

void Journal::drop_folded(const Work& work) {
  if (work.folded == dropped_ || !state_.lock()->healthy) {
    return;
  }
  const Status dropped = entries_.database().drop(work.folded);
  if (!dropped) {
    return fail(dropped, {});
  }
  dropped_ = work.folded;
}

void Journal::fail(const Status& status, std::span<const CoverageRow> unwritten) {
  state_.lock()->healthy = false;
  give_up_turns(status.error(), unwritten);
}

// An answer that cannot be read from the tables, say, costs the turns that name it, not more.
void Journal::give_up_turns(const Error& why, std::span<const CoverageRow> unwritten) {
  auto state = state_.lock();
  state->figures.last_error = why.message;
  state->coverage.put_back(unwritten);
  state->stall(state->observe(around_.clock));
  settled_.notify_all();
}

// ---- The syncer.

// What comes right behind the beginning of a sync is safe when the next one is done. So a power
// loss costs the stated time, as long as a sync takes no more than a quarter of it.
void Journal::sync_now_and_then() {
  name_this_thread("journal-sync");
  const Microseconds every = around_.options.sync_every;
  Microseconds pause = every;
  auto state = state_.lock();
  const auto stopping = [&] { return state->stopping; };
  while (!ending_.wait_for(state.mutex_lock(), pause, stopping)) {
    state.mutex_lock().unlock();
    const MonotonicTime began = around_.clock.monotonic();
    complete();
    const Status synced = entries_.database().sync();
    const Microseconds took = around_.clock.monotonic() - began;
    pause = std::max(std::max(every / 2, every - 2 * took) - took, Microseconds(0));
    state.mutex_lock().lock();
    if (!synced && synced.error().code != ErrorCode::kUnavailable) {
      state->figures.last_error = synced.error().message;
    }
  }
}

}  // namespace etymon::store
