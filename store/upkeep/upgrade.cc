#include "store/upkeep/upgrade.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "resolver/base/bytes.h"
#include "store/files/folders.h"
#include "store/files/format_file.h"
#include "store/journal/both_databases.h"
#include "store/tables/merge.h"
#include "store/tables/runs.h"
#include "store/upkeep/rebuild.h"

namespace etymon::store {
namespace {

constexpr size_t kBlockCache = 8 << 20;

std::string as_it_is(std::string_view value) {
  return std::string(value);
}

// The tables of format 1 that hold everything; the others are made from them.
class OldTables {
 public:
  static Result<OldTables> open(const std::string& path, rocksdb::Env& env) {
    rocksdb::ColumnFamilyOptions runs;
    runs.merge_operator = concatenation("etymon.runs", as_it_is);
    const std::vector<ColumnFamily> families = {
        {"answers", {}}, {"deliveries", runs}, {"by_address", runs}};
    auto database = Database::open_to_read(common_options(env), path, families);
    return database ? Result<OldTables>(OldTables(std::move(*database))) : database.error();
  }

  Result<Sequence> position() const {
    std::string value;
    const rocksdb::Status got =
        database_->db().Get({}, database_->family(kByAddress), to_slice(kFoldedKey), &value);
    if (got.IsNotFound()) {
      return Sequence{0};
    }
    const Status status = to_status(got, "cannot read the table by_address");
    return status ? Result<Sequence>(ByteReader(value).u64()) : status.error();
  }

  Result<std::string> answer(AnswerId id) const {
    std::string key;
    append_id(key, id);
    std::string bytes;
    const Status got = to_status(database_->db().Get({}, database_->family(kAnswers), key, &bytes),
                                 "cannot read an answer");
    return got ? Result<std::string>(std::move(bytes)) : got.error();
  }

  Status copy_to(Rebuild& rebuild) const {
    const std::unique_ptr<rocksdb::Iterator> rows(
        database_->db().NewIterator({}, database_->family(kDeliveries)));
    std::vector<Sighting> sightings;
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      const std::optional<DeliveryKey> key = read_delivery_key(to_view(rows->key()));
      sightings.clear();
      if (!key ||
          !read_runs_of_format_1(to_view(rows->value()), start_of_hour(key->hour), sightings)) {
        return Error{ErrorCode::kDataLoss, "a row of the table deliveries is damaged"};
      }
      std::ranges::stable_sort(sightings, {}, &Sighting::at);
      const Status added = rebuild.add(key->answer, key->client, sightings,
                                       [this](AnswerId id) { return answer(id); });
      if (!added) {
        return added;
      }
    }
    return to_status(rows->status(), "cannot read the table deliveries");
  }

 private:
  enum Family : size_t { kAnswers, kDeliveries, kByAddress };

  explicit OldTables(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  std::unique_ptr<Database> database_;
};

Status write_new_tables(const std::string& from, const std::string& to, rocksdb::Env& env) {
  const Result<OldTables> old = OldTables::open(from, env);
  const Result<Sequence> position = old ? old->position() : old.error();
  if (!position) {
    return position.error();
  }
  const auto tables = Tables::open(to, env, kBlockCache);
  if (!tables) {
    return tables.error();
  }
  Rebuild rebuild(**tables, *position);
  const Status copied = old->copy_to(rebuild);
  return copied ? rebuild.finish() : copied;
}

// Where the tables cannot be opened, the older program must still know the store. They are only
// looked at: opened, they would be in this program's format before FORMAT says so.
Status mark(const std::string& folder, rocksdb::Env& env) {
  const Status sound = Database::check(common_options(env), folder + "/tables");
  return sound ? write_format(folder, env) : sound;
}

Status upgrade_tables(const std::string& folder, rocksdb::Env& env) {
  const std::string tables = folder + "/tables";
  const std::string before = folder + "/tables.format-1";
  const std::string anew = folder + "/tables.new";
  const Result<bool> has_begun = is_there(before);  // and did not end: `tables` may be new
  const Result<bool> has_tables = has_begun ? is_there(tables) : has_begun;
  if (!has_tables) {
    return has_tables.error();
  }
  if (!*has_begun && !*has_tables) {
    return mark(folder, env);  // Died at its very first start.
  }
  remove_folder(anew);
  Status done = write_new_tables(*has_begun ? before : tables, anew, env);
  if (done) {
    done = sync_folder(anew);
  }
  if (done && *has_begun) {
    remove_folder(tables);
  } else if (done) {
    done = rename_folder(tables, before);
  }
  if (done) {
    done = rename_folder(anew, tables);
  }
  return done ? write_format(folder, env) : done;
}

}  // namespace

Status upgrade(const std::string& folder, rocksdb::Env& env) {
  const Result<unsigned> version = read_format(folder);
  if (!version) {
    return version.error();
  }
  if (*version < kFormatVersion) {
    // The journal's lock stands for the whole folder.
    const auto lock = open_journal(folder, env);
    if (!lock) {
      return lock.error();
    }
    const Status upgraded = *version == 1 ? upgrade_tables(folder, env) : mark(folder, env);
    if (!upgraded) {
      return upgraded;
    }
  }
  remove_folder(folder + "/tables.format-1");
  rmdir((folder + kRestoring).c_str());  // A restore that has ended leaves it empty, if at all.
  return {};
}

}  // namespace etymon::store
