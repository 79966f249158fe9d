#include "resolver/local/knowledge.h"

#include "resolver/local/labels.h"

namespace etymon::local {
namespace {

std::optional<Finding> finding(const wire::QueryView& query, const wire::OwnAnswer& said) {
  Result<wire::ParsedResponse> response =
      wire::make_response({query.qname, query.qtype, query.qclass}, said);
  return response.ok() ? std::optional(Finding{.response = *std::move(response)}) : std::nullopt;
}

}  // namespace

std::optional<Finding> Knowledge::find(const wire::QueryView& query) const {
  if (query.qclass != RecordClass::kIn) {
    return std::nullopt;
  }
  const LowerName name(query.qname);
  if (const auto special = parts_.special_names->answer(name.view(), query.qtype)) {
    return finding(query, *special);
  }
  return std::nullopt;
}

}  // namespace etymon::local
