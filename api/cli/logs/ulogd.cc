// ulogd2's JSON output, of packets (NFLOG) and of flows (NFCT). The keys have dots in them; a flow
// names its beginning, a packet the time that the kernel saw it.
#include <array>

#include "api/cli/json/scan.h"
#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

enum Key {
  kSource,
  kDestination,
  kSourcePort,
  kDestinationPort,
  kProto,
  kFlowSourcePort,
  kFlowDestinationPort,
  kFlowProto,
  kReplySource,
  kStartS,
  kStartUs,
  kPacketS,
  kPacketUs,
  kTimestamp,
  kPrefix,
  kFamily,
  kEvent,
  kAnnotated,
  kKeys
};

constexpr std::array<std::string_view, kKeys> kNames = {
    "src_ip",         "dest_ip",          "src_port",
    "dest_port",      "ip.protocol",      "orig.l4.sport",
    "orig.l4.dport",  "orig.ip.protocol", "reply.ip.saddr.str",
    "flow.start.sec", "flow.start.usec",  "oob.time.sec",
    "oob.time.usec",  "timestamp",        "oob.prefix",
    "oob.family",     "ct.event",         "etymon"};

using Values = std::array<json::Value, kKeys>;

class UlogdReader final : public LogReader {
 public:
  explicit UlogdReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "ulogd"; }
  Shape shape() const override { return Shape::kJson; }

  Reading read(std::string_view line, Flow& flow) override {
    Values values;
    if (!line.starts_with('{') || !json::pick(line, kNames, values)) {
      return Reading::kUnknown;
    }
    const auto text = [&](Key key) { return json::plain_of(values[key]).value_or(""); };
    const auto source = address_of(text(kSource));
    const auto destination = address_of(text(kDestination));
    const bool ours = has(values, kPrefix) || has(values, kFamily) || has(values, kPacketS) ||
                      has(values, kEvent) || has(values, kStartS);
    if (!source || !destination || !ours || has(values, kAnnotated)) {
      return Reading::kUnknown;
    }
    const bool packet = !has(values, kEvent) && !has(values, kFlowProto);
    flow.source = *source;
    flow.destination = *destination;
    flow.inside = address_of(text(kReplySource));
    flow.source_port = port_of(text(packet ? kSourcePort : kFlowSourcePort));
    flow.destination_port = port_of(text(packet ? kDestinationPort : kFlowDestinationPort));
    flow.proto = text(packet ? kProto : kFlowProto);
    flow.time = time_of(values);
    const bool is_told_later = !packet && !has(values, kStartS) && text(kEvent) != kBeginning;
    flow.began_before = flow.time && is_told_later;
    return Reading::kFlow;
  }

 private:
  static constexpr std::string_view kBeginning = "1";  // of ct.event: a new flow

  static bool has(const Values& values, Key key) { return values[key].kind != json::Kind::kNone; }

  std::optional<WrittenTime> time_of(const Values& values) const {
    if (const auto start = seconds_and_micros(values[kStartS], values[kStartUs])) {
      return start;
    }
    if (const auto packet = seconds_and_micros(values[kPacketS], values[kPacketUs])) {
      return packet;
    }
    const auto timestamp = json::plain_of(values[kTimestamp]);
    return timestamp ? times_.whole(*timestamp) : std::nullopt;
  }

  static std::optional<WrittenTime> seconds_and_micros(const json::Value& seconds,
                                                       const json::Value& micros) {
    const auto whole = json::plain_of(seconds);
    auto time = whole ? LogTimes::epoch(*whole) : std::nullopt;
    const auto part = json::plain_of(micros);
    if (const auto number = part ? number_of(*part, 999'999) : std::nullopt; time && number) {
      time->start += Microseconds(*number);
      time->precision = Microseconds(1);
    }
    return time;
  }

  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> ulogd_reader(const LogTimes& times) {
  return std::make_unique<UlogdReader>(times);
}

}  // namespace etymon::cli::logs
