#include "api/service/message_octets.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <chrono>

namespace etymon::service {

char* write_time(int field, WallTime time, char* to) {
  using Field = google::protobuf::Timestamp;
  const auto seconds = std::chrono::floor<Seconds>(time);
  const std::chrono::nanoseconds rest = time - seconds;
  return write_part(field, to, [&](char* at) {
    at = write_number(Field::kSecondsFieldNumber,
                      static_cast<uint64_t>(seconds.time_since_epoch().count()), at);
    return write_number(Field::kNanosFieldNumber, static_cast<uint64_t>(rest.count()), at);
  });
}

char* write_duration(int field, Microseconds duration, char* to) {
  using Field = google::protobuf::Duration;
  const auto seconds = std::chrono::duration_cast<Seconds>(duration);
  const std::chrono::nanoseconds rest = duration - seconds;
  return write_part(field, to, [&](char* at) {
    at = write_number(Field::kSecondsFieldNumber, static_cast<uint64_t>(seconds.count()), at);
    return write_number(Field::kNanosFieldNumber, static_cast<uint64_t>(rest.count()), at);
  });
}

}  // namespace etymon::service
