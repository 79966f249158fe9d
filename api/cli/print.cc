#include "api/cli/print.h"

#include <string_view>
#include <utility>

namespace etymon::cli {

Result<Print> print_named(const std::string& name) {
  constexpr std::pair<std::string_view, Print> kNames[] = {{"", Print::kText},
                                                           {"text", Print::kText},
                                                           {"json", Print::kJson},
                                                           {"csv", Print::kCsv},
                                                           {"minimal", Print::kMinimal}};
  for (const auto& [word, print] : kNames) {
    if (name == word) {
      return print;
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               "--print: '" + name + "' is none of text, json, csv, minimal"};
}

}  // namespace etymon::cli
