#include "api/service/used_names.h"

#include <algorithm>
#include <variant>

#include "api/service/lookups.h"

namespace etymon::service {

std::vector<DomainName> used_names(const store::Store& store, const Clock& clock,
                                   const Contact& contact, size_t most) {
  v1::LookupRequest question;
  question.set_address(contact.address.text());
  question.set_client(contact.client.text());
  const auto outcome = Lookups(store, clock).answer(question);
  const auto* answer = std::get_if<v1::LookupResponse>(&outcome);
  std::vector<DomainName> names;
  if (answer == nullptr ||
      (answer->verdict() != v1::VERDICT_LIVE && answer->verdict() != v1::VERDICT_EXPIRED)) {
    return names;
  }
  for (const v1::Candidate& candidate : answer->candidates()) {
    const auto name = DomainName::from_text(candidate.name());
    if (name && names.size() < most && std::ranges::find(names, *name) == names.end()) {
      names.push_back(*name);
    }
  }
  return names;
}

}  // namespace etymon::service
