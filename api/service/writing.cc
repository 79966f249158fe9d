#include "api/service/conversions.h"

#include <chrono>

#include "api/service/fields.h"

namespace etymon::service {

// These enums are stored, so their numbers are frozen, and the API's were given the same ones.
static_assert(v1::COVERAGE_EDGE_NOW == static_cast<int>(CoverageEdge::kNow));
static_assert(v1::COVERAGE_EDGE_FORGOTTEN == static_cast<int>(CoverageEdge::kForgotten));
static_assert(v1::COVERAGE_EDGE_DAMAGE == static_cast<int>(CoverageEdge::kDamage));

v1::LookupError write_error(const Failure& failure) {
  v1::LookupError out;
  out.set_code(failure.code);
  out.set_reason(failure.reason);
  out.set_message(in_one_line(failure.message));
  out.set_field(failure.field);
  if (failure.retry_after > Seconds(0)) {
    *out.mutable_retry_after() = write_duration(failure.retry_after);
  }
  return out;
}

google::protobuf::Timestamp write_time(WallTime time) {
  const auto seconds = std::chrono::floor<Seconds>(time);
  google::protobuf::Timestamp out;
  out.set_seconds(seconds.time_since_epoch().count());
  out.set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(time - seconds).count()));
  return out;
}

google::protobuf::Duration write_duration(Microseconds duration) {
  const auto seconds = std::chrono::duration_cast<Seconds>(duration);
  google::protobuf::Duration out;
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(duration - seconds).count()));
  return out;
}

v1::CoverageInterval write_interval(const CoverageInterval& interval) {
  v1::CoverageInterval out;
  *out.mutable_span()->mutable_start() = write_time(interval.span.start);
  *out.mutable_span()->mutable_end() = write_time(interval.span.end);
  out.set_began(static_cast<v1::CoverageEdge>(interval.began));
  out.set_ended(static_cast<v1::CoverageEdge>(interval.ended));
  return out;
}

}  // namespace etymon::service
