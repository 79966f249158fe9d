// A lookup's answer as people read it. Pure functions, any thread; the golden texts are in the
// tests.
#pragma once

#include <span>
#include <string>

#include "api/cli/terminal.h"
#include "etymon/v1/lookup.pb.h"
#include "resolver/base/clock.h"

namespace etymon::cli {

// The messages are their owners', and outlive it.
struct AnsweredLookup {
  const v1::LookupRequest& question;
  const v1::LookupResponse& answer;
  WallTime asked_at;  // the moment of the question, when it names none
  // What was recorded, to tell how far an uncovered moment is from it; of use for UNKNOWN only.
  std::span<const v1::CoverageInterval> coverage;
};

void append_lookup_text(std::string& out, const AnsweredLookup& lookup, const Style& style);
std::string lookup_text(const AnsweredLookup& lookup, const Style& style);

}  // namespace etymon::cli
