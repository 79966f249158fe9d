#include "store/tables/open_tables.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <optional>
#include <utility>

#include "store/tables/merge.h"
#include "store/tables/outlines.h"
#include "store/tables/runs.h"
#include "store/tables/sets.h"

namespace etymon::store {
namespace {

constexpr size_t kPointBlock = 8 << 10;  // tables that are read a row or a short range at a time
// Of `deliveries` a lookup reads single rows; the dictionary makes up for what small blocks lose.
constexpr size_t kRowBlock = 4 << 10;
constexpr size_t kScanBlock = 32 << 10;  // tables that are read in long ranges
// Names of neighbours are alike, and few answers are read here that no memory has.
constexpr size_t kAnswerBlock = 16 << 10;
constexpr int kRowsAKey = 64;      // that share a whole key; seeks walk through them, on average 32
constexpr double kFilterBits = 8;  // a ribbon filter of this strength takes about 5.5 bits
constexpr size_t kMemtable = 64 << 10;  // all rows arrive in files
// Each file has a dictionary of its own, which is slow to read where it was not used just before:
// the fewer there are, the more of them stay in the processor's memory. A compaction takes one file
// of a level, so it must not be much of the disk.
constexpr uint64_t kFileSize = 128 << 20;
// What has not come to rest is a tenth of a table, or so much, and a lookup searches it besides the
// rest. With the 256 MiB that RocksDB begins with, 50 M deliveries had a quarter of theirs there.
constexpr uint64_t kRestlessMax = 32 << 20;
constexpr int kZstdLevel = 6;  // beyond it, time grows fast and size hardly shrinks
constexpr int kLz4Level = 4;   // the same
constexpr uint32_t kDictionary = 16 << 10;
// LZ4's whole window. Beside it small blocks are as dense as large ones, and unpacking one waits
// for fewer pieces of it from memory.
constexpr uint32_t kLargeDictionary = 64 << 10;

// How rows that have come to rest are packed. Once the tables have outgrown memory, unpacking
// blocks is most of what a lookup costs: of `by_address` it reads one or two, of `deliveries` at
// most two, and whoever lists a name all of an hour. LZ4 unpacks them four times faster than
// Zstandard, for a twentieth more room in all; nobody waits for the other tables.
enum class Packing { kDense, kFast };

struct Shape {
  const char* name;
  size_t block_size;
  bool filtered;
  std::shared_ptr<rocksdb::MergeOperator> merge;
  std::optional<KeptRows> kept = std::nullopt;
  Packing packing = Packing::kDense;
  uint32_t dictionary = kDictionary;
};

std::vector<Shape> shapes() {
  return {{name_of(Table::kAnswers), kAnswerBlock, false, nullptr},
          {name_of(Table::kAnswerIds), kPointBlock, true, concatenation("etymon.ids", merge_ids)},
          {name_of(Table::kDeliveries), kRowBlock, false, concatenation("etymon.runs", merge_runs),
           KeptRows::kDeliveries, Packing::kFast, kLargeDictionary},
          {name_of(Table::kByAddress), kPointBlock, false,
           concatenation("etymon.outlines", merge_outlines), KeptRows::kByAddress, Packing::kFast},
          {name_of(Table::kByName), kScanBlock, false,
           concatenation("etymon.clients", merge_clients), KeptRows::kByName},
          {name_of(Table::kByClient), kPointBlock, false,
           concatenation("etymon.activity", merge_activity), KeptRows::kByClient},
          {name_of(Table::kKept), kPointBlock, false, nullptr}};
}

rocksdb::ColumnFamilyOptions family_options(const Shape& shape,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.block_size = shape.block_size;
  table.block_restart_interval = kRowsAKey;
  table.block_cache = cache;
  if (shape.filtered) {
    table.filter_policy.reset(rocksdb::NewRibbonFilterPolicy(kFilterBits));
  }
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.merge_operator = shape.merge;
  options.write_buffer_size = kMemtable;
  options.target_file_size_base = kFileSize;
  options.max_bytes_for_level_base = kRestlessMax;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kLZ4Compression;
  const bool is_fast = shape.packing == Packing::kFast;
  options.bottommost_compression = is_fast ? rocksdb::kLZ4HCCompression : rocksdb::kZSTD;
  options.bottommost_compression_opts.enabled = true;
  options.bottommost_compression_opts.level = is_fast ? kLz4Level : kZstdLevel;
  options.bottommost_compression_opts.max_dict_bytes = shape.dictionary;
  return options;
}

}  // namespace

std::vector<ColumnFamily> table_families(const std::shared_ptr<rocksdb::Cache>& cache,
                                         const std::shared_ptr<const KeptOnDisk>& kept) {
  std::vector<ColumnFamily> families;
  for (const Shape& shape : shapes()) {
    families.push_back({shape.name, family_options(shape, cache)});
    if (shape.kept) {
      families.back().options.compaction_filter_factory = kept_filter(*shape.kept, kept);
    }
  }
  return families;
}

OpenTables::OpenTables(std::shared_ptr<FencedFiles> files)
    : files_(std::move(files)),
      env_(rocksdb::NewCompositeEnv(files_)),
      watch_(std::make_shared<CompactionWatch>(files_)) {}

Result<OpenTablesPtr> OpenTables::open(const std::string& path, std::shared_ptr<FencedFiles> files,
                                       const std::vector<ColumnFamily>& families) {
  const std::shared_ptr<OpenTables> tables(new OpenTables(std::move(files)));
  rocksdb::DBOptions options = common_options(*tables->env_);
  options.listeners = {tables->watch_};
  Result<std::unique_ptr<Database>> opened = Database::open(options, path, families);
  if (!opened) {
    tables->give_up();
    return opened.error();
  }
  tables->database_ = std::move(*opened);
  return OpenTablesPtr(tables);
}

std::unique_ptr<rocksdb::Iterator> OpenTables::scan(Table table, const rocksdb::Slice& end) const {
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &end;
  return std::unique_ptr<rocksdb::Iterator>(db().NewIterator(options, family(table)));
}

uint64_t OpenTables::figure(Table table, const char* property) const {
  uint64_t value = 0;
  db().GetIntProperty(family(table), property, &value);
  return value;
}

std::optional<Error> OpenTables::unreadable(Table table) const {
  const auto all = watch_->unreadable();
  const auto found = all.find(name_of(table));
  return found == all.end()
             ? std::nullopt
             : std::optional(to_status(found->second,
                                       std::string("cannot compact the table ") + name_of(table))
                                 .error());
}

TablesSnapshot::TablesSnapshot(OpenTablesPtr tables, uint64_t state)
    : tables_(std::move(tables)), snapshot_(tables_->db().GetSnapshot()), state_(state) {
  count_no_steps_in_this_thread();
}

TablesSnapshot::~TablesSnapshot() {
  tables_->db().ReleaseSnapshot(snapshot_);
}

std::unique_ptr<rocksdb::Iterator> TablesSnapshot::scan(Table table,
                                                        const rocksdb::Slice& end) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  options.iterate_upper_bound = &end;
  return std::unique_ptr<rocksdb::Iterator>(
      tables_->db().NewIterator(options, tables_->family(table)));
}

const char* name_of(Table table) {
  constexpr const char* kNames[kTableCount] = {"answers", "answer_ids", "deliveries", "by_address",
                                               "by_name", "by_client",  "kept"};
  return kNames[static_cast<size_t>(table)];
}

}  // namespace etymon::store
