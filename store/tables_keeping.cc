// What Tables does so that it holds only what is kept.
#include <rocksdb/convenience.h>
#include <rocksdb/metadata.h>

#include <algorithm>
#include <memory>

#include "resolver/base/bytes.h"
#include "store/kept_rows.h"
#include "store/tables.h"

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

}  // namespace etymon::store
