// What a line tells, as one line of text that a test can state.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/cli/logs/recognizer.h"
#include "resolver/base/time_text.h"
#include "tests/support/fakes.h"

namespace etymon::cli::logs {

// A recognizer at noon of 25 November 2026, UTC.
class Logs {
 public:
  explicit Logs(Settings settings = {.timezone = "UTC"}) {
    clock_.set_wall(parse_time("2026-11-25T12:00:00Z", WallTime())->start);
    recognizer_ = *Recognizer::create(settings, clock_);
  }

  // "netfilter: 192.168.1.7 > 203.0.113.83:443 tcp at 2026-11-23T14:21:46.000000Z for 1 s"
  std::string told(std::string_view line) {
    const Recognizer::Recognized found = recognizer_->read(line);
    if (found.reading == Reading::kUnknown || found.reading == Reading::kOther) {
      return "unknown";
    }
    if (found.reading == Reading::kWrongHeader) {
      return found.reader->mistake_in(line);
    }
    const std::string name(found.reader->name());
    return found.reading == Reading::kHeader
               ? name + ": header"
               : name + ": " + ends_of(found.flow) + rest_of(found.flow);
  }

  // "192.168.1.7 > 203.0.113.83", or "unknown".
  std::string ends(std::string_view line) {
    const Recognizer::Recognized found = recognizer_->read(line);
    return found.reading == Reading::kFlow ? ends_of(found.flow) : "unknown";
  }

  // " at 2026-11-23T14:21:46.000000Z for 1 s", behind it " or earlier" where the line does not say
  // since when; empty where it tells no moment.
  std::string moment(std::string_view line) {
    const Recognizer::Recognized found = recognizer_->read(line);
    return found.reading == Reading::kFlow ? moment_of(found.flow) : "";
  }

  testing::ManualClock& clock() { return clock_; }

 private:
  std::string ends_of(const Flow& flow) const {
    const Ends ends = recognizer_->ends_of(flow);
    return ends.client.text() + " > " + ends.address.text();
  }

  std::string rest_of(const Flow& flow) const {
    const Ends ends = recognizer_->ends_of(flow);
    const std::string proto = protocol_name(flow.proto);
    return (ends.port == 0 ? "" : ":" + std::to_string(ends.port)) +
           (proto.empty() ? "" : " " + proto) + moment_of(flow);
  }

  static std::string moment_of(const Flow& flow) {
    return flow.time ? " at " + format_time(flow.time->start) + " for " +
                           describe_duration(flow.time->precision) +
                           (flow.began_before ? " or earlier" : "")
                     : "";
  }

  testing::ManualClock clock_;
  std::unique_ptr<Recognizer> recognizer_;
};

}  // namespace etymon::cli::logs
