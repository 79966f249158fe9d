// What is added to a log line: an answer, as text or as JSON. Pure functions, any thread.
//
// Names come over the network. In JSON they are strings like any other. In text every octet that
// could end a value, a column or a line is written as \DDD (RFC 1035 section 5.1), so that nothing
// in a name can look like something else.
#pragma once

#include <string>
#include <string_view>

#include "etymon/v1/lookup.pb.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// "LIVE", "OTHER_CLIENT": without the API's prefix.
std::string_view verdict_word(v1::Verdict verdict);

// How an answer counts in the summary.
enum class Outcome { kNamed, kAmbiguous, kOfOthers, kUnnamed, kError };
Outcome outcome_of(const v1::LookupResult& result);

// Stands where no answer came: reason SERVER_UNREACHABLE when nobody spoke, else LOOKUP_FAILED.
v1::LookupResult no_answer(const Error& error);

// " name=download.update.example verdict=LIVE", with " ambiguous=true" where it is; where the
// question has no moment, " as_of=now" behind that. Without a name " verdict=NEVER". Where there
// is no answer " verdict=ERROR reason=STORE_DAMAGED".
std::string text_annotation(const v1::LookupRequest& question, const v1::LookupResult& result);

// Three columns, each behind a separator: the name, the verdict, T or F for ambiguous. "-" where
// there is none.
std::string column_annotation(const v1::LookupResult& result, char separator);

// Names of one line: beyond that, each makes the log longer and the answer no clearer.
inline constexpr size_t kOthersMax = 16;

// {"name":...,"verdict":"LIVE","ambiguous":false,"client":...,"address":...,"at":..., ...}, one
// line; what is not known is left out. "others": names that fit, too, the likelier first, each
// once, at most kOthersMax; "others_left_out": how many more there were.
std::string json_annotation(const v1::LookupRequest& question, const v1::LookupResult& result);

}  // namespace etymon::cli
