#include "store/journal.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "store/journal_entry.h"
#include "store/keys.h"

namespace etymon::store {
namespace {

// How often the live interval of coverage is written while nothing else is; a crash may hide as
// much idle time.
constexpr Seconds kHeartbeat{1};
// How often a journal that failed is opened again.
constexpr Milliseconds kRetryEvery{100};
// How long leave_out() waits for its rows: the writer may wait for a fold, and so for its caller.
constexpr Seconds kCutWait{5};
// Tails held in memory, in multiples of tail_deliveries_max and tail_bytes_max, while the tables
// cannot be written: live turns are refused beyond the first, imports wait beyond the second.
constexpr size_t kLiveTails = 4;
constexpr size_t kImportTails = 2;
// Rounds in which a loop writes what others have brought meanwhile, before the writer takes over:
// its own answers wait.
constexpr int kOwnRounds = 4;
// Octets of turns of which one entry is made. More would be a longer wait for the turn that
// completes it: 0.1 ms now. Less would begin the file anew more often, which takes 40 us.
constexpr size_t kEntryOctets = 128 << 10;

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
  journal->writer_ = std::thread(&Journal::run, journal.get());
  if (journal->durability() == Durability::kOperatingSystem) {
    journal->syncer_ = std::thread(&Journal::sync_now_and_then, journal.get());
  }
  return journal;
}

Journal::Journal(Surroundings around, std::unique_ptr<JournalDatabase> database, Sequence folded)
    : around_(std::move(around)), database_(std::move(database)), sequence_(folded) {
  state_.lock()->folded = folded;
}

Journal::~Journal() {
  static_cast<void>(stop());
}

Status Journal::refill() {
  Status replayed = replay_after(sequence_);
  if (replayed) {
    replayed = replay_turns();
  }
  if (!replayed) {
    return replayed;
  }
  const auto rows = database_->coverage();
  if (!rows) {
    return rows.error();
  }
  auto log = CoverageLog::load(*rows, newest_live_);
  if (!log) {
    return log.error();
  }
  auto state = state_.lock();
  state->coverage = std::move(*log);
  state->last_at = std::min(newest_live_.value_or(WallTime{}), around_.clock.wall());
  return {};
}

// The first row of the new interval is on disk before the first turn is taken.
Status Journal::begin() {
  heartbeat_at_ = around_.clock.monotonic();
  auto state = state_.lock();
  const WallTime now = state->observe(around_.clock);
  state->coverage.begin(now, CoverageEdge::kStart);
  return complete_entry(state->coverage.take_rows(now), Durability::kDisk);
}

// All of it goes into one part, however much: an entry defines only the answers that the part
// lacked for which it was written, and where that part began is not on record. Were a part to end
// in between, later entries would name answers that neither it nor, after its fold, anybody knows.
Status Journal::replay_after(Sequence last) {
  return database_->scan(
      last, [this](Sequence sequence, std::string_view bytes) { return replay(sequence, bytes); });
}

Status Journal::replay(Sequence sequence, std::string_view bytes) {
  const Result<Turn> turn = read_turn(bytes);
  if (turn) {
    sequence_ = sequence;
    enter(turn->definitions, turn->deliveries);
  }
  return turn ? Status() : turn.error();
}

// Of an entry that the end of an earlier process came before.
Status Journal::replay_turns() {
  const auto logged = database_->logged_turns(sequence_ + 1);
  if (!logged) {
    return logged.error();
  }
  for (const std::string& bytes : *logged) {
    const Result<Turn> turn = read_turn(bytes);
    if (!turn) {
      return turn.error();
    }
    enter(turn->definitions, turn->deliveries);
    draft_.add(turn->definitions, turn->deliveries, bytes.size());
  }
  return {};
}

Result<Journal::Turn> Journal::read_turn(std::string_view bytes) {
  Result<JournalEntry> entry = decode_entry(bytes);
  if (!entry) {
    return entry.error();
  }
  Turn turn;
  for (const JournalEntry::Definition& definition : entry->definitions) {
    Result<KnownAnswerPtr> known = around_.book.learn(definition.id, definition.answer);
    if (!known) {
      return known.error();
    }
    turn.definitions.push_back(std::move(*known));
  }
  turn.deliveries = std::move(entry->deliveries);
  for (const Delivery& delivery : turn.deliveries) {
    if (delivery.origin != Origin::kImport) {
      newest_live_ = std::max(newest_live_.value_or(delivery.at), delivery.at);
    }
  }
  return turn;
}

Recorded Journal::record(std::span<const Delivery> turn, RecordTicket& ticket) {
  if (turn.empty()) {
    return Recorded::kYes;
  }
  const AnswerId last_id = around_.book.last_id();
  const bool named = std::ranges::all_of(
      turn, [&](const Delivery& delivery) { return delivery.answer - 1 < last_id; });
  const bool has_room = tail_has_room(kLiveTails);
  auto state = state_.lock();
  if (ticket.outcome) {
    return *ticket.outcome;  // It was given up before it came this far.
  }
  if (state->stalled || state->stopping || !named) {
    state->refuse(turn);
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
  if (!state->turns.holds(ticket)) {
    state->refuse(turn);
    ticket.outcome = Recorded::kLost;
  }
  state->stall(state->observe(around_.clock));
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

Status Journal::import(std::vector<Delivery> chunk) {
  const std::lock_guard one(importing_);
  auto state = state_.lock();
  if (!state->stopping) {
    state->import = std::move(chunk);
    const uint64_t mine = state->imports_done + 1;
    work_.notify_one();
    settled_.wait(state.mutex_lock(),
                  [&] { return state->imports_done >= mine || state->stopping; });
    if (state->imports_done >= mine) {
      return state->import_outcome;
    }
  }
  return Error{ErrorCode::kUnavailable, "the store was closed during an import"};
}

void Journal::import_coverage(const TimeSpan& span) {
  state_.lock()->coverage.add({{clamp_time(span.start), clamp_time(span.end)},
                               CoverageEdge::kImport,
                               CoverageEdge::kImport});
  work_.notify_one();
}

void Journal::cut_coverage(WallTime moment) {
  state_.lock()->coverage.cut_before(moment);
  work_.notify_one();
}

Status Journal::leave_out(std::span<const TimeSpan> spans) {
  {
    auto state = state_.lock();
    state->coverage.leave_out(spans);
    if (state->coverage.has_changes() || state->cuts_written < state->cuts_asked) {
      const uint64_t mine = ++state->cuts_asked;
      work_.notify_one();
      settled_.wait_for(state.mutex_lock(), kCutWait,
                        [&] { return state->stopping || state->cuts_written >= mine; });
      if (state->cuts_written < mine) {
        return Error{ErrorCode::kUnavailable, "the coverage cannot be written now"};
      }
    }
  }
  complete();
  return database_->sync();
}

void Journal::complete() {
  auto state = state_.lock();
  const uint64_t mine = ++state->entries_asked;
  work_.notify_one();
  settled_.wait(state.mutex_lock(),
                [&] { return state->entries_done >= mine || state->stopping || !state->healthy; });
}

Status Journal::copy(const std::string& path, Meter& meter) {
  complete();
  return database_->copy(path, meter);
}

Status Journal::clear_folded() {
  const Sequence folded = state_.lock()->folded;
  return database_->clear_folded(folded);
}

Coverage Journal::coverage() const {
  auto state = state_.lock();
  const WallTime now = state->observe(around_.clock);
  return state->coverage.coverage(now);
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
  const Status removed = database_->remove_folded_files(last);
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
  auto state = state_.lock();
  const WallTime now = state->observe(around_.clock);
  state->coverage.end(now, CoverageEdge::kStop);
  stopped_ = database_->is_open()
                 ? complete_entry(state->coverage.take_rows(now), Durability::kDisk)
                 : Status(Error{ErrorCode::kIo, state->figures.last_error});
  if (*stopped_) {
    stopped_ = database_->clear_turns();
  }
  return *stopped_;
}

// ---- The writer.

void Journal::run() {
  for (bool stop = false; !stop;) {
    await_pen();
    if (!state_.lock()->healthy) {
      mend();
    }
    Work work = take_work();
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
  const bool can_write = tail_has_room(kLiveTails);
  const bool can_import = tail_has_room(kImportTails);
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
  const auto patience = healthy && can_write ? Milliseconds(kHeartbeat) : kRetryEvery;
  work_.wait_for(state.mutex_lock(), patience, is_due);
  state->writer_waits = true;
  work_.wait(state.mutex_lock(), [&] { return !state->writing; });
  state->writer_waits = false;
  state->writing = true;
}

// What the failed write had put on disk after all comes into the tail here, so that both agree. The
// turns of the entry in the making are in the tail: they come first.
void Journal::mend() {
  Status mended = database_->reopen();
  if (mended) {
    mended = complete_entry({}, durability());
  }
  if (mended) {
    mended = replay_after(sequence_);
  }
  auto state = state_.lock();
  state->healthy = mended.ok();
  if (!mended) {
    state->figures.last_error = mended.error().message;
  }
}

Journal::Work Journal::take_work() {
  const bool can_write = tail_has_room(kLiveTails);
  const bool can_import = tail_has_room(kImportTails);
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
    state->stalled = false;
    state->figures.last_error.clear();
    state->coverage.begin(now, CoverageEdge::kLoss);
  }
  take_turns(*state, now, work);
  return work;
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
  const auto fresh = resolve(turns_);
  if (!fresh) {
    return give_up_turns(fresh.error(), coverage);
  }
  const Status written = write_turn(*fresh, turns_, coverage);
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
    return;
  }
  const auto fresh = resolve(*work.import);
  const Status written = fresh ? write_entry(*fresh, *work.import, {}) : Status();
  if (!written) {
    state_.lock()->import = std::move(work.import);
    return fail(written, {});
  }
  auto state = state_.lock();
  ++state->imports_done;
  state->import_outcome = fresh ? Status() : Status(fresh.error());
  settled_.notify_all();
}

void Journal::write_coverage(Work& work) {
  if (work.coverage.empty()) {
    return;
  }
  if (auto state = state_.lock(); !state->healthy) {
    return state->coverage.put_back(work.coverage);
  }
  const Status written = complete_entry(work.coverage, durability());
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

bool Journal::is_freeze_due(const Work& work) const {
  const bool old =
      active_since_ && around_.clock.monotonic() - *active_since_ >= around_.options.fold_after;
  const bool full = active_deliveries_ >= around_.options.tail_deliveries_max ||
                    around_.tail.active().octets() >= around_.options.tail_bytes_max;
  return old || full || work.freeze;
}

// A part of the tail ends where an entry does.
void Journal::end_round(const Work& work) {
  const bool freeze = is_freeze_due(work);
  const bool is_due = freeze || draft_.octets >= kEntryOctets || work.entries || work.stop;
  if (!is_due || !state_.lock()->healthy) {
    return;
  }
  const Status completed = complete_entry({}, durability());
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

// The turn log would be the one place where what is to be forgotten stays behind a fold.
void Journal::freeze_tail(const Work& work) {
  const Status cleared = database_->clear_turns();
  if (!cleared) {
    return fail(cleared, {});
  }
  around_.tail.freeze(sequence_);
  active_deliveries_ = 0;
  active_since_.reset();
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
  const Status dropped = database_->drop(work.folded);
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

// ---- One entry.

void Journal::Draft::add(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> turn,
                         size_t turn_octets) {
  definitions.insert(definitions.end(), fresh.begin(), fresh.end());
  deliveries.insert(deliveries.end(), turn.begin(), turn.end());
  octets += turn_octets;
}

void Journal::Draft::take_back(size_t fresh, size_t turn) {
  definitions.resize(definitions.size() - fresh);
  deliveries.resize(deliveries.size() - turn);
}

void Journal::Draft::clear() {
  definitions.clear();
  deliveries.clear();
  octets = 0;
}

// Coverage travels with the deliveries of its time, so that neither is on disk without the other.
Status Journal::write_turn(std::span<const KnownAnswerPtr> fresh,
                           std::span<const Delivery> deliveries,
                           std::span<const CoverageRow> coverage) {
  if (!coverage.empty() || durability() == Durability::kDisk) {
    return write_entry(fresh, deliveries, coverage);
  }
  encode_entry(fresh, deliveries, entry_);
  const Status logged = database_->log_turn(sequence_ + 1, entry_);
  if (logged) {
    draft_.add(fresh, deliveries, entry_.size());
    enter(fresh, deliveries);
  }
  return logged;
}

// What is to be written now is the last of the entry in the making.
Status Journal::write_entry(std::span<const KnownAnswerPtr> fresh,
                            std::span<const Delivery> deliveries,
                            std::span<const CoverageRow> coverage) {
  draft_.add(fresh, deliveries, 0);
  const Status written = complete_entry(coverage, durability());
  if (written) {
    enter(fresh, deliveries);
  } else {
    draft_.take_back(fresh.size(), deliveries.size());
  }
  return written;
}

Status Journal::complete_entry(std::span<const CoverageRow> coverage, Durability durability) {
  if (draft_.is_empty()) {
    return coverage.empty() ? Status() : database_->write_coverage(coverage, durability);
  }
  encode_entry(draft_.definitions, draft_.deliveries, entry_);
  const Status written = database_->write(sequence_ + 1, entry_, coverage, durability);
  if (written) {
    ++sequence_;
    draft_.clear();
  }
  return written;
}

// Gives each delivery its answer's true number; returns the answers that the active part lacks.
Result<std::vector<KnownAnswerPtr>> Journal::resolve(std::vector<Delivery>& deliveries) {
  const TailPart& part = around_.tail.active();
  part.fetch(deliveries);
  expected_.clear();
  for (const Delivery& delivery : deliveries) {
    if (!part.knows(delivery.answer)) {
      expected_.push_back(delivery.answer);
    }
  }
  if (!expected_.empty()) {
    around_.book.expect(expected_);
  }
  std::vector<KnownAnswerPtr> fresh;
  FlatSet<AnswerId> defined;
  for (Delivery& delivery : deliveries) {
    if (part.knows(delivery.answer) || defined.contains(delivery.answer)) {
      continue;
    }
    Result<KnownAnswerPtr> known = around_.book.find(delivery.answer);
    if (!known) {
      return known.error();
    }
    delivery.answer = (*known)->id();
    if (!part.knows(delivery.answer) && defined.insert(delivery.answer).second) {
      fresh.push_back(std::move(*known));
    }
  }
  return fresh;
}

void Journal::enter(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries) {
  around_.tail.active().append(fresh, deliveries);
  active_deliveries_ += deliveries.size();
  if (!active_since_) {
    active_since_ = around_.clock.monotonic();
  }
}

bool Journal::tail_has_room(size_t tails) const {
  return around_.tail.delivery_count() < tails * around_.options.tail_deliveries_max &&
         around_.tail.octets() < tails * around_.options.tail_bytes_max;
}

Durability Journal::durability() const {
  const bool each_write = around_.options.sync_every == Milliseconds(0);
  return each_write ? Durability::kDisk : Durability::kOperatingSystem;
}

// ---- The syncer.

void Journal::sync_now_and_then() {
  auto state = state_.lock();
  const auto stopping = [&] { return state->stopping; };
  while (!ending_.wait_for(state.mutex_lock(), around_.options.sync_every, stopping)) {
    state.mutex_lock().unlock();
    complete();
    const Status synced = database_->sync();
    state.mutex_lock().lock();
    if (!synced) {
      state->figures.last_error = synced.error().message;
    }
  }
}

}  // namespace etymon::store
