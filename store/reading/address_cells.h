// Address cells: on which days, and to whom, the addresses of a prefix were told. Private to
// store/.
#pragma once

#include <rocksdb/iterator.h>

#include <functional>
#include <vector>

#include "resolver/base/result.h"
#include "store/model/queries.h"
#include "store/tables/kept.h"
#include "store/tables/keys.h"
#include "store/tables/known_answer.h"

namespace etymon::store {

// What one client was told of one answer in one day.
struct DayCell {
  Day day = 0;
  IpAddress client;
  AnswerId answer = 0;

  friend bool operator==(const DayCell&, const DayCell&) = default;
};

// An answer of the prefix; null: it is not wanted. Error: it cannot be read.
using FindWanted = std::function<Result<KnownAnswerPtr>(AnswerId answer)>;

// Those of the query's prefix and span, from `rows`, an iterator over `by_address`: in the order of
// the listing's days, each once, and no more of the later ones than the query's limit can need.
// Errors: kDataLoss, kIo, kUnavailable (the query's should_stop), those of `find`.
Result<std::vector<DayCell>> read_address_cells(const DeliveryQuery& query, const Kept& kept,
                                                rocksdb::Iterator& rows, const FindWanted& find);

}  // namespace etymon::store
