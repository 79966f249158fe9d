// Any octets as the response to the question that they hold: what is accepted ldns accepts too, and
// the reply made of it is read alike by ldns and by ourselves.
#include <algorithm>
#include <string>
#include <vector>

#include "resolver/wire/aaaa.h"
#include "resolver/wire/alias.h"
#include "resolver/wire/rdata.h"
#include "resolver/wire/records.h"
#include "resolver/wire/response.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

constexpr uint32_t kAge = 7;
constexpr auto kPrivateType = RecordType{65280};  // RFC 6895 section 3.1: private use

// ldns knows types whose data is opaque to us (RFC 3597), and is right to be strict with them. For
// the comparison they get a type that neither knows.
std::string without_opaque_types(ByteView message) {
  std::string out(as_text(message));
  wire::MessageIndex index(message);
  require(index.read().ok(), "what we have written we can read");
  for (const wire::Record& record : index.records()) {
    if (!wire::has_layout(record.type) && record.type != RecordType::kOpt) {
      const size_t type_at = record.ttl_at - 4;
      store_u16(reinterpret_cast<uint8_t*>(out.data()) + type_at,
                static_cast<uint16_t>(kPrivateType));
    }
  }
  return out;
}

std::string reply_to(const wire::ParsedResponse& parsed, const wire::AskedQuestion& asked,
                     size_t limit) {
  std::string out(limit, '\0');
  const wire::ReplyShape shape{
      .id = 1, .qname = asked.qname, .edns = true, .age_s = kAge, .size_limit = limit};
  out.resize(wire::write_reply(parsed.stored.view(), shape, reinterpret_cast<uint8_t*>(out.data()),
                               limit));
  return out;
}

void check_whole_reply(const wire::ParsedResponse& parsed, const wire::AskedQuestion& asked) {
  const std::string reply = reply_to(parsed, asked, wire::kMessageMax);
  const auto again = wire::parse_response(as_bytes(reply), asked);
  require(again.ok(), "we accept our own reply");
  if (again->truncated || again->stored.message.size() != parsed.stored.message.size()) {
    return;  // It did not fit with the OPT.
  }
  require(again->answer == parsed.answer, "chain, addresses and rcode survive the reply");
  require(again->stored.ttl_offsets == parsed.stored.ttl_offsets, "no record is lost");
  const auto oracle = ask_oracle(as_bytes(without_opaque_types(as_bytes(reply))));
  require(oracle.has_value(), "ldns accepts our reply");
  const wire::Header header = wire::read_header(as_bytes(parsed.stored.message));
  require(oracle->header.ancount == header.ancount, "ldns counts the same answers");
  require(oracle->header.nscount == header.nscount, "ldns counts the same authority records");
  require(oracle->header.arcount == header.arcount, "ldns counts the same additional records");
}

void check_short_replies(const wire::ParsedResponse& parsed, const wire::AskedQuestion& asked) {
  for (size_t limit = 0; limit < parsed.stored.message.size(); limit += 64) {
    const std::string reply = reply_to(parsed, asked, limit);
    require(reply.size() <= limit, "the limit holds");
    require(reply.empty() || wire::parse_response(as_bytes(reply), asked).ok(),
            "a shortened reply is sound");
  }
}

bool is_odd(const IpAddress& address) {
  return (address.octets().back() & 1) != 0;
}

void check_withholding(ByteView message, const wire::AskedQuestion& asked) {
  const wire::AddressTest odd(is_odd);
  auto left = wire::parse_response_without(message, asked, &odd);
  if (!left.ok()) {
    return;
  }
  require(std::ranges::none_of(left->answer.addresses, is_odd, &AnswerAddress::address),
          "what is withheld is not told");
  left->answer.withheld.clear();  // Nobody can read that out of the reply.
  check_whole_reply(*left, asked);
}

// What an answer becomes behind an alias of ours.
void check_alias(const wire::ParsedResponse& parsed, const wire::AskedQuestion& asked) {
  const std::string own("\3nas\3lan\0", 9);
  const wire::AskedQuestion asked_own{as_bytes(own), asked.qtype, asked.qclass};
  const wire::OwnedRecord alias{own, RecordType::kCname, kAge, std::string(as_text(asked.qname))};
  const auto behind =
      wire::answer_behind(asked_own, std::span(&alias, 1), as_bytes(parsed.stored.message));
  if (!behind.ok() || asked.qclass != RecordClass::kIn) {
    return;  // Too long by now, or a chain that comes back.
  }
  const bool is_alias_enough = asked.qtype == RecordType::kAny ||
                               asked.qtype == RecordType::kCname ||
                               asked.qtype == RecordType::kRrsig;
  require(is_alias_enough || behind->answer.addresses == parsed.answer.addresses,
          "the alias leads to the same");
  check_whole_reply(*behind, asked_own);
}

// What it becomes for a client behind a NAT64.
void check_aaaa(const wire::ParsedResponse& parsed, const wire::AskedQuestion& asked) {
  const wire::AskedQuestion aaaa{asked.qname, RecordType::kAaaa, RecordClass::kIn};
  const std::string told = wire::write_plain(parsed.stored.view(), {.qname = asked.qname});
  const auto become = [](const IpAddress& address) {
    return is_odd(address) ? std::optional(address) : std::nullopt;
  };
  const auto made = wire::make_aaaa(aaaa, as_bytes(told), become, kAge);
  if (made.ok()) {
    require(std::ranges::all_of(made->from, is_odd), "all others go");
    check_whole_reply(made->response, aaaa);
  }
}

void check_response(ByteView message, const wire::AskedQuestion& asked) {
  auto parsed = wire::parse_response(message, asked);
  if (!parsed.ok()) {
    return;
  }
  require(ask_oracle(as_bytes(without_opaque_types(message))).has_value(),
          "ldns accepts the response too");
  require(!parsed->answer.chain.empty(), "a chain has at least the asked name");
  require(parsed->answer.chain.size() <= wire::kChainMax + 1, "a chain is bounded");
  check_whole_reply(*parsed, asked);
  check_withholding(message, asked);
  check_alias(*parsed, asked);
  check_aaaa(*parsed, asked);
  if (message.size() <= wire::kEdnsSize) {
    check_short_replies(*parsed, asked);
  }
  wire::clamp_ttls(*parsed, {.floor_s = 30, .cap_s = 600});
  require(parsed->validity_s <= 600, "validity is clamped with the records");
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etymon;
  constexpr size_t kQuestionTail = 4;  // type, class
  const ByteView message(data, size);
  if (size < wire::kHeaderSize) {
    return 0;
  }
  const size_t name_size = wire::plain_name_length(message.subspan(wire::kHeaderSize));
  if (name_size == 0 || size < wire::kHeaderSize + name_size + kQuestionTail) {
    return 0;
  }
  const uint8_t* tail = data + wire::kHeaderSize + name_size;
  fuzz::check_response(message, {.qname = message.subspan(wire::kHeaderSize, name_size),
                                 .qtype = RecordType{load_u16(tail)},
                                 .qclass = RecordClass{load_u16(tail + 2)}});
  return 0;
}
