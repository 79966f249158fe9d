// Journal: puts every turn on disk and into the tail before its answers leave, or says that it did
// not.
//
// The journal says who writes, when, and what follows when that fails; how a turn is written, and
// becomes part of an entry, is in entry_writer.h. A turn waits for no more than one write. The
// entry in the making is completed when there are enough turns, before anything is said about the
// coverage of their time, before a part of the tail ends, and before each sync.
//
// Threads. There is one pen: who holds it (JournalState::writing) may use the entry writer, and
// with it the journal's database and the end of the tail, which so always agree. A loop that calls
// record() while nobody is writing takes it and writes its own turn, and what others bring
// meanwhile; else its turn waits, at most `record_wait`, for whoever writes. The writer, the
// journal's own thread, does what no loop waits for: imports, coverage, mending, letting go of what
// is folded. Another thread syncs the disk now and then. One lock (state_) guards what they share;
// nobody holds it while writing.
//
// Giving way. While more of the tail than is healthy waits to be folded, a turn that was recorded
// comes back a millisecond later, so that folding gets on.
//
// Loss. When a write does not get through in time (a waiting turn finds out by itself, one that
// is being written is given up by another thread), or fails, the journal is stalled: all waiting
// turns are given up, further ones are refused at once, and the coverage ends before the earliest
// of them. A turn that was given up while it was being written may still arrive on disk, and then
// is in the tail too: inside the gap, where it promises nothing. The stall is over, and a new
// interval of coverage begins, as soon as the writer has the pen, which tells of the gap; after an
// error it opens the database again, after a tenth of a second and then less and less often, up to
// 15 s, until that succeeds.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "resolver/model/recorder.h"
#include "store/journal/answer_book.h"
#include "store/journal/coverage_log.h"
#include "store/journal/entry_writer.h"
#include "store/journal/journal_database.h"
#include "store/journal/journal_state.h"
#include "store/journal/tail.h"
#include "store/journal/turn_queue.h"
#include "store/model/observed.h"
#include "store/model/options.h"
#include "store/model/retry_wait.h"
#include "store/model/statistics.h"

namespace etymon::store {

class Journal {
 public:
  // What the journal works with; all of it must outlive the journal.
  struct Surroundings : EntryWriter::Surroundings {
    std::function<void()> on_frozen;  // a part of the tail waits to be folded
  };

  // Refills the tail from the entries behind `folded`, ends the coverage of a crashed run, and
  // begins to record.
  static Result<std::unique_ptr<Journal>> start(Surroundings around,
                                                std::unique_ptr<JournalDatabase> database,
                                                Sequence folded);
  ~Journal();

  // As Recorder has them. A turn is written by the thread that brings it when nobody else is
  // writing, together with what others bring meanwhile; else by whoever writes, or the writer.
  Recorded record(std::span<const Delivery> turn, RecordTicket& ticket);
  Recorded give_up(std::span<const Delivery> turn, RecordTicket& ticket);

  // Takes deliveries with the times they have. Waits until they are written, however long: what
  // failed is tried again, unless mending finds that it has arrived. A chunk of a few thousand
  // keeps the loops' turns from waiting. Errors: kUnavailable (closed, or stopped while nobody was
  // writing it: part of what had failed may arrive all the same); or why an answer cannot be read.
  Status import(std::vector<Delivery> chunk, const std::stop_token& stop);

  // Before the first import() of one whose coverage is told in the end.
  uint64_t begin_import() const { return state_.lock()->coverage.times_left_out(); }
  // A span that was imported since begin_import() gave `began`. Counts at once, but for what was
  // left out meanwhile or is no longer complete; on disk within moments.
  void import_coverage(const TimeSpan& span, uint64_t began);

  // Nothing before this moment is complete any more: counts at once, on disk with the next write.
  void cut_coverage(WallTime moment);

  // What was recorded since the start is not covered, and nothing will be: for a start that came to
  // nothing. To be followed by stop(), with which it is on disk.
  void withdraw_coverage() { state_.lock()->coverage.withdraw(); }

  // These spans are no longer covered, at once. Without an error that is on the disk, also after a
  // power loss. Any thread but the writer's. Errors: kUnavailable (it cannot be written or synced
  // now, and will be written with the next write: ask again), or as the disk says.
  Status leave_out(std::span<const TimeSpan> spans);
  // Nothing of the folded entries stays on the disk. Any thread but the writer's; waits for it.
  Status clear_folded();
  Result<bool> remove_older_files() { return entries_.database().remove_older_files(); }

  Coverage coverage() const;
  JournalFigures figures() const;

  // Freezes what the tail holds now and waits until that is done. Error kUnavailable: the journal
  // cannot be written now, or was closed.
  Status freeze();

  // The tables have all entries up to this one. Fold thread: waits for the disk.
  void note_folded(Sequence last);

  // As JournalDatabase has them; what the turn log has alone is not looked at. Any thread.
  Status verify();
  Status copy(const std::string& path, Meter& meter);

  // Writes what waits, ends the coverage in order, syncs; nothing of it where start() has failed,
  // which leaves to the next start what there was. Idempotent.
  Status stop();

 private:
  // One round of writing; the turns of the round are in turns_.
  struct Work {
    std::vector<CoverageRow> coverage;
    std::optional<TimeSpan> gap;                  // that is over
    uint64_t cuts = 0;                            // how many of those that were asked for are in it
    std::optional<std::vector<Delivery>> import;  // the rest is for the writer's thread alone
    std::optional<uint64_t> freeze;   // which of the freezes that were asked for is the last
    std::optional<uint64_t> entries;  // the same of completed entries
    Sequence folded = 0;
    bool stop = false;
  };

  Journal(Surroundings around, std::unique_ptr<JournalDatabase> database, Sequence folded);

  Status refill();
  Status begin();

  // Returns when all that is recorded now is in the database, or cannot be put there now. Any
  // thread but the writer's.
  void complete();

  void write_own(Guarded<JournalState>::Handle& state);
  void run();
  void mend();
  Recorded record_now(std::span<const Delivery> turn, RecordTicket& ticket);
  void give_way();
  bool cut_out(std::span<const TimeSpan> spans);
  void await_pen();
  Work take_work();
  void tell_gap(const Work& work);
  void take_turns(JournalState& state, WallTime now, Work& work);
  void write_turns(Work& work);
  void write_import(Work& work);
  void end_import(JournalState& state, const Status& outcome);
  void write_coverage(Work& work);
  void note_cuts(const Work& work);
  void end_round(const Work& work);
  void freeze_tail(const Work& work);
  void drop_folded(const Work& work);
  void fail(const Status& status, std::span<const CoverageRow> unwritten);
  void give_up_turns(const Error& why, std::span<const CoverageRow> unwritten);

  void sync_now_and_then();

  const Surroundings around_;
  Guarded<JournalState> state_;
  std::condition_variable work_;     // for the writer, the pen included
  std::condition_variable settled_;  // for everyone who waits for the writer
  std::condition_variable ending_;   // for the syncer

  // Whose JournalState::writing it is may touch these.
  EntryWriter entries_;
  std::optional<uint64_t> failed_import_;  // its number; it is what has to be mended
  RetryWait retry_wait_;                   // before a journal that failed is opened again
  Sequence dropped_ = 0;
  MonotonicTime heartbeat_at_;
  std::vector<Delivery> turns_;

  std::mutex importing_;  // held during import(): one chunk at a time
  bool begun_ = false;    // start() has come to its end
  std::optional<Status> stopped_;
  std::thread writer_;
  std::thread syncer_;
};

}  // namespace etymon::store
