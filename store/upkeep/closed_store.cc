#include "store/upkeep/closed_store.h"

#include <filesystem>

#include "store/format_file.h"
#include "store/journal_database.h"
#include "store/upkeep/verify.h"

namespace etymon::store {
namespace {

constexpr size_t kBlockCache = 8 << 20;

Status check_there(const std::string& folder) {
  if (!std::filesystem::exists(folder + "/FORMAT")) {
    return Error{ErrorCode::kNotFound, folder + " holds no store: it has no file FORMAT"};
  }
  const Result<unsigned> version = read_format(folder);
  if (!version) {
    return version.error();
  }
  return *version == kFormatVersion
             ? Status()
             : Status(Error{ErrorCode::kFailedPrecondition,
                            folder + " is in an older format; start etymond once with it"});
}

// What is damage is found; what is not is an error.
Status judge(const Status& status, VerifyReport& report) {
  if (!status && status.error().code == ErrorCode::kDataLoss) {
    report.findings.push_back(status.error().message);
    return {};
  }
  return status;
}

}  // namespace

Result<VerifyReport> verify_closed(const std::string& folder) {
  const Status there = check_there(folder);
  if (!there) {
    return there.error();
  }
  VerifyReport report;
  rocksdb::Env& env = *rocksdb::Env::Default();
  const auto journal = JournalDatabase::open(folder + "/journal", env);
  Status status = judge(journal ? (*journal)->verify() : Status(journal.error()), report);
  const auto tables = Tables::open(folder + "/tables", env, kBlockCache);
  if (status && !tables) {
    status = judge(tables.error(), report);
  } else if (status) {
    verify_checksums(**tables, report);
    TablesView view(**tables);
    status = verify_view(view, *(*tables)->kept(), {}, report);
  }
  return status ? Result<VerifyReport>(std::move(report)) : status.error();
}

}  // namespace etymon::store
