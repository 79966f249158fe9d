// What Tables does so that it holds only what is kept, not what was forgotten, and that at rest.
#include <rocksdb/convenience.h>
#include <rocksdb/experimental.h>
#include <rocksdb/metadata.h>

#include <algorithm>
#include <memory>

#include "resolver/base/bytes.h"
#include "store/tables/kept_rows.h"
#include "store/tables/tables.h"

namespace etymon::store {

// What was told before stays so: it is never less than what is on the disk.
Status Tables::load_kept(const OpenTables& tables) {
  const std::unique_ptr<rocksdb::Iterator> rows(
      tables.db().NewIterator({}, tables.family(Table::kKept)));
  Result<KeptRecord> record = read_kept(*rows);
  if (!record) {
    return record.error();
  }
  purged_ = record->purged;
  kept_on_disk_->set(std::make_shared<const Kept>(std::move(record->kept)));
  return {};
}

// Told first, written then, and only then do rows go: at no moment is a row missing of which
// anybody still thinks that it is kept.
Status Tables::keep(const Kept& kept, Hour purged) {
  const auto now = std::make_shared<const Kept>(kept);
  *kept_.lock() = now;
  const auto file = new_file(Table::kKept);
  add_kept({kept, purged}, *kept_on_disk_->get(), *file);
  Status written = file->finish();
  if (written) {
    written = ingest({file.get()});
  }
  if (written) {
    kept_on_disk_->set(now);
    purged_ = purged;
  }
  return written;
}

uint64_t Tables::live_bytes() const {
  const OpenTablesPtr tables = opened();
  uint64_t octets = 0;
  for (size_t i = 0; i < kTableCount; ++i) {
    octets += tables->figure(static_cast<Table>(i), "rocksdb.live-sst-files-size");
  }
  return octets;
}

Status Tables::drop_files_before(Hour hour) {
  std::string end;
  ByteWriter(end).u32(hour);
  const rocksdb::Slice end_slice = end;
  const OpenTablesPtr tables = opened();
  return to_status(rocksdb::DeleteFilesInRange(&tables->db(), tables->family(Table::kDeliveries),
                                               nullptr, &end_slice, false),
                   "cannot remove old files of " + path_);
}

std::vector<std::string> Tables::cut_points(Table table, uint64_t octets) const {
  const OpenTablesPtr tables = opened();
  rocksdb::ColumnFamilyMetaData about;
  tables->db().GetColumnFamilyMetaData(tables->family(table), &about);
  std::vector<std::string> points;
  uint64_t piece = 0;
  const auto last = std::find_if(about.levels.rbegin(), about.levels.rend(),
                                 [](const auto& level) { return !level.files.empty(); });
  if (last == about.levels.rend() || last->level == 0) {
    return points;
  }
  for (const rocksdb::SstFileMetaData& file : last->files) {
    piece += file.size;
    if (piece >= octets) {
      points.push_back(file.largestkey);
      piece = 0;
    }
  }
  return points;
}

Status Tables::rewrite(Table table, const KeyRange& piece, std::atomic<bool>& stop) {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  options.exclusive_manual_compaction = false;
  options.canceled = &stop;
  const rocksdb::Slice first = piece.first;
  const rocksdb::Slice last = piece.end;
  const OpenTablesPtr tables = opened();
  const rocksdb::Status done = tables->db().CompactRange(options, tables->family(table),
                                                         piece.first.empty() ? nullptr : &first,
                                                         piece.end.empty() ? nullptr : &last);
  if (!done.ok() && stop) {
    return Error{ErrorCode::kUnavailable, "stopped"};
  }
  return to_status(done, "cannot rewrite " + path_);
}

double Tables::restless_share(Table table) const {
  const OpenTablesPtr tables = opened();
  rocksdb::ColumnFamilyMetaData about;
  tables->db().GetColumnFamilyMetaData(tables->family(table), &about);
  uint64_t all = 0;
  uint64_t deepest = 0;
  for (const rocksdb::LevelMetaData& level : about.levels) {
    all += level.size;
    deepest = level.size > 0 ? level.size : deepest;
  }
  return all == 0 ? 0 : static_cast<double>(all - deepest) / static_cast<double>(all);
}

// An error is no reason to do anything: it is tried again, and mend() sees what has failed.
void Tables::bring_to_rest(Table table) {
  const OpenTablesPtr tables = opened();
  rocksdb::experimental::SuggestCompactRange(&tables->db(), tables->family(table), nullptr, nullptr)
      .PermitUncheckedError();
}

Status Tables::put(const std::vector<std::pair<Table, const RowValues*>>& rows) {
  std::vector<std::unique_ptr<TableFile>> files;
  std::vector<const TableFile*> finished;
  for (const auto& [table, values] : rows) {
    if (values->empty()) {
      continue;
    }
    files.push_back(new_file(table));
    for (const auto& [key, value] : *values) {
      value ? files.back()->replace(key, *value) : files.back()->remove(key);
    }
    const Status status = files.back()->finish();
    if (!status) {
      return status;
    }
    finished.push_back(files.back().get());
  }
  return finished.empty() ? Status() : ingest(finished);
}

// A database that was replaced is only kept open for who still reads it. A compaction that began
// while somebody read writes what he sees, and may end after a rewrite that passes over its files.
bool Tables::is_seen_as_before(uint64_t write) const {
  if (!replaced_.empty()) {
    return true;
  }
  uint64_t oldest = 0;
  opened()->db().GetIntProperty("rocksdb.oldest-snapshot-sequence", &oldest);
  uint64_t compactions = 0;
  opened()->db().GetIntProperty("rocksdb.num-running-compactions", &compactions);
  return (oldest != 0 && oldest <= write) || compactions > 0;
}

// RocksDB begins a new manifest only when the present one is full. So it is filled, by a file with
// a key of that size, which goes at once. (A manifest that begins anew with each change needs no
// such thing, but Debian's RocksDB then meets a full disk with an assertion.)
Status Tables::fill_manifest() {
  const std::string first(1, kFillerKey);
  const RowValues row{{first + std::string(kManifestOctetsMax / 2, '\0'), ""}};
  const Status filled = put({{Table::kKept, &row}});
  if (!filled) {
    return filled;
  }
  const std::string end = after_prefix(first);
  const rocksdb::Slice first_slice = first;
  const rocksdb::Slice end_slice = end;
  const OpenTablesPtr tables = opened();
  return to_status(rocksdb::DeleteFilesInRange(&tables->db(), tables->family(Table::kKept),
                                               &first_slice, &end_slice, false),
                   "cannot write " + path_);
}

Result<bool> Tables::remove_older_files() {
  address_rows_.renew();
  return store::remove_older_files(opened()->db(), path_);
}

uint64_t Tables::octets_of(Table table, const KeyRange& range) const {
  const std::string end = range.end.empty() ? std::string(kBehindAllKeys) : range.end;
  const rocksdb::Range asked(range.first, end);
  const OpenTablesPtr tables = opened();
  uint64_t octets = 0;
  const rocksdb::Status measured =
      tables->db().GetApproximateSizes({}, tables->family(table), &asked, 1, &octets);
  return measured.ok() ? octets : 0;
}

}  // namespace etymon::store
