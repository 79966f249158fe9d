// The part of the house style that needs no compiler. Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "tests/layering/source_tree.h"

namespace etymon::layering {

inline constexpr size_t kColumnsMax = 100;
inline constexpr size_t kLinesMax = 700;  // of a file; 400 is what we aim for

// One line "FILE:LINE: what is wrong" for each departure from the style in `source`: lines that are
// too long or end in blanks, files that are too long, words that leave work for later, headers that
// lack `#pragma once` or do not open with a comment, clocks read outside resolver/base.
std::vector<std::string> departures_in(const SourceFile& source);

}  // namespace etymon::layering
