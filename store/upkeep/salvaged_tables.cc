#include "store/upkeep/salvaged_tables.h"

#include <algorithm>
#include <filesystem>

#include "resolver/base/bytes.h"
#include "store/files/folder_view.h"
#include "store/files/folders.h"
#include "store/tables/kept_rows.h"
#include "store/tables/merge.h"
#include "store/upkeep/child.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBlockCache = 8 << 20;
constexpr size_t kIdOctets = 5;
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
// how its rows grow. Before format 8 there were runs in two tables, of which the keys of one begin
// with an hour, of the other with an address or are kFoldedKey; in two tables rows do not grow, and
// the keys of one are ids, the first key of the other is none.
std::optional<Table> table_of(const TableFacts& facts) {
  if (!facts.family.empty()) {
    return table_named(facts.family);
  }
  if (facts.merge_operator == "etymon.runs") {
    const bool is_hour = facts.first_key.size() > 1 && facts.first_key.front() == '\0';
    return is_hour ? Table::kDeliveries : Table::kByAddress;
  }
  if (facts.merge_operator == "nullptr") {
    return facts.first_key.size() == kIdOctets ? Table::kAnswers : Table::kKept;
  }
  const std::map<std::string, Table> by_operator = {{"etymon.outlines", Table::kByAddress},
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

Result<std::unique_ptr<Database>> open_view(const std::string& view, rocksdb::Env& env) {
  std::vector<ColumnFamily> families;
  for (size_t i = 0; i < kTableCount; ++i) {
    families.push_back({name_of(static_cast<Table>(i)), growing()});
  }
  return Database::open_to_read(common_options(env), view, families);
}

// All rows of a table as the store would read them.
Status read_table(const std::string& view, Table table, rocksdb::Env& env,
                  const TableWalk::Visit& visit) {
  const auto database = open_view(view, env);
  if (!database) {
    return database.error();
  }
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(
      (*database)->db().NewIterator(options, (*database)->family(static_cast<size_t>(table))));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    visit(to_view(rows->key()), to_view(rows->value()));
  }
  return to_status(rows->status(), "cannot read " + view);
}

// A floor that is found in several files is as high as in the newest.
void raise(Kept& kept, const Kept& found) {
  kept.all = std::max(kept.all, found.all);
  for (const auto& [client, hour] : found.clients) {
    Hour& own = kept.clients[client];
    own = std::max(own, hour);
  }
  std::erase_if(kept.clients, [&](const auto& floor) { return floor.second <= kept.all; });
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
  const Result<bool> has_manifest = make_view(from, view);
  if (!has_manifest) {
    return has_manifest.error();
  }
  const auto listed =
      *has_manifest ? list_files(view, env) : Result<std::optional<List>>(std::optional<List>());
  if (!listed) {
    return listed.error();
  }
  const Status tried = *listed ? find_whole_tables(view) : Status();
  auto files = tried ? files_to_read(from, *listed) : Result<std::vector<File>>(tried.error());
  if (!files) {
    return files.error();
  }
  for (File& file : *files) {
    const Result<bool> survives = TableWalk(file.path, reading_).survives();
    if (!survives) {
      return survives.error();
    }
    file.survives = *survives;
  }
  // No child from here on.
  auto tables = Tables::open(scratch, env, kBlockCache);
  if (!tables) {
    return tables.error();
  }
  tables_ = std::move(*tables);
  Status done = read_whole_tables(view, env);
  for (size_t i = 0; i < files->size() && done; ++i) {
    done = read_file((*files)[i]);
  }
  return done;
}

Result<std::optional<SalvagedTables::List>> SalvagedTables::list_files(const std::string& view,
                                                                       rocksdb::Env& env) {
  const auto tried = in_a_child([&](rocksdb::Env& own) { return open_view(view, own) ? 0 : 1; });
  if (!tried) {
    return tried.error();
  }
  const auto database =
      *tried == 0
          ? open_view(view, env)
          : Result<std::unique_ptr<Database>>(Error{ErrorCode::kDataLoss, "cannot read " + view});
  if (!database) {
    return std::optional<List>();
  }
  std::vector<rocksdb::LiveFileMetaData> files;
  (*database)->db().GetLiveFilesMetaData(&files);
  List list;
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (const auto table = table_named(file.column_family_name)) {
      list[fs::path(file.name).filename().string()] = {*table, file.smallestkey, file.largestkey};
    }
  }
  return std::optional(std::move(list));
}

Status SalvagedTables::find_whole_tables(const std::string& view) {
  for (size_t i = 0; i < kTableCount; ++i) {
    const auto table = static_cast<Table>(i);
    const auto nothing = [](std::string_view, std::string_view) {};
    const auto read = in_a_child(
        [&](rocksdb::Env& env) { return read_table(view, table, env, nothing) ? 0 : 1; });
    if (!read) {
      return read.error();
    }
    if (*read == 0) {
      whole_.insert(table);
    }
  }
  return {};
}

Status SalvagedTables::read_whole_tables(const std::string& view, rocksdb::Env& env) {
  for (const Table table : whole_) {
    const auto file = tables_->new_file(table);
    Status done =
        read_table(view, table, env, [&](auto key, auto value) { take(key, value, *file); });
    done = done ? take_in(*file) : done;
    if (!done) {
      return done;
    }
  }
  return {};
}

// Notes as lost what is listed and not there.
Result<std::vector<SalvagedTables::File>> SalvagedTables::files_to_read(
    const std::string& from, const std::optional<List>& listed) {
  auto names = file_names(from);
  if (!names) {
    return names.error();
  }
  std::erase_if(*names, [](const std::string& name) { return !name.ends_with(".sst"); });
  List missing = listed.value_or(List());
  uint64_t newest = 0;
  for (const auto& [name, file] : missing) {
    newest = std::max(newest, file_number(name));
  }
  losses_.unlisted = !listed;
  losses_.everything = !listed && names->empty();
  std::vector<File> files;
  for (const std::string& name : *names) {
    const auto known = missing.find(name);
    const bool is_listed = known != missing.end();
    if (is_listed && whole_.contains(known->second.table)) {
      continue;
    }
    if (listed && !is_listed && file_number(name) < newest) {
      continue;  // Left over from before; what was in it is in a listed one.
    }
    losses_.repeats = losses_.repeats || !is_listed;
    files.push_back({from + "/" + name, is_listed ? std::optional(known->second) : std::nullopt});
    missing.erase(name);
  }
  for (const auto& [name, file] : missing) {
    if (!whole_.contains(file.table)) {
      note_lost(file.table, LostRange{}, file);
    }
  }
  return files;
}

Status SalvagedTables::read_file(const File& file) {
  const TableWalk walk(file.path, reading_);
  const Result<TableFacts> facts =
      file.survives ? walk.facts() : Result<TableFacts>(Error{ErrorCode::kDataLoss, file.path});
  std::optional<Table> table;
  if (file.listed) {
    table = file.listed->table;
  } else if (facts) {
    table = table_of(*facts);
  }
  if (!table) {
    losses_.everything = true;
    return {};
  }
  if (!facts) {
    note_lost(*table, LostRange{}, file.listed);
    return {};
  }
  return copy(walk, *table, file.listed);
}

Status SalvagedTables::copy(const TableWalk& walk, Table table,
                            const std::optional<Listed>& listed) {
  const auto file = tables_->new_file(table);
  const auto lost = walk.read([&](auto key, auto value) { take(key, value, *file); });
  if (!lost || *lost) {
    note_lost(table, lost ? **lost : LostRange{}, listed);
  }
  return take_in(*file);
}

// A record of something forgotten that cannot be read is no loss of a delivery.
void SalvagedTables::take_kept(std::string_view key, std::string_view value) {
  if (is_forget_key(key)) {
    read_forget_row(key, value, forgotten_);
    return;
  }
  KeptRecord row;
  losses_.floors = !read_kept_row(key, value, row).ok() || losses_.floors;
  raise(kept_, row.kept);
}

void SalvagedTables::take(std::string_view key, std::string_view value, TableFile& file) {
  if (file.table() == Table::kKept) {
    take_kept(key, value);
  } else if (key == kFoldedKey) {
    position_ = std::max(position_, ByteReader(value).u64());
  } else {
    file.add(key, value);
  }
}

Status SalvagedTables::take_in(TableFile& file) {
  const Status finished = file.finish();
  return finished && !file.is_empty() ? tables_->ingest({&file}) : finished;
}

void SalvagedTables::note_lost(Table table, const LostRange& lost,
                               const std::optional<Listed>& listed) {
  switch (table) {
    case Table::kDeliveries: {
      const std::string first = listed ? listed->first_key : "";
      const std::string last = listed ? listed->last_key : "";
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
    case Table::kKept:
      losses_.floors = true;
      break;
    default:
      break;  // Told again by the others, or missed by whoever needs it.
  }
}

}  // namespace etymon::store
