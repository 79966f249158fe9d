// FortiGate: key=value, values with blanks quoted.
//   date=2026-11-23 time=14:21:46 tz="+0100" eventtime=1795440106369913239 type="traffic" ...
//   srcip=192.168.1.7 srcport=51514 ... dstip=203.0.113.83 dstport=443 ... proto=6 duration=12
// `eventtime` is in seconds or nanoseconds, by its length, and always UTC; date and time are local.
// A traffic log is written when the session ends and says how long it took, unless the line was cut
// before or in that. `tranip` is where a forwarded port leads; it stands behind trandisp="dnat",
// without which nothing tells that a line was cut before it. What the far end says of itself (its
// agent, a URL) is in quotes.
#include <array>

#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

enum Key {
  kLogId,
  kLogType,
  kSource,
  kDestination,
  kTranslation,
  kTranslatedDestination,
  kSourcePort,
  kDestinationPort,
  kProto,
  kEventTime,
  kDate,
  kTime,
  kZone,
  kDuration,
  kKeys
};

constexpr std::array<std::string_view, kKeys> kNames = {
    "logid",   "type",  "srcip",     "dstip", "trandisp", "tranip", "srcport",
    "dstport", "proto", "eventtime", "date",  "time",     "tz",     "duration"};

using Values = std::array<std::string_view, kKeys>;

class FortigateReader final : public LogReader {
 public:
  explicit FortigateReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "fortigate"; }
  bool is_marked() const override { return true; }

  Reading read(std::string_view line, Flow& flow) override {
    if (find(line, "logid=") == std::string_view::npos) {
      return Reading::kUnknown;
    }
    Values values;
    pick_pairs(pairs_of(line), kNames, values);
    const auto end = [&](Key key) {
      return is_closed(line, values[key]) ? address_of(values[key]) : std::nullopt;
    };
    const auto source = end(kSource);
    const auto destination = end(kDestination);
    if (values[kLogId].empty()) {
      return Reading::kUnknown;
    }
    if (!source || !destination) {
      return values[kLogType].empty() ? Reading::kUnknown : Reading::kOther;
    }
    flow.source = *source;
    flow.destination = *destination;
    flow.inside = end(kTranslatedDestination);
    const bool is_translated = find(values[kTranslation], "dnat") != std::string_view::npos;
    if (is_translated && !flow.inside) {  // cut off: syslog over UDP does that
      return Reading::kOther;
    }
    flow.source_port = port_of(values[kSourcePort]);
    flow.destination_port = port_of(values[kDestinationPort]);
    flow.proto = values[kProto];
    flow.time = time_of(line, values);
    const auto duration = is_closed(line, values[kDuration])
                              ? number_of(values[kDuration], UINT32_MAX)
                              : std::nullopt;
    if (flow.time && duration) {
      flow.time = LogTimes::start_of(*flow.time, Seconds(*duration));
    }
    flow.began_before = flow.time && !duration && values[kLogType] == "traffic";
    return Reading::kFlow;
  }

 private:
  // Without the priority that syslog puts right before the first pair.
  static std::string_view pairs_of(std::string_view line) {
    if (line.starts_with('<')) {
      take_until(line, ">");
      take(line, ">");
    }
    return line;
  }

  std::optional<WrittenTime> time_of(std::string_view line, const Values& values) const {
    if (const auto time = LogTimes::epoch(values[kEventTime])) {
      return time;
    }
    if (values[kDate].empty() || values[kTime].empty()) {
      return times_.of_line(line);
    }
    return times_.whole(std::string(values[kDate]) + " " + std::string(values[kTime]) +
                        std::string(values[kZone]));
  }

  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> fortigate_reader(const LogTimes& times) {
  return std::make_unique<FortigateReader>(times);
}

}  // namespace etymon::cli::logs
