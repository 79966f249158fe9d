// StatusSource: what the API tells of the resolver, which this folder does not know. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/ip_address.h"

namespace etymon::service {

enum class UpstreamState { kUntried, kUp, kDown };

struct UpstreamStatus {
  Endpoint endpoint;
  UpstreamState state = UpstreamState::kUntried;
  std::optional<Microseconds> srtt;  // nothing: it never answered
  uint64_t queries = 0;              // sent, repeats included
  uint64_t answers = 0;
  uint64_t timeouts = 0;
  uint64_t wrong_cookies = 0;  // replies, as the next
  uint64_t missing_cookies = 0;
};

struct CacheStatus {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t entries = 0;  // now
  uint64_t bytes = 0;    // now
};

// As AnsweringStatus in admin.proto.
struct AnsweringStatus {
  uint64_t local = 0;
  uint64_t blocked = 0;
  uint64_t stale = 0;
  uint64_t joined = 0;
  uint64_t refreshes = 0;
  uint64_t failed_upstream = 0;
  uint64_t overloaded = 0;
  uint64_t not_recursed = 0;
  uint64_t not_implemented = 0;
  uint64_t denied = 0;
  uint64_t limited = 0;
  uint64_t rebinding = 0;
  uint64_t withheld = 0;
  uint64_t ttl_changed = 0;
  uint64_t good_cookies = 0;
  uint64_t bad_cookies = 0;
};

// As AskingStatus in admin.proto.
struct AskingStatus {
  uint64_t mismatches = 0;
  uint64_t case_mismatches = 0;
  uint64_t moved_to_tcp = 0;
  uint64_t truncated = 0;
  uint64_t edns_refused = 0;
  uint64_t bad_cookies = 0;
  uint64_t unreachable = 0;
  uint64_t rejected = 0;
  uint64_t in_flight = 0;
  uint64_t ports = 0;
  uint64_t exhausted = 0;
};

// As ConnectionsStatus in admin.proto.
struct ConnectionsStatus {
  uint64_t accepted = 0;
  uint64_t open = 0;
  uint64_t over_limit = 0;
  uint64_t denied = 0;
  uint64_t timed_out = 0;
  uint64_t not_reading = 0;
  uint64_t oversized = 0;
  uint64_t exhausted = 0;
  uint64_t unsent = 0;
};

// Counts since the start of the process.
struct ResolverStatus {
  std::string version;
  WallTime started_at;
  uint64_t queries = 0;    // understood
  uint64_t malformed = 0;  // dropped
  uint64_t answered = 0;   // answers sent
  AnsweringStatus answering;
  AskingStatus asking;                    // all loops and upstreams together
  ConnectionsStatus connections;          // all loops and listeners together
  CacheStatus cache;                      // all loops together
  std::vector<UpstreamStatus> upstreams;  // in the configured order
};

// Implemented by the daemon. Any thread may call it, at any time.
class StatusSource {
 public:
  virtual ~StatusSource() = default;
  virtual ResolverStatus status() const = 0;
};

}  // namespace etymon::service
