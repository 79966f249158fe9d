// The bytes of an Answer, as the journal and the table `answers` hold it (FORMAT.md).
//
// Equal answers have equal bytes, so bytes can be hashed and compared in their place.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "resolver/base/result.h"
#include "resolver/model/answer.h"

namespace etymon::store {

std::string encode_answer(const Answer& answer);

// Error kDataLoss: not the bytes of an answer.
Result<Answer> decode_answer(std::string_view bytes);

// Calls `visit` with each of the answer's addresses, in their order; makes nothing else of it.
// REQUIRES: they are the bytes of an answer.
void visit_addresses(std::string_view bytes, const std::function<void(const IpAddress&)>& visit);

}  // namespace etymon::store
