#include <algorithm>
#include <string_view>

#include "api/service/conversions.h"
#include "api/service/fields.h"

namespace etymon::service {
namespace {

constexpr int kChainMax = 64;
// As many A records as one message of 65535 octets can hold (RFC 1035: 16 octets each).
constexpr int kAddressesMax = 4096;
constexpr size_t kProtoTextMax = 16;
constexpr uint32_t kPortMax = 65'535;
constexpr uint32_t kTypeMax = 65'535;
constexpr uint32_t kClassMax = 65'535;
constexpr uint32_t kTtlMax = 2'147'483'647;  // RFC 2181 section 8
constexpr Microseconds kToleranceMax = std::chrono::days(366);
constexpr Microseconds kMinCoverageMax = std::chrono::days(3660);

bool is_protocol_name(std::string_view text) {
  return text.size() <= kProtoTextMax && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Failure bad_address(std::string reason, std::string field, const std::string& text) {
  return invalid(std::move(reason), std::move(field), in_quotes(text) + " is no IP address");
}

// The steps of reading a question: each fills its part, or tells what is wrong.
using Wrong = std::optional<Failure>;

Wrong read_hosts(const v1::LookupRequest& request, attribution::LookupQuestion& question) {
  if (request.address().empty()) {
    return invalid("ADDRESS_MISSING", "address", "the address to look up is missing");
  }
  const auto address = read_bounded<IpPrefix>(request.address());
  if (!address) {
    return invalid("ADDRESS_INVALID", "address", in_one_line(address.error().message));
  }
  question.address = *address;
  if (request.client().empty()) {
    return std::nullopt;
  }
  const auto client = read_bounded<IpAddress>(request.client());
  if (!client) {
    return bad_address("CLIENT_INVALID", "client", request.client());
  }
  question.client = *client;
  return std::nullopt;
}

Wrong read_moment(const v1::LookupRequest& request, attribution::LookupQuestion& question) {
  const auto at = request.has_at() ? read_time(request.at()) : question.asked_at;
  if (!at) {
    return invalid("TIME_INVALID", "at", "the time is outside of the years 1 to 9999");
  }
  const auto tolerance = read_duration(request.tolerance(), kToleranceMax);
  if (!tolerance) {
    return invalid("TOLERANCE_INVALID", "tolerance", "the tolerance is not from 0 s to 366 days");
  }
  const auto min_coverage = read_duration(request.min_coverage(), kMinCoverageMax);
  if (!min_coverage) {
    return invalid("MIN_COVERAGE_INVALID", "min_coverage",
                   "the coverage asked for is not from 0 s to 3660 days");
  }
  question.at = *at;
  question.tolerance = *tolerance;
  question.min_coverage = *min_coverage;
  return std::nullopt;
}

Wrong read_contact(const v1::LookupRequest& request, attribution::LookupQuestion& question) {
  if (request.port() > kPortMax) {
    return invalid("PORT_INVALID", "port",
                   std::to_string(request.port()) + " is no port: 0 to 65535");
  }
  if (!is_protocol_name(request.proto())) {
    return invalid("PROTO_INVALID", "proto",
                   in_quotes(request.proto()) + " is not a protocol in lower case such as udp");
  }
  question.port = static_cast<uint16_t>(request.port());
  question.proto = request.proto();
  return std::nullopt;
}

Wrong read_names(const v1::ObservedDelivery& delivery, const std::string& field, Answer& answer) {
  const auto name = [](const std::string& text) -> Result<DomainName> {
    if (text.empty() || text.size() > static_cast<size_t>(kNameTextMax)) {
      return Error{ErrorCode::kInvalidArgument, "a name has 1 to 1015 characters"};
    }
    return DomainName::from_text(text);
  };
  const auto asked = name(delivery.name());
  if (!asked) {
    return invalid("DELIVERY_INVALID", field + ".name", asked.error().message);
  }
  if (delivery.chain_size() > kChainMax) {
    return invalid("DELIVERY_INVALID", field + ".chain", "a chain has at most 64 steps");
  }
  answer.question.name = asked->canonical();
  answer.chain = {answer.question.name};
  for (const std::string& text : delivery.chain()) {
    const auto step = name(text);
    if (!step) {
      return invalid("DELIVERY_INVALID", field + ".chain", step.error().message);
    }
    answer.chain.push_back(step->canonical());
  }
  return std::nullopt;
}

Via via_of(const v1::DeliveredAddress& delivered, const IpAddress& address) {
  if (delivered.via() == v1::VIA_UNSPECIFIED) {
    return address.is_v4() ? Via::kA : Via::kAaaa;
  }
  return static_cast<Via>(delivered.via());
}

Wrong read_addresses(const v1::ObservedDelivery& delivery, const std::string& field,
                     Answer& answer) {
  if (delivery.addresses_size() > kAddressesMax) {
    return invalid("DELIVERY_INVALID", field + ".addresses", "more than 4096 addresses");
  }
  for (const v1::DeliveredAddress& delivered : delivery.addresses()) {
    const auto address = read_bounded<IpAddress>(delivered.address());
    if (!address) {
      return bad_address("DELIVERY_INVALID", field + ".addresses", delivered.address());
    }
    if (!v1::Via_IsValid(delivered.via())) {
      return invalid("DELIVERY_INVALID", field + ".addresses", "the via is not a known one");
    }
    if (delivered.service().port() > kPortMax) {
      return invalid("DELIVERY_INVALID", field + ".addresses", "a port is at most 65535");
    }
    answer.addresses.push_back({*address,
                                via_of(delivered, *address),
                                {.port = static_cast<uint16_t>(delivered.service().port()),
                                 .tcp = delivered.service().tcp(),
                                 .udp = delivered.service().udp()}});
  }
  sort_addresses(answer);
  return std::nullopt;
}

Wrong read_withheld(const v1::ObservedDelivery& delivery, const std::string& field,
                    Answer& answer) {
  if (delivery.withheld_size() > kAddressesMax) {
    return invalid("DELIVERY_INVALID", field + ".withheld", "more than 4096 addresses");
  }
  for (const std::string& text : delivery.withheld()) {
    const auto address = read_bounded<IpAddress>(text);
    if (!address) {
      return bad_address("DELIVERY_INVALID", field + ".withheld", text);
    }
    answer.withheld.push_back(*address);
  }
  sort_withheld(answer);
  answer.rebinding = delivery.rebinding() || !answer.withheld.empty();
  return std::nullopt;
}

Wrong read_numbers(const v1::ObservedDelivery& delivery, const std::string& field,
                   store::Observed& observed) {
  if (delivery.type() > kTypeMax) {
    return invalid("DELIVERY_INVALID", field + ".type", "a type is 0 to 65535");
  }
  if (delivery.qclass() > kClassMax) {
    return invalid("DELIVERY_INVALID", field + ".qclass", "a class is 0 to 65535");
  }
  if (delivery.rcode() > kRcodeMax) {
    return invalid("DELIVERY_INVALID", field + ".rcode", "a response code is 0 to 4095");
  }
  if (delivery.validity_s() > kTtlMax) {
    return invalid("DELIVERY_INVALID", field + ".validity_s", "a TTL is 0 to 2147483647");
  }
  if (!v1::Transport_IsValid(delivery.transport())) {
    return invalid("DELIVERY_INVALID", field + ".transport", "the transport is not a known one");
  }
  observed.answer.question.type = static_cast<RecordType>(delivery.type());
  if (delivery.has_qclass()) {
    observed.answer.question.klass = static_cast<RecordClass>(delivery.qclass());
  }
  observed.answer.rcode = static_cast<Rcode>(delivery.rcode());
  observed.validity_s = delivery.validity_s();
  if (delivery.transport() != v1::TRANSPORT_UNSPECIFIED) {
    observed.transport = static_cast<Transport>(delivery.transport());
  }
  return std::nullopt;
}

Wrong read_parties(const v1::ObservedDelivery& delivery, const std::string& field, WallTime now,
                   store::Observed& observed) {
  const auto at = delivery.has_at() ? read_time(delivery.at()) : std::nullopt;
  if (!at || *at < WallTime() || *at > now) {
    return invalid("DELIVERY_INVALID", field + ".at",
                   "the time is missing, before 1970 or in the future");
  }
  const auto client = read_bounded<IpAddress>(delivery.client());
  if (!client) {
    return bad_address("DELIVERY_INVALID", field + ".client", delivery.client());
  }
  observed.at = *at;
  observed.client = *client;
  if (!delivery.forwarder().empty()) {
    const auto forwarder = read_bounded<IpAddress>(delivery.forwarder());
    if (!forwarder) {
      return bad_address("DELIVERY_INVALID", field + ".forwarder", delivery.forwarder());
    }
    observed.forwarder = *forwarder;
  }
  if (delivery.upstream().empty()) {
    return std::nullopt;
  }
  const auto upstream = read_bounded<Endpoint>(delivery.upstream());
  if (!upstream) {
    return bad_address("DELIVERY_INVALID", field + ".upstream", delivery.upstream());
  }
  observed.answer.upstream = *upstream;
  return std::nullopt;
}

}  // namespace

Outcome<attribution::LookupQuestion> read_question(const v1::LookupRequest& request, WallTime now) {
  attribution::LookupQuestion question;
  question.asked_at = now;
  for (const auto read : {read_hosts, read_moment, read_contact}) {
    if (Wrong wrong = read(request, question)) {
      return *std::move(wrong);
    }
  }
  return question;
}

Outcome<store::Observed> read_observed(const v1::ObservedDelivery& delivery,
                                       const std::string& field, WallTime now) {
  store::Observed observed;
  if (Wrong wrong = read_parties(delivery, field, now, observed)) {
    return *std::move(wrong);
  }
  if (Wrong wrong = read_numbers(delivery, field, observed)) {
    return *std::move(wrong);
  }
  for (const auto read : {read_names, read_addresses, read_withheld}) {
    if (Wrong wrong = read(delivery, field, observed.answer)) {
      return *std::move(wrong);
    }
  }
  return observed;
}

Outcome<TimeSpan> read_covered(const v1::TimeSpan& span, WallTime now) {
  const auto start = read_time(span.start());
  const auto end = read_time(span.end());
  const bool is_whole = span.has_start() && span.has_end() && start && end;
  if (!is_whole || *start < WallTime() || *start > *end || *end > now) {
    return invalid("COVERED_INVALID", "covered",
                   "the span needs a start, not before 1970, and an end that is neither before it "
                   "nor in the future");
  }
  return TimeSpan{*start, *end};
}

}  // namespace etymon::service
