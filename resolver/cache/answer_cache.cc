#include "resolver/cache/answer_cache.h"

#include "resolver/cache/table.h"

namespace etymon::cache {

AnswerCache::AnswerCache(size_t bytes_max, uint64_t hash_seed)
    : table_(std::make_unique<Table>(bytes_max, hash_seed)) {}

AnswerCache::~AnswerCache() = default;

std::optional<Hit> AnswerCache::find(const Key& key, MonotonicTime now) {
  return table_->find(key, now);
}

void AnswerCache::insert(const Key& key, const CachedAnswer& answer, uint32_t ttl_s,
                         MonotonicTime now) {
  table_->insert(key, answer, ttl_s, now);
}

void AnswerCache::clear() {
  table_->clear();
}

Counters AnswerCache::counters() const {
  return table_->counters();
}

}  // namespace etymon::cache
