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
    auto event = rest ? event_of(head) : std::nullopt;
    if (!event || !read_tuple(*rest, flow)) {
      return Reading::kUnknown;
    }
    flow.proto = protocol_of(event->behind);
    read_time(line, *event, flow);
    return Reading::kFlow;
  }

 private:
  static constexpr std::string_view kBeginning = "[NEW]";
  static constexpr std::string_view kUpdate = "[UPDATE]";
  static constexpr std::string_view kEnd = "[DESTROY]";

  struct Event {
    std::string_view behind;  // its mark
    bool is_beginning = false;
  };

  static std::optional<Event> event_of(std::string_view head) {
    for (const std::string_view mark : {kBeginning, kUpdate, kEnd}) {
      if (const auto rest = behind(head, mark)) {
        return Event{*rest, mark == kBeginning};
      }
    }
    return std::nullopt;
  }

  static std::string_view protocol_of(std::string_view rest) {
    skip_blanks(rest);
    const std::string_view first = take_until(rest, " ");
    if (first != "ipv4" && first != "ipv6") {
      return first;
    }
    skip_blanks(rest);
    take_until(rest, " ");  // the family's number
    skip_blanks(rest);
    return take_until(rest, " ");
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
    auto reply = behind(rest, " src=");
    if (!reply) {  // every entry has one: cut off
      return false;
    }
    const std::string_view own = rest.substr(0, rest.size() - reply->size());
    flow.source_port = port_of(value_of(own, " sport="));
    flow.destination_port = port_of(value_of(own, " dport="));
    flow.inside = address_of(take_until(*reply, " "));
    return !reply->empty();
  }

  void read_time(std::string_view line, const Event& event, Flow& flow) const {
    flow.time = time_of(line);
    const auto lived = number_of(value_of(line, " delta-time="), UINT32_MAX);
    if (flow.time && lived) {
      flow.time = LogTimes::start_of(*flow.time, Seconds(*lived));
    }
    flow.began_before = flow.time && !lived && !event.is_beginning;
  }

  // Of the event: its own, or that of the log it stands in.
  std::optional<WrittenTime> time_of(std::string_view line) const {
    std::string_view rest = line;
    return take(rest, "[") ? LogTimes::epoch(take_until(rest, "]")) : times_.of_line(line);
  }

  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> conntrack_reader(const LogTimes& times) {
  return std::make_unique<ConntrackReader>(times);
}

}  // namespace etymon::cli::logs
