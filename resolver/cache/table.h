// The table behind AnswerCache: a hash table whose entries also stand in two queues, by which it is
// decided who has to go. Internal to cache, one thread.
//
// Eviction is S3-FIFO (Yang, Zhang, Qiu, Yue, Vinayak: "FIFO queues are all you need for cache
// eviction", SOSP 2023). Most names of a flood are asked once, so new entries go into a small queue
// and leave it soon, unless they were asked again; those move on to the main queue, where each use
// buys one more round. A hit only counts up two bits.
//
//   new ---> [ small, 10 % of the room ] --asked twice more--> [ main ] --asked again--> (one more
//   round)
//                      |                                          |
//                      v                                          v
//                   ghosts  --asked again: straight into main    gone
//
// A ghost is the fingerprint of a name that had to leave. An entry past its time keeps its place,
// so that its standing passes on to the answer that replaces it and it can be served stale; at a
// queue's end it goes at once.
//
// Invariants:
// 1. An entry is in one bucket and in one queue.
// 2. bytes() <= the room given, the fixed tables included, after every call.
#pragma once

#include <cstdint>
#include <vector>

#include "resolver/cache/entry.h"

namespace etymon::cache {

// Entries by age, linked through themselves.
class Fifo {
 public:
  void push(Entry& entry);
  void remove(Entry& entry);
  Entry* oldest() const { return oldest_; }
  size_t bytes() const { return bytes_; }

 private:
  Entry* newest_ = nullptr;
  Entry* oldest_ = nullptr;
  size_t bytes_ = 0;
};

class AnswerCache::Table {
 public:
  Table(size_t bytes_max, uint64_t hash_seed, const Keeping& keeping);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  std::optional<Hit> find(const Key& key, MonotonicTime now);
  std::optional<Hit> find_stale(const Key& key, MonotonicTime now) const;
  void put_off_refresh(const Key& key, uint32_t span_s, MonotonicTime now);
  size_t flush(const DomainName& name, Extent extent);
  void insert(const Key& key, const CachedAnswer& answer, uint32_t ttl_s, MonotonicTime now);
  void clear();
  Counters counters() const;

 private:
  uint64_t hash_of(const Key& key) const;
  size_t slot_of(uint64_t hash) const { return hash & (buckets_.size() - 1); }
  Entry* look_up(const Key& key, uint64_t hash) const;

  Fifo& queue_of(const Entry& entry) { return entry.in_main ? main_ : small_; }
  void link(Entry& entry);
  void unlink(Entry& entry);
  void drop(Entry& entry);

  void make_room(size_t bytes, MonotonicTime now);
  void evict(MonotonicTime now);
  bool spare(Entry& entry, MonotonicTime now);
  bool recall_ghost(uint64_t hash);
  size_t bytes() const { return fixed_bytes_ + small_.bytes() + main_.bytes(); }

  static bool is_meant(const Entry& entry, ByteView name, Extent extent);
  uint32_t refresh_age(const CachedAnswer& answer, uint32_t ttl_s) const;

  const uint64_t hash_seed_;
  const Keeping keeping_;
  const size_t bytes_max_;
  std::vector<Entry*> buckets_;   // a power of two, fixed: growing would stall the loop
  std::vector<uint32_t> ghosts_;  // as many; a fingerprint lasts until another takes its slot
  const size_t fixed_bytes_;
  Fifo small_;
  Fifo main_;
  Counters counters_;
};

}  // namespace etymon::cache
