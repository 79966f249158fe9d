// The journal's database: entries in the order of their numbers, and the coverage rows; and beside
// it the turns of the entry that is in the making (turn_log.h).
//
// A database of its own because the tables' work must not reach it: ingesting files holds up every
// writer while the manifest is synced (100 ms on a slow disk), a failed compaction stops writing,
// and a failed append to the log can only be mended by opening the database again.
//
// Who has the journal's pen writes (journal.h), one thread at a time; sync() may be called by
// another. Nothing is synced but by sync() and on request.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/flat_map.h"
#include "resolver/base/result.h"
#include "store/files/database.h"
#include "store/files/fenced_files.h"
#include "store/files/file_copies.h"
#include "store/files/meter.h"
#include "store/journal/coverage_log.h"
#include "store/journal/journal_filter.h"
#include "store/journal/turn_log.h"

namespace etymon::store {

enum class Durability {
  kOperatingSystem,  // survives the end of this process
  kDisk,             // survives a power loss
};

class JournalDatabase {
 public:
  static Result<std::unique_ptr<JournalDatabase>> open(const std::string& path, rocksdb::Env& env);

  // Adds a turn to the entry `number`, which will be written when it is complete. Survives the end
  // of this process. After an error, of any call, nothing more is written until reopen(); what the
  // failed call wrote may be there then.
  Status log_turn(Sequence number, std::string_view turn);
  // Takes away those of an entry that is written; log_turn() would, too, with the next one. kDisk:
  // no power loss brings them back; waits for the disk.
  Status clear_turns(Durability durability);
  // Those of the entry `number` that an earlier process has left. Before the first log_turn().
  Result<LoggedTurns> logged_turns(Sequence number) const;

  // Writes an entry with the coverage rows that must not come later: all or nothing. Its turns
  // need not be in the log any more. Writing the same entry again changes nothing.
  Status write(Sequence sequence, std::string_view entry, std::span<const CoverageRow> coverage,
               Durability durability);
  Status write_coverage(std::span<const CoverageRow> coverage, Durability durability);

  // The entries up to and including `last` are no longer needed: lets go of the logs that hold
  // them.
  Status drop(Sequence last);

  // Removes the files in which there is nothing but such entries: RocksDB moves files of rising
  // keys down its levels without rewriting them, so the filter alone never reaches what is in them
  // (215 MB stayed after ten million deliveries). Waits for the manifest's sync. While sync() is
  // under way it removes nothing: the next call will. Any thread.
  Status remove_folded_files(Sequence last);

  // Nothing of such entries stays on the disk: not in logs, not in tables. Waits for the disk; any
  // thread but the writer's. Error kUnavailable: the writer has to open the database again first.
  Status clear_folded(Sequence last);
  // After it: removes the files that held them; true: they are gone. Errors as above.
  Result<bool> remove_older_files();

  // Calls `visit` for each entry after `last`, in order; its first error ends the scan.
  using Visit = std::function<Status(Sequence sequence, std::string_view entry)>;
  Status scan(Sequence last, const Visit& visit) const;

  Result<std::vector<CoverageRow>> coverage() const;

  // Brings everything written so far to the disk. Any thread. Error kUnavailable: it did nothing,
  // because the writer has to open the database again first, which syncs what is there.
  Status sync();

  // Whether everything in it can be read: checksums, entries, coverage; and whether none of the
  // entries behind `folded` is missing, and none names an answer that is not defined. `folded`: how
  // far the tables reach, or did a moment ago; nothing: nobody knows. Gives the deliveries behind
  // it. Any thread. Error: kDataLoss, kIo, or kUnavailable while it is closed.
  Result<uint64_t> verify(std::optional<Sequence> folded);
  // The same where nobody writes, with the turns that a process which was killed has left.
  Result<uint64_t> verify_with_turns(std::optional<Sequence> folded);

  // A copy of what is in it now. Any thread; recording and syncing go on, and so does reopen(),
  // which matters when the copy goes to a slow disk. Error: kIo, or kUnavailable while it is closed
  // or failed, or stopped.
  Status copy(const std::string& path, Meter& meter);

  // Closes the database and opens it again. On an error it stays closed; try again later.
  Status reopen();

  bool is_open() const { return database_ != nullptr; }

 private:
  JournalDatabase(std::string path, rocksdb::Env& env) : path_(std::move(path)), env_(env) {}
  Status open_database();
  void add_coverage(std::span<const CoverageRow> coverage, rocksdb::WriteBatch& batch) const;
  Status commit(rocksdb::WriteBatch& batch, Durability durability);
  Status outcome(const rocksdb::Status& status);
  Status remove_from_level_0(const std::string& end);
  Result<HeldFiles> hold_files();
  // What lies behind the tables' position.
  struct Unfolded {
    const bool stands_on_its_own;  // that position is known
    Sequence last = 0;
    FlatSet<AnswerId> defined = {};
    uint64_t deliveries = 0;

    Status add(Sequence sequence, std::string_view bytes);
    Status add(std::string_view bytes);
  };
  Result<Unfolded> verify_all(std::optional<Sequence> folded);
  Result<Unfolded> verify_entries(std::optional<Sequence> folded) const;
  Status add_turns(Unfolded& unfolded) const;

  const std::string path_;
  rocksdb::Env& env_;
  std::mutex syncing_;  // held by sync(), what lets folded entries go, and while database_ changes
  std::mutex reading_;  // held by verify(), for moments by copy(), and while database_ changes
  std::atomic<bool> failed_{false};
  const std::shared_ptr<FoldedEntries> folded_ = std::make_shared<FoldedEntries>();
  std::shared_ptr<FencedFiles> files_;  // of the open database
  std::unique_ptr<rocksdb::Env> files_env_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<TurnLog> turns_;  // through files_: what has failed is fenced off together
};

// Where the turns are, in the folder of the journal.
std::string turns_path(const std::string& journal);

}  // namespace etymon::store
