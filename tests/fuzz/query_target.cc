// Any octets as a client's query: what is accepted ldns reads alike, and whatever is answered gets
// a reply that ldns can read.
#include "resolver/wire/compose.h"
#include "resolver/wire/device_options.h"
#include "resolver/wire/name.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

using wire::Triage;

constexpr size_t kQuestionTail = 4;  // type, class

// Records other than OPT are stepped over unread, so of them ldns may think otherwise.
bool has_unread_records(const wire::QueryView& view) {
  return view.header.nscount + view.header.arcount > (view.edns ? 1 : 0);
}

void check_accepted(ByteView message, const wire::QueryView& view) {
  const auto oracle = ask_oracle(message);
  require(oracle.has_value() || has_unread_records(view), "ldns accepts the query too");
  if (oracle) {
    require(oracle->qname == as_text(view.qname), "ldns reads the same name");
    require(oracle->qtype == view.qtype, "ldns reads the same type");
    require(oracle->qclass == view.qclass, "ldns reads the same class");
  }
  if (oracle && !has_unread_records(view)) {
    require(oracle->edns == view.edns.has_value(), "ldns sees an OPT, or none, too");
    require(oracle->dnssec_ok == view.dnssec_ok(), "ldns reads the same DO");
  }
  if (oracle && oracle->edns && view.edns) {
    require(oracle->udp_size == view.edns->udp_size, "ldns reads the same size");
  }
}

// A question that ldns can read, in a message that has nothing else.
bool is_plain_question(ByteView message) {
  const wire::Header header = wire::read_header(message);
  if (header.qdcount != 1 || header.ancount + header.nscount + header.arcount > 0) {
    return false;
  }
  const auto oracle = ask_oracle(message);
  return oracle && oracle->qname.size() <= wire::kNameMax &&
         message.size() == wire::kHeaderSize + oracle->qname.size() + kQuestionTail;
}

// What is dropped, refused or worked on, by the header alone as far as it says that.
void check_triage(ByteView message, Triage triage) {
  const bool is_query = message.size() >= wire::kHeaderSize && (message[2] & 0x80) == 0;
  require((triage == Triage::kDrop) == !is_query, "who sends no query hears nothing");
  if (is_query) {
    const bool is_standard = (message[2] & 0x78) == 0;
    require((triage == Triage::kNotImp) == !is_standard, "queries of other kinds are told so");
    require(triage == Triage::kAnswer || !is_standard || !is_plain_question(message),
            "a plain question is answered");
  }
}

// What a forwarder says of the device behind it is read from any options, and believed only whole.
void check_device(const wire::QueryView& view) {
  const wire::DeviceOptions device = wire::read_device_options(view.edns->options);
  require(!device.client || device.client->text() != "", "an address has a text");
  require(!device.mac || MacAddress::from_text(device.mac->text()) == device.mac,
          "a device is one that can be written down");
}

void check_reply(const wire::QueryView& view, Triage triage) {
  uint8_t out[wire::kPlainUdpMax];
  const Rcode rcode = triage == Triage::kBadVers ? Rcode::kBadVers : Rcode::kFormErr;
  const size_t size = wire::write_empty_reply(
      view, rcode, {.error = wire::ExtendedError::kProhibited}, out, sizeof out);
  require(size > 0, "an empty reply always fits 512 octets");
  const auto oracle = ask_oracle({out, size});
  require(oracle.has_value(), "ldns accepts the reply");
  require(oracle->header.id == view.header.id, "the reply has the query's id");
  require(oracle->header.qdcount == (view.qname.empty() ? 0 : 1), "the reply has the question");
  require(oracle->qname == as_text(view.qname), "the reply has the query's name");
  require(oracle->qtype == view.qtype && oracle->qclass == view.qclass, "and its type and class");
  require(oracle->header.ancount + oracle->header.nscount + oracle->header.arcount == 0,
          "the reply has no records");
  require(oracle->rcode == static_cast<unsigned>(rcode), "ldns reads why");
  require(oracle->edns == view.edns.has_value(), "an OPT is answered by one, and nothing else is");
  constexpr unsigned kSame = 0x7910;  // opcode, RD, CD
  const unsigned flags = load_u16(out + 2);
  require((flags & 0x8000) != 0, "the reply is one");
  require((flags & kSame) == (view.header.flags & kSame), "the reply is to such a query");
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const etymon::ByteView message(data, size);
  etymon::wire::QueryView view;
  const auto triage = etymon::wire::read_query(message, view);
  etymon::fuzz::check_triage(message, triage);
  if (triage == etymon::wire::Triage::kAnswer || triage == etymon::wire::Triage::kBadVers) {
    etymon::fuzz::check_accepted(message, view);
  }
  if (triage == etymon::wire::Triage::kAnswer && view.edns) {
    etymon::fuzz::check_device(view);
  }
  if (triage != etymon::wire::Triage::kDrop) {
    etymon::fuzz::check_reply(view, triage);
  }
  return 0;
}
