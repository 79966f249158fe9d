#include "resolver/local/knowledge.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "resolver/local/labels.h"

namespace etymon::local {
namespace {

wire::AskedQuestion asked_in(const wire::QueryView& query) {
  return {query.qname, query.qtype, query.qclass};
}

// SERVFAIL: ours to say, and nobody else knows better.
Finding failure(const wire::QueryView& query, std::string_view why) {
  return {.response = wire::make_response(asked_in(query), {.rcode = Rcode::kServFail}).value(),
          .reason = wire::ExtendedError::kOther,
          .reason_text = why};
}

Finding finding(const wire::QueryView& query, const wire::OwnAnswer& said,
                wire::ExtendedError reason) {
  Result<wire::ParsedResponse> response = wire::make_response(asked_in(query), said);
  return response.ok() ? Finding{.response = *std::move(response), .reason = reason}
                       : failure(query, kNoAnswer);
}

}  // namespace

std::optional<SpecialNames::Special> Knowledge::rule_for(std::string_view name,
                                                         RecordType type) const {
  if (auto special = parts_.special_names->answer(name, type)) {
    if (special->said.rcode == Rcode::kNxDomain && parts_.names->exists(name)) {
      special->said.rcode = Rcode::kNoError;  // A name below it is known (RFC 8020 section 2).
    }
    return special;
  }
  if (auto blocked = parts_.block_list->answer(name, type)) {
    return SpecialNames::Special{*std::move(blocked), wire::ExtendedError::kBlocked};
  }
  return std::nullopt;
}

std::optional<Finding> Knowledge::find(const wire::QueryView& query) const {
  if (query.qclass != RecordClass::kIn) {
    return std::nullopt;
  }
  const LowerName name(query.qname);
  std::optional<Names::Known> known = parts_.names->find(name.view(), query.qtype);
  if (known && known->leads_to.empty()) {
    return known->said.rcode == Rcode::kServFail
               ? failure(query, kAliasLeadsNowhere)
               : finding(query, known->said, wire::ExtendedError::kSynthesized);
  }
  // Where an alias of this network leads, the same is true as if that had been asked for.
  std::optional<SpecialNames::Special> rule =
      rule_for(known ? known->leads_to : name.view(), query.qtype);
  if (!rule) {
    return known ? std::optional(Finding{.chain = std::move(known->said.answer),
                                         .leads_to = std::move(known->leads_to)})
                 : std::nullopt;
  }
  if (known) {
    std::ranges::move(rule->said.answer, std::back_inserter(known->said.answer));
    rule->said.answer = std::move(known->said.answer);
  }
  Finding found = finding(query, rule->said, rule->reason);
  found.is_special = !known && found.reason == wire::ExtendedError::kSynthesized;
  return found;
}

bool Knowledge::keeps(const wire::QueryView& query) const {
  wire::QueryView usual = query;
  usual.qtype = RecordType::kA;
  usual.qclass = RecordClass::kIn;
  return find(usual).has_value();
}

std::optional<IpAddress> Knowledge::address_of(const MacAddress& device) const {
  if (parts_.devices == nullptr) {
    return std::nullopt;
  }
  const auto found = parts_.devices->find(device);
  return found == parts_.devices->end() ? std::nullopt : std::optional(found->second);
}

}  // namespace etymon::local
