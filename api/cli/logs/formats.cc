// The list of formats: what --format may name, in the order in which they are tried.
#include "api/cli/logs/log_reader.h"

namespace etymon::cli::logs {
namespace {

using MakeReader = std::unique_ptr<LogReader> (*)(const LogTimes&);

struct Format {
  std::string_view name;
  MakeReader make;
};

// Those whose lines are easily told apart come first; tcpdump's, which have no mark, last. Of the
// marked ones FortiGate comes last, because its mark may stand anywhere in a line.
constexpr Format kFormats[] = {
    {"netfilter", netfilter_reader}, {"ulogd", ulogd_reader},       {"conntrack", conntrack_reader},
    {"filterlog", filterlog_reader}, {"asa", cisco_asa_reader},     {"paloalto", palo_alto_reader},
    {"fortigate", fortigate_reader}, {"mikrotik", mikrotik_reader}, {"suricata", suricata_reader},
    {"zeek-json", zeek_json_reader}, {"zeek", zeek_tsv_reader},     {"tcpdump", tcpdump_reader},
};

}  // namespace

std::string format_names(std::string_view separator) {
  std::string names(kAutomatic);
  for (const Format& format : kFormats) {
    names += std::string(separator) + std::string(format.name);
  }
  return names;
}

std::vector<std::unique_ptr<LogReader>> automatic_readers(const LogTimes& times) {
  std::vector<std::unique_ptr<LogReader>> readers;
  for (const Format& format : kFormats) {
    readers.push_back(format.make(times));
  }
  return readers;
}

Result<std::unique_ptr<LogReader>> named_reader(std::string_view name, const LogTimes& times) {
  for (const Format& format : kFormats) {
    if (format.name == name) {
      return format.make(times);
    }
  }
  return Error{ErrorCode::kInvalidArgument, "\"" + std::string(name) +
                                                "\" is no format; there are " + format_names(", ") +
                                                ", and --columns and --regex"};
}

}  // namespace etymon::cli::logs
