// AnswerCache: answers by question, until their time is over or their room is needed.
//
// One cache belongs to one loop thread; nothing here locks. Time is a parameter. The key is what
// changes the answer: name (without regard to case), type, class, DO, CD and the group of upstreams
// that is asked: what one group said is found by no question that is another's (MaginotDNS), as if
// each group had a cache of its own. Room and flush() are of all groups. Memory is bounded in
// bytes, bookkeeping included, and what is asked often outlives a flood of names asked once.
// A hit allocates nothing. An answer whose time is over stays while its room is not needed: it is
// what clients get when no upstream answers (RFC 8767).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "resolver/base/clock.h"
#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"
#include "resolver/model/domain_name.h"
#include "resolver/wire/response.h"

namespace etymon::cache {

struct Key {
  ByteView qname;  // uncompressed wire octets, any case
  RecordType qtype = RecordType::kA;
  RecordClass qclass = RecordClass::kIn;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  uint16_t group = 0;  // of upstreams, as Asker::group_of() counts them
  // The answer is for one subnet (RFC 7871): none is found and none is kept. So the room is not
  // taken by as many answers as there are subnets, which whoever asks may make up.
  bool of_subnet = false;
};

// Limits on how long an answer is kept, in seconds. What upstream said is clamped into them.
struct TtlPolicy {
  uint32_t floor_s = 0;             // 0 .. 3600; a TTL below it is raised
  uint32_t cap_s = 86'400;          // 1 .. 604800; one day, RFC 8767 section 4 allows up to seven
  uint32_t negative_cap_s = 3'600;  // 1 .. 86400; RFC 2308 section 5 suggests one to three hours
  uint32_t failure_s = 5;           // 1 .. 300; SERVFAIL and the like, RFC 9520 section 3.2
};

// What happens towards the end of an answer's life and after it.
struct Keeping {
  // 0 .. 604800, seconds after its time for which an answer may still be served when no fresh one
  // can be had; 0: never. RFC 8767 section 5 suggests one to three days.
  uint32_t stale_s = 86'400;
  // 0 .. 50, the last part of its life in percent in which a question for a popular name lets it be
  // asked for anew before it is over; 0: never.
  uint32_t refresh_percent = 10;
};

// What the cache keeps of an answer. Views: into the caller's response for insert(), which copies
// it, and into the cache for find().
struct CachedAnswer {
  wire::StoredView response;
  AnswerId answer = 0;                       // what a delivery of it is recorded under
  uint32_t validity_s = 0;                   // as delivered at age 0
  bool failure = false;                      // SERVFAIL and the like: never stale, never refreshed
  bool rebinding = false;                    // see Answer
  std::span<const IpAddress> withheld = {};  // see Answer
};

// Valid until the next insert() or clear().
struct Hit {
  CachedAnswer answer;
  uint32_t age_s = 0;        // whole seconds since it was stored
  bool stale = false;        // its time is over
  bool refresh_due = false;  // worth asking for anew now; for a stale one: not tried just before
};

struct Counters {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t insertions = 0;
  uint64_t evictions = 0;  // for room, not for age
  uint64_t entries = 0;    // now
  uint64_t bytes = 0;      // now
};

class AnswerCache {
 public:
  // `bytes_max`: 0 keeps nothing. `hash_seed`: unpredictable, so that nobody can choose colliding
  // names (reliability: hash equality is never identity, keys are compared).
  AnswerCache(size_t bytes_max, uint64_t hash_seed, const Keeping& keeping = {});
  ~AnswerCache();
  AnswerCache(const AnswerCache&) = delete;
  AnswerCache& operator=(const AnswerCache&) = delete;

  // The answer to `key` that still lives at `now`.
  std::optional<Hit> find(const Key& key, MonotonicTime now);

  // The answer to `key` although its time may be over, by no more than Keeping::stale_s; never a
  // failure. Counts neither as hit nor as miss.
  std::optional<Hit> find_stale(const Key& key, MonotonicTime now) const;

  // No refresh of what is kept for `key` is due before `span_s` from `now`: one is under way, or
  // has just failed.
  void put_off_refresh(const Key& key, uint32_t span_s, MonotonicTime now);

  // Keeps a copy of `answer` for `ttl_s` from `now`; 0 keeps nothing. Replaces what was there.
  // REQUIRES: the response's question is the key's.
  void insert(const Key& key, const CachedAnswer& answer, uint32_t ttl_s, MonotonicTime now);

  // Forgets all answers to questions for `name` or, with kSubtree, for it and all names below it,
  // whatever their type and group. Returns how many. Walks through the whole cache: some 20 ms for
  // 64 MiB.
  enum class Extent { kName, kSubtree };
  size_t flush(const DomainName& name, Extent extent);

  void clear();
  Counters counters() const;

 private:
  class Table;
  std::unique_ptr<Table> table_;
};

// SERVFAIL, REFUSED and whatever else says nothing about the name (RFC 8767 section 4).
bool is_failure(const wire::ParsedResponse& response);

// Brings the TTLs of a response within the policy and returns for how long to keep it: its
// cache_ttl_s within the limits; for SERVFAIL and other failures failure_s; 0 for what must not be
// kept (truncated, TTL 0, a negative answer without SOA). To be called before the response is first
// served, so that the first client gets the TTLs that later ones see age.
uint32_t apply_policy(const TtlPolicy& policy, wire::ParsedResponse& response);

}  // namespace etymon::cache
