// The API's times and durations as ours, and as people read them. Pure functions, any thread.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>

#include "resolver/base/clock.h"

namespace etymon::cli {

WallTime from_proto(const google::protobuf::Timestamp& timestamp);
Microseconds from_proto(const google::protobuf::Duration& duration);
google::protobuf::Timestamp to_proto(WallTime time);
google::protobuf::Duration to_proto(Microseconds duration);

// "2026-11-23 07:20:14 UTC", without fractions of a second.
std::string describe_moment(WallTime time);

// The same with its fractions, where there are any: a moment that somebody wrote.
std::string describe_exact_moment(WallTime time);

// "2 min 5 s", "85 ms": an age that somebody reads, not computes with.
std::string describe_age(Microseconds age);

}  // namespace etymon::cli
