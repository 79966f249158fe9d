#include "api/service/used_names.h"

#include <algorithm>

#include "api/service/lookups.h"

namespace etymon::service {

std::vector<DomainName> used_names(const store::Store& store, const Clock& clock,
                                   const Contact& contact, size_t most) {
  v1::LookupRequest question;
  question.set_address(contact.address.text());
  question.set_client(contact.client.text());
  const auto found = Lookups(store, clock).answer(question, {});
  const auto* answer = std::get_if<attribution::LookupAnswer>(&found);
  std::vector<DomainName> names;
  if (answer == nullptr || (answer->verdict != attribution::Verdict::kLive &&
                            answer->verdict != attribution::Verdict::kExpired)) {
    return names;
  }
  for (const attribution::Candidate& candidate : answer->candidates) {
    if (names.size() < most && std::ranges::find(names, candidate.name()) == names.end()) {
      names.push_back(candidate.name());
    }
  }
  return names;
}

}  // namespace etymon::service
