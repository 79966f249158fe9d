#include "store/upkeep/salvaged_journal.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>

#include "resolver/base/bytes.h"
#include "store/files/folder_view.h"
#include "store/files/folders.h"
#include "store/journal/turn_log.h"
#include "store/upkeep/child.h"
#include "store/upkeep/log_reader.h"
#include "store/upkeep/table_walk.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

// The numbers that RocksDB gives the families of a journal, in the order of their creation.
constexpr uint32_t kEntriesFamily = 1;
constexpr uint32_t kCoverageFamily = 2;
constexpr const char* kCoverageName = "coverage";

// A hole begins this much before what is known to lie before it: a loss is told a moment after it
// happened, and a row that told one may be what the hole has swallowed.
constexpr Seconds kMargin{5};

// Those of the names that have the extension, by their numbers, with their paths.
std::vector<std::string> files_of(const std::string& folder, std::vector<std::string> names,
                                  const std::string& extension) {
  std::erase_if(names,
                [&](const std::string& name) { return fs::path(name).extension() != extension; });
  std::ranges::sort(names, {},
                    [](const std::string& name) { return std::pair(name.size(), name); });
  for (std::string& name : names) {
    name = folder + "/" + name;
  }
  return names;
}

struct Half {  // of a coverage row
  WallTime at;
  CoverageEdge edge;
};

std::optional<Half> read_half(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto at = static_cast<int64_t>(reader.u64() & INT64_MAX);
  const auto edge = static_cast<CoverageEdge>(reader.u8());
  return reader.ok() && reader.at_end() ? std::optional(Half{WallTime(Microseconds(at)), edge})
                                        : std::nullopt;
}

Sequence sequence_in(std::string_view key) {
  return ByteReader(key).u64();
}

// A record begins with its number, and how many operations there are; little-endian.
constexpr size_t kNumberOctets = 8;
constexpr size_t kCountOctets = 4;

// The coverage that the sorted files hold together.
struct WrittenCoverage {
  std::vector<CoverageRow> rows;
  uint64_t up_to = 0;  // what RocksDB has given this number, or one before it, is in them
};

std::string view_without_logs(const std::string& view) {
  return view + "/written";
}

Result<WrittenCoverage> read_written_coverage(const std::string& view, rocksdb::Env& env) {
  const std::vector<ColumnFamily> families = {{kCoverageName, {}}};
  const auto database =
      Database::open_to_read(common_options(env), view_without_logs(view), families);
  if (!database) {
    return database.error();
  }
  WrittenCoverage written;
  std::vector<rocksdb::LiveFileMetaData> files;
  (*database)->db().GetLiveFilesMetaData(&files);
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (file.column_family_name == kCoverageName) {
      written.up_to = std::max<uint64_t>(written.up_to, file.largest_seqno);
    }
  }
  const std::unique_ptr<rocksdb::Iterator> rows(
      (*database)->db().NewIterator({}, (*database)->family(0)));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    written.rows.push_back({rows->key().ToString(), rows->value().ToString()});
  }
  const Status read = to_status(rows->status(), "cannot read the coverage");
  return read ? Result<WrittenCoverage>(std::move(written)) : read.error();
}

// Reads the files of a damaged journal, oldest first.
class Salvage {
 public:
  Salvage(SalvagedJournal& journal, const FoldedSoFar& folded, Gaps& gaps)
      : journal_(journal),
        gaps_(gaps),
        last_(folded.position),
        seen_(folded.newest),
        folded_until_(folded.newest) {}

  // Nobody knows which entries were in a file that cannot be read.
  void miss_all_unfolded() {
    had_hole_ = true;
    gaps_.add({folded_until_ ? *folded_until_ - kMargin : Gaps::kAlways, Gaps::kForever});
  }

  // Of the sorted files, as RocksDB reads them.
  void take_coverage(const WrittenCoverage& written) {
    written_up_to_ = written.up_to;
    for (const CoverageRow& row : written.rows) {
      put_coverage(row.key, row.value);
    }
  }

  void read_tables(const JournalTrial& trial) {
    const rocksdb::Options reading;
    for (const std::string& file : trial.tables) {
      const TableWalk walk(file, reading);
      const auto facts = trial.surviving.contains(file)
                             ? walk.facts()
                             : Result<TableFacts>(Error{ErrorCode::kDataLoss, file});
      const bool is_coverage = facts && facts->family == kCoverageName;
      const auto lost = !facts ? Result<std::optional<LostRange>>(facts.error())
                               : walk.read([&](std::string_view key, std::string_view value) {
                                   if (!is_coverage) {
                                     put_entry(key, value);
                                   } else if (!trial.has_coverage) {
                                     put_coverage(key, value);
                                   }
                                 });
      if (!lost || *lost) {
        miss_all_unfolded();
      }
    }
  }

  void read_logs(const std::vector<std::string>& logs) {
    in_logs_ = true;
    for (const std::string& log : logs) {
      const Status read = read_log(log, [this](LogPiece piece, std::string_view record) {
        piece == LogPiece::kRecord ? apply(record) : begin_hole();
      });
      if (!read) {
        begin_hole();
      }
    }
    if (logs.empty()) {
      begin_hole();
    }
    if (hole_) {
      gaps_.add({*hole_, Gaps::kForever});
    }
  }

  std::vector<CoverageRow> coverage() const {
    std::vector<CoverageRow> rows;
    for (const auto& [key, value] : coverage_) {
      rows.push_back({key, value});
    }
    return rows;
  }

 private:
  // What the operations of one record do.
  class Operations final : public rocksdb::WriteBatch::Handler {
   public:
    explicit Operations(Salvage& salvage) : salvage_(salvage) {}

    rocksdb::Status PutCF(uint32_t family, const rocksdb::Slice& key,
                          const rocksdb::Slice& value) override {
      if (family == kEntriesFamily) {
        salvage_.put_entry(to_view(key), to_view(value));
      } else if (family == kCoverageFamily) {
        salvage_.put_coverage(to_view(key), to_view(value));
      }
      return {};
    }

    rocksdb::Status DeleteCF(uint32_t family, const rocksdb::Slice& key) override {
      if (family == kCoverageFamily && !salvage_.is_written()) {
        salvage_.coverage_.erase(key.ToString());
      }
      return {};
    }

   private:
    Salvage& salvage_;
  };

  void apply(std::string_view record) {
    said_.reset();
    live_since_.reset();
    if (record.size() < kNumberOctets + kCountOctets) {
      return begin_hole();
    }
    if (little_endian(record.substr(kNumberOctets, kCountOctets)) > 0) {
      take_back(little_endian(record.substr(0, kNumberOctets)));
    }
    Operations operations(*this);
    const rocksdb::WriteBatch batch{std::string(record)};
    if (!batch.Iterate(&operations).ok()) {
      return begin_hole();
    }
    if (hole_ && live_since_) {
      gaps_.add({std::min(*hole_, *live_since_), *said_});
      hole_.reset();
    }
    seen_ = said_ ? said_ : seen_;
  }

  // RocksDB numbers all it writes. When a number comes again, a start between the two had ended
  // before the first one, at damage: it was no part of the store any more, and the numbers of its
  // answers may have been given to others.
  void take_back(uint64_t number) {
    while (!put_.empty() && put_.back().number >= number) {
      begin_hole();
      hole_ = std::min(*hole_, put_.back().newest.value_or(*hole_ + kMargin) - kMargin);
      journal_.entries.erase(put_.back().sequence);
      put_.pop_back();
    }
    number_ = number;
  }

  void put_entry(std::string_view key, std::string_view value) {
    Result<JournalEntry> entry = decode_entry(value);
    if (!entry) {
      return begin_hole();
    }
    const Sequence sequence = sequence_in(key);
    if (in_logs_ && last_ && sequence > *last_ + 1) {
      begin_hole();  // A log is missing.
    }
    last_ = std::max(last_.value_or(sequence), sequence);
    const std::optional<WallTime> newest = newest_of(*entry);
    if (in_logs_) {
      put_.push_back({number_, sequence, newest});
      say(newest);
    }
    journal_.entries[sequence] = *std::move(entry);
  }

  void put_coverage(std::string_view key, std::string_view value) {
    const std::optional<Half> start = read_half(key);
    const std::optional<Half> end = read_half(value);
    if (!start || !end || !CoverageLog::load({{std::string(key), std::string(value)}}, {})) {
      return begin_hole();
    }
    const bool is_live = end->edge == CoverageEdge::kNow;
    const CoverageInterval interval{{start->at, end->at}, start->edge, end->edge};
    if (interval.is_imported() && had_hole_) {
      return;  // Deliveries of that import may be what the hole has swallowed.
    }
    const auto known = coverage_.find(std::string(key));
    if (is_live && in_logs_) {
      say(end->at);
      // One that is new began within the hole, perhaps with a clock that was set back.
      live_since_ = known == coverage_.end() ? start->at : end->at;
    }
    if (is_written()) {
      return;
    }
    if (known == coverage_.end() || !is_live || is_live_row(known->second)) {
      coverage_[std::string(key)] = value;
    }  // Else an older file's row: what has ended is never live again.
  }

  static bool is_live_row(std::string_view value) {
    const std::optional<Half> end = read_half(value);
    return end && end->edge == CoverageEdge::kNow;
  }

  // The record at hand is in the sorted files, with what came behind it.
  bool is_written() const { return in_logs_ && number_ <= written_up_to_; }

  void say(std::optional<WallTime> at) { said_ = at ? std::max(said_.value_or(*at), *at) : said_; }

  void begin_hole() {
    had_hole_ = true;
    if (!hole_) {
      hole_ = seen_ ? *seen_ - kMargin : Gaps::kAlways;
    }
  }

  struct Put {  // of an entry, by a record of a log
    uint64_t number;
    Sequence sequence;
    std::optional<WallTime> newest;
  };

  SalvagedJournal& journal_;
  Gaps& gaps_;
  std::map<std::string, std::string> coverage_;
  std::vector<Put> put_;
  uint64_t number_ = 0;           // of the record at hand
  uint64_t written_up_to_ = 0;    // of the coverage
  std::optional<Sequence> last_;  // highest entry
  std::optional<WallTime> seen_;  // the time of which the last record spoke
  const std::optional<WallTime> folded_until_;
  std::optional<WallTime> said_;        // the latest of which the record at hand speaks
  std::optional<WallTime> live_since_;  // how far back the live interval in it tells of a hole
  std::optional<WallTime> hole_;        // where one began that has not ended
  bool in_logs_ = false;
  bool had_hole_ = false;
};

// Entries are numbered without gaps: a number that is missing behind the position was lost.
bool is_any_missing(const SalvagedJournal& journal, const FoldedSoFar& folded) {
  std::optional<Sequence> last = folded.position;
  for (const auto& [sequence, entry] : journal.entries) {
    if (last && sequence > *last + 1) {
      return true;
    }
    last = std::max(last.value_or(sequence), sequence);
  }
  return false;
}

void find_missing(const SalvagedJournal& journal, const FoldedSoFar& folded, Gaps& gaps) {
  std::optional<WallTime> before = folded.newest;
  std::optional<Sequence> last = folded.position;
  for (const auto& [sequence, entry] : journal.entries) {
    if (last && sequence <= *last) {
      continue;
    }
    const std::optional<WallTime> newest = newest_of(entry);
    if (last && sequence != *last + 1) {
      gaps.add({before ? *before - kMargin : Gaps::kAlways, newest.value_or(Gaps::kForever)});
    }
    last = sequence;
    before = newest ? newest : before;
  }
}

// Everything of an entry that was in the making, when it is the next one behind those that were
// found: it cannot be understood without those before. What is damaged may have been that entry.
// What cannot be read lies behind all that the coverage says.
void take_turns(const std::string& folder, const FoldedSoFar& folded, rocksdb::Env& env,
                SalvagedJournal& journal) {
  const Sequence last = std::max(folded.position.value_or(0),
                                 journal.entries.empty() ? 0 : journal.entries.rbegin()->first);
  const bool is_first = journal.entries.empty() && !folded.position;  // of which anything is known
  const Result<LoggedTurns> logged = read_turns(turns_path(folder), *env.GetFileSystem(),
                                                is_first ? std::nullopt : std::optional(last + 1));
  if (!logged) {
    return;
  }
  JournalEntry whole;
  for (const std::string& bytes : logged->turns) {
    Result<JournalEntry> turn = decode_entry(bytes);
    if (!turn) {
      break;
    }
    std::ranges::move(turn->definitions, std::back_inserter(whole.definitions));
    std::ranges::move(turn->deliveries, std::back_inserter(whole.deliveries));
  }
  if (!whole.deliveries.empty()) {
    journal.entries[logged->number] = std::move(whole);
  }
}

bool logs_are_whole(const std::vector<std::string>& logs) {
  bool whole = !logs.empty();
  for (const std::string& log : logs) {
    const Status read = read_log(log, [&](LogPiece piece, std::string_view) {
      whole = whole &&
              (piece == LogPiece::kRecord || (piece == LogPiece::kTornEnd && log == logs.back()));
    });
    whole = whole && read.ok();
  }
  return whole;
}

Result<SalvagedJournal> read_whole(const std::string& view, rocksdb::Env& env) {
  const std::vector<ColumnFamily> families = {{"entries", {}}, {kCoverageName, {}}};
  const auto database = Database::open_to_read(common_options(env), view, families);
  if (!database) {
    return Error{ErrorCode::kNotFound, database.error().message};
  }
  SalvagedJournal journal;
  const auto rows_of = [&](size_t family) {
    return std::unique_ptr<rocksdb::Iterator>(
        (*database)->db().NewIterator({}, (*database)->family(family)));
  };
  const auto entries = rows_of(0);
  for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
    auto entry = decode_entry(to_view(entries->value()));
    if (!entry) {
      return entry.error();
    }
    journal.entries[sequence_in(to_view(entries->key()))] = *std::move(entry);
  }
  const auto coverage = rows_of(1);
  for (coverage->SeekToFirst(); coverage->Valid(); coverage->Next()) {
    journal.coverage.push_back({coverage->key().ToString(), coverage->value().ToString()});
  }
  const Status loaded = CoverageLog::load(journal.coverage, {}).ok()
                            ? Status()
                            : Status(Error{ErrorCode::kDataLoss, "the coverage is damaged"});
  for (const Status& status : {to_status(entries->status(), "cannot read the entries"),
                               to_status(coverage->status(), "cannot read the coverage"), loaded}) {
    if (!status) {
      return Error{ErrorCode::kDataLoss, status.error().message};
    }
  }
  return journal;
}

Status try_written_coverage(const std::string& from, JournalTrial& trial) {
  const Result<bool> made = make_view(from, view_without_logs(trial.view), ViewLogs::kLeftOut);
  if (!made) {
    return made.error();
  }
  const auto tried =
      in_a_child([&](rocksdb::Env& env) { return read_written_coverage(trial.view, env) ? 0 : 1; });
  trial.has_coverage = tried && *tried == 0;
  return tried ? Status() : Status(tried.error());
}

}  // namespace

std::optional<WallTime> newest_of(const JournalEntry& entry) {
  std::optional<WallTime> newest;
  for (const Delivery& delivery : entry.deliveries) {
    if (delivery.origin != Origin::kImport) {
      newest = std::max(newest.value_or(delivery.at), delivery.at);
    }
  }
  return newest;
}

Result<JournalTrial> try_journal(const std::string& from, const std::string& view) {
  const Result<bool> has_manifest = make_view(from, view);
  if (!has_manifest) {
    return has_manifest.error();
  }
  const auto names = file_names(from);
  if (!names) {
    return names.error();
  }
  JournalTrial trial{.view = view,
                     .reading = JournalReading::kNotAtAll,
                     .tables = files_of(from, *names, ".sst"),
                     .logs = files_of(from, *names, ".log"),
                     .surviving = {}};
  if (*has_manifest) {
    const auto tried = in_a_child([&](rocksdb::Env& env) {
      const auto journal = read_whole(view, env);
      const bool is_open = journal || journal.error().code != ErrorCode::kNotFound;
      return static_cast<int>(journal   ? JournalReading::kWhole
                              : is_open ? JournalReading::kInPart
                                        : JournalReading::kNotAtAll);
    });
    if (!tried) {
      return tried.error();
    }
    trial.reading = *tried ? static_cast<JournalReading>(**tried) : JournalReading::kNotAtAll;
  }
  const Status tried = *has_manifest ? try_written_coverage(from, trial) : Status();
  if (!tried) {
    return tried.error();
  }
  const rocksdb::Options reading;
  for (const std::string& file : trial.tables) {
    const Result<bool> survives = TableWalk(file, reading).survives();
    if (!survives) {
      return survives.error();
    }
    if (*survives) {
      trial.surviving.insert(file);
    }
  }
  return trial;
}

Result<SalvagedJournal> salvage_journal(const std::string& from, const JournalTrial& trial,
                                        const FoldedSoFar& folded, rocksdb::Env& env, Gaps& gaps) {
  if (trial.reading == JournalReading::kWhole && logs_are_whole(trial.logs)) {
    auto whole = read_whole(trial.view, env);
    if (!whole) {
      return whole;
    }
    if (!is_any_missing(*whole, folded)) {
      take_turns(from, folded, env, *whole);
      return whole;
    }
  }
  SalvagedJournal journal;
  journal.is_whole = false;
  Salvage salvage(journal, folded, gaps);
  if (trial.reading == JournalReading::kInPart) {
    salvage.miss_all_unfolded();
  }
  salvage.read_tables(trial);
  if (trial.has_coverage) {
    const auto written = read_written_coverage(trial.view, env);
    if (!written) {
      return written.error();
    }
    salvage.take_coverage(*written);
  }
  salvage.read_logs(trial.logs);
  journal.coverage = salvage.coverage();
  find_missing(journal, folded, gaps);
  take_turns(from, folded, env, journal);
  return journal;
}

}  // namespace etymon::store
