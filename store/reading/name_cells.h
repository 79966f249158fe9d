// Name cells: where in `deliveries` a name, or the names below it, were told. Private to store/.
#pragma once

#include <rocksdb/iterator.h>

#include <functional>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "store/model/queries.h"
#include "store/tables/kept.h"
#include "store/tables/keys.h"

namespace etymon::store {

// The rows of `by_name` of a name, or of it and all names below it.
KeyRange name_range(const DomainName& name, NameMatch match);

// Whether an answer is as the query wants it, apart from who was told when.
using WantsAnswer = std::function<Result<bool>(AnswerId answer)>;

// The keys of `deliveries` that `rows`, an iterator over `by_name` bounded by name_range(), leads
// to within the query's span: in the order of the listing's hours, each once, and no more of the
// later ones than the query's limit can need. Errors: kDataLoss, kIo, kUnavailable (the query's
// should_stop), those of `wants`.
Result<std::vector<DeliveryKey>> read_name_cells(const DeliveryQuery& query, const Kept& kept,
                                                 rocksdb::Iterator& rows, const WantsAnswer& wants);

}  // namespace etymon::store
