// Any datagrams as what comes back from an upstream while three questions wait: each is taken by
// the question that it answers, exactly as it was asked, by no other one, and once.
//
// The input is datagrams, each behind two octets of length; the last one may be cut.
#include <array>
#include <string>

#include "resolver/upstream/matching.h"
#include "resolver/wire/response.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

using upstream::Match;

constexpr uint16_t kQr = 0x8000;
constexpr uint16_t kOpcode = 0x7800;

struct Waiting {
  upstream::Sent sent;
  upstream::Question question;
  bool open = true;
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

void check_taken(ByteView message, const Waiting& by) {
  const wire::Header header = wire::read_header(message);
  require(header.id == by.sent.id, "it has the id");
  require((header.flags & kQr) != 0 && (header.flags & kOpcode) == 0, "it is a response");
  require(header.qdcount == 1, "it has one question");
  if (const auto oracle = ask_oracle(message)) {
    require(oracle->qname == by.sent.qname, "ldns reads the name as it was spelled");
    require(oracle->qtype == by.question.qtype, "ldns reads the type");
  }
}

// Who names other servers is no answer, whatever else the message is.
void check_referral(ByteView message) {
  const wire::Header header = wire::read_header(message);
  if (wire::is_referral(message)) {
    require((header.flags & wire::kFlagRa) == 0, "who recurses refers to nobody");
    require(header.ancount == 0 && header.nscount > 0, "a referral answers nothing");
    require(upstream::kind_of(message, upstream::Path::kStream) != upstream::Kind::kAnswer,
            "a referral is no answer");
  }
}

class Receiver {
 public:
  void receive(ByteView message) {
    size_t takers = 0;
    for (Waiting& one : waiting_) {
      const Match match = upstream::match(message, one.sent, one.question);
      if (match == Match::kCaseDiffers) {
        require(wire::read_header(message).id == one.sent.id, "it has the id, but for the case");
      }
      if (match == Match::kYes) {
        ++takers;
        check_taken(message, one);
        taken_ += one.open ? 1 : 0;
        one.open = false;
        static_cast<void>(upstream::kind_of(message, upstream::Path::kUdp));
        static_cast<void>(upstream::kind_of(message, upstream::Path::kStream));
        static_cast<void>(upstream::may_refuse_edns(message));
        check_referral(message);
      }
    }
    require(takers <= 1, "nobody takes what belongs to another");
    require(taken_ <= waiting_.size(), "each question is answered once");
  }

 private:
  std::array<Waiting, 3> waiting_ = questions();
  size_t taken_ = 0;
};

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  etymon::ByteView rest(data, size);
  etymon::fuzz::Receiver receiver;
  while (rest.size() >= 2) {
    const size_t length = std::min<size_t>(etymon::load_u16(rest.data()), rest.size() - 2);
    receiver.receive(rest.subspan(2, length));
    rest = rest.subspan(2 + length);
  }
  return 0;
}
