// conntrack -E, with or without -o timestamp,extended,id:
//   [1700000000.123456]   [NEW] tcp      6 120 SYN_SENT src=192.168.1.7 dst=203.0.113.83
//   sport=51514 dport=443 [UNREPLIED] src=203.0.113.83 dst=198.51.100.2 sport=443 dport=51514
// The first tuple is the packet as it came in, so its source is the host behind address
// translation; the second is the reply, whose source is the host behind a forwarded port. An entry
// that ends and says how long it lived is about its beginning.
#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

class ConntrackReader final : public LogReader {
 public:
  explicit ConntrackReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "conntrack"; }

  Reading read(std::string_view line, Flow& flow) override {
    const auto rest = behind(line, " src=");
    const std::string_view head = line.substr(0, line.size() - (rest ? rest->size() : 0));
    auto event = rest ? behind_event(head) : std::nullopt;
    if (!event || !read_tuple(*rest, flow)) {
      return Reading::kUnknown;
    }
    skip_blanks(*event);
    flow.proto = take_until(*event, " ");
    if (flow.proto == "ipv4" || flow.proto == "ipv6") {
      skip_blanks(*event);
      take_until(*event, " ");  // the family's number
      skip_blanks(*event);
      flow.proto = take_until(*event, " ");
    }
    flow.time = time_of(line);
    return Reading::kFlow;
  }

 private:
  static std::optional<std::string_view> behind_event(std::string_view head) {
    for (const std::string_view mark : {"[NEW]", "[UPDATE]", "[DESTROY]"}) {
      if (const auto rest = behind(head, mark)) {
        return rest;
      }
    }
    return std::nullopt;
  }

  // `rest`: behind the first " src=".
  static bool read_tuple(std::string_view rest, Flow& flow) {
    const auto source = address_of(take_until(rest, " "));
    const auto destination = take(rest, " dst=") ? address_of(take_until(rest, " ")) : std::nullopt;
    if (!source || !destination || rest.empty()) {  // cut off: the address may have lost its end
      return false;
    }
    flow.source = *source;
    flow.destination = *destination;
    const auto reply = behind(rest, " src=");
    const std::string_view own = rest.substr(0, rest.size() - (reply ? reply->size() : 0));
    flow.source_port = port_of(value_of(own, " sport="));
    flow.destination_port = port_of(value_of(own, " dport="));
    if (reply) {
      std::string_view from = *reply;
      flow.inside = address_of(take_until(from, " "));
    }
    return true;
  }

  std::optional<WrittenTime> time_of(std::string_view line) const {
    std::string_view rest = line;
    if (!take(rest, "[")) {
      return times_.of_line(line);
    }
    auto time = LogTimes::epoch(take_until(rest, "]"));
    const auto lived = number_of(value_of(line, " delta-time="), UINT32_MAX);
    return time && lived ? LogTimes::start_of(*time, Seconds(*lived)) : time;
  }

  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> conntrack_reader(const LogTimes& times) {
  return std::make_unique<ConntrackReader>(times);
}

}  // namespace etymon::cli::logs
