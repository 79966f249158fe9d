#include "store/tables.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <filesystem>
#include <functional>

#include "resolver/base/bytes.h"
#include "store/merge.h"
#include "store/runs.h"
#include "store/sets.h"

namespace etymon::store {
namespace {

constexpr size_t kPointBlock = 16 << 10;  // tables that are read a row or a short range at a time
constexpr size_t kScanBlock = 32 << 10;   // tables that are read in long ranges
constexpr double kFilterBits = 8;         // a ribbon filter of this strength takes about 5.5 bits
constexpr size_t kMemtable = 64 << 10;    // all rows arrive in files
constexpr uint64_t kFileSize = 32 << 20;
constexpr int kZstdLevel = 5;  // beyond it, time grows fast and size hardly shrinks
constexpr uint32_t kDictionary = 16 << 10;

struct Shape {
  const char* name;
  size_t block_size;
  bool filtered;
  std::shared_ptr<rocksdb::MergeOperator> merge;
  std::optional<KeptRows> kept = std::nullopt;
};

std::vector<Shape> shapes() {
  return {{name_of(Table::kAnswers), kPointBlock, false, nullptr},
          {name_of(Table::kAnswerIds), kPointBlock, true, concatenation("etymon.ids", merge_ids)},
          {name_of(Table::kDeliveries), kScanBlock, false, concatenation("etymon.runs", merge_runs),
           KeptRows::kDeliveries},
          {name_of(Table::kByAddress), kPointBlock, false, concatenation("etymon.runs", merge_runs),
           KeptRows::kByAddress},
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
  table.block_cache = cache;
  if (shape.filtered) {
    table.filter_policy.reset(rocksdb::NewRibbonFilterPolicy(kFilterBits));
  }
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.merge_operator = shape.merge;
  options.write_buffer_size = kMemtable;
  options.target_file_size_base = kFileSize;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
  options.bottommost_compression_opts.enabled = true;
  options.bottommost_compression_opts.level = kZstdLevel;
  options.bottommost_compression_opts.max_dict_bytes = kDictionary;
  return options;
}

// Files of a fold are compressed fast: compaction soon rewrites them.
rocksdb::Options file_options(const rocksdb::ColumnFamilyOptions& family, rocksdb::Env& env) {
  rocksdb::Options options(common_options(env), family);
  options.bottommost_compression = rocksdb::kDisableCompressionOption;
  return options;
}

}  // namespace

TableFile::TableFile(Table table, std::string path, const rocksdb::Options& options)
    : table_(table), path_(std::move(path)), writer_(rocksdb::EnvOptions(), options) {}

TableFile::~TableFile() {
  std::error_code
      ignored;  // Ingesting has moved it away; what is left is removed at the next start.
  std::filesystem::remove(path_, ignored);
}

void TableFile::open_once() {
  if (rows_++ == 0) {
    status_ = writer_.Open(path_);
  }
}

void TableFile::add(std::string_view key, std::string_view value) {
  if (table_ == Table::kAnswers) {
    return replace(key, value);
  }
  open_once();
  if (status_.ok()) {
    status_ = writer_.Merge(to_slice(key), to_slice(value));
  }
}

void TableFile::replace(std::string_view key, std::string_view value) {
  open_once();
  if (status_.ok()) {
    status_ = writer_.Put(to_slice(key), to_slice(value));
  }
}

void TableFile::remove(std::string_view key) {
  open_once();
  if (status_.ok()) {
    status_ = writer_.Delete(to_slice(key));
  }
}

Status TableFile::finish() {
  if (status_.ok() && !is_empty()) {
    status_ = writer_.Finish();
  }
  return to_status(status_, "cannot write " + path_);
}

Tables::Tables(std::string path, rocksdb::Env& env)
    : path_(std::move(path)),
      scratch_(path_ + "/fold"),
      files_(std::make_shared<CarefulFiles>(env.GetFileSystem())),
      env_(rocksdb::NewCompositeEnv(files_)) {}

Result<std::unique_ptr<Tables>> Tables::open(const std::string& path, rocksdb::Env& env,
                                             size_t block_cache_bytes) {
  std::unique_ptr<Tables> tables(new Tables(path, env));
  const auto cache = rocksdb::NewLRUCache(block_cache_bytes);
  std::vector<ColumnFamily> families;
  for (const Shape& shape : shapes()) {
    families.push_back({shape.name, family_options(shape, cache)});
    if (shape.kept) {
      families.back().options.compaction_filter_factory =
          kept_filter(*shape.kept, tables->kept_on_disk_);
    }
    tables->file_options_[families.size() - 1] =
        file_options(families.back().options, *tables->env_);
  }
  Result<std::unique_ptr<Database>> opened =
      Database::open(common_options(*tables->env_), path, families);
  if (!opened) {
    return opened.error();
  }
  tables->database_ = std::move(*opened);
  std::error_code error;  // Files of a fold that did not end; the journal still has what they held.
  std::filesystem::remove_all(tables->scratch_, error);
  std::filesystem::create_directory(tables->scratch_, error);
  if (error) {
    return Error{ErrorCode::kIo, "cannot create " + tables->scratch_ + ": " + error.message()};
  }
  const Status loaded = tables->load_kept();
  if (!loaded) {
    return loaded.error();
  }
  return tables;
}

Result<Sequence> Tables::folded_up_to() const {
  std::string value;
  const rocksdb::Status got =
      database_->db().Get({}, family(Table::kByAddress), to_slice(kFoldedKey), &value);
  if (got.IsNotFound()) {
    return Sequence{0};
  }
  const Status status = to_status(got, "cannot read " + path_);
  return status ? Result<Sequence>(ByteReader(value).u64()) : status.error();
}

Result<AnswerId> Tables::last_answer() const {
  const std::unique_ptr<rocksdb::Iterator> it(
      database_->db().NewIterator({}, family(Table::kAnswers)));
  it->SeekToLast();
  if (it->Valid()) {
    ByteReader key(to_view(it->key()));
    return read_id(key);
  }
  const Status status = to_status(it->status(), "cannot read " + path_);
  return status ? Result<AnswerId>(AnswerId{0}) : status.error();
}

Result<std::string> Tables::answer(AnswerId id) const {
  std::string key;
  append_id(key, id);
  std::string value;
  const rocksdb::Status got = database_->db().Get({}, family(Table::kAnswers), key, &value);
  if (got.IsNotFound()) {
    return Error{ErrorCode::kNotFound, "no answer of this number"};
  }
  const Status status = to_status(got, "cannot read " + path_);
  return status ? Result<std::string>(std::move(value)) : status.error();
}

Result<std::optional<std::string>> Tables::get(Table table, const std::string& key) const {
  std::string value;
  const rocksdb::Status got = database_->db().Get({}, family(table), key, &value);
  if (got.IsNotFound()) {
    return std::optional<std::string>();
  }
  const Status status = to_status(got, "cannot read " + path_);
  return status ? Result<std::optional<std::string>>(std::move(value)) : status.error();
}

Result<std::vector<AnswerId>> Tables::ids_of(const std::string& hash_key) const {
  std::string ids;
  const rocksdb::Status got = database_->db().Get({}, family(Table::kAnswerIds), hash_key, &ids);
  if (got.IsNotFound()) {
    return std::vector<AnswerId>();
  }
  const Status status = to_status(got, "cannot read " + path_);
  return status ? Result<std::vector<AnswerId>>(read_ids(ids)) : status.error();
}

Result<std::optional<AnswerId>> Tables::id_of(uint64_t hash, std::string_view answer_bytes) const {
  const Result<std::vector<AnswerId>> ids = ids_of(answer_hash_key(hash));
  if (!ids) {
    return ids.error();
  }
  for (const AnswerId id : *ids) {
    const Result<std::string> stored = answer(id);
    if (!stored) {
      return stored.error();
    }
    if (*stored == answer_bytes) {
      return std::optional(id);
    }
  }
  return std::optional<AnswerId>();
}

std::unique_ptr<rocksdb::Iterator> Tables::scan(Table table, const rocksdb::Slice& end,
                                                const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  options.iterate_upper_bound = &end;
  return std::unique_ptr<rocksdb::Iterator>(database_->db().NewIterator(options, family(table)));
}

std::shared_ptr<const rocksdb::Snapshot> Tables::snapshot() const {
  // Not while an ingest is being done, which a snapshot of that moment could see in part.
  const std::lock_guard lock(ingesting_);
  rocksdb::DB& db = database_->db();
  return {db.GetSnapshot(), [&db](const rocksdb::Snapshot* held) { db.ReleaseSnapshot(held); }};
}

std::unique_ptr<TableFile> Tables::new_file(Table table) const {
  const auto index = static_cast<size_t>(table);
  return std::make_unique<TableFile>(table, scratch_ + "/" + name_of(table) + ".sst",
                                     file_options_[index]);
}

Status Tables::ingest(const std::vector<const TableFile*>& files) {
  std::vector<rocksdb::IngestExternalFileArg> parts;
  for (const TableFile* file : files) {
    rocksdb::IngestExternalFileArg part;
    part.column_family = family(file->table());
    part.external_files = {file->path()};
    part.options.move_files = true;
    part.options.write_global_seqno = false;
    parts.push_back(std::move(part));
  }
  const std::lock_guard lock(ingesting_);
  // While a snapshot is held, RocksDB gives the files a number. Without one, rows that overlap with
  // nothing get number 0, which compaction filters do not see as long as they are merge operands.
  rocksdb::DB& db = database_->db();
  const std::unique_ptr<const rocksdb::Snapshot, std::function<void(const rocksdb::Snapshot*)>>
      held(db.GetSnapshot(), [&db](const rocksdb::Snapshot* one) { db.ReleaseSnapshot(one); });
  rocksdb::Status ingested = database_->db().Resume();  // At once when nothing has failed before.
  if (ingested.ok()) {
    files_->begin();
    ingested = database_->db().IngestExternalFiles(parts);
    ingested.ok() ? files_->end_and_delete() : files_->end_and_keep();
  }
  return to_status(ingested, "cannot fold into " + path_);
}

uint64_t Tables::answer_count() const {
  uint64_t count = 0;
  database_->db().GetIntProperty(family(Table::kAnswers), "rocksdb.estimate-num-keys", &count);
  return count;
}

uint64_t Tables::size_of(Table table) const {
  uint64_t octets = 0;
  database_->db().GetIntProperty(family(table), "rocksdb.total-sst-files-size", &octets);
  return octets;
}

Status Tables::compact() {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (size_t i = 0; i < kTableCount; ++i) {
    const rocksdb::Status done =
        database_->db().CompactRange(options, database_->family(i), nullptr, nullptr);
    if (!done.ok()) {
      return to_status(done, "cannot compact " + path_);
    }
  }
  return {};
}

Status Tables::write_plainly() {
  for (size_t i = 0; i < kTableCount; ++i) {
    file_options_[i].compression = rocksdb::kNoCompression;
    const rocksdb::Status set = database_->db().SetOptions(
        database_->family(i),
        {{"compression", "kNoCompression"}, {"bottommost_compression", "kNoCompression"}});
    if (!set.ok()) {
      return to_status(set, "cannot set options of " + path_);
    }
  }
  return {};
}

const char* name_of(Table table) {
  constexpr const char* kNames[kTableCount] = {"answers", "answer_ids", "deliveries", "by_address",
                                               "by_name", "by_client",  "kept"};
  return kNames[static_cast<size_t>(table)];
}

std::string answer_hash_key(uint64_t hash) {
  std::string key;
  ByteWriter(key).u64(hash);
  return key;
}

}  // namespace etymon::store
