#include "store/upkeep/closed_store.h"

#include "store/both_databases.h"
#include "store/format_file.h"
#include "store/upkeep/folders.h"
#include "store/upkeep/upgrade.h"
#include "store/upkeep/verify.h"

namespace etymon::store {
namespace {

constexpr size_t kBlockCache = 8 << 20;

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
  const auto unfolded = journal ? (*journal)->verify(position_in(tables)) : journal.error();
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
  const std::string folder = without_slash(given);
  const Result<unsigned> version = format_of(backup, " is no backup");
  if (!version) {
    return version.error();
  }
  const Status is_whole = check_both(backup);  // What was cut short may lack one altogether.
  if (!is_whole) {
    return is_whole;
  }
  const Status is_free = check_free(folder, Taken::kByContents);
  return is_free ? put_in_place(fill_store(backup, partial(folder)), folder) : is_free;
}

}  // namespace etymon::store
