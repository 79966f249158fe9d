#include "store/journal/journal_database.h"

#include <rocksdb/convenience.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>

#include "resolver/base/bytes.h"
#include "resolver/base/flat_map.h"
#include "store/files/file_copies.h"
#include "store/files/format_file.h"
#include "store/journal/journal_entry.h"

namespace etymon::store {
namespace {

enum Family : size_t { kEntries, kCoverage };

// Room for about two tails of default size, so that what is folded in time is never written twice:
// once folded, it is left out when the memtable is flushed.
constexpr size_t kEntryBuffer = 24 << 20;
constexpr size_t kCoverageBuffer = 256 << 10;
constexpr size_t kLogsMax = 64 << 20;  // older logs are let go; bounds the replay at start

// RocksDB slows writers down, or stops them, when flushes and compactions lag. Here both are small,
// what arrives is bounded by the tail, and a held-up writer loses deliveries.
void without_stalls(rocksdb::ColumnFamilyOptions& options) {
  options.max_write_buffer_number = 8;
  options.level0_slowdown_writes_trigger = 1000;
  options.level0_stop_writes_trigger = 2000;
}

std::array<ColumnFamily, 2> families(const std::shared_ptr<FoldedEntries>& folded) {
  rocksdb::ColumnFamilyOptions entries;
  entries.write_buffer_size = kEntryBuffer;
  without_stalls(entries);
  entries.compaction_filter_factory = folded;
  entries.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache = true;  // entries are read once, at start
  entries.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rocksdb::ColumnFamilyOptions coverage;
  coverage.write_buffer_size = kCoverageBuffer;
  without_stalls(coverage);
  return {ColumnFamily{"entries", entries}, ColumnFamily{"coverage", coverage}};
}

std::string entry_key(Sequence sequence) {
  std::string key;
  ByteWriter(key).u64(sequence);
  return key;
}

}  // namespace

std::string turns_path(const std::string& journal) {
  return journal + "/turns";
}

Result<std::unique_ptr<JournalDatabase>> JournalDatabase::open(const std::string& path,
                                                               rocksdb::Env& env) {
  std::unique_ptr<JournalDatabase> journal(new JournalDatabase(path, env));
  const Status opened = journal->open_database();
  if (!opened) {
    return opened.error();
  }
  return journal;
}

// RocksDB writes what is in the logs into tables before anything else. They could stay as they are
// (avoid_flush_during_recovery), and a start would need less room; but what a sync of them has
// failed to bring to the disk no later sync does, and nothing is known of it any more.
Status JournalDatabase::open_database() {
  files_ = std::make_shared<FencedFiles>(env_.GetFileSystem());
  files_env_ = rocksdb::NewCompositeEnv(files_);
  rocksdb::DBOptions options = common_options(*files_env_);
  options.max_total_wal_size = kLogsMax;
  options.allow_concurrent_memtable_write = false;  // there is one writer
  const auto both = families(folded_);
  Result<std::unique_ptr<Database>> opened = Database::open(options, path_, both);
  if (!opened) {
    files_->put_up();
    return opened.error();
  }
  database_ = std::move(*opened);
  turns_ = std::make_unique<TurnLog>(turns_path(path_), *files_);
  return {};
}

Status JournalDatabase::reopen() {
  const std::scoped_lock lock(syncing_, reading_);
  files_->put_up();
  turns_.reset();
  database_.reset();
  failed_ = false;
  return open_database();
}

Status JournalDatabase::outcome(const rocksdb::Status& status) {
  const rocksdb::Status told = status.ok() ? rocksdb::Status(files_->failure()) : status;
  if (!told.ok()) {
    failed_ = true;
  }
  return to_status(told, "cannot write " + path_);
}

Status JournalDatabase::log_turn(Sequence number, std::string_view turn) {
  return outcome(turns_->append(number, turn));
}

Status JournalDatabase::clear_turns(Durability durability) {
  const Status cleared = outcome(turns_->clear());
  return cleared && durability == Durability::kDisk ? sync_names(path_, *files_env_) : cleared;
}

Result<LoggedTurns> JournalDatabase::logged_turns(Sequence number) const {
  return read_turns(turns_path(path_), *files_, number);
}

Status JournalDatabase::write(Sequence sequence, std::string_view entry,
                              std::span<const CoverageRow> coverage, Durability durability) {
  rocksdb::WriteBatch batch;
  batch.Put(database_->family(kEntries), entry_key(sequence), to_slice(entry));
  add_coverage(coverage, batch);
  return commit(batch, durability);
}

Status JournalDatabase::write_coverage(std::span<const CoverageRow> coverage,
                                       Durability durability) {
  rocksdb::WriteBatch batch;
  add_coverage(coverage, batch);
  return commit(batch, durability);
}

void JournalDatabase::add_coverage(std::span<const CoverageRow> coverage,
                                   rocksdb::WriteBatch& batch) const {
  for (const CoverageRow& row : coverage) {
    if (row.value.empty()) {
      batch.Delete(database_->family(kCoverage), row.key);
    } else {
      batch.Put(database_->family(kCoverage), row.key, row.value);
    }
  }
}

Status JournalDatabase::commit(rocksdb::WriteBatch& batch, Durability durability) {
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::kDisk;
  return outcome(database_->db().Write(options, &batch));
}

Status JournalDatabase::drop(Sequence last) {
  folded_->set(last);
  rocksdb::DB& db = database_->db();
  const auto both = {database_->family(kEntries), database_->family(kCoverage)};
  const bool flushing = std::ranges::any_of(both, [&](rocksdb::ColumnFamilyHandle* family) {
    uint64_t waiting = 0;
    db.GetIntProperty(family, "rocksdb.num-immutable-mem-table", &waiting);
    return waiting > 0;
  });
  if (flushing) {
    return {};  // Another flush could hold up writes. The next fold comes.
  }
  rocksdb::FlushOptions in_background;
  in_background.wait = false;
  in_background.allow_write_stall = true;
  return outcome(db.Flush(in_background, both));
}

Status JournalDatabase::remove_folded_files(Sequence last) {
  const std::unique_lock lock(syncing_, std::try_to_lock);
  if (!lock || !is_open() || failed_) {
    return {};  // It is being synced, or the writer is about to open it again: the next fold comes.
  }
  folded_->set(last);  // before they go: verify() wants to know
  const std::string end = entry_key(last);
  const rocksdb::Slice end_slice = end;
  const Status removed =
      to_status(rocksdb::DeleteFilesInRange(&database_->db(), database_->family(kEntries), nullptr,
                                            &end_slice),
                "cannot remove folded files of " + path_);
  return removed ? remove_from_level_0(end) : removed;
}

// Files of the first level stay where they are by DeleteFilesInRange, and until there are four of
// them nothing compacts them: so they are compacted here, into nothing, because the filter leaves
// out all that is in them, and without reading it.
Status JournalDatabase::remove_from_level_0(const std::string& end) {
  rocksdb::ColumnFamilyMetaData family;
  database_->db().GetColumnFamilyMetaData(database_->family(kEntries), &family);
  std::vector<std::string> folded;
  for (const rocksdb::SstFileMetaData& file : family.levels.front().files) {
    if (!file.being_compacted && file.largestkey <= end) {
      folded.push_back(file.relative_filename);
    }
  }
  if (folded.empty()) {
    return {};
  }
  const rocksdb::Status compacted = database_->db().CompactFiles(
      rocksdb::CompactionOptions(), database_->family(kEntries), folded, 1);
  // One of them is in a compaction that began just now.
  const bool is_busy = compacted.IsAborted() || compacted.IsInvalidArgument();
  return is_busy ? Status() : to_status(compacted, "cannot remove folded files of " + path_);
}

// The flush leaves out what is folded, and with it the logs before it are no longer needed.
Status JournalDatabase::clear_folded(Sequence last) {
  const std::lock_guard lock(syncing_);
  if (!is_open() || failed_) {
    return Error{ErrorCode::kUnavailable, "the journal is being opened again"};
  }
  folded_->set(last);
  rocksdb::DB& db = database_->db();
  rocksdb::FlushOptions flush;
  flush.allow_write_stall = true;  // without_stalls() sees to it that none comes
  rocksdb::Status done =
      db.Flush(flush, {database_->family(kEntries), database_->family(kCoverage)});
  if (done.ok()) {
    rocksdb::CompactRangeOptions all;
    all.exclusive_manual_compaction = false;
    all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    done = db.CompactRange(all, database_->family(kEntries), nullptr, nullptr);
  }
  return to_status(done, "cannot clear " + path_);
}

Result<bool> JournalDatabase::remove_older_files() {
  const std::lock_guard lock(syncing_);
  if (!is_open() || failed_) {
    return Error{ErrorCode::kUnavailable, "the journal is being opened again"};
  }
  return store::remove_older_files(database_->db(), path_);
}

Status JournalDatabase::scan(Sequence last, const Visit& visit) const {
  const std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator({}, database_->family(kEntries)));
  for (it->Seek(entry_key(last + 1)); it->Valid(); it->Next()) {
    ByteReader key(to_view(it->key()));
    const Status visited = visit(key.u64(), to_view(it->value()));
    if (!visited) {
      return visited;
    }
  }
  return to_status(it->status(), "cannot read " + path_);
}

Result<std::vector<CoverageRow>> JournalDatabase::coverage() const {
  std::vector<CoverageRow> rows;
  const std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator({}, database_->family(kCoverage)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    rows.push_back({it->key().ToString(), it->value().ToString()});
  }
  const Status read = to_status(it->status(), "cannot read " + path_);
  return read ? Result<std::vector<CoverageRow>>(std::move(rows)) : read.error();
}

Status JournalDatabase::sync() {
  const std::lock_guard lock(syncing_);
  if (!is_open() || failed_) {
    return Error{ErrorCode::kUnavailable, "the journal is being opened again"};
  }
  return outcome(database_->db().SyncWAL());
}

// The log is copied as it is: a flush could hold up the writer. Where the copy goes may be slow, or
// hang: opening the journal again does not wait for that.
Status JournalDatabase::copy(const std::string& path, Meter& meter) {
  Result<HeldFiles> files = hold_files();
  return files ? copy_files(*std::move(files), env_, path, meter) : files.error();
}

Result<HeldFiles> JournalDatabase::hold_files() {
  const std::lock_guard lock(reading_);
  if (!is_open() || failed_) {
    return Error{ErrorCode::kUnavailable, "the journal is being opened again"};
  }
  return store::hold_files(database_->db(), env_, Logs::kCopy);
}

Result<uint64_t> JournalDatabase::verify(std::optional<Sequence> folded) {
  const Result<Unfolded> unfolded = verify_all(folded);
  return unfolded ? Result(unfolded->deliveries) : unfolded.error();
}

Result<uint64_t> JournalDatabase::verify_with_turns(std::optional<Sequence> folded) {
  Result<Unfolded> unfolded = verify_all(folded);
  const Status added = unfolded ? add_turns(*unfolded) : unfolded.error();
  return added ? Result(unfolded->deliveries) : added.error();
}

Result<JournalDatabase::Unfolded> JournalDatabase::verify_all(std::optional<Sequence> folded) {
  const std::lock_guard lock(reading_);
  if (!is_open()) {
    return Error{ErrorCode::kUnavailable, "the journal is being opened again"};
  }
  const Status status = to_status(database_->db().VerifyChecksum(), "cannot read " + path_);
  Result<Unfolded> unfolded = status ? verify_entries(folded) : status.error();
  const auto rows = unfolded ? coverage() : unfolded.error();
  const auto log = rows ? CoverageLog::load(*rows, {}) : Result<CoverageLog>(rows.error());
  return log ? std::move(unfolded) : log.error();
}

// More may be folded by now, and gone. What was gone when the iterator was opened had been called
// folded before.
Result<JournalDatabase::Unfolded> JournalDatabase::verify_entries(
    std::optional<Sequence> folded) const {
  const std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator({}, database_->family(kEntries)));
  Unfolded unfolded{.stands_on_its_own = folded.has_value(),
                    .last = std::max(folded.value_or(0), folded_->last())};
  for (it->Seek(entry_key(unfolded.last + 1)); it->Valid(); it->Next()) {
    const Sequence sequence = ByteReader(to_view(it->key())).u64();
    if (const Status sound = unfolded.add(sequence, to_view(it->value())); !sound) {
      return sound.error();
    }
  }
  const Status read = to_status(it->status(), "cannot read " + path_);
  return read ? Result(std::move(unfolded)) : read.error();
}

Status JournalDatabase::Unfolded::add(Sequence sequence, std::string_view bytes) {
  Status sound = stands_on_its_own ? check_follows(last, sequence) : Status();
  sound = sound ? add(bytes) : sound;
  last = sequence;
  return sound;
}

Status JournalDatabase::Unfolded::add(std::string_view bytes) {
  const Result<JournalEntry> entry = decode_entry(bytes);
  if (!entry) {
    return entry.error();
  }
  const auto is_known = [this](AnswerId id) { return defined.contains(id); };
  for (const JournalEntry::Definition& definition : entry->definitions) {
    defined.insert(definition.id);
  }
  deliveries += entry->deliveries.size();
  return stands_on_its_own ? check_named(*entry, is_known) : Status();
}

// Of what number they would have to be is not known where nothing of the others is.
Status JournalDatabase::add_turns(Unfolded& unfolded) const {
  const bool is_known = unfolded.stands_on_its_own || unfolded.last > 0;
  const auto logged = read_turns(turns_path(path_), *files_,
                                 is_known ? std::optional(unfolded.last + 1) : std::nullopt);
  Status sound = logged ? Status() : logged.error();
  for (size_t i = 0; sound && i < logged->turns.size(); ++i) {
    sound = unfolded.add(logged->turns[i]);
  }
  return sound && logged->are_damaged
             ? Status(Error{ErrorCode::kDataLoss, "of the turns in " + turns_path(path_) +
                                                      " one is damaged: a start " +
                                                      "leaves it out, and those behind it"})
             : sound;
}

}  // namespace etymon::store
