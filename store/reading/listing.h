// Listing: deliveries one by one, from tables and tail as if they were one.
//
// Any thread, many at once; never waits for a fold. One snapshot of the tables is read, in which
// the journal position says which parts of the tail it holds already (as in evidence_scan.h). Each
// condition has an index that leads to the rows: a name `by_name` (unless there is a client, whose
// rows are less to read, or all that may be read), a client `by_client`, an address `by_address`
// (unless the hours of the span are less to read); the times are always those in `deliveries`, hour
// by hour in the order that is asked for, until there are enough, or no more time: then the page
// ends behind the last hour that was read whole.
#pragma once

#include "resolver/base/result.h"
#include "store/model/queries.h"
#include "store/reading/memory.h"

namespace etymon::store {

// Errors as Store::page().
Result<DeliveryPage> list_deliveries(const DeliveryQuery& query, const Memory& memory);

}  // namespace etymon::store
