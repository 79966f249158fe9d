// FlatMap, FlatSet: hash tables whose entries lie in one array (Abseil's Swiss tables).
//
// For tables that grow large and that every answer looks into: one wait for memory where a table of
// nodes has two or three, and nothing to allocate for an entry. Use as std::unordered_map, but that
// an insertion moves entries: keep no reference to one. A plain value, like those.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

namespace etymon {

template <class Key, class Value, class Hash = typename absl::flat_hash_map<Key, Value>::hasher,
          class Equal = std::equal_to<Key>>
using FlatMap = absl::flat_hash_map<Key, Value, Hash, Equal>;

template <class Key, class Hash = typename absl::flat_hash_set<Key>::hasher,
          class Equal = std::equal_to<>>
using FlatSet = absl::flat_hash_set<Key, Hash, Equal>;

}  // namespace etymon
