// Answers of lookups, as the octets of the API's messages: the one place that writes them. Pure
// functions, any thread.
//
// No message is made up for it: an answer of one name would be some twenty pieces of memory, which
// are filled, counted, written and cleared.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "api/service/failure.h"
#include "store/attribution/attribution.h"

namespace etymon::service {

// Most octets of candidates in one answer: wide prefixes have no other end.
inline constexpr size_t kAnswerBytesMax = 1 << 20;

// A LookupResponse, behind what `out` has. Candidates are added until they have `bytes_max` octets;
// when that leaves one out, the answer says so.
void append_answer(const attribution::LookupAnswer& answer, size_t bytes_max, std::string& out);

// A result of a LookupStreamResponse, behind what `out` has: a LookupResponse that was written, or
// why there is none.
void append_result(std::string_view answer, std::string& out);
void append_result(const Failure& failure, std::string& out);

}  // namespace etymon::service
