#include "resolver/cache/answer_cache.h"

#include "resolver/cache/table.h"

namespace etymon::cache {

AnswerCache::AnswerCache(size_t bytes_max, uint64_t hash_seed, const Keeping& keeping)
    : table_(std::make_unique<Table>(bytes_max, hash_seed, keeping)) {}

AnswerCache::~AnswerCache() = default;

std::optional<Hit> AnswerCache::find(const Key& key, MonotonicTime now) {
  return key.of_subnet ? std::nullopt : table_->find(key, now);
}

std::optional<Hit> AnswerCache::find_stale(const Key& key, MonotonicTime now) const {
  return key.of_subnet ? std::nullopt : table_->find_stale(key, now);
}

void AnswerCache::put_off_refresh(const Key& key, uint32_t span_s, MonotonicTime now) {
  table_->put_off_refresh(key, span_s, now);
}

size_t AnswerCache::flush(const DomainName& name, Extent extent) {
  return table_->flush(name, extent);
}

void AnswerCache::insert(const Key& key, const CachedAnswer& answer, uint32_t ttl_s,
                         MonotonicTime now) {
  if (!key.of_subnet) {
    table_->insert(key, answer, ttl_s, now);
  }
}

void AnswerCache::clear() {
  table_->clear();
}

Counters AnswerCache::counters() const {
  return table_->counters();
}

}  // namespace etymon::cache
