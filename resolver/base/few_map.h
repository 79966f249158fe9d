// FewMap: a hash table for the many that have one entry, or a few: those are looked through one by
// one, and the first ones need no memory of their own. Entries stay in the order in which they
// came. A plain value; an insertion moves entries: keep no reference to one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "resolver/base/flat_map.h"
#include "resolver/base/small_vector.h"

namespace etymon {

template <class Key, class Value, size_t kInline = 1,
          class Hash = typename FlatMap<Key, size_t>::hasher, class Equal = std::equal_to<Key>>
class FewMap {
 public:
  using Entry = std::pair<Key, Value>;

  // That of the key, which is made where there is none.
  Value& operator[](const Key& key) {
    if (Entry* found = find(key)) {
      return found->second;
    }
    entries_.emplace_back(key, Value{});
    if (entries_.size() > kFew) {
      number();
    }
    return entries_.back().second;
  }

  size_t size() const { return entries_.size(); }
  void clear() {
    entries_.clear();
    numbers_.clear();
  }

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  static constexpr size_t kFew = 8;

  Entry* find(const Key& key) {
    if (entries_.size() <= kFew) {
      const auto has_key = [&](const Entry& entry) { return Equal()(entry.first, key); };
      const auto found = std::find_if(entries_.begin(), entries_.end(), has_key);
      return found == entries_.end() ? nullptr : &*found;
    }
    const auto found = numbers_.find(key);
    return found == numbers_.end() ? nullptr : &entries_[found->second];
  }

  // Those that are not yet.
  void number() {
    for (size_t i = numbers_.size(); i < entries_.size(); ++i) {
      numbers_.emplace(entries_[i].first, i);
    }
  }

  SmallVector<Entry, kInline> entries_;
  FlatMap<Key, size_t, Hash, Equal> numbers_;  // of them, once they are many
};

}  // namespace etymon
