#include "api/service/lookups.h"

#include <algorithm>
#include <utility>

#include "api/service/conversions.h"

namespace etymon::service {
namespace {

bool any_delivered(const std::vector<Evidence>& evidence) {
  return std::ranges::any_of(evidence, [](const Evidence& row) { return row.deliveries > 0; });
}

// The host's own evidence; that of all hosts where none was delivered to it. Most lookups name a
// host that had asked, and read little; only the rest pays for what the others were told.
Result<std::vector<Evidence>> gather(const store::Store& store, store::EvidenceQuery query) {
  Result<std::vector<Evidence>> evidence = store.evidence(query);
  if (!evidence || !query.client || any_delivered(*evidence)) {
    return evidence;
  }
  query.client.reset();
  return store.evidence(query);
}

}  // namespace

Outcome<v1::LookupResponse> Lookups::answer(const v1::LookupRequest& request) const {
  auto read = read_question(request, clock_.wall());
  if (auto* failure = std::get_if<Failure>(&read)) {
    return std::move(*failure);
  }
  const auto& question = std::get<attribution::LookupQuestion>(read);
  store::EvidenceQuery query;
  query.address = question.address;
  query.client = question.client;
  query.until = question.at + question.tolerance;
  const auto evidence = gather(store_, query);
  if (!evidence) {
    return from_store(evidence.error());
  }
  // Coverage after evidence: what is let go or lost in between ends up as a gap, never as NEVER.
  const auto answer = attribution::attribute(question, *evidence, store_.coverage());
  v1::LookupResponse response = write_answer(answer, kAnswerBytesMax);
  if (evidence->size() >= query.limit) {
    response.set_truncated(true);
  }
  return response;
}

v1::LookupResult Lookups::result(const v1::LookupRequest& request) const {
  v1::LookupResult result;
  auto outcome = answer(request);
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    *result.mutable_error() = write_error(*failure);
  } else {
    *result.mutable_answer() = std::move(std::get<v1::LookupResponse>(outcome));
  }
  return result;
}

}  // namespace etymon::service
