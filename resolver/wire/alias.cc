#include "resolver/wire/alias.h"

#include "resolver/wire/ldns_packet.h"

namespace etymon::wire {
namespace {

// Our records written as a message of their own, so that ldns reads them as it reads the target.
Result<LdnsPacket> packet_of(const AskedQuestion& asked, std::span<const OwnedRecord> chain) {
  OwnAnswer said;
  said.answer.assign(chain.begin(), chain.end());
  const Result<ParsedResponse> alone = make_response(asked, said);
  return alone.ok() ? read_packet(as_bytes(alone->stored.message)) : alone.error();
}

void copy_section(const ldns_rr_list* from, ldns_pkt_section section, ldns_pkt* to) {
  for (size_t i = 0; i < ldns_rr_list_rr_count(from); ++i) {
    ldns_pkt_push_rr(to, section, ldns_rr_clone(ldns_rr_list_rr(from, i)));
  }
}

}  // namespace

Result<ParsedResponse> answer_behind(const AskedQuestion& asked, std::span<const OwnedRecord> chain,
                                     ByteView target) {
  Result<LdnsPacket> whole = packet_of(asked, chain);
  Result<LdnsPacket> end = read_packet(target);
  if (!whole.ok() || !end.ok()) {
    return whole.ok() ? end.error() : whole.error();
  }
  copy_section(ldns_pkt_answer(end->get()), LDNS_SECTION_ANSWER, whole->get());
  copy_section(ldns_pkt_authority(end->get()), LDNS_SECTION_AUTHORITY, whole->get());
  copy_section(ldns_pkt_additional(end->get()), LDNS_SECTION_ADDITIONAL, whole->get());
  ldns_pkt_set_rcode(whole->get(), ldns_pkt_get_rcode(end->get()));
  const Result<std::string> message = write_packet(whole->get());
  return message.ok() ? parse_response(as_bytes(*message), asked) : message.error();
}

}  // namespace etymon::wire
