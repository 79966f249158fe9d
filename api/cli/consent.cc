#include "api/cli/consent.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace etymon::cli {

Status can_ask(const std::string& what) {
  return isatty(STDIN_FILENO) == 1
             ? Status()
             : Error{ErrorCode::kInvalidArgument,
                     "nobody can be asked whether to " + what + "; --yes says so beforehand"};
}

bool says_yes(const std::string& question) {
  std::fputs((question + " [y/N] ").c_str(), stderr);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace etymon::cli
