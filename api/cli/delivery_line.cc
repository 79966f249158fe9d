#include "api/cli/delivery_line.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>
#include <string>

#include "api/cli/moments.h"
#include "etymon/v1/delivery.pb.h"
#include "etymon/v1/provenance.pb.h"

namespace etymon::cli {
namespace {

// Limits of ObservedDelivery, as its comments state them.
constexpr int kChainMax = 64;
constexpr int kAddressesMax = 4096;
constexpr uint32_t kPortMax = 65'535;
constexpr uint32_t kTypeMax = 65'535;
constexpr uint32_t kClassMax = 65'535;
constexpr uint32_t kRcodeMax = 4'095;
constexpr uint32_t kValidityMax = 2'147'483'647;

Error invalid(const std::string& what) {
  return {ErrorCode::kInvalidArgument, what};
}

template <class Message>
bool parse(std::string_view line, Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return google::protobuf::util::JsonStringToMessage(
             google::protobuf::StringPiece(line.data(), line.size()), &message, options)
      .ok();
}

// Nothing before 1970: a store of ours has nothing from then.
std::optional<WallTime> past(const google::protobuf::Timestamp& time, WallTime now) {
  const WallTime at = from_proto(time);
  return time.seconds() > 0 && at <= now ? std::optional(at) : std::nullopt;
}

Result<TimeSpan> span_of(const v1::TimeSpan& span, WallTime now) {
  const auto start = past(span.start(), now);
  const auto end = past(span.end(), now);
  if (!start || !end || *start > *end) {
    return invalid("the covered span lacks a start or an end, or ends in the future");
  }
  return TimeSpan{*start, *end};
}

Status read_names(const v1::ObservedDelivery& line, Answer& answer) {
  const auto asked = DomainName::from_text(line.name());
  if (line.name().empty() || !asked) {
    return invalid("the name is missing or none");
  }
  answer.question.name = asked->canonical();
  answer.chain = {answer.question.name};
  if (line.chain_size() > kChainMax) {
    return invalid("the chain has more than 64 steps");
  }
  for (const std::string& text : line.chain()) {
    const auto step = DomainName::from_text(text);
    if (text.empty() || !step) {
      return invalid("a step of the chain is no name");
    }
    answer.chain.push_back(step->canonical());
  }
  return {};
}

Status read_addresses(const v1::ObservedDelivery& line, Answer& answer) {
  if (line.addresses_size() > kAddressesMax) {
    return invalid("there are more than 4096 addresses");
  }
  for (const v1::DeliveredAddress& delivered : line.addresses()) {
    const auto address = IpAddress::from_text(delivered.address());
    if (!address || !v1::Via_IsValid(delivered.via()) || delivered.service().port() > kPortMax) {
      return invalid("an address or its port is none, or it came along in an unknown way");
    }
    const Via natural = address->is_v4() ? Via::kA : Via::kAaaa;
    const bool is_told = delivered.via() != v1::VIA_UNSPECIFIED;
    answer.addresses.push_back({*address,
                                is_told ? static_cast<Via>(delivered.via()) : natural,
                                {.port = static_cast<uint16_t>(delivered.service().port()),
                                 .tcp = delivered.service().tcp(),
                                 .udp = delivered.service().udp()}});
  }
  return {};
}

Status read_withheld(const v1::ObservedDelivery& line, Answer& answer) {
  if (line.withheld_size() > kAddressesMax) {
    return invalid("more than 4096 addresses were withheld");
  }
  for (const std::string& text : line.withheld()) {
    const auto address = IpAddress::from_text(text);
    if (!address) {
      return invalid("a withheld address is none");
    }
    answer.withheld.push_back(*address);
  }
  answer.rebinding = line.rebinding() || !answer.withheld.empty();
  return {};
}

Status read_numbers(const v1::ObservedDelivery& line, capture::ObservedDelivery& delivery) {
  if (line.type() > kTypeMax || line.qclass() > kClassMax || line.rcode() > kRcodeMax ||
      line.validity_s() > kValidityMax || !v1::Transport_IsValid(line.transport())) {
    return invalid("type, qclass, rcode, validity_s or transport is out of its range");
  }
  delivery.answer.question.type = static_cast<RecordType>(line.type());
  if (line.has_qclass()) {
    delivery.answer.question.klass = static_cast<RecordClass>(line.qclass());
  }
  delivery.answer.rcode = static_cast<Rcode>(line.rcode());
  delivery.validity_s = line.validity_s();
  if (line.transport() != v1::TRANSPORT_UNSPECIFIED) {
    delivery.transport = static_cast<Transport>(line.transport());
  }
  return {};
}

// Empty text leaves `party` as it is.
template <class Party>
Status read_party(const std::string& text, Party& party) {
  if (text.empty()) {
    return {};
  }
  const Result<Party> read = Party::from_text(text);
  party = read ? *read : party;
  return read ? Status() : Status(read.error());
}

Status read_parties(const v1::ObservedDelivery& line, WallTime now,
                    capture::ObservedDelivery& delivery) {
  const auto at = past(line.at(), now);
  const auto client = IpAddress::from_text(line.client());
  if (!at || !client) {
    return invalid("the time is missing or in the future, or the client is no address");
  }
  delivery.at = *at;
  delivery.client = *client;
  const Status read = read_party(line.forwarder(), delivery.forwarder);
  return read ? read_party(line.upstream(), delivery.answer.upstream) : read;
}

}  // namespace

Result<ExportedLine> read_exported(std::string_view line, WallTime now) {
  v1::IngestRequest with_covered;
  if (line.starts_with("{\"covered\"") && parse(line, with_covered)) {
    const auto span = span_of(with_covered.covered(), now);
    return span ? Result<ExportedLine>(ExportedLine(*span)) : span.error();
  }
  if (line.starts_with("{\"gap\"") && parse(line, with_covered)) {
    return ExportedLine(WatchedGap());
  }
  v1::ObservedDelivery message;
  if (!parse(line, message)) {
    return invalid("this is no JSON of a delivery");
  }
  capture::ObservedDelivery delivery;
  Status read = read_parties(message, now, delivery);
  read = read ? read_numbers(message, delivery) : read;
  read = read ? read_names(message, delivery.answer) : read;
  read = read ? read_addresses(message, delivery.answer) : read;
  read = read ? read_withheld(message, delivery.answer) : read;
  return read ? Result<ExportedLine>(ExportedLine(std::move(delivery))) : read.error();
}

}  // namespace etymon::cli
