#include "tests/fuzz/oracle.h"

#include <ldns/ldns.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace etymon::fuzz {
namespace {

struct PacketDeleter {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};

uint16_t count(const ldns_rr_list* list) {
  return static_cast<uint16_t>(ldns_rr_list_rr_count(list));
}

}  // namespace

std::optional<OracleView> ask_oracle(ByteView message) {
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, message.data(), message.size()) != LDNS_STATUS_OK) {
    return std::nullopt;
  }
  const std::unique_ptr<ldns_pkt, PacketDeleter> packet(raw);
  OracleView view;
  view.header = {.id = ldns_pkt_id(raw),
                 .qdcount = count(ldns_pkt_question(raw)),
                 .ancount = count(ldns_pkt_answer(raw)),
                 .nscount = count(ldns_pkt_authority(raw)),
                 .arcount = count(ldns_pkt_additional(raw))};
  view.edns = ldns_pkt_edns(raw);
  view.udp_size = ldns_pkt_edns_udp_size(raw);
  view.dnssec_ok = ldns_pkt_edns_do(raw);
  view.rcode = static_cast<unsigned>(ldns_pkt_get_rcode(raw)) |
               unsigned{ldns_pkt_edns_extended_rcode(raw)} << 4;
  if (const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(raw), 0)) {
    const ldns_rdf* owner = ldns_rr_owner(question);
    view.qname = as_text({ldns_rdf_data(owner), ldns_rdf_size(owner)});
    view.qtype = RecordType{static_cast<uint16_t>(ldns_rr_get_type(question))};
    view.qclass = RecordClass{static_cast<uint16_t>(ldns_rr_get_class(question))};
  }
  return view;
}

void require(bool condition, const char* what) {
  if (!condition) {
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
  }
}

}  // namespace etymon::fuzz
