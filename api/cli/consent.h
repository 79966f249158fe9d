// Consent: whether whoever types the command wants what cannot be undone. Used by one thread.
#pragma once

#include <string>

#include "resolver/base/result.h"

namespace etymon::cli {

enum class Consent {
  kAsk,    // whoever sits at the terminal
  kGiven,  // by --yes
};

// Error kInvalidArgument: nobody sits there. `what` is to be done, as in "whether to WHAT".
Status can_ask(const std::string& what);

// Asks on standard error; what is not a yes is a no. REQUIRES: can_ask().
bool says_yes(const std::string& question);

}  // namespace etymon::cli
