// A lookup's answer as rows: for tables, and the names alone. Pure functions, any thread.
//
// Whatever came over the network is escaped: names and addresses pass printable().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/cli/lookup_text.h"
#include "etymon/v1/lookup.pb.h"

namespace etymon::cli {

// The columns of CSV (RFC 4180), with line breaks of one octet. `client` and `address` are what was
// asked about, or of a block the address that was found; `answered_to` is who was told the name,
// and `forwarder` who passed its question on. New columns come at the end.
inline constexpr std::string_view kLookupCsvHead =
    "at,client,address,verdict,ambiguous,name,chain,answered_to,answered_at,valid_until,origin,"
    "deliveries,rebinding,forwarder\n";

// A row for each name, the likeliest first; without a name one row, for the verdict.
std::string lookup_csv(const AnsweredLookup& lookup);
// The row of a question that has no answer, of which perhaps not all could be read.
std::string lookup_csv_error(const v1::LookupRequest& question);

// The names that led this host there, the likeliest first, printable. Those that only others were
// told are none of them.
std::vector<std::string> names_of(const v1::LookupResponse& answer);

}  // namespace etymon::cli
