// Translation: how far a question has come on its way to addresses behind a NAT64 (dns64.h). A
// value; travels with its client.
#pragma once

#include <cstdint>

namespace etymon::forward {

struct Translation {
  enum class Step : uint8_t {
    kNone,  // it is answered as it is
    kAaaa,  // for its AAAA records; when there are none, for A records
    kA,     // for A records, of which AAAA records are made
  };
  Step step = Step::kNone;
  bool failed = false;     // of kA: whether there are AAAA records could not be found out
  uint32_t ttl_max_s = 0;  // of kA: of the records that are made
};

}  // namespace etymon::forward
