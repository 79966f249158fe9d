#include "api/service/listings.h"

#include <algorithm>
#include <charconv>

#include "api/service/conversions.h"
#include "api/service/fields.h"
#include "resolver/base/hash.h"

namespace etymon::service {
namespace {

using Wrong = std::optional<Failure>;

// A token in hexadecimal digits: the seal, the time, the tie, the number of those alike.
constexpr size_t kTokenLength = 16 + 16 + 16 + 8;

Wrong read_hosts(const v1::DeliveryFilter& filter, store::DeliveryQuery& query) {
  if (!filter.client().empty()) {
    const auto client = read_bounded<IpAddress>(filter.client());
    if (!client) {
      return invalid("CLIENT_INVALID", "filter.client",
                     in_quotes(filter.client()) + " is no IP address");
    }
    query.client = *client;
  }
  if (!filter.address().empty()) {
    const auto address = read_bounded<IpPrefix>(filter.address());
    if (!address) {
      return invalid("ADDRESS_INVALID", "filter.address", in_one_line(address.error().message));
    }
    query.address = *address;
  }
  return std::nullopt;
}

Wrong read_name(const v1::DeliveryFilter& filter, store::DeliveryQuery& query) {
  if (!v1::NameMatch_IsValid(filter.match())) {
    return invalid("MATCH_INVALID", "filter.match", "the match is not a known one");
  }
  if (filter.match() == v1::NAME_MATCH_SUBTREE) {
    query.match = store::NameMatch::kSubtree;
  }
  if (filter.name().empty()) {
    return std::nullopt;
  }
  const auto name = read_bounded_name(filter.name());
  if (!name) {
    return invalid("NAME_INVALID", "filter.name", in_quotes(filter.name()) + " is no domain name");
  }
  query.name = name->canonical();
  return std::nullopt;
}

Wrong read_span(const v1::DeliveryFilter& filter, WallTime now, store::DeliveryQuery& query) {
  const auto set_end = filter.has_end() ? read_time(filter.end()) : now;
  const auto ever = std::min(WallTime(), set_end.value_or(WallTime()));
  const auto start = filter.has_start() ? read_time(filter.start()) : ever;
  // A caller's clock may be ahead of this one; up to now there is nothing for it.
  const auto end = filter.has_end() ? set_end : std::max(now, start.value_or(now));
  if (!start || !end || *end < *start) {
    return invalid("SPAN_INVALID", start ? "filter.end" : "filter.start",
                   "the span needs times of the years 1 to 9999, and no end before its start");
  }
  query.span = {*start, *end};
  return std::nullopt;
}

Wrong read_rcode(const v1::DeliveryFilter& filter, store::DeliveryQuery& query) {
  if (filter.rcode() > kRcodeMax) {
    return invalid("RCODE_INVALID", "filter.rcode", "a response code is 0 to 4095");
  }
  if (filter.has_rcode()) {
    query.rcode = static_cast<Rcode>(filter.rcode());
  }
  return std::nullopt;
}

void append_hex(std::string& out, uint64_t value, size_t digits) {
  constexpr const char* kDigits = "0123456789abcdef";
  for (size_t i = digits; i > 0; --i) {
    out += kDigits[value >> (4 * (i - 1)) & 0xF];
  }
}

std::optional<uint64_t> read_hex(std::string_view digits) {
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  const bool all = error == std::errc() && end == digits.data() + digits.size();
  return all ? std::optional(value) : std::nullopt;
}

}  // namespace

Outcome<store::DeliveryQuery> read_filter(const v1::DeliveryFilter& filter, WallTime now) {
  store::DeliveryQuery query;
  for (const auto read : {read_hosts, read_name, read_rcode}) {
    if (Wrong wrong = read(filter, query)) {
      return *std::move(wrong);
    }
  }
  if (Wrong wrong = read_span(filter, now, query)) {
    return *std::move(wrong);
  }
  return query;
}

Outcome<store::ListingOrder> read_order(v1::ListingOrder order, store::ListingOrder fallback) {
  switch (order) {
    case v1::LISTING_ORDER_UNSPECIFIED:
      return fallback;
    case v1::LISTING_ORDER_NEWEST_FIRST:
      return store::ListingOrder::kNewestFirst;
    case v1::LISTING_ORDER_OLDEST_FIRST:
      return store::ListingOrder::kOldestFirst;
    default:
      return invalid("ORDER_INVALID", "order", "the order is not a known one");
  }
}

std::string write_token(const store::ListingPosition& place, uint64_t seal) {
  std::string token;
  token.reserve(kTokenLength);
  append_hex(token, seal, 16);
  append_hex(token, static_cast<uint64_t>(place.at.time_since_epoch().count()), 16);
  append_hex(token, place.tie, 16);
  append_hex(token, place.given, 8);
  return token;
}

std::optional<store::ListingPosition> read_token(const std::string& token, uint64_t seal) {
  if (token.size() != kTokenLength) {
    return std::nullopt;
  }
  const std::string_view text = token;
  const auto sealed = read_hex(text.substr(0, 16));
  const auto at = read_hex(text.substr(16, 16));
  const auto tie = read_hex(text.substr(32, 16));
  const auto given = read_hex(text.substr(48, 8));
  if (!sealed || !at || !tie || !given || *sealed != seal ||
      *given > store::ListingPosition::kGivenMax) {
    return std::nullopt;
  }
  return store::ListingPosition{WallTime(Microseconds(static_cast<int64_t>(*at))), *tie,
                                static_cast<uint32_t>(*given)};
}

uint64_t seal_of(const v1::DeliveryFilter& filter, store::ListingOrder order) {
  // One program writes one message in one way; across versions a token may lapse.
  return hash_bytes(as_bytes(filter.SerializeAsString()), static_cast<uint64_t>(order));
}

Outcome<WatchOrder> read_watch_order(const v1::WatchRequest& request, WallTime now) {
  if (request.filter().has_start() || request.filter().has_end()) {
    return invalid("SPAN_INVALID", request.filter().has_start() ? "filter.start" : "filter.end",
                   "what is watched has neither start nor end");
  }
  auto filter = read_filter(request.filter(), now);
  if (auto* failure = std::get_if<Failure>(&filter)) {
    return std::move(*failure);
  }
  WatchOrder order{.query = std::move(std::get<store::DeliveryQuery>(filter)),
                   // The newest time that was heard of would be nearer, and would tell when
                   // somebody else asked last.
                   .place = {now - kOnItsWayMax, 0, 0}};
  order.query.span = {WallTime(), WallTime::max()};
  order.query.order = store::ListingOrder::kOldestFirst;
  order.seal = seal_of(request.filter(), order.query.order);
  if (request.resume_token().empty()) {
    return order;
  }
  const auto place = read_token(request.resume_token(), order.seal);
  if (!place) {
    return invalid("RESUME_TOKEN_INVALID", "resume_token",
                   "the token is not from a stream with this filter");
  }
  order.place = *place;
  order.resumes = true;
  return order;
}

v1::ObservedDelivery write_delivery(const store::RecordedDelivery& delivery) {
  const Answer& answer = *delivery.answer;
  v1::ObservedDelivery out;
  *out.mutable_at() = write_time(delivery.sighting.at);
  out.set_client(delivery.client.text());
  out.set_name(answer.question.name.text());
  out.set_type(static_cast<uint32_t>(answer.question.type));
  if (answer.question.klass != RecordClass::kIn) {
    out.set_qclass(static_cast<uint32_t>(answer.question.klass));
  }
  for (size_t i = 1; i < answer.chain.size(); ++i) {
    out.add_chain(answer.chain[i].text());
  }
  for (const AnswerAddress& address : answer.addresses) {
    v1::DeliveredAddress& written = *out.add_addresses();
    written.set_address(address.address.text());
    written.set_via(static_cast<v1::Via>(address.via));
    if (address.service != Service()) {
      written.mutable_service()->set_port(address.service.port);
      written.mutable_service()->set_tcp(address.service.tcp);
      written.mutable_service()->set_udp(address.service.udp);
    }
  }
  out.set_rcode(static_cast<uint32_t>(answer.rcode));
  out.set_validity_s(delivery.sighting.validity_s);
  if (answer.upstream != Endpoint{}) {
    out.set_upstream(answer.upstream.text());
  }
  out.set_transport(static_cast<v1::Transport>(delivery.sighting.transport));
  out.set_origin(static_cast<v1::Origin>(delivery.sighting.origin));
  out.set_rebinding(answer.rebinding);
  for (const IpAddress& address : answer.withheld) {
    out.add_withheld(address.text());
  }
  if (delivery.sighting.forwarder != IpAddress()) {
    out.set_forwarder(delivery.sighting.forwarder.text());
  }
  return out;
}

bool is_wanted(const store::RecordedDelivery& delivery, const store::DeliveryQuery& query) {
  return query.client.value_or(delivery.client) == delivery.client &&
         store::matches(*delivery.answer, query);
}

bool wants_all(const store::DeliveryQuery& query) {
  return !query.client && !query.name && !query.address && !query.rcode;
}

std::vector<TimeSpan> covered_within(const Coverage& coverage, std::span<const TimeSpan> spans,
                                     size_t max) {
  const std::vector<TimeSpan>& runs = coverage.runs();
  std::vector<TimeSpan> parts;
  auto first = runs.begin();
  for (const TimeSpan& span : spans) {
    first =
        std::find_if(first, runs.end(), [&](const TimeSpan& run) { return run.end >= span.start; });
    for (auto run = first; run != runs.end() && run->start <= span.end; ++run) {
      parts.push_back({std::max(run->start, span.start), std::min(run->end, span.end)});
    }
  }
  if (parts.size() > max) {
    parts.erase(parts.begin(), parts.end() - static_cast<ptrdiff_t>(max));
  }
  return parts;
}

std::vector<TimeSpan> gaps_since(const Coverage& coverage, WallTime moment, size_t max) {
  std::vector<TimeSpan> gaps;
  WallTime reached = moment;
  for (const CoverageInterval& interval : coverage.intervals()) {
    if (interval.is_imported() || interval.span.end < reached) {
      continue;
    }
    if (interval.span.start > reached) {
      gaps.push_back({reached, interval.span.start - Microseconds(1)});
    }
    reached = interval.span.end + Microseconds(1);
  }
  if (gaps.size() > max) {
    gaps.erase(gaps.begin(), gaps.end() - static_cast<ptrdiff_t>(max));
  }
  return gaps;
}

v1::TimeSpan write_span(const TimeSpan& span) {
  v1::TimeSpan out;
  *out.mutable_start() = write_time(span.start);
  *out.mutable_end() = write_time(span.end);
  return out;
}

}  // namespace etymon::service
