#include "resolver/cache/table.h"

#include <algorithm>
#include <array>
#include <bit>

#include "resolver/base/hash.h"
#include "resolver/model/domain_name.h"

namespace etymon::cache {
namespace {

// About one bucket for each entry of ordinary size; smaller ones share.
constexpr size_t kBytesPerBucket = 256;
// The small queue's share of the room, in tenths, as the paper found best.
constexpr size_t kSmallTenths = 1;
// Uses that carry an entry from the small queue into the main one.
constexpr unsigned kUsesForMain = 2;
// How many entries one eviction may spare. When all are in use this bounds what an insertion costs
// (some 20 us), and the eldest goes although it was asked.
constexpr unsigned kSparedMax = 256;
// Seconds. Below it the last tenth of a life is too short to ask anew in.
constexpr uint32_t kRefreshedTtlMin = 10;

size_t bucket_count(size_t bytes_max) {
  return std::bit_ceil(std::max<size_t>(bytes_max / kBytesPerBucket, 1));
}

uint32_t fingerprint(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32);
}

}  // namespace

void Fifo::push(Entry& entry) {
  entry.newer = nullptr;
  entry.older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = &entry;
  newest_ = &entry;
  bytes_ += entry.cost();
}

void Fifo::remove(Entry& entry) {
  (entry.newer != nullptr ? entry.newer->older : newest_) = entry.older;
  (entry.older != nullptr ? entry.older->newer : oldest_) = entry.newer;
  bytes_ -= entry.cost();
}

AnswerCache::Table::Table(size_t bytes_max, uint64_t hash_seed, const Keeping& keeping)
    : hash_seed_(hash_seed),
      keeping_(keeping),
      bytes_max_(bytes_max),
      buckets_(bucket_count(bytes_max)),
      ghosts_(buckets_.size()),
      fixed_bytes_(buckets_.size() * (sizeof(Entry*) + sizeof(uint32_t))) {}

AnswerCache::Table::~Table() {
  clear();
}

std::optional<Hit> AnswerCache::Table::find(const Key& key, MonotonicTime now) {
  Entry* entry = look_up(key, hash_of(key));
  if (entry != nullptr && entry->uses < kUsesMax) {
    ++entry->uses;
  }
  if (entry == nullptr || !entry->lives_at(now)) {
    ++counters_.misses;
    return std::nullopt;
  }
  ++counters_.hits;
  const uint32_t age_s = entry->age_at(now);
  return Hit{.answer = entry->content(),
             .age_s = age_s,
             .refresh_due = age_s >= entry->refresh_at_s && entry->uses == kUsesMax};
}

std::optional<Hit> AnswerCache::Table::find_stale(const Key& key, MonotonicTime now) const {
  const Entry* entry = look_up(key, hash_of(key));
  if (entry == nullptr || entry->failure ||
      now >= entry->stored_at + Seconds(entry->ttl_s) + Seconds(keeping_.stale_s)) {
    return std::nullopt;
  }
  const uint32_t age_s = entry->age_at(now);
  return Hit{.answer = entry->content(),
             .age_s = age_s,
             .stale = !entry->lives_at(now),
             .refresh_due = age_s >= entry->refresh_at_s};
}

void AnswerCache::Table::put_off_refresh(const Key& key, uint32_t span_s, MonotonicTime now) {
  if (Entry* entry = look_up(key, hash_of(key)); entry != nullptr) {
    entry->refresh_at_s = entry->age_at(now) + span_s;
  }
}

size_t AnswerCache::Table::flush(const DomainName& name, Extent extent) {
  size_t flushed = 0;
  for (Fifo* queue : {&small_, &main_}) {
    for (Entry* entry = queue->oldest(); entry != nullptr;) {
      Entry& candidate = *entry;
      entry = entry->newer;
      if (is_meant(candidate, as_bytes(name.wire()), extent)) {
        unlink(candidate);
        Entry::destroy(&candidate);
        ++flushed;
      }
    }
  }
  return flushed;
}

// From its end downwards a name is within another when it ends with it, at a label's start.
bool AnswerCache::Table::is_meant(const Entry& entry, ByteView name, Extent extent) {
  const ByteView whole(entry.name(), entry.name_size);
  size_t at = 0;
  while (extent == Extent::kSubtree && whole.size() - at > name.size()) {
    at += size_t{whole[at]} + 1;
  }
  return wire::same_name(whole.subspan(at), name);
}

// Short-lived answers are not worth it: they would be asked for all the time.
uint32_t AnswerCache::Table::refresh_age(const CachedAnswer& answer, uint32_t ttl_s) const {
  if (answer.failure || keeping_.refresh_percent == 0 || ttl_s < kRefreshedTtlMin) {
    return ttl_s;
  }
  return ttl_s - std::max(ttl_s / 100 * keeping_.refresh_percent +
                              ttl_s % 100 * keeping_.refresh_percent / 100,
                          1U);
}

void AnswerCache::Table::insert(const Key& key, const CachedAnswer& answer, uint32_t ttl_s,
                                MonotonicTime now) {
  const uint64_t hash = hash_of(key);
  Entry* fresh = Entry::make(key, answer);
  fresh->hash = hash;
  fresh->ttl_s = ttl_s;
  fresh->stored_at = now;
  fresh->refresh_at_s = refresh_age(answer, ttl_s);
  if (Entry* old = look_up(key, hash); old != nullptr) {
    fresh->in_main = old->in_main;
    fresh->uses = old->uses;
    unlink(*old);
    Entry::destroy(old);
  } else {
    fresh->in_main = recall_ghost(hash);
  }
  if (ttl_s == 0 || fixed_bytes_ + fresh->cost() > bytes_max_) {
    Entry::destroy(fresh);
    return;
  }
  make_room(fresh->cost(), now);
  link(*fresh);
  ++counters_.insertions;
}

void AnswerCache::Table::clear() {
  for (Fifo* queue : {&small_, &main_}) {
    while (queue->oldest() != nullptr) {
      Entry* entry = queue->oldest();
      unlink(*entry);
      Entry::destroy(entry);
    }
  }
  std::ranges::fill(ghosts_, 0);
}

Counters AnswerCache::Table::counters() const {
  Counters counters = counters_;
  counters.bytes = bytes();
  return counters;
}

// Seeded, so that nobody outside can choose names that share a bucket.
uint64_t AnswerCache::Table::hash_of(const Key& key) const {
  constexpr size_t kTail = 7;  // behind the name
  std::array<uint8_t, DomainName::kWireMax + kTail> octets;
  copy_in_lower_case(key.qname, octets.data());
  uint8_t* const end = octets.data() + key.qname.size();
  store_u16(end, static_cast<uint16_t>(key.qtype));
  store_u16(end + 2, static_cast<uint16_t>(key.qclass));
  end[4] = static_cast<uint8_t>((key.dnssec_ok ? 1 : 0) | (key.checking_disabled ? 2 : 0));
  store_u16(end + 5, key.group);
  return hash_bytes(ByteView(octets.data(), key.qname.size() + kTail), hash_seed_);
}

Entry* AnswerCache::Table::look_up(const Key& key, uint64_t hash) const {
  Entry* entry = buckets_[slot_of(hash)];
  while (entry != nullptr && !(entry->hash == hash && entry->holds(key))) {
    entry = entry->next_in_bucket;
  }
  return entry;
}

void AnswerCache::Table::link(Entry& entry) {
  Entry*& head = buckets_[slot_of(entry.hash)];
  entry.next_in_bucket = head;
  head = &entry;
  queue_of(entry).push(entry);
  ++counters_.entries;
}

void AnswerCache::Table::unlink(Entry& entry) {
  Entry** link = &buckets_[slot_of(entry.hash)];
  while (*link != &entry) {
    link = &(*link)->next_in_bucket;
  }
  *link = entry.next_in_bucket;
  queue_of(entry).remove(entry);
  --counters_.entries;
}

// What was tried and found wanting in the main queue leaves no ghost.
void AnswerCache::Table::drop(Entry& entry) {
  if (!entry.in_main || entry.uses > 0) {
    ghosts_[slot_of(entry.hash)] = fingerprint(entry.hash);
  }
  unlink(entry);
  Entry::destroy(&entry);
  ++counters_.evictions;
}

void AnswerCache::Table::make_room(size_t needed, MonotonicTime now) {
  while (bytes() + needed > bytes_max_) {
    evict(now);
  }
}

void AnswerCache::Table::evict(MonotonicTime now) {
  const size_t small_max = (bytes_max_ - fixed_bytes_) / 10 * kSmallTenths;
  for (unsigned spared = 0;; ++spared) {
    const bool from_small = small_.bytes() > small_max || main_.oldest() == nullptr;
    Entry& eldest = *(from_small ? small_ : main_).oldest();
    if (spared == kSparedMax || !spare(eldest, now)) {
      drop(eldest);
      return;
    }
  }
}

// True when the eldest of a queue may stay: it goes to the newest end of the main queue.
bool AnswerCache::Table::spare(Entry& entry, MonotonicTime now) {
  const unsigned uses_needed = entry.in_main ? 1 : kUsesForMain;
  if (entry.uses < uses_needed || !entry.lives_at(now)) {
    return false;
  }
  queue_of(entry).remove(entry);
  entry.uses = entry.in_main ? static_cast<uint8_t>(entry.uses - 1) & 3U : 0U;
  entry.in_main = true;
  main_.push(entry);
  return true;
}

bool AnswerCache::Table::recall_ghost(uint64_t hash) {
  uint32_t& ghost = ghosts_[slot_of(hash)];
  const bool known = ghost == fingerprint(hash);
  ghost = known ? 0 : ghost;
  return known;
}

}  // namespace etymon::cache
