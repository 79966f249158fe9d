#include "store/upkeep/table_walk.h"

#include <rocksdb/sst_file_reader.h>

#include <memory>

#include "store/files/database.h"
#include "store/upkeep/child.h"

namespace etymon::store {
namespace {

std::unique_ptr<rocksdb::Iterator> rows_of(rocksdb::SstFileReader& reader) {
  return std::unique_ptr<rocksdb::Iterator>(reader.NewIterator(rocksdb::ReadOptions()));
}

// The first key behind the damage, read from the end of the file backwards.
std::optional<std::string> first_behind_damage(rocksdb::SstFileReader& reader) {
  const auto rows = rows_of(reader);
  std::optional<std::string> first;
  for (rows->SeekToLast(); rows->Valid(); rows->Prev()) {
    first = rows->key().ToString();
  }
  return first;
}

}  // namespace

Result<bool> TableWalk::survives() const {
  const auto read_it = in_a_child([this](rocksdb::Env&) {
    return facts() && read([](std::string_view, std::string_view) {}) ? 0 : 1;
  });
  return read_it ? Result<bool>(*read_it == 0) : read_it.error();
}

Result<TableFacts> TableWalk::facts() const {
  rocksdb::SstFileReader reader(options_);
  const Status opened = to_status(reader.Open(path_), "cannot read " + path_);
  const auto properties = opened ? reader.GetTableProperties() : nullptr;
  if (properties == nullptr) {
    return Error{ErrorCode::kDataLoss, "cannot read " + path_};
  }
  TableFacts facts{properties->column_family_name, properties->merge_operator_name, {}};
  const auto rows = rows_of(reader);
  rows->SeekToFirst();
  if (!rows->Valid()) {
    rows->SeekToLast();
  }
  facts.first_key = rows->Valid() ? rows->key().ToString() : "";
  return facts;
}

Result<std::optional<LostRange>> TableWalk::read(const Visit& visit) const {
  rocksdb::SstFileReader reader(options_);
  const Status opened = to_status(reader.Open(path_), "cannot read " + path_);
  if (!opened) {
    return opened.error();
  }
  LostRange lost;
  const auto rows = rows_of(reader);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    lost.behind = rows->key().ToString();
    visit(to_view(rows->key()), to_view(rows->value()));
  }
  if (rows->status().ok()) {
    return std::optional<LostRange>();
  }
  lost.before = first_behind_damage(reader);
  if (lost.before && *lost.before <= lost.behind) {
    lost.before.reset();  // What was read from the front cannot lie behind the damage.
  }
  if (lost.before) {
    const auto rest = rows_of(reader);
    for (rest->Seek(*lost.before); rest->Valid(); rest->Next()) {
      visit(to_view(rest->key()), to_view(rest->value()));
    }
  }
  return std::optional(std::move(lost));
}

}  // namespace etymon::store
