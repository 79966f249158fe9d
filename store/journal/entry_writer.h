// EntryWriter: what becomes of the journal's turns and entries, on disk and in the tail.
//
// A turn goes to the end of the turn log and into the tail, and is drafted for the entry in the
// making; a complete entry goes to the database, and its turns need not be in the log any more.
// With `sync_every` 0 each turn is an entry, and synced. So the tail is always what the journal's
// entries and turns say, in their order. An entry defines the answers that the active part of the
// tail lacked when it was written; a part ends where an entry does.
//
// Threads. Not thread-safe: it is for whoever has the journal's pen (JournalState::writing), and
// for who starts and stops the journal while no other thread of it is there. What any thread may
// call says so.
//
// Owns the journal's database. Knows nothing of who waits, of what is lost or of what is covered:
// coverage rows are written as they are handed over.
//
// Errors are the database's unless a call says more. After one nothing more is written until
// mend(); what the failed call wrote may be on disk, and comes into the tail then.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/delivery.h"
#include "store/journal/answer_book.h"
#include "store/journal/coverage_log.h"
#include "store/journal/journal_database.h"
#include "store/journal/tail.h"
#include "store/model/options.h"
#include "store/model/statistics.h"

namespace etymon::store {

class EntryWriter {
 public:
  // What it works with; all of it must outlive the writer.
  struct Surroundings {
    const Options& options;
    const Clock& clock;
    Tail& tail;
    AnswerBook& book;
  };

  // The tables have the entries up to `folded`.
  EntryWriter(const Surroundings& around, std::unique_ptr<JournalDatabase> database,
              Sequence folded);

  // Brings what an earlier process has left behind `folded` into the tail. Before all else. Error
  // kDataLoss: damaged; or the database's.
  Status refill();
  // Of all that was read from the disk, the time of the delivery that came last and was not
  // imported: the newest, unless the clock was set back.
  std::optional<WallTime> last_live() const { return last_live_; }

  // Opens the database again after an error, and makes it and the tail agree, which may take from
  // the disk what the failed call wrote: the rows, which are written with that, must say so. After
  // an error of this, once more.
  Status mend(std::span<const CoverageRow> coverage);
  // Mending has found on the disk what the last write_entry() that failed was to write: it is in
  // the tail, and not to be written again.
  bool has_arrived() const { return has_arrived_; }

  // Gives each delivery its answer's true number; returns the answers that the active part lacks.
  // Error: an answer cannot be read; nothing has to be mended.
  Result<std::vector<KnownAnswerPtr>> resolve(std::vector<Delivery>& deliveries);

  // Writes deliveries, and what resolve() gave for them, to the disk and into the tail: to the turn
  // log, or as an entry when there are rows that must not be on disk without them.
  Status write_turn(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries,
                    std::span<const CoverageRow> coverage);
  // The same as an entry in any case, with those that were drafted before.
  Status write_entry(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries,
                     std::span<const CoverageRow> coverage);
  // Puts the entry in the making into the database, if there is one, and the rows.
  Status complete(std::span<const CoverageRow> coverage, Durability durability);
  // The entry in the making and the rows are on the disk, and nothing is left in the turn log.
  Status finish(std::span<const CoverageRow> coverage);

  // The entry in the making is worth being completed.
  bool is_entry_due() const;
  // The active part of the tail is full or old.
  bool is_part_due() const;
  // Ends the active part. REQUIRES: complete().
  Status end_part();

  // All parts of the tail together hold less than fills so many of them. Any thread.
  bool tail_has_room(size_t parts) const;

  // Of what is written by and by. Any thread.
  Durability durability() const;

  // Any thread, for the calls of which the database's header says so. Entries, turns and rows are
  // written by this class alone.
  JournalDatabase& database() const { return *database_; }

 private:
  struct Turn {
    std::vector<KnownAnswerPtr> definitions;
    std::vector<Delivery> deliveries;
  };

  // The entry in the making: its turns are in the tail, and in the turn log.
  struct Draft {
    std::vector<KnownAnswerPtr> definitions;
    std::vector<Delivery> deliveries;
    size_t octets = 0;  // of its turns

    bool is_empty() const { return deliveries.empty(); }
    void add(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> turn,
             size_t turn_octets);
    void take_back(size_t fresh, size_t turn);  // so many, which came last
    void clear();
  };

  Status replay_entries();
  Status replay(Sequence sequence, std::string_view bytes);
  Status replay_turns();
  Result<Turn> read_turn(std::string_view bytes);
  void enter(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries);

  const Surroundings around_;
  const std::unique_ptr<JournalDatabase> database_;
  Sequence sequence_;                  // of the last whole entry in the tail
  std::optional<Sequence> unwritten_;  // the one with which write_entry() failed last
  bool has_arrived_ = false;
  Draft draft_;
  size_t active_deliveries_ = 0;               // in the active part of the tail
  std::optional<MonotonicTime> active_since_;  // its first one came
  std::optional<WallTime> last_live_;
  // Kept for their memory.
  std::vector<AnswerId> expected_;
  std::string entry_;
};

}  // namespace etymon::store
