// Forgetting, between the API's messages and the store's values. Pure functions, any thread.
#pragma once

#include <string>

#include "api/service/failure.h"
#include "etymon/v1/upkeep.pb.h"
#include "store/model/forget_report.h"

namespace etymon::service {

// `by`: who asks. Failures: CONDITION_MISSING, CLIENT_INVALID, NAME_INVALID, MATCH_INVALID,
// SPAN_INVALID.
Outcome<store::ForgetOrder> read_forget_order(const v1::ForgetRequest& request,
                                              const std::string& by);

v1::ForgetReport write_report(const store::ForgetReport& report);

}  // namespace etymon::service
