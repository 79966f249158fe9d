#include "resolver/upstream/matching.h"

#include "resolver/wire/options.h"
#include "resolver/wire/response.h"

namespace etymon::upstream {
namespace {

// A DNAME led to a name that is too long (RFC 6672 section 2.2): an answer like any other.
constexpr auto kYxDomain = static_cast<Rcode>(6);

// The name in the question section, or nothing when there is none that can be read.
ByteView question_name(ByteView message) {
  if (message.size() < wire::kHeaderSize) {
    return {};
  }
  const ByteView rest = message.subspan(wire::kHeaderSize);
  return rest.first(wire::plain_name_length(rest));
}

// What was said for another subnet is no answer (RFC 7871 section 7.3); what does not speak of
// subnets is one for all of them.
bool is_of_subnet(ByteView message, const std::string& asked) {
  if (asked.empty()) {
    return true;
  }
  const auto told = wire::option_in(message, wire::OptionCode::kClientSubnet);
  return !told || wire::answers_subnet(*told, as_bytes(asked));
}

// What who cannot read a question, or does not want to, may answer it with (RFC 6891 section 7).
bool is_bare_failure(ByteView message, uint16_t id) {
  if (message.size() != wire::kHeaderSize) {
    return false;
  }
  const wire::Header header = wire::read_header(message);
  const bool is_empty = (header.qdcount | header.ancount | header.nscount | header.arcount) == 0;
  const bool is_response =
      (header.flags & wire::kFlagQr) != 0 && wire::opcode_of(header.flags) == 0;
  const Rcode rcode = wire::rcode_at_a_glance(message);
  return header.id == id && is_empty && is_response &&
         (rcode == Rcode::kFormErr || rcode == Rcode::kNotImp || rcode == Rcode::kServFail ||
          rcode == Rcode::kRefused);
}

}  // namespace

Match match(ByteView message, const Sent& sent, const Question& question) {
  if (!is_of_subnet(message, question.client_subnet)) {
    return Match::kNo;
  }
  const ByteView asked_name = as_bytes(sent.qname);
  if (wire::matches(message, sent.id, {asked_name, question.qtype, question.qclass})) {
    return Match::kYes;
  }
  if (is_bare_failure(message, sent.id)) {
    return Match::kBareFailure;
  }
  const ByteView name = question_name(message);
  if (!wire::same_name(name, asked_name) ||
      !wire::matches(message, sent.id, {name, question.qtype, question.qclass})) {
    return Match::kNo;
  }
  return Match::kCaseDiffers;
}

std::string with_question(ByteView header, const Sent& sent, const Question& question) {
  std::string whole;
  ByteWriter writer(whole);
  writer.bytes(header);
  writer.bytes(as_bytes(sent.qname));
  writer.u16(static_cast<uint16_t>(question.qtype));
  writer.u16(static_cast<uint16_t>(question.qclass));
  constexpr size_t kQdcountAt = 4;
  store_u16(reinterpret_cast<uint8_t*>(whole.data()) + kQdcountAt, 1);
  return whole;
}

Kind kind_of(ByteView message, Path path) {
  const bool cut = (wire::read_header(message).flags & wire::kFlagTc) != 0;
  if (cut || (path == Path::kUdp && message.size() > wire::kEdnsSize)) {
    return path == Path::kUdp ? Kind::kTruncated : Kind::kNonsense;
  }
  const Rcode rcode = wire::rcode_at_a_glance(message);
  if (rcode == Rcode::kNoError || rcode == Rcode::kNxDomain || rcode == kYxDomain) {
    return wire::is_referral(message) ? Kind::kFailure : Kind::kAnswer;
  }
  return rcode == Rcode::kBadCookie ? Kind::kBadCookie : Kind::kFailure;
}

bool may_refuse_edns(ByteView message) {
  const Rcode rcode = wire::rcode_at_a_glance(message);
  return rcode == Rcode::kFormErr || rcode == Rcode::kNotImp || rcode == Rcode::kBadVers;
}

}  // namespace etymon::upstream
