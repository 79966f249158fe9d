#include "store/model/name_match.h"

#include <algorithm>

namespace etymon::store {

bool has_name(const Answer& answer, const DomainName& name, NameMatch match) {
  const auto matches = [&](const DomainName& one) {
    return match == NameMatch::kSubtree ? one.is_within(name) : one == name;
  };
  return matches(answer.question.name) || std::ranges::any_of(answer.chain, matches);
}

}  // namespace etymon::store
