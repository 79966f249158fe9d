#include "api/service/forgetting.h"

#include <optional>
#include <utility>

#include "api/service/fields.h"

namespace etymon::service {
namespace {

// The steps of reading a request: each fills its part, or tells what is wrong.
using Wrong = std::optional<Failure>;

Wrong read_client(const v1::ForgetRequest& request, store::ForgetQuery& query) {
  if (request.client().empty()) {
    return std::nullopt;
  }
  const auto client = read_bounded<IpPrefix>(request.client());
  if (!client) {
    return invalid("CLIENT_INVALID", "client", in_one_line(client.error().message));
  }
  query.client = *client;
  return std::nullopt;
}

Wrong read_name(const v1::ForgetRequest& request, store::ForgetQuery& query) {
  if (!v1::NameMatch_IsValid(request.match())) {
    return invalid("MATCH_INVALID", "match", "the match is not a known one");
  }
  query.match = request.match() == v1::NAME_MATCH_SUBTREE ? store::NameMatch::kSubtree
                                                          : store::NameMatch::kExact;
  if (request.name().empty()) {
    return std::nullopt;
  }
  const auto name = read_bounded_name(request.name());
  if (!name) {
    return invalid("NAME_INVALID", "name", in_quotes(request.name()) + " is no domain name");
  }
  query.name = name->canonical();
  return std::nullopt;
}

Wrong read_span(const v1::ForgetRequest& request, store::ForgetQuery& query) {
  if (request.has_start()) {
    query.start = read_time(request.start());
  }
  if (request.has_end()) {
    query.end = read_time(request.end());
  }
  const bool is_read = (query.start || !request.has_start()) && (query.end || !request.has_end());
  if (!is_read || (query.start && query.end && *query.end < *query.start)) {
    const bool is_start = request.has_start() && !query.start;
    return invalid("SPAN_INVALID", is_start ? "start" : "end",
                   "the span needs times of the years 1 to 9999, and no end before its start");
  }
  return std::nullopt;
}

}  // namespace

Outcome<store::ForgetOrder> read_forget_order(const v1::ForgetRequest& request,
                                              const std::string& by) {
  store::ForgetOrder order;
  for (const auto read : {read_client, read_name, read_span}) {
    if (Wrong wrong = read(request, order.query)) {
      return *std::move(wrong);
    }
  }
  const store::ForgetQuery& query = order.query;
  if (!query.client && !query.name && !query.start && !query.end) {
    return invalid("CONDITION_MISSING", "",
                   "say what is to be forgotten: a client, a name or a span");
  }
  order.mode = request.count_only() ? store::ForgetMode::kCount : store::ForgetMode::kForget;
  order.by = by.substr(0, store::kForgetByMax);
  return order;
}

v1::ForgetReport write_report(const store::ForgetReport& report) {
  v1::ForgetReport out;
  out.set_deliveries(report.deliveries);
  out.set_answers(report.answers);
  out.set_hours(report.hours);
  out.set_hosts(report.hosts);
  return out;
}

}  // namespace etymon::service
