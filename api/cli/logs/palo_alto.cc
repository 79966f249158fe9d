// Palo Alto PAN-OS, TRAFFIC and THREAT: commas, behind a syslog header or not.
//   1,2026/11/23 14:21:46,011901019052,TRAFFIC,end,2049,2026/11/23
//   14:21:46,192.168.1.7,203.0.113.83, 198.51.100.2,203.0.113.83,rule,...
// A traffic log has the session's start in a field of its own.
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

class PaloAltoReader final : public LogReader {
 public:
  explicit PaloAltoReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "paloalto"; }

  Reading read(std::string_view line, Flow& flow) override {
    if (find(line, ",TRAFFIC,") == std::string_view::npos &&
        find(line, ",THREAT,") == std::string_view::npos) {
      return Reading::kUnknown;
    }
    std::array<std::string_view, kFields> fields;
    const size_t count = split(line, ',', fields);
    // Neither word says anything elsewhere: the far end chooses what stands in a THREAT's URL.
    const bool traffic = count > kType && fields[kType] == "TRAFFIC";
    if (count <= kProto || (!traffic && fields[kType] != "THREAT")) {
      return Reading::kUnknown;
    }
    const auto source = address_of(fields[kSource]);
    const auto destination = address_of(fields[kDestination]);
    if (!source || !destination) {
      return Reading::kUnknown;
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
