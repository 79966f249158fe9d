// Palo Alto PAN-OS, TRAFFIC and THREAT: commas, behind a syslog header or not.
//   1,2026/11/23 14:21:46,011901019052,TRAFFIC,end,2049,2026/11/23
//   14:21:46,192.168.1.7,203.0.113.83, 198.51.100.2,203.0.113.83,rule,...
// A traffic log has the session's start in a field of its own.
#include <algorithm>
#include <array>

#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

// Where the fields are, counted from 0.
enum Field : size_t {
  kType = 3,
  kSubtype = 4,
  kGenerated = 6,
  kSource = 7,
  kDestination = 8,
  kTranslatedDestination = 10,
  kSourcePort = 24,
  kDestinationPort = 25,
  kProto = 29,
  kStart = 35,
  kFields = 36,
};

// The types that PAN-OS has logs of.
constexpr std::array<std::string_view, 16> kTypes = {
    "TRAFFIC", "THREAT",        "SYSTEM",     "CONFIG",         "HIPMATCH", "HIP-MATCH",
    "USERID",  "GLOBALPROTECT", "DECRYPTION", "AUTHENTICATION", "IPTAG",    "CORRELATION",
    "GTP",     "SCTP",          "TUNNEL",     "AUDIT"};

// Empty for what is no line of PAN-OS. The far end chooses what stands in a THREAT's URL, and in
// the text of other logs: only the field counts.
std::string_view type_of(std::string_view line) {
  std::string_view rest = line;
  for (size_t field = 0; field < kType; ++field) {
    const size_t comma = rest.find(',');
    if (comma == std::string_view::npos) {
      return {};
    }
    rest.remove_prefix(comma + 1);
  }
  const std::string_view type = rest.substr(0, rest.find(','));
  const bool is_type = std::ranges::find(kTypes, type) != kTypes.end();
  return is_type && is_syslog_header(line.substr(0, line.find(','))) ? type : std::string_view();
}

class PaloAltoReader final : public LogReader {
 public:
  explicit PaloAltoReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "paloalto"; }
  bool is_marked() const override { return true; }

  Reading read(std::string_view line, Flow& flow) override {
    const std::string_view type = type_of(line);
    if (type.empty()) {
      return Reading::kUnknown;
    }
    const bool traffic = type == "TRAFFIC";
    std::array<std::string_view, kFields> fields;
    if ((!traffic && type != "THREAT") || split(line, ',', fields) <= kProto) {
      return Reading::kOther;
    }
    const auto source = address_of(fields[kSource]);
    const auto destination = address_of(fields[kDestination]);
    if (!source || !destination) {
      return Reading::kOther;
    }
    flow.source = *source;
    flow.destination = *destination;
    flow.inside = address_of(fields[kTranslatedDestination]);
    flow.source_port = port_of(fields[kSourcePort]);
    flow.destination_port = port_of(fields[kDestinationPort]);
    flow.proto = fields[kProto];
    flow.time = traffic ? times_.whole(fields[kStart]) : std::nullopt;
    if (!flow.time) {
      flow.time = times_.whole(fields[kGenerated]);
      flow.began_before = flow.time && fields[kSubtype] != "start";
    }
    return Reading::kFlow;
  }

 private:
  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> palo_alto_reader(const LogTimes& times) {
  return std::make_unique<PaloAltoReader>(times);
}

}  // namespace etymon::cli::logs
