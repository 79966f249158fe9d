// Any datagrams as what comes back from an upstream while three questions wait: each is taken by
// the question that it answers, exactly as it was asked, and by no other one. (That each is
// answered once, pool_target.cc looks at.)
//
// The input is datagrams, each behind two octets of length; the last one may be cut.
#include <algorithm>
#include <array>
#include <string>

#include "resolver/model/domain_name.h"
#include "resolver/upstream/matching.h"
#include "resolver/wire/response.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

using upstream::Kind;
using upstream::Match;
using upstream::Path;

constexpr uint16_t kQr = 0x8000;
constexpr uint16_t kOpcode = 0x7800;
constexpr uint16_t kTc = 0x0200;
constexpr unsigned kRcode = 0x000F;

struct Waiting {
  upstream::Sent sent;
  upstream::Question question;
};

Waiting waiting(uint16_t id, std::string spelled, std::string qname) {
  return {{.id = id, .qname = std::move(spelled)}, {.qname = std::move(qname)}};
}

// Two tries of one question, spelled differently, and another question with the first one's id.
std::array<Waiting, 3> questions() {
  const std::string www("\3www\7example\0", 13);
  const std::string mixed("\3wWw\7exAmpLe\0", 13);
  const std::string shouted("\3WWW\7EXAMPLE\0", 13);
  const std::string other("\3ftp\7example\0", 13);
  return {waiting(0x1234, mixed, www), waiting(0x4321, shouted, www),
          waiting(0x1234, other, other)};
}

// As the question section has it.
std::string asked_by(const Waiting& one) {
  std::string octets = one.sent.qname;
  ByteWriter writer(octets);
  writer.u16(static_cast<uint16_t>(one.question.qtype));
  writer.u16(static_cast<uint16_t>(one.question.qclass));
  return octets;
}

bool differs_in_case_alone(std::string_view a, std::string_view b, size_t name_size) {
  const auto lower = [](char octet) { return to_lower(static_cast<uint8_t>(octet)); };
  return std::ranges::equal(a.substr(0, name_size), b.substr(0, name_size), {}, lower, lower) &&
         a.substr(name_size) == b.substr(name_size);
}

// A header alone may tell a failure of these kinds: it is not said of which question.
Match match_of_header(const wire::Header& header) {
  const bool is_empty = (header.qdcount | header.ancount | header.nscount | header.arcount) == 0;
  const unsigned rcode = header.flags & kRcode;
  const bool is_failure = rcode == 1 || rcode == 2 || rcode == 4 || rcode == 5;
  return is_empty && is_failure ? Match::kBareFailure : Match::kNo;
}

// What a message is to a question, by its octets alone.
Match judged(ByteView message, const Waiting& one) {
  if (message.size() < wire::kHeaderSize) {
    return Match::kNo;
  }
  const wire::Header header = wire::read_header(message);
  if (header.id != one.sent.id || (header.flags & (kQr | kOpcode)) != kQr) {
    return Match::kNo;
  }
  const std::string_view rest = as_text(message.subspan(wire::kHeaderSize));
  if (rest.empty()) {
    return match_of_header(header);
  }
  const std::string asked = asked_by(one);
  const std::string_view found = rest.substr(0, asked.size());
  if (header.qdcount != 1 || found.size() < asked.size() ||
      !differs_in_case_alone(found, asked, one.sent.qname.size())) {
    return Match::kNo;
  }
  return found == asked ? Match::kYes : Match::kCaseDiffers;
}

void check_taken(ByteView message, const Waiting& by) {
  if (const auto oracle = ask_oracle(message)) {
    require(oracle->header.qdcount == 1, "ldns reads one question");
    require(oracle->qname == by.sent.qname, "ldns reads the name as it was spelled");
    require(oracle->qtype == by.question.qtype, "ldns reads the type");
  }
}

// With its question it is what it was without: a failure, of that question.
void check_bare_failure(ByteView header, const Waiting& of) {
  const std::string whole = upstream::with_question(header, of.sent, of.question);
  require(judged(as_bytes(whole), of) == Match::kYes, "it has the question now");
  require(ask_oracle(as_bytes(whole)).has_value(), "ldns can read it");
  check_taken(as_bytes(whole), of);
  require(((load_u16(as_bytes(whole).data() + 2) ^ load_u16(header.data() + 2)) & kRcode) == 0,
          "it fails as before");
}

// Who names other servers, fails, or has cut its message off gives no answer.
void check_kind(ByteView message, Path path) {
  const wire::Header header = wire::read_header(message);
  const Kind kind = upstream::kind_of(message, path);
  const unsigned rcode = header.flags & kRcode;
  const bool knows = rcode == 0 || rcode == 3 || rcode == 6;  // NOERROR, NXDOMAIN, YXDOMAIN
  require(kind != Kind::kAnswer || knows, "a failure is no answer");
  if ((header.flags & kTc) != 0) {
    require(kind == (path == Path::kUdp ? Kind::kTruncated : Kind::kNonsense), "it is cut off");
  }
  if (wire::is_referral(message)) {
    require((header.flags & wire::kFlagRa) == 0, "who recurses refers to nobody");
    require(header.ancount == 0 && header.nscount > 0, "a referral answers nothing");
    require(kind != Kind::kAnswer, "a referral is no answer");
  }
}

void receive(ByteView message, const std::array<Waiting, 3>& all) {
  size_t takers = 0;
  for (const Waiting& one : all) {
    const Match match = upstream::match(message, one.sent, one.question);
    require(match == judged(message, one), "it is taken for what it is");
    if (match == Match::kBareFailure) {
      check_bare_failure(message, one);
    }
    if (match == Match::kYes) {
      ++takers;
      check_taken(message, one);
      check_kind(message, Path::kUdp);
      check_kind(message, Path::kStream);
      static_cast<void>(upstream::may_refuse_edns(message));
    }
  }
  require(takers <= 1, "nobody takes what belongs to another");
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  etymon::ByteView rest(data, size);
  const auto waiting = etymon::fuzz::questions();
  while (rest.size() >= 2) {
    const size_t length = std::min<size_t>(etymon::load_u16(rest.data()), rest.size() - 2);
    etymon::fuzz::receive(rest.subspan(2, length), waiting);
    rest = rest.subspan(2 + length);
  }
  return 0;
}
