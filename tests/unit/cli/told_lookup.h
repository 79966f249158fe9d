// A lookup and its answer that a test puts together; what is written of it only looks at them.
#pragma once

#include <vector>

#include "api/cli/lookup_text.h"

namespace etymon::cli {

struct ToldLookup {
  v1::LookupRequest question;
  v1::LookupResponse answer;
  WallTime asked_at;
  std::vector<v1::CoverageInterval> coverage;

  operator AnsweredLookup() const { return {question, answer, asked_at, coverage}; }
};

}  // namespace etymon::cli
