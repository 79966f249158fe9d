// FortiGate: key=value, values with blanks quoted.
//   date=2026-11-23 time=14:21:46 tz="+0100" eventtime=1795440106369913239 type="traffic" ...
//   srcip=192.168.1.7 srcport=51514 ... dstip=203.0.113.83 dstport=443 ... proto=6 duration=12
// `eventtime` is in seconds or nanoseconds, by its length, and always UTC; date and time are local.
// A traffic log is written when the session ends and says how long it took. `tranip` is where a
// forwarded port leads.
#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

class FortigateReader final : public LogReader {
 public:
  explicit FortigateReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "fortigate"; }

  Reading read(std::string_view line, Flow& flow) override {
    const auto rest = behind(line, " srcip=");
    if (!rest || find(line, "logid=") == std::string_view::npos) {
      return Reading::kUnknown;
    }
    const auto source = address_of(value_of(line, " srcip="));
    const auto destination = address_of(closed_value_of(*rest, " dstip="));
    if (!source || !destination) {
      return Reading::kUnknown;
    }
    flow.source = *source;
    flow.destination = *destination;
    flow.inside = address_of(value_of(*rest, " tranip="));
    flow.source_port = port_of(value_of(*rest, " srcport="));
    flow.destination_port = port_of(value_of(*rest, " dstport="));
    flow.proto = value_of(*rest, " proto=");
    flow.time = time_of(line);
    const auto duration = number_of(value_of(*rest, " duration="), UINT32_MAX);
    if (flow.time && duration) {
      flow.time = LogTimes::start_of(*flow.time, Seconds(*duration));
    }
    return Reading::kFlow;
  }

 private:
  std::optional<WrittenTime> time_of(std::string_view line) const {
    if (const auto time = LogTimes::epoch(value_of(line, "eventtime="))) {
      return time;
    }
    const std::string_view date = value_of(line, "date=");
    const std::string_view time = value_of(line, " time=");
    if (date.empty() || time.empty()) {
      return times_.of_line(line);
    }
    return times_.whole(std::string(date) + " " + std::string(time) +
                        std::string(value_of(line, " tz=")));
  }

  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> fortigate_reader(const LogTimes& times) {
  return std::make_unique<FortigateReader>(times);
}

}  // namespace etymon::cli::logs
