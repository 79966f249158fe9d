// Any octets as a client's query: what is accepted ldns reads alike, and whatever is answered gets
// a reply that ldns can read.
#include "resolver/wire/compose.h"
#include "resolver/wire/device_options.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

using wire::Triage;

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
  require(oracle->qname == as_text(view.qname), "the reply has the query's name");
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const etymon::ByteView message(data, size);
  etymon::wire::QueryView view;
  const auto triage = etymon::wire::read_query(message, view);
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
