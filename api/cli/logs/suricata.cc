// Suricata's eve.json. An event is written when there is something to say: at the end of a flow, in
// the middle of it. The moment to ask about is the flow's start, where the event has it: in `flow`,
// or in `netflow`, an event about one direction.
#include <array>

#include "api/cli/json/scan.h"
#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

enum Key {
  kEvent,
  kSource,
  kDestination,
  kSourcePort,
  kDestinationPort,
  kProto,
  kFlow,
  kNetflow,
  kTimestamp,
  kAnnotated,
  kKeys
};

constexpr std::array<std::string_view, kKeys> kNames = {
    "event_type", "src_ip", "dest_ip", "src_port",  "dest_port",
    "proto",      "flow",   "netflow", "timestamp", "etymon"};

class SuricataReader final : public LogReader {
 public:
  explicit SuricataReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "suricata"; }
  Shape shape() const override { return Shape::kJson; }

  Reading read(std::string_view line, Flow& flow) override {
    std::array<json::Value, kKeys> values;
    if (!line.starts_with('{') || !json::pick(line, kNames, values)) {
      return Reading::kUnknown;
    }
    const auto text = [&](Key key) { return json::plain_of(values[key]).value_or(""); };
    const auto source = address_of(text(kSource));
    const auto destination = address_of(text(kDestination));
    const bool ours =
        values[kEvent].kind == json::Kind::kString && values[kAnnotated].kind == json::Kind::kNone;
    if (!source || !destination || !ours) {
      return Reading::kUnknown;
    }
    flow.source = *source;
    flow.destination = *destination;
    flow.source_port = port_of(text(kSourcePort));
    flow.destination_port = port_of(text(kDestinationPort));
    flow.proto = text(kProto);
    flow.time = start_of(values[kFlow]);
    if (!flow.time) {
      flow.time = start_of(values[kNetflow]);
    }
    if (!flow.time) {
      flow.time = times_.whole(text(kTimestamp));
      flow.began_before = flow.time.has_value();
    }
    return Reading::kFlow;
  }

 private:
  std::optional<WrittenTime> start_of(const json::Value& flow) const {
    constexpr std::string_view kStart[] = {"start"};
    std::array<json::Value, 1> start;
    if (flow.kind != json::Kind::kObject || !json::pick(flow.text, kStart, start)) {
      return std::nullopt;
    }
    const auto text = json::plain_of(start[0]);
    return text ? times_.whole(*text) : std::nullopt;
  }

  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> suricata_reader(const LogTimes& times) {
  return std::make_unique<SuricataReader>(times);
}

}  // namespace etymon::cli::logs
