// Between the API's messages and the model: every field is checked and bounded here, and nowhere
// else. Pure functions, any thread. reading.cc has those from the API, writing.cc those to it, but
// for the answers of lookups (answer_octets.h).
#pragma once

#include "api/service/failure.h"
#include "etymon/v1/delivery.pb.h"
#include "etymon/v1/lookup.pb.h"
#include "store/attribution/attribution.h"
#include "store/store.h"

namespace etymon::service {

// `now`: the present moment, which an unset `at` means.
Outcome<attribution::LookupQuestion> read_question(const v1::LookupRequest& request, WallTime now);

// `field`: how failures name the message. `now`: nothing was observed after it.
Outcome<store::Observed> read_observed(const v1::ObservedDelivery& delivery,
                                       const std::string& field, WallTime now);
Outcome<TimeSpan> read_covered(const v1::TimeSpan& span, WallTime now);

v1::LookupError write_error(const Failure& failure);

google::protobuf::Timestamp write_time(WallTime time);
google::protobuf::Duration write_duration(Microseconds duration);
v1::CoverageInterval write_interval(const CoverageInterval& interval);

}  // namespace etymon::service
