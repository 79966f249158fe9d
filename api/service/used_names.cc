#include "api/service/used_names.h"

#include <algorithm>

#include "api/service/lookups.h"

namespace etymon::service {

std::vector<DomainName> used_names(const store::Store& store, const Clock& clock,
                                   const Contact& contact, size_t most) {
  v1::LookupRequest question;
  question.set_address(contact.address.text());
  question.set_client(contact.client.text());
  v1::LookupResponse answer;
  const auto failure = Lookups(store, clock).answer(question, {}, answer);
  std::vector<DomainName> names;
  if (failure ||
      (answer.verdict() != v1::VERDICT_LIVE && answer.verdict() != v1::VERDICT_EXPIRED)) {
    return names;
  }
  for (const v1::Candidate& candidate : answer.candidates()) {
    const auto name = DomainName::from_text(candidate.name());
    if (name && names.size() < most && std::ranges::find(names, *name) == names.end()) {
      names.push_back(*name);
    }
  }
  return names;
}

}  // namespace etymon::service
