#include "store/upkeep/salvaged_tables.h"

#include <algorithm>
#include <filesystem>

#include "resolver/base/bytes.h"
#include "store/merge.h"
#include "store/upkeep/folder_view.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBlockCache = 8 << 20;
constexpr Hour kLastHour = (1U << 24) * kHoursPerDay - 1;  // of all that a Day can name

std::string as_it_is(std::string_view value) {
  return std::string(value);
}

// All tables grow by putting values one behind the other.
rocksdb::ColumnFamilyOptions growing() {
  rocksdb::ColumnFamilyOptions options;
  options.merge_operator = concatenation("etymon.any", as_it_is);
  return options;
}

std::optional<Table> table_named(const std::string& name) {
  for (size_t i = 0; i < kTableCount; ++i) {
    if (name == name_of(static_cast<Table>(i))) {
      return static_cast<Table>(i);
    }
  }
  return std::nullopt;
}

// Of a file that no manifest lists. One that was ingested does not say which table it is of, but
// how its rows grow; runs are in two tables, of which the keys of one begin with an hour, of the
// other with an address or are kFoldedKey.
std::optional<Table> table_of(const TableFacts& facts) {
  if (!facts.family.empty()) {
    return table_named(facts.family);
  }
  if (facts.merge_operator == "etymon.runs") {
    const bool is_hour = facts.first_key.size() > 1 && facts.first_key.front() == '\0';
    return is_hour ? Table::kDeliveries : Table::kByAddress;
  }
  const std::map<std::string, Table> by_operator = {{"nullptr", Table::kAnswers},
                                                    {"etymon.ids", Table::kAnswerIds},
                                                    {"etymon.clients", Table::kByName},
                                                    {"etymon.activity", Table::kByClient}};
  const auto found = by_operator.find(facts.merge_operator);
  return found == by_operator.end() ? std::nullopt : std::optional(found->second);
}

Hour hour_in(const std::string& key, Hour otherwise) {
  ByteReader reader(key);
  const Hour hour = reader.u32();
  return reader.ok() ? hour : otherwise;
}

}  // namespace

Result<std::unique_ptr<SalvagedTables>> SalvagedTables::read(const std::string& from,
                                                             const std::string& scratch,
                                                             rocksdb::Env& env) {
  std::unique_ptr<SalvagedTables> salvaged(new SalvagedTables());
  const Status done = salvaged->read_all(from, scratch, env);
  return done ? Result<std::unique_ptr<SalvagedTables>>(std::move(salvaged)) : done.error();
}

Status SalvagedTables::read_all(const std::string& from, const std::string& scratch,
                                rocksdb::Env& env) {
  reading_ = rocksdb::Options(common_options(env), growing());
  const std::string view = scratch + ".view";
  const auto listed = make_view(from, view) ? list_files(view, env) : std::nullopt;
  auto tables = Tables::open(scratch, env, kBlockCache);
  if (!tables) {
    return tables.error();
  }
  tables_ = std::move(*tables);
  List missing = listed.value_or(List());
  uint64_t newest = 0;
  for (const auto& [name, file] : missing) {
    newest = std::max(newest, file_number(name));
  }
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(from, error)) {
    if (entry.path().extension() == ".sst") {
      names.push_back(entry.path().filename().string());
    }
  }
  losses_.everything = !listed && names.empty();
  for (const std::string& name : names) {
    const auto known = listed ? listed->find(name) : List::const_iterator();
    const bool is_listed = listed && known != listed->end();
    if (listed && !is_listed && file_number(name) < newest) {
      continue;  // Left over from before; what was in it is in a listed one.
    }
    losses_.repeats = losses_.repeats || !is_listed;
    const Status done = read_file(from + "/" + name, is_listed ? &known->second : nullptr);
    if (!done) {
      return done;
    }
    missing.erase(name);
  }
  for (const auto& [name, file] : missing) {
    note_lost(file.table, LostRange{}, &file);
  }
  return {};
}

std::optional<SalvagedTables::List> SalvagedTables::list_files(const std::string& folder,
                                                               rocksdb::Env& env) {
  std::vector<ColumnFamily> families;
  for (size_t i = 0; i < kTableCount; ++i) {
    families.push_back({name_of(static_cast<Table>(i)), growing()});
  }
  const auto open = [&] { return Database::open_to_read(common_options(env), folder, families); };
  if (in_a_child([&] { return open() ? 0 : 1; }) != 0) {
    return std::nullopt;
  }
  const auto database = open();
  if (!database) {
    return std::nullopt;
  }
  std::vector<rocksdb::LiveFileMetaData> files;
  (*database)->db().GetLiveFilesMetaData(&files);
  List list;
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (const auto table = table_named(file.column_family_name)) {
      list[fs::path(file.name).filename().string()] = {*table, file.smallestkey, file.largestkey};
    }
  }
  return list;
}

Status SalvagedTables::read_file(const std::string& path, const Listed* listed) {
  const TableWalk walk(path, reading_);
  const bool survives = walk.survives();
  const Result<TableFacts> facts =
      survives ? walk.facts() : Result<TableFacts>(Error{ErrorCode::kDataLoss, path});
  std::optional<Table> table;
  if (listed != nullptr) {
    table = listed->table;
  } else if (facts) {
    table = table_of(*facts);
  }
  if (!table) {
    losses_.everything = true;
    return {};
  }
  if (!facts) {
    note_lost(*table, LostRange{}, listed);
    return {};
  }
  return copy(walk, *table, listed);
}

Status SalvagedTables::copy(const TableWalk& walk, Table table, const Listed* listed) {
  const auto file = tables_->new_file(table);
  const auto lost = walk.read([&](std::string_view key, std::string_view value) {
    if (key == kFoldedKey) {
      position_ = std::max(position_, ByteReader(value).u64());
    } else {
      file->add(key, value);
    }
  });
  if (!lost || *lost) {
    note_lost(table, lost ? **lost : LostRange{}, listed);
  }
  const Status finished = file->finish();
  return finished && !file->is_empty() ? tables_->ingest({file.get()}) : finished;
}

void SalvagedTables::note_lost(Table table, const LostRange& lost, const Listed* listed) {
  switch (table) {
    case Table::kDeliveries: {
      const std::string first = listed == nullptr ? "" : listed->first_key;
      const std::string last = listed == nullptr ? "" : listed->last_key;
      losses_.deliveries = true;
      losses_.hours.emplace_back(hour_in(lost.behind.empty() ? first : lost.behind, 0),
                                 hour_in(lost.before.value_or(last), kLastHour));
      break;
    }
    case Table::kByAddress:
      losses_.position = losses_.position || lost.behind.empty();
      break;
    case Table::kByClient:
      losses_.clients = true;
      break;
    default:
      break;  // Told again by the others, or missed by whoever needs it.
  }
}

}  // namespace etymon::store
