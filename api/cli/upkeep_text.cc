#include "api/cli/upkeep_text.h"

#include <algorithm>

#include "api/cli/moments.h"
#include "api/cli/status_text.h"
#include "resolver/base/size_text.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {

namespace {

std::string finding_line(const v1::VerifyFinding& finding) {
  std::string line = "  " + printable(finding.part()) + ": " + printable(finding.problem());
  if (finding.rows() > 0) {
    line += "; rows: " + grouped(finding.rows());
  }
  if (!finding.first().empty()) {
    line += ", the first at " + printable(finding.first());
  }
  return line + "\n";
}

// A newer server may know more of them.
api::LogLevel level_of(v1::LogLevel level) {
  constexpr int kMax = static_cast<int>(api::LogLevel::kDebug);
  return static_cast<api::LogLevel>(std::clamp(static_cast<int>(level) - 1, 0, kMax));
}

}  // namespace

std::string verify_text(const v1::VerifyReport& report, const Style& style) {
  const std::string unfolded =
      report.unfolded() == 0 ? "" : " and " + grouped(report.unfolded()) + " not folded yet";
  const std::string read = grouped(report.deliveries()) + " deliveries" + unfolded + ", " +
                           grouped(report.answers()) + " answers, " + grouped(report.rows()) +
                           " rows\n";
  if (report.findings().empty()) {
    return paint(style, Colour::kGreen, "SOUND") + "  " + read;
  }
  std::string text = paint(style, Colour::kRed, "DAMAGED") + "  " + read;
  for (const v1::VerifyFinding& finding : report.findings()) {
    text += finding_line(finding);
  }
  return text;
}

std::string backup_text(const v1::BackupReport& report) {
  return "backup in " + printable(report.folder()) + ", " + describe_bytes(report.bytes()) + "\n";
}

v1::LogLevel to_proto(api::LogLevel level) {
  return static_cast<v1::LogLevel>(static_cast<int>(level) + 1);
}

std::string forget_text(const v1::ForgetReport& report, Forgetting what) {
  std::string text = what == Forgetting::kDone ? "forgot " : "would forget ";
  text += count_of(report.deliveries(), "delivery", "deliveries") + " in " +
          count_of(report.hours(), "hour", "hours");
  if (report.answers() > 0) {
    text += "; with them " + count_of(report.answers(), "answer", "answers");
  }
  if (report.hosts() > 0) {
    text += "; and who it was, " + count_of(report.hosts(), "time", "times");
  }
  return text + "\n";
}

std::string flush_text(const v1::FlushCacheResponse& flushed) {
  return "forgot " + count_of(flushed.answers(), "cached answer", "cached answers") + "\n";
}

std::string retention_text(const v1::SetRetentionResponse& in_force) {
  return "keeps " + describe_duration(from_proto(in_force.keep())) + ", and at most " +
         describe_size(in_force.keep_bytes()) + " of tables\n";
}

std::string log_level_text(api::LogLevel now, const v1::SetLogLevelResponse& set) {
  const std::string text = "log level " + std::string(api::text_of(now));
  return set.previous() == v1::LOG_LEVEL_UNSPECIFIED
             ? text + "\n"
             : text + ", before: " + std::string(api::text_of(level_of(set.previous()))) + "\n";
}

}  // namespace etymon::cli
