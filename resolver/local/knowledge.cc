#include "resolver/local/knowledge.h"

#include "resolver/local/labels.h"

namespace etymon::local {
namespace {

std::optional<Finding> finding(const wire::QueryView& query, const wire::OwnAnswer& said,
                               wire::ExtendedError reason) {
  Result<wire::ParsedResponse> response =
      wire::make_response({query.qname, query.qtype, query.qclass}, said);
  return response.ok() ? std::optional(Finding{.response = *std::move(response), .reason = reason})
                       : std::nullopt;
}

}  // namespace

std::optional<Finding> Knowledge::find(const wire::QueryView& query) const {
  if (query.qclass != RecordClass::kIn) {
    return std::nullopt;
  }
  const LowerName name(query.qname);
  if (auto known = parts_.names->find(name.view(), query.qtype)) {
    return known->leads_to.empty() ? finding(query, known->said, wire::ExtendedError::kSynthesized)
                                   : Finding{.chain = std::move(known->said.answer),
                                             .leads_to = std::move(known->leads_to)};
  }
  if (auto special = parts_.special_names->answer(name.view(), query.qtype)) {
    if (special->said.rcode == Rcode::kNxDomain && parts_.names->exists(name.view())) {
      special->said.rcode = Rcode::kNoError;  // A name below it is known (RFC 8020 section 2).
    }
    return finding(query, special->said, special->reason);
  }
  if (const auto blocked = parts_.block_list->answer(name.view(), query.qtype)) {
    return finding(query, *blocked, wire::ExtendedError::kBlocked);
  }
  return std::nullopt;
}

std::optional<IpAddress> Knowledge::address_of(const MacAddress& device) const {
  if (parts_.devices == nullptr) {
    return std::nullopt;
  }
  const auto found = parts_.devices->find(device);
  return found == parts_.devices->end() ? std::nullopt : std::optional(found->second);
}

}  // namespace etymon::local
