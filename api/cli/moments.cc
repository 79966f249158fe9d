#include "api/cli/moments.h"

#include "resolver/base/time_text.h"

namespace etymon::cli {

namespace {

constexpr int kNanosPerMicro = 1000;

}  // namespace

WallTime from_proto(const google::protobuf::Timestamp& timestamp) {
  return WallTime(Seconds(timestamp.seconds()) + Microseconds(timestamp.nanos() / kNanosPerMicro));
}

Microseconds from_proto(const google::protobuf::Duration& duration) {
  return Seconds(duration.seconds()) + Microseconds(duration.nanos() / kNanosPerMicro);
}

google::protobuf::Timestamp to_proto(WallTime time) {
  const auto seconds = std::chrono::floor<Seconds>(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds.time_since_epoch().count());
  timestamp.set_nanos(static_cast<int>((time - seconds).count()) * kNanosPerMicro);
  return timestamp;
}

google::protobuf::Duration to_proto(Microseconds length) {
  google::protobuf::Duration duration;
  duration.set_seconds(length / Seconds(1));
  duration.set_nanos(static_cast<int>((length % Seconds(1)).count()) * kNanosPerMicro);
  return duration;
}

std::string describe_moment(WallTime time) {
  return describe_exact_moment(std::chrono::floor<Seconds>(time));
}

std::string describe_exact_moment(WallTime time) {
  std::string text = format_time(time);  // 2026-11-23T07:20:14.000123Z
  text.pop_back();
  text[text.find('T')] = ' ';
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) {
    text.pop_back();
  }
  return text + " UTC";
}

std::string describe_age(Microseconds age) {
  if (age >= Seconds(1)) {
    return describe_duration(std::chrono::floor<Seconds>(age));
  }
  return describe_duration(age >= Milliseconds(1) ? std::chrono::floor<Milliseconds>(age) : age);
}

}  // namespace etymon::cli
