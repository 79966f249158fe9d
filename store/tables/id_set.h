// Id set: numbers of answers, one bit each. A plain value.
#pragma once

#include <bitset>
#include <cstddef>
#include <memory>

#include "resolver/base/flat_map.h"
#include "resolver/model/delivery.h"

namespace etymon::store {

class IdSet {
 public:
  void insert(AnswerId id) {
    std::unique_ptr<Page>& page = pages_[id / kPageIds];
    if (!page) {
      page = std::make_unique<Page>();
    }
    page->set(id % kPageIds);
  }

  void erase(AnswerId id) {
    const auto page = pages_.find(id / kPageIds);
    if (page != pages_.end()) {
      page->second->reset(id % kPageIds);
    }
  }

  size_t pages() const { return pages_.size(); }

  // Nothing was ever inserted.
  bool is_empty() const { return pages_.empty(); }

  bool contains(AnswerId id) const {
    const auto page = pages_.find(id / kPageIds);
    return page != pages_.end() && page->second->test(id % kPageIds);
  }

 private:
  static constexpr size_t kPageIds = 1 << 15;  // 4 KiB a page; numbers in use lie close together
  using Page = std::bitset<kPageIds>;

  FlatMap<AnswerId, std::unique_ptr<Page>> pages_;
};

}  // namespace etymon::store
