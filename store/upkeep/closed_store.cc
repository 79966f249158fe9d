#include "store/upkeep/closed_store.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "store/files/folders.h"
#include "store/files/format_file.h"
#include "store/journal/both_databases.h"
#include "store/upkeep/upgrade.h"
#include "store/upkeep/verify.h"

namespace etymon::store {
namespace {

constexpr size_t kBlockCache = 8 << 20;
constexpr std::array kParts = {"/journal", "/tables", "/hosts"};  // of a store, besides FORMAT

Result<unsigned> format_of(const std::string& folder, const std::string& otherwise) {
  const Result<bool> there = is_there(folder + "/FORMAT");
  if (!there) {
    return there.error();
  }
  return *there ? read_format(folder)
                : Error{ErrorCode::kNotFound, folder + otherwise + ": it has no file FORMAT"};
}

Status check_there(const std::string& folder) {
  const Result<unsigned> version = format_of(folder, " holds no store");
  if (!version) {
    return version.error();
  }
  return *version == kFormatVersion
             ? Status()
             : Status(Error{ErrorCode::kFailedPrecondition,
                            folder + " is in an older format; start etymond once with it"});
}

// What is damage is found; what is not is an error.
Status judge(const std::string& part, const Status& status, VerifyReport& report) {
  if (!status && status.error().code == ErrorCode::kDataLoss) {
    report.findings.push_back({part, status.error().message});
    return {};
  }
  return status;
}

Status verify_tables(const Tables& tables, const Oversight& oversight, VerifyReport& report) {
  Meter meter(oversight, work_of_verifying(*tables.opened()));
  const Status checked = verify_checksums(*tables.opened(), meter, report);
  TablesView view(tables);
  return checked ? verify_view(view, *tables.kept(), meter, report) : checked;
}

std::optional<Sequence> position_in(const Result<std::unique_ptr<Tables>>& tables) {
  const Result<Sequence> position = tables ? (*tables)->folded_up_to() : tables.error();
  return position ? std::optional(*position) : std::nullopt;
}

Status check_copy(const std::string& folder) {
  const Result<VerifyReport> report = verify_closed(folder);
  if (!report) {
    return report.error();
  }
  return report->is_sound()
             ? Status()
             : Status(Error{ErrorCode::kDataLoss,
                            "the backup is damaged: " + report->findings.front().text()});
}

// Of a folder that holds no store: what a restore that failed or was cut short has left there. Once
// the copy was whole it had begun to move up.
Status clear_earlier(const std::string& folder) {
  const Result<bool> was_whole = is_there(folder + kRestoring + "/FORMAT");
  const Result<bool> is_store = was_whole ? is_there(folder + "/FORMAT") : was_whole;
  if (!is_store) {
    return is_store.error();
  }
  if (*is_store) {
    return {};
  }
  if (*was_whole) {
    std::ranges::for_each(kParts, [&](const char* part) { remove_folder(folder + part); });
  }
  remove_folder(folder + kRestoring);
  return {};
}

// A new file system may have its own folder for what is found in it after a crash.
Status check_empty(const std::string& folder) {
  const auto names = names_in(folder);
  if (!names) {
    return names.error();
  }
  return std::ranges::all_of(*names, [](const auto& name) { return name == "lost+found"; })
             ? Status()
             : Status(Error{ErrorCode::kAlreadyExists, folder + " exists and is not empty"});
}

// FORMAT moves last: without it, no program takes the folder for a store.
Status move_up(const std::string& folder) {
  const std::string made = folder + kRestoring;
  const auto names = names_in(made);
  Status done = names ? Status() : Status(names.error());
  for (size_t i = 0; done && i < names->size(); ++i) {
    const std::string name = "/" + (*names)[i];
    done = name == "/FORMAT" ? done : rename_folder(made + name, folder + name);
  }
  done = done ? rename_folder(made + "/FORMAT", folder + "/FORMAT") : done;
  if (done) {
    remove_folder(made);  // A crash before this leaves it, and it is empty: see upgrade().
  }
  return done;
}

Status fill_store(const std::string& backup, const std::string& folder) {
  Status done = copy_folder(backup, folder);
  if (done) {
    done = upgrade(folder, *rocksdb::Env::Default());  // or no backup would outlive an upgrade
  }
  if (done) {
    done = check_copy(folder);
  }
  return done ? sync_folder(folder) : done;
}

// A folder that becomes a store: made where it is missing, and held, by one process at a time.
class NewStore {
 public:
  explicit NewStore(std::string folder) : folder_(std::move(folder)) {}
  ~NewStore() { ::close(held_); }
  NewStore(const NewStore&) = delete;
  NewStore& operator=(const NewStore&) = delete;

  Status fill(const std::string& backup) {
    Status done = hold();
    done = done ? clear_earlier(folder_) : done;
    done = done ? check_empty(folder_) : done;
    if (!done) {
      return done;
    }
    done = fill_store(backup, folder_ + kRestoring);
    done = done ? move_up(folder_) : done;
    if (!done) {
      undo();
      return done;
    }
    return is_new_ ? sync_name() : done;
  }

 private:
  Status hold() {
    const Result<bool> made = make_folder(folder_);
    const Result<int> held = made ? hold_folder(folder_) : Result<int>(made.error());
    is_new_ = made && *made;
    held_ = held ? *held : -1;
    return held ? Status() : held.error();
  }

  void undo() const {
    static_cast<void>(clear_earlier(folder_));
    if (is_new_) {
      rmdir(folder_.c_str());
    }
  }

  Status sync_name() const {
    const std::string above = std::filesystem::path(folder_).parent_path().string();
    return sync_names(above.empty() ? "." : above, *rocksdb::Env::Default());
  }

  const std::string folder_;
  bool is_new_ = false;
  int held_ = -1;
};

}  // namespace

Result<VerifyReport> verify_closed(const std::string& folder, const Oversight& oversight) {
  const Status there = check_there(folder);
  if (!there) {
    return there.error();
  }
  VerifyReport report;
  rocksdb::Env& env = *rocksdb::Env::Default();
  const auto journal = open_journal(folder, env);
  const auto tables = open_tables(folder, journal ? journal->get() : nullptr, env, kBlockCache);
  const auto unfolded =
      journal ? (*journal)->verify_with_turns(position_in(tables)) : journal.error();
  report.unfolded = unfolded ? *unfolded : 0;
  Status status = judge("journal", unfolded ? Status() : unfolded.error(), report);
  if (status && !tables) {
    status = judge("tables", tables.error(), report);
  } else if (status) {
    status = verify_tables(**tables, oversight, report);
  }
  return status ? Result<VerifyReport>(std::move(report)) : status.error();
}

Status restore(const std::string& backup, const std::string& given) {
  const Result<unsigned> version = format_of(backup, " is no backup");
  if (!version) {
    return version.error();
  }
  const Status is_whole = check_both(backup);  // What was cut short may lack one altogether.
  if (!is_whole) {
    return is_whole;
  }
  const std::string folder = without_slash(given);
  if (is_within(backup, folder)) {
    return Error{ErrorCode::kAlreadyExists,
                 folder + " exists and is not empty: the backup lies inside it"};
  }
  return NewStore(folder).fill(backup);
}

}  // namespace etymon::store
