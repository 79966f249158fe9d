// One kept answer: a single block of memory. Internal to cache.
//
//   +-------------------+----------------------+--------------------+----------------------+
//   | Entry (72 octets) | TTL offsets (2 each) | the stored message | withheld (16 each)   |
//   +-------------------+----------------------+--------------------+----------------------+
//
// Most of the key is not stored apart: name, type and class stand in the message's question.
#pragma once

#include <cstdint>
#include <span>

#include "resolver/cache/answer_cache.h"

namespace etymon::cache {

inline constexpr unsigned kUsesMax = 3;

struct Entry {
  // Makes a copy of `answer`. Never null: memory that is not there ends the process, as everywhere.
  static Entry* make(const Key& key, const CachedAnswer& answer);
  static void destroy(Entry* entry);

  // What the block costs, the allocator's own share included.
  size_t cost() const;
  CachedAnswer content() const;
  bool holds(const Key& key) const;
  bool lives_at(MonotonicTime now) const { return now < stored_at + Seconds(ttl_s); }
  uint32_t age_at(MonotonicTime now) const {
    return static_cast<uint32_t>(std::chrono::floor<Seconds>(now - stored_at).count());
  }
  // Of the question: where the name's wire octets begin in the message.
  const uint8_t* name() const { return message() + wire::kHeaderSize; }

  // Links come first and are the table's: the next in the bucket, the neighbours in the queue.
  Entry* next_in_bucket = nullptr;
  Entry* newer = nullptr;
  Entry* older = nullptr;
  uint64_t hash = 0;

  MonotonicTime stored_at;
  AnswerId answer = 0;
  uint32_t ttl_s = 0;
  uint32_t validity_s = 0;
  uint32_t refresh_at_s = 0;  // the age from which on a fresh answer is worth asking for
  uint16_t message_size = 0;
  uint16_t ttl_count = 0;
  uint16_t additional_at = 0;
  uint8_t name_size = 0;  // of the question's name, wire octets
  bool dnssec_ok : 1 = false;
  bool checking_disabled : 1 = false;
  bool in_main : 1 = false;  // which queue
  uint8_t uses : 2 = 0;      // since it last passed a queue's end; stops at kUsesMax
  bool failure : 1 = false;
  bool rebinding : 1 = false;
  uint16_t withheld_count = 0;
  uint16_t group = 0;

 private:
  uint16_t* offsets() { return reinterpret_cast<uint16_t*>(this + 1); }
  const uint16_t* offsets() const { return reinterpret_cast<const uint16_t*>(this + 1); }
  uint8_t* message() { return reinterpret_cast<uint8_t*>(offsets() + ttl_count); }
  const uint8_t* message() const { return reinterpret_cast<const uint8_t*>(offsets() + ttl_count); }
  // Octets without a way to be misaligned.
  static_assert(alignof(IpAddress) == 1);
  IpAddress* withheld() { return reinterpret_cast<IpAddress*>(message() + message_size); }
  const IpAddress* withheld() const {
    return reinterpret_cast<const IpAddress*>(message() + message_size);
  }
};

}  // namespace etymon::cache
