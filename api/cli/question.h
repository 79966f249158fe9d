// The question that a log line asks, and how what people write for one is meant. Pure functions,
// any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/cli/logs/recognizer.h"
#include "etymon/v1/lookup.pb.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/ip_address.h"

namespace etymon::cli {

// A question, by which equal ones are told, and how its answer is written down.
struct QuestionKey {
  IpAddress client = {};
  IpAddress address = {};
  std::optional<WallTime> at = {};  // nothing: now
  Microseconds tolerance{0};
  uint16_t port = 0;
  std::string proto = {};
  uint32_t form = 0;  // the caller's number for how the answer is written

  friend bool operator==(const QuestionKey&, const QuestionKey&) = default;
};

struct QuestionKeyHash {
  size_t operator()(const QuestionKey& key) const {
    size_t hash = IpAddressHash()(key.client) * 31 + IpAddressHash()(key.address);
    hash = hash * 31 + static_cast<size_t>(key.at.value_or(WallTime()).time_since_epoch().count());
    return hash * 31 + key.port;
  }
};

// Any moment of the written time is meant, its last microsecond included.
QuestionKey key_of(const logs::Flow& flow, const logs::Recognizer& recognizer);

void write_question(const QuestionKey& key, v1::LookupRequest& question);

// Sets `at` as somebody wrote it; where there is no tolerance yet, any moment of what was written
// is meant. Error kInvalidArgument, and nothing is set.
Status set_moment(std::string_view written, WallTime now, v1::LookupRequest& question);

// One text for all spellings of an address or a prefix: as the server tells it. What is none stays.
std::string told_address(const std::string& written);

// The API takes "tcp", and people write "TCP".
void lower_proto(v1::LookupRequest& question);

}  // namespace etymon::cli
