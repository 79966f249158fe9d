#include "api/cli/question.h"

#include <algorithm>

#include "api/cli/moments.h"

namespace etymon::cli {

QuestionKey key_of(const logs::Flow& flow, const logs::Recognizer& recognizer) {
  const logs::Ends ends = recognizer.ends_of(flow);
  QuestionKey key{.client = ends.client,
                  .address = ends.address,
                  .port = ends.port,
                  .proto = logs::protocol_name(flow.proto)};
  if (flow.time) {
    key.at = flow.time->start;
    key.tolerance = std::max(flow.time->precision - Microseconds(1), Microseconds(0));
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

}  // namespace etymon::cli
