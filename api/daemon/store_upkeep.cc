#include "api/daemon/store_upkeep.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "resolver/base/time_text.h"
#include "store/upkeep/closed_store.h"
#include "store/upkeep/repair.h"

namespace etymon::daemon {

namespace {

// "verifying 34 %", drawn over and over, and wiped away at the end.
class ShownShare {
 public:
  explicit ShownShare(const char* what) : what_(what), terminal_(isatty(STDERR_FILENO) != 0) {}
  ~ShownShare() {
    if (percent_ <= kAll) {
      std::fputs("\r\x1b[K", stderr);
    }
  }
  ShownShare(const ShownShare&) = delete;
  ShownShare& operator=(const ShownShare&) = delete;

  void show(uint64_t done, uint64_t total) {
    const uint64_t percent = total == 0 ? 0 : done * kAll / total;
    if (terminal_ && percent != percent_) {
      std::fprintf(stderr, "\r\x1b[K%s %u %%", what_, static_cast<unsigned>(percent));
      percent_ = percent;
    }
  }

 private:
  static constexpr uint64_t kAll = 100;

  const char* const what_;
  const bool terminal_;
  uint64_t percent_ = kAll + 1;  // nothing was shown yet
};

std::string describe(const TimeSpan& gap) {
  const std::string from = gap.start == WallTime::min() ? "the beginning" : format_time(gap.start);
  return "from " + from + " to " +
         (gap.end == WallTime::max() ? "the end of recording" : format_time(gap.end));
}

Kept failed(const Error& error) {
  const bool damaged = error.code == ErrorCode::kDataLoss || error.code == ErrorCode::kInternal;
  return {damaged ? ExitStatus::kFailed : ExitStatus::kStore, {}, error.message};
}

}  // namespace

// Other groups of root's would make more readable than the owner may read.
Status act_as_owner(const std::string& folder) {
  struct stat found {};
  if (geteuid() != 0 || stat(folder.c_str(), &found) != 0 || found.st_uid == 0) {
    return {};
  }
  const bool done =
      setgroups(0, nullptr) == 0 && setgid(found.st_gid) == 0 && setuid(found.st_uid) == 0;
  return done ? Status()
              : Status(Error{ErrorCode::kPermissionDenied,
                             "cannot act as the owner of " + folder + ": " + std::strerror(errno)});
}

Kept verify_store(const std::string& folder) {
  const Result<store::VerifyReport> report = [&] {
    ShownShare shown("verifying");
    return store::verify_closed(
        folder, {{}, [&](uint64_t done, uint64_t total) { shown.show(done, total); }});
  }();
  if (!report) {
    return failed(report.error());
  }
  Kept kept;
  kept.status = report->is_sound() ? ExitStatus::kOk : ExitStatus::kFailed;
  kept.report =
      std::string(report->is_sound() ? "sound" : "damaged") + ": " + folder + ", " +
      std::to_string(report->deliveries) + " deliveries" +
      (report->unfolded == 0 ? ""
                             : " and " + std::to_string(report->unfolded) + " not folded yet") +
      "\n";
  for (const store::Finding& finding : report->findings) {
    kept.report += "  " + finding.text() + "\n";
  }
  return kept;
}

Kept restore_store(const std::string& backup, const std::string& folder) {
  const Status restored = store::restore(backup, folder);
  return restored ? Kept{ExitStatus::kOk, "restored: " + folder + "\n", {}}
                  : failed(restored.error());
}

Kept repair_store(const std::string& folder, WallTime now) {
  const Result<store::RepairReport> report = store::repair(folder, now);
  if (!report) {
    return failed(report.error());
  }
  Kept kept;
  kept.report = "repaired: " + folder + ", " + std::to_string(report->deliveries) +
                " deliveries of " + std::to_string(report->answers) + " answers kept\n";
  for (const TimeSpan& gap : report->gaps) {
    kept.report += "  not complete: " + describe(gap) + "\n";
  }
  if (report->went_on) {
    kept.report +=
        "  an earlier repair was cut short and has ended now; etymon status shows its gaps\n";
  }
  if (report->hosts_lost) {
    kept.report += "  what was known of devices is lost\n";
  }
  kept.report +=
      "  the damaged files are in " + report->put_aside + "; remove them when all is well\n";
  return kept;
}

}  // namespace etymon::daemon
