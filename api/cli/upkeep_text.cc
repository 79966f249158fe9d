#include "api/cli/upkeep_text.h"

#include "api/cli/status_text.h"

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

}  // namespace

std::string verify_text(const v1::VerifyReport& report, const Style& style) {
  const std::string read = grouped(report.deliveries()) + " deliveries, " +
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

}  // namespace etymon::cli
