#include "store/upkeep/repair.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "resolver/base/time_text.h"
#include "store/files/folders.h"
#include "store/files/format_file.h"
#include "store/hosts/host_keeper.h"
#include "store/journal/journal_database.h"
#include "store/tables/sets.h"
#include "store/tables/tables.h"
#include "store/tables/tables_view.h"
#include "store/upkeep/closed_store.h"
#include "store/upkeep/rescue.h"
#include "store/upkeep/salvaged_journal.h"
#include "store/upkeep/salvaged_tables.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBlockCache = 8 << 20;
constexpr std::array kDatabases = {"/journal", "/tables"};

// Both databases' locks, where there are any: nobody else has the store open.
class Locks {
 public:
  explicit Locks(rocksdb::Env& env) : env_(env) {}
  ~Locks() {
    for (rocksdb::FileLock* lock : held_) {
      env_.UnlockFile(lock);
    }
  }
  Locks(const Locks&) = delete;
  Locks& operator=(const Locks&) = delete;

  Status take(const std::string& database) {
    const Result<bool> there = is_there(database);
    if (!there || !*there) {
      return there ? Status() : Status(there.error());
    }
    rocksdb::FileLock* lock = nullptr;
    const Status locked =
        to_status(env_.LockFile(database + "/LOCK", &lock), "cannot repair " + database);
    if (locked) {
      held_.push_back(lock);
    }
    return locked;
  }

 private:
  rocksdb::Env& env_;
  std::vector<rocksdb::FileLock*> held_;
};

// "PREFIX20261123T072014Z", or with a number behind it.
Result<std::string> free_name(const std::string& prefix, WallTime now) {
  std::string time = format_time(std::chrono::floor<Seconds>(now));
  std::erase_if(time, [](char c) { return c == ':' || c == '-'; });
  std::string name = prefix + time;
  Result<bool> taken = is_there(name);
  for (int i = 2; taken && *taken; ++i) {
    name = prefix + time + "-" + std::to_string(i);
    taken = is_there(name);
  }
  return taken ? Result<std::string>(std::move(name)) : taken.error();
}

std::string growing_in(const std::string& folder) {
  return partial(folder + kRepaired);
}

// Whether a repair, an ended one or not, has put a FORMAT aside.
Result<bool> has_format_aside(const std::string& folder) {
  const auto names = names_in(folder);
  Result<bool> found = names ? Result<bool>(false) : names.error();
  for (size_t i = 0; found && !*found && i < names->size(); ++i) {
    const std::string& name = (*names)[i];
    found = name.starts_with(kPutAside) ? is_there(folder + "/" + name + "/FORMAT") : found;
  }
  return found;
}

// The time of the delivery that came last and was not imported.
std::optional<WallTime> last_live(const SalvagedJournal& journal) {
  std::optional<WallTime> last;
  for (const auto& [sequence, entry] : journal.entries) {
    for (const Delivery& delivery : entry.deliveries) {
      last = delivery.origin == Origin::kImport ? last : delivery.at;
    }
  }
  return last;
}

class Repair {
 public:
  Repair(std::string folder, WallTime now) : folder_(std::move(folder)), now_(now) {}

  Result<RepairReport> run() {
    Status done = check();
    if (done) {
      done = find_earlier();
    }
    if (done && report_.went_on) {
      done = count();  // What is in place by now is counted there, which takes its lock.
    }
    Locks locks(env_);
    for (const char* database : kDatabases) {
      done = done ? locks.take(folder_ + database) : done;
    }
    if (done && !report_.went_on) {
      remove_folder(made());
      done = make();
      done = done ? count() : done;
    }
    if (done) {
      done = put_in_place();
    }
    return done ? Result<RepairReport>(std::move(report_)) : done.error();
  }

 private:
  std::string growing() const { return growing_in(folder_); }
  std::string made() const { return folder_ + kRepaired; }  // whole, and on the disk

  // A store's format is not what damage leaves to be guessed: of an unreadable FORMAT, all but
  // format 1 is read alike.
  Status check() const {
    const Result<bool> has_journal = is_there(folder_ + "/journal");
    const Result<bool> has_tables = has_journal ? is_there(folder_ + "/tables") : has_journal;
    if (!has_tables) {
      return has_tables.error();
    }
    if (!*has_journal && !*has_tables) {
      return Error{ErrorCode::kNotFound, folder_ + " holds no store"};
    }
    const Result<unsigned> version = read_format(folder_);
    if (version && *version == 1) {
      return Error{ErrorCode::kFailedPrecondition,
                   folder_ + " is in format 1, which this program upgrades but does not repair"};
    }
    return version || version.error().code == ErrorCode::kDataLoss ? Status()
                                                                   : Status(version.error());
  }

  // An earlier repair that has begun to move things is to go on; what one has made before that may
  // be older than the store, of which FORMAT may be what was lost since.
  Status find_earlier() {
    const Result<bool> is_whole = is_there(folder_ + "/FORMAT");
    const Result<bool> is_made = is_whole ? is_there(made() + "/FORMAT") : is_whole;
    const bool may_go_on = is_made && !*is_whole && *is_made;
    const Result<bool> has_begun = may_go_on ? has_begun_to_move() : is_made;
    report_.went_on = may_go_on && has_begun && *has_begun;
    return has_begun ? Status() : Status(has_begun.error());
  }

  // Aside goes FORMAT, where there was one, or else into the store one of what was made.
  Result<bool> has_begun_to_move() const {
    for (const char* database : kDatabases) {
      const Result<bool> is_left = is_there(made() + database);
      if (!is_left || !*is_left) {
        return is_left ? Result<bool>(true) : is_left.error();
      }
    }
    return has_format_aside(folder_);
  }

  Status make() {
    remove_folder(growing());
    Status done = check_format(growing(), env_);
    if (done) {
      done = fill();
    }
    for (const char* scratch : {"/salvaged", "/salvaged.view", "/journal.view"}) {
      remove_folder(growing() + scratch);
    }
    if (done) {
      done = prove();
    }
    if (done) {
      done = sync_folder(growing());
    }
    if (done) {
      done = rename_folder(growing(), made());
    }
    if (!done) {
      remove_folder(growing());
    }
    return done;
  }

  Status fill() {
    const auto trial = try_journal(folder_ + "/journal", growing() + "/journal.view");
    if (!trial) {
      return trial.error();
    }
    const auto salvaged = SalvagedTables::read(folder_ + "/tables", growing() + "/salvaged", env_);
    const auto tables = salvaged ? Tables::open(growing() + "/tables", env_, kBlockCache)
                                 : Result<std::unique_ptr<Tables>>(salvaged.error());
    if (!tables) {
      return tables.error();
    }
    Gaps gaps;
    Rescue rescue(**salvaged, **tables, gaps);
    Status done = rescue.rescue_tables();
    if (!done) {
      return done;
    }
    const auto journal = salvage_journal(folder_ + "/journal", *trial, rescue.folded(), env_, gaps);
    if (!journal) {
      return journal.error();
    }
    done = rescue.rescue_journal(*journal);
    if ((*salvaged)->losses().floors && !journal->is_whole) {
      gaps.add({Gaps::kAlways, Gaps::kForever});  // Nobody knows what was let go.
    }
    report_.gaps = gaps.list();
    const WallTime complete_since = start_of_hour((*salvaged)->kept().complete_since());
    return done ? write_coverage(*journal, gaps, complete_since) : done;
  }

  Status write_coverage(const SalvagedJournal& journal, const Gaps& gaps, WallTime complete_since) {
    // What ended a live interval of a damaged one may be lost: it lasted as long as it says.
    auto told =
        CoverageLog::load(journal.coverage, journal.is_whole ? last_live(journal) : std::nullopt);
    const auto database = told ? JournalDatabase::open(growing() + "/journal", env_)
                               : Result<std::unique_ptr<JournalDatabase>>(told.error());
    if (!database) {
      return database.error();
    }
    told->cut_before(complete_since);  // Rows from before retention cut them may have come back.
    CoverageLog left;
    const Coverage all = told->snapshot(now_).coverage();
    for (const CoverageInterval& interval : gaps.cut(all.intervals())) {
      left.add(interval);
    }
    return (*database)->write_coverage(left.take_rows(now_), Durability::kDisk);
  }

  Status prove() const {
    const Result<VerifyReport> report = verify_closed(growing());
    if (!report) {
      return report.error();
    }
    return report->is_sound()
               ? Status()
               : Status(Error{ErrorCode::kInternal,
                              "the repaired store is not sound, nothing was changed: " +
                                  report->findings.front().text()});
  }

  Status count() {
    const Result<bool> is_made = is_there(made() + "/tables");
    if (!is_made) {
      return is_made.error();
    }
    const auto opened = Tables::open((*is_made ? made() : folder_) + "/tables", env_, kBlockCache);
    if (!opened) {
      return opened.error();
    }
    report_.answers = (*opened)->answer_count();
    TablesView view(**opened);
    rocksdb::Iterator& rows = view.rows(Table::kByClient);
    for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
      const auto activity = read_activity(to_view(rows.value()));
      report_.deliveries += activity ? activity->deliveries : 0;
    }
    return to_status(rows.status(), "cannot read the repaired store");
  }

  // Of the databases and FORMAT, FORMAT goes first and comes back last: in between no program takes
  // the folder for a store, as one of the databases is always there. `repaired` goes before FORMAT
  // comes: left behind, it would be taken for a repair that is to go on.
  Status put_in_place() {
    Status done = make_aside();
    done = done ? put_hosts_aside() : done;
    done = done ? put_format_aside() : done;
    done = done ? sync_names(folder_, env_) : done;
    for (const char* database : kDatabases) {
      done = done ? move_in_where_none_is(database) : done;
    }
    for (const char* database : kDatabases) {
      done = done ? exchange(database) : done;
    }
    if (done) {
      remove_folder(made());
      done = sync_names(folder_, env_);
    }
    if (done) {
      done = write_format(folder_, env_);
    }
    return done;
  }

  Status make_aside() {
    const Result<std::string> name = free_name(folder_ + "/" + kPutAside, now_);
    if (!name) {
      return name.error();
    }
    report_.put_aside = *name;
    std::error_code error;
    fs::create_directory(report_.put_aside, error);
    return error ? Status(Error{ErrorCode::kIo,
                                "cannot create " + report_.put_aside + ": " + error.message()})
                 : Status();
  }

  Status put_format_aside() const {
    const Result<bool> there = is_there(folder_ + "/FORMAT");
    if (!there) {
      return there.error();
    }
    return *there ? rename_folder(folder_ + "/FORMAT", report_.put_aside + "/FORMAT") : Status();
  }

  Status move_in_where_none_is(const std::string& database) const {
    const Result<bool> there = is_there(folder_ + database);
    if (!there) {
      return there.error();
    }
    return *there ? Status() : move_in(database);
  }

  Status exchange(const std::string& database) const {
    const Result<bool> is_made = is_there(made() + database);
    if (!is_made || !*is_made) {
      return is_made ? Status() : Status(is_made.error());
    }
    const Status aside = rename_folder(folder_ + database, report_.put_aside + database);
    return aside ? move_in(database) : aside;
  }

  Status move_in(const std::string& database) const {
    return rename_folder(made() + database, folder_ + database);
  }

  // Whatever the reason: what keeps it from being read would keep the store from being opened.
  Status put_hosts_aside() {
    if (HostKeeper::open(folder_, {}, env_)) {
      return {};
    }
    report_.hosts_lost = true;
    return rename_folder(folder_ + "/hosts", report_.put_aside + "/hosts");
  }

  const std::string folder_;
  const WallTime now_;
  rocksdb::Env& env_ = *rocksdb::Env::Default();
  RepairReport report_;
};

}  // namespace

void remove_unmoved_repair(const std::string& folder) {
  const Result<bool> is_store = is_there(folder + "/FORMAT");
  if (is_store && *is_store) {
    remove_folder(growing_in(folder));
    remove_folder(folder + kRepaired);
  }
}

Result<RepairReport> repair(const std::string& folder, WallTime now) {
  return Repair(without_slash(folder), now).run();
}

}  // namespace etymon::store
