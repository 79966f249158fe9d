// Retention plan: which floors bring the history within its limits.
//
// By bytes, what is kept is shared out fairly (max-min): there is one level, and a client that
// takes less than that keeps everything; the others lose their own oldest hours until they take no
// more than the level, which is the highest for which the whole fits. So a noisy client pushes out
// nobody's history but its own, and a client that takes less than an equal share of the room never
// loses anything for want of room. What clients take is told by `by_client`.
//
// The present hour is always kept, and so are those ahead, of a clock that was ahead; they count
// for nothing. Pure but for reading; fold thread.
#pragma once

#include <rocksdb/iterator.h>

#include <cstdint>
#include <vector>

#include "resolver/base/result.h"
#include "store/tables/kept.h"

namespace etymon::store {

// Of clients with floors of their own; when more would be needed, all share one. About 60 octets
// each.
inline constexpr size_t kOwnFloorsMax = 100'000;

// The level for `budget`: the sum of min(weight, level) over all weights is at most the budget.
// UINT64_MAX: everything fits.
uint64_t fair_level(std::vector<uint64_t> weights, uint64_t budget);

// What all that is kept weighs (Activity::octets). `hours`: an iterator over `by_client`.
Result<uint64_t> weight_of(const Kept& kept, rocksdb::Iterator& hours);

struct Cut {
  uint64_t budget = 0;  // the weight that may stay
  Hour present = 0;     // no floor is higher
  size_t own_floors_max = kOwnFloorsMax;
};

// The floors with which what is kept, up to the present hour, weighs no more than the budget.
Result<Kept> cut_to(const Cut& cut, const Kept& kept, rocksdb::Iterator& hours);

// With one floor for all. Floors that are no higher than that for all are dropped.
Kept raise_all(Kept kept, Hour all);

}  // namespace etymon::store
