#include "store/tables/tables.h"

#include <filesystem>
#include <utility>

#include "resolver/base/bytes.h"
#include "store/files/file_copies.h"
#include "store/files/whole_files.h"
#include "store/tables/sets.h"

namespace etymon::store {
namespace {

// Of the memory for reading, the part that rows have; blocks have the rest.
constexpr size_t kRowsShare = 2;

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

void TableFile::open_once(std::string_view key) {
  if (rows_++ == 0) {
    first_key_ = key;
    status_ = writer_.Open(path_);
  }
}

void TableFile::add(std::string_view key, std::string_view value) {
  if (table_ == Table::kAnswers) {
    return replace(key, value);
  }
  open_once(key);
  if (status_.ok()) {
    status_ = writer_.Merge(to_slice(key), to_slice(value));
  }
}

void TableFile::replace(std::string_view key, std::string_view value) {
  open_once(key);
  if (status_.ok()) {
    status_ = writer_.Put(to_slice(key), to_slice(value));
  }
}

void TableFile::remove(std::string_view key) {
  open_once(key);
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

Tables::Tables(std::string path, rocksdb::Env& env, size_t block_cache_bytes)
    : path_(std::move(path)),
      scratch_(path_ + "/fold"),
      env_(env),
      families_(table_families(
          rocksdb::NewLRUCache(block_cache_bytes - block_cache_bytes / kRowsShare), kept_on_disk_)),
      row_cache_(block_cache_bytes / kRowsShare) {}

Result<std::unique_ptr<Tables>> Tables::open(const std::string& path, rocksdb::Env& env,
                                             size_t block_cache_bytes) {
  std::unique_ptr<Tables> tables(new Tables(path, env, block_cache_bytes));
  const Status opened = tables->open_anew();
  if (!opened) {
    return opened.error();
  }
  *tables->kept_.lock() = tables->kept_on_disk_->get();
  std::error_code error;  // Files of a fold that did not end; the journal still has what they held.
  std::filesystem::remove_all(tables->scratch_, error);
  std::filesystem::create_directory(tables->scratch_, error);
  if (error) {
    return Error{ErrorCode::kIo, "cannot create " + tables->scratch_ + ": " + error.message()};
  }
  return tables;
}

// Nothing is ever written to them: what comes into the tables comes as files. But each time RocksDB
// opens them it begins one, and as there is never anything to flush, it lets go of none.
void Tables::remove_empty_logs() {
  std::vector<std::string> names;
  env_.GetChildren(path_, &names).PermitUncheckedError();
  for (const std::string& name : names) {
    const std::string log = path_ + "/" + name;
    uint64_t octets = 0;
    if (name.ends_with(".log") && env_.GetFileSize(log, &octets).ok() && octets == 0) {
      env_.DeleteFile(log).PermitUncheckedError();
    }
  }
}

Status Tables::open_anew() {
  remove_empty_logs();
  const auto files = std::make_shared<FencedFiles>(
      std::make_shared<WholeFiles>(env_.GetFileSystem(), scratch_), lock_);
  auto opened = OpenTables::open(path_, files, families_);
  const Status status = opened ? load_kept(**opened) : Status(opened.error());
  if (status) {
    const std::lock_guard lock(ingesting_);
    *opened_.lock() = std::move(*opened);
    note_change();
  }
  return status;
}

// What was read before is not told any more. REQUIRES: ingesting_ is held.
void Tables::note_change() {
  row_cache_.begin(++state_);
  address_rows_.renew();
}

Status Tables::mend() {
  address_rows_.renew();
  close_replaced();
  OpenTablesPtr failed = opened();
  spare_unreadable(*failed);
  if (!failed->has_failed()) {
    return {};
  }
  failed->give_up();
  const Status opened_anew = open_anew();
  if (opened_anew) {
    replaced_.push_back(std::move(failed));
    close_replaced();
  }
  return opened_anew;
}

// Its compactions would fail again and again, each after it has read and written all that lies
// before the damage. Without them each fold leaves a file more to search, which folds can be done
// without. RocksDB does as it is told from its next compaction on, and opened anew, too.
void Tables::spare_unreadable(const OpenTables& tables) {
  for (size_t i = 0; i < kTableCount; ++i) {
    const std::optional<Error> why = tables.unreadable(static_cast<Table>(i));
    if (!why || std::exchange(families_[i].options.disable_auto_compactions, true)) {
      continue;
    }
    note_damage(*why);
    tables.db()
        .SetOptions(tables.family(static_cast<Table>(i)), {{"disable_auto_compactions", "true"}})
        .PermitUncheckedError();  // What could not be written puts up the fence.
  }
}

void Tables::note_damage(const Error& why) {
  if (auto damage = damage_.lock(); damage->empty()) {
    *damage = why.message + "; folds go on, and etymond --repair keeps what can be read";
  }
}

void Tables::close_replaced() {
  if (replaced_.empty()) {
    return;
  }
  std::erase_if(replaced_, [](const OpenTablesPtr& tables) { return tables.use_count() == 1; });
  if (replaced_.empty()) {
    // Enabling deletions makes RocksDB look for files that nobody needs.
    rocksdb::DB& db = opened()->db();
    db.DisableFileDeletions().PermitUncheckedError();
    db.EnableFileDeletions(false).PermitUncheckedError();
  }
}

Result<Sequence> Tables::folded_up_to() const {
  std::string value;
  const rocksdb::Status got = get(Table::kByAddress, kFoldedKey, value);
  if (got.IsNotFound()) {
    return Sequence{0};
  }
  const Status status = to_status(got, "cannot read " + path_);
  return status ? Result<Sequence>(ByteReader(value).u64()) : status.error();
}

Result<AnswerId> Tables::last_answer() const {
  const OpenTablesPtr tables = opened();
  const std::unique_ptr<rocksdb::Iterator> it(
      tables->db().NewIterator({}, tables->family(Table::kAnswers)));
  it->SeekToLast();
  if (it->Valid()) {
    ByteReader key(to_view(it->key()));
    return read_id(key);
  }
  const Status status = to_status(it->status(), "cannot read " + path_);
  return status ? Result<AnswerId>(AnswerId{0}) : status.error();
}

Result<std::optional<Hour>> Tables::last_hour() const {
  const OpenTablesPtr tables = opened();
  const std::unique_ptr<rocksdb::Iterator> it(
      tables->db().NewIterator({}, tables->family(Table::kDeliveries)));
  it->SeekToLast();
  if (it->Valid()) {
    return std::optional<Hour>(ByteReader(to_view(it->key())).u32());
  }
  const Status status = to_status(it->status(), "cannot read " + path_);
  return status ? Result<std::optional<Hour>>(std::optional<Hour>()) : status.error();
}

Result<std::string> Tables::answer(AnswerId id) const {
  std::string key;
  append_id(key, id);
  std::string value;
  const rocksdb::Status got = get(Table::kAnswers, key, value);
  if (got.IsNotFound()) {
    return Error{ErrorCode::kNotFound, "no answer of this number"};
  }
  const Status status = to_status(got, "cannot read " + path_);
  return status ? Result<std::string>(std::move(value)) : status.error();
}

Result<std::string> Tables::deliveries(const DeliveryKey& key) const {
  std::string row_key;
  append_key(row_key, key);
  Result<std::optional<std::string>> value = row(Table::kDeliveries, row_key);
  return value ? Result<std::string>(std::move(*value).value_or("")) : value.error();
}

Result<std::optional<std::string>> Tables::row(Table table, std::string_view key) const {
  std::string value;
  const rocksdb::Status got = get(table, key, value);
  if (got.IsNotFound()) {
    return std::optional<std::string>();
  }
  const Status status = to_status(got, "cannot read " + path_);
  return status ? Result<std::optional<std::string>>(std::move(value)) : status.error();
}

Result<std::vector<AnswerId>> Tables::ids_of(const std::string& hash_key) const {
  std::string ids;
  const rocksdb::Status got = get(Table::kAnswerIds, hash_key, ids);
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

rocksdb::Status Tables::get(Table table, std::string_view key, std::string& value) const {
  const OpenTablesPtr tables = opened();
  return tables->db().Get({}, tables->family(table), to_slice(key), &value);
}

std::shared_ptr<const TablesSnapshot> Tables::snapshot() const {
  // Not while an ingest is being done, which a snapshot of that moment could see in part.
  const std::lock_guard lock(ingesting_);
  return std::make_shared<const TablesSnapshot>(opened(), state_);
}

std::unique_ptr<TableFile> Tables::new_file(Table table) const {
  return file_named(name_of(table), table);
}

std::unique_ptr<TableFile> Tables::file_named(const std::string& name, Table table) const {
  return std::make_unique<TableFile>(
      table, scratch_ + "/" + name + ".sst",
      file_options(families_[static_cast<size_t>(table)].options, env_));
}

Status Tables::ingest(const std::vector<const TableFile*>& files) {
  const OpenTablesPtr tables = opened();
  const Status done = ingest_parts(tables, parts_of(*tables, files));
  if (done || !is_unreadable(*tables, done.error())) {
    return done;
  }
  Status on_top = ingest_on_top(tables, files);
  if (on_top) {
    note_damage(done.error());
  }
  return on_top;
}

// Whether what failed was to read rows that are in the tables.
bool Tables::is_unreadable(const OpenTables& tables, const Error& error) const {
  const bool is_of_reading = error.code == ErrorCode::kDataLoss || error.code == ErrorCode::kIo;
  const bool is_of_new_file = error.message.find(scratch_) != std::string::npos;
  return is_of_reading && !is_of_new_file && !tables.has_failed();
}

// To find out how deep a file may lie, RocksDB reads in each level what stands at its first key.
// Where that is damaged, the same rows could never be folded. It does not ask about files that
// overlap each other: they lie on top of everything. So each comes with another one, which reaches
// from before all keys to just behind its first and removes these two, of which there are none.
Status Tables::ingest_on_top(const OpenTablesPtr& tables,
                             const std::vector<const TableFile*>& files) {
  Parts parts = parts_of(*tables, files);
  std::vector<std::unique_ptr<TableFile>> covers;
  for (size_t i = 0; i < files.size(); ++i) {
    const Table table = files[i]->table();
    covers.push_back(file_named(std::string(name_of(table)) + ".cover", table));
    covers.back()->remove("");
    covers.back()->remove(files[i]->first_key() + '\0');
    const Status finished = covers.back()->finish();
    if (!finished) {
      return finished;
    }
    parts[i].external_files.push_back(covers.back()->path());
  }
  return ingest_parts(tables, parts);
}

Tables::Parts Tables::parts_of(const OpenTables& tables,
                               const std::vector<const TableFile*>& files) const {
  Parts parts;
  for (const TableFile* file : files) {
    rocksdb::IngestExternalFileArg part;
    part.column_family = tables.family(file->table());
    part.external_files = {file->path()};
    part.options.move_files = true;
    part.options.write_global_seqno = false;
    // As for reads that fail (whole_files.h): octets that changed would make a file without keys.
    part.options.verify_checksums_before_ingest = true;
    parts.push_back(std::move(part));
  }
  return parts;
}

Status Tables::ingest_parts(const OpenTablesPtr& tables, const Parts& parts) {
  const std::lock_guard lock(ingesting_);
  // While a snapshot is held, RocksDB gives the files a number. Without one, rows that overlap with
  // nothing get number 0, which compaction filters do not see as long as they are merge operands.
  const TablesSnapshot held(tables, state_);
  const rocksdb::Status done = tables->db().IngestExternalFiles(parts);
  note_change();  // Also when it failed: it may have arrived all the same.
  return to_status(done, "cannot fold into " + path_);
}

Status Tables::copy(const std::string& path, Meter& meter) const {
  const OpenTablesPtr tables = opened();
  return copy_database(tables->db(), env_, path, Logs::kFlush, meter);
}

uint64_t Tables::answer_count() const {
  return opened()->figure(Table::kAnswers, "rocksdb.estimate-num-keys");
}

Status Tables::compact() {
  const OpenTablesPtr tables = opened();
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (size_t i = 0; i < kTableCount; ++i) {
    const rocksdb::Status done =
        tables->db().CompactRange(options, tables->family(static_cast<Table>(i)), nullptr, nullptr);
    if (!done.ok()) {
      return to_status(done, "cannot compact " + path_);
    }
  }
  return {};
}

Status Tables::write_plainly() {
  const OpenTablesPtr tables = opened();
  for (size_t i = 0; i < kTableCount; ++i) {
    families_[i].options.compression = rocksdb::kNoCompression;
    families_[i].options.bottommost_compression = rocksdb::kNoCompression;
    const rocksdb::Status set = tables->db().SetOptions(
        tables->family(static_cast<Table>(i)),
        {{"compression", "kNoCompression"}, {"bottommost_compression", "kNoCompression"}});
    if (!set.ok()) {
      return to_status(set, "cannot set options of " + path_);
    }
  }
  return {};
}

std::string answer_hash_key(uint64_t hash) {
  std::string key;
  ByteWriter(key).u64(hash);
  return key;
}

}  // namespace etymon::store
