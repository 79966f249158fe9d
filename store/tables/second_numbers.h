// Second numbers: what the book has called an answer that the tables had under another number.
//
// An answer that fell out of the book and is asked for again gets a new number each time, so what
// is asked can make any number of them. They are held in two generations of at most half of `max`
// each, those first that were noted or used last. When the younger half is full, the older one may
// go at once, and nothing need be walked through. An entry takes 20 to 40 octets. A plain value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "resolver/base/flat_map.h"
#include "resolver/model/delivery.h"

namespace etymon::store {

class SecondNumbers {
 public:
  using Numbers = FlatMap<AnswerId, AnswerId>;

  explicit SecondNumbers(size_t max) : half_(std::max<size_t>(max / 2, 1)) {}

  // The number of the tables; `id` itself where it is no second number.
  AnswerId true_id(AnswerId id) const {
    const auto recent = recent_.find(id);
    if (recent != recent_.end()) {
      return recent->second;
    }
    const auto older = older_.find(id);
    return older == older_.end() ? id : older->second;
  }

  // The same for somebody who may come again.
  AnswerId use(AnswerId id) {
    const AnswerId true_one = true_id(id);
    if (true_one != id && !is_full()) {
      note(id, true_one);
    }
    return true_one;
  }

  void note(AnswerId id, AnswerId true_one) {
    older_.erase(id);
    recent_[id] = true_one;
  }

  void erase(AnswerId id) {
    recent_.erase(id);
    older_.erase(id);
  }

  // Those for which `goes(id, true_id)`.
  void remove_if(const auto& goes) {
    for (Numbers* numbers : {&recent_, &older_}) {
      erase_if(*numbers, [&](const auto& pair) { return goes(pair.first, pair.second); });
    }
  }

  void visit(const auto& each) const {
    for (const Numbers* numbers : {&recent_, &older_}) {
      for (const auto& [id, true_one] : *numbers) {
        each(id, true_one);
      }
    }
  }

  // These do not go with the older half, however many they are.
  void keep(std::span<const AnswerId> ids) {
    for (const AnswerId id : ids) {
      const auto older = older_.find(id);
      if (older != older_.end()) {
        note(id, AnswerId{older->second});
      }
    }
  }

  bool is_full() const { return recent_.size() >= half_; }
  // The older half goes, the younger one becomes it. Returned, because freeing it takes a while.
  Numbers let_go() { return std::exchange(older_, std::exchange(recent_, {})); }

  size_t size() const { return recent_.size() + older_.size(); }

 private:
  const size_t half_;
  Numbers recent_;
  Numbers older_;  // none of recent_
};

}  // namespace etymon::store
