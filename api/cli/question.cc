#include "api/cli/question.h"

#include <algorithm>

#include "api/cli/moments.h"
#include "resolver/base/time_text.h"
#include "resolver/model/domain_name.h"

namespace etymon::cli {
namespace {

// Any moment of what was written, its last microsecond included.
Microseconds tolerance_of(const WrittenTime& written) {
  return std::max(written.precision - Microseconds(1), Microseconds(0));
}

}  // namespace

QuestionKey key_of(const logs::Flow& flow, const logs::Recognizer& recognizer) {
  const logs::Ends ends = recognizer.ends_of(flow);
  QuestionKey key{.client = ends.client,
                  .address = ends.address,
                  .port = ends.port,
                  .proto = logs::protocol_name(flow.proto)};
  if (flow.time) {
    key.at = flow.time->start;
    key.tolerance = tolerance_of(*flow.time);
  }
  return key;
}

void write_question(const QuestionKey& key, v1::LookupRequest& question) {
  question.set_address(key.address.text());
  question.set_client(key.client.text());
  question.set_port(key.port);
  question.set_proto(key.proto);
  if (key.at) {
    *question.mutable_at() = to_proto(*key.at);
    *question.mutable_tolerance() = to_proto(key.tolerance);
  }
}

Status set_moment(std::string_view written, WallTime now, v1::LookupRequest& question) {
  const Result<WrittenTime> time = parse_time(written, now);
  if (!time) {
    return time.error();
  }
  *question.mutable_at() = to_proto(time->start);
  if (!question.has_tolerance()) {
    *question.mutable_tolerance() = to_proto(tolerance_of(*time));
  }
  return {};
}

std::string told_address(const std::string& written) {
  const Result<IpPrefix> prefix = IpPrefix::from_text(written);
  return prefix ? prefix->text() : written;
}

void lower_proto(v1::LookupRequest& question) {
  std::string& proto = *question.mutable_proto();
  copy_in_lower_case(as_bytes(proto), reinterpret_cast<uint8_t*>(proto.data()));
}

}  // namespace etymon::cli
