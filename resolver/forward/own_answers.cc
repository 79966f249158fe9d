#include "resolver/forward/own_answers.h"

#include <algorithm>

namespace etymon::forward {
namespace {

bool is_name(const wire::QueryView& query, std::string_view wire_name) {
  return wire::same_name(query.qname, as_bytes(wire_name));
}

std::string_view told_by(const wire::QueryView& query, const Identity& identity) {
  using namespace std::string_view_literals;
  if (is_name(query, "\7version\4bind\0"sv) || is_name(query, "\7version\6server\0"sv)) {
    return identity.version;
  }
  if (is_name(query, "\2id\6server\0"sv) || is_name(query, "\10hostname\4bind\0"sv)) {
    return identity.server;
  }
  return {};
}

}  // namespace

Answer bare_answer(ByteView qname, RecordType qtype, RecordClass qclass, Rcode rcode) {
  Answer answer;
  // A failure here would be a fault of ours.
  answer.question = {DomainName::from_wire(qname).value().canonical(), qtype, qclass};
  answer.chain = {answer.question.name};
  answer.rcode = rcode;
  return answer;
}

wire::ParsedResponse no_answer(const UpstreamQuestion& question) {
  wire::QueryView query;
  query.header.flags = wire::kFlagRd;
  query.header.qdcount = 1;
  query.qname = as_bytes(question.qname);
  query.qtype = question.qtype;
  query.qclass = question.qclass;

  wire::ParsedResponse response;
  std::string& message = response.stored.message;
  message.resize(wire::kUpstreamQueryMax);
  message.resize(wire::write_empty_reply(
      query, Rcode::kServFail, {}, reinterpret_cast<uint8_t*>(message.data()), message.size()));
  response.stored.additional_at = static_cast<uint16_t>(message.size());
  response.rcode = Rcode::kServFail;
  response.answer = bare_answer(query.qname, query.qtype, query.qclass, Rcode::kServFail);
  return response;
}

std::optional<std::string> identity_text(const wire::QueryView& query, const Identity& identity) {
  const bool wants_text = query.qtype == RecordType::kTxt || query.qtype == RecordType::kAny;
  const std::string_view text = told_by(query, identity);
  if (query.qclass != RecordClass::kChaos || !wants_text || text.empty()) {
    return std::nullopt;
  }
  return std::string(1, static_cast<char>(text.size())).append(text);
}

}  // namespace etymon::forward
