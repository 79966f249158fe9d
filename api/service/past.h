// Past: pages and summaries of deliveries, answered from the store. Without gRPC; any thread, no
// state. Reads as long as `stop` lets it; then a page has what was found, and says where to go on.
// Where that is nowhere, and of a summary, the failure is READ_TOO_LONG.
#pragma once

#include <stop_token>

#include "api/service/failure.h"
#include "etymon/v1/listing.pb.h"
#include "resolver/base/clock.h"
#include "store/store.h"

namespace etymon::service {

class Past {
 public:
  // Both outlive it.
  Past(const store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  Outcome<v1::ListDeliveriesResponse> page(const v1::ListDeliveriesRequest& request,
                                           store::OthersRows others,
                                           const std::stop_token& stop) const;
  Outcome<v1::SummarizeRecurrenceResponse> recurrence(const v1::SummarizeRecurrenceRequest& request,
                                                      store::OthersRows others,
                                                      const std::stop_token& stop) const;

 private:
  const store::Store& store_;
  const Clock& clock_;
};

}  // namespace etymon::service
