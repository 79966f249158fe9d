#include "resolver/wire/rebuild.h"

#include "resolver/wire/ldns_packet.h"

namespace etymon::wire {
namespace {

struct SectionPair {
  Section ours;
  ldns_pkt_section theirs;
};

constexpr SectionPair kSections[] = {{Section::kAnswer, LDNS_SECTION_ANSWER},
                                     {Section::kAuthority, LDNS_SECTION_AUTHORITY},
                                     {Section::kAdditional, LDNS_SECTION_ADDITIONAL}};

ldns_rr_list* section_of(const ldns_pkt* packet, Section section) {
  switch (section) {
    case Section::kAnswer:
      return ldns_pkt_answer(packet);
    case Section::kAuthority:
      return ldns_pkt_authority(packet);
    case Section::kAdditional:
      break;
  }
  return ldns_pkt_additional(packet);
}

// ldns lists the records of a section in their order, but of the additional section it takes the
// pseudo-records out; those are never kept.
void copy_section(const MessageIndex& index, const std::vector<bool>& keep, SectionPair section,
                  const ldns_pkt* from, ldns_pkt* to) {
  const ldns_rr_list* list = section_of(from, section.ours);
  size_t theirs = 0;
  for (const Record& record : index.section(section.ours)) {
    if (section.ours == Section::kAdditional && record.is_pseudo()) {
      continue;
    }
    const ldns_rr* rr = ldns_rr_list_rr(list, theirs++);
    if (rr != nullptr && keep[static_cast<size_t>(&record - index.records().data())]) {
      ldns_pkt_push_rr(to, section.theirs, ldns_rr_clone(rr));
    }
  }
}

// A new packet: one that came from the wire would write its OPT again.
LdnsPacket copy_kept(const MessageIndex& index, const std::vector<bool>& keep,
                     const ldns_pkt* from) {
  LdnsPacket to(ldns_pkt_new());
  ldns_pkt_push_rr(to.get(), LDNS_SECTION_QUESTION,
                   ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(from), 0)));
  for (const SectionPair section : kSections) {
    copy_section(index, keep, section, from, to.get());
  }
  return to;
}

}  // namespace

Result<std::string> rebuild_message(const MessageIndex& index, const std::vector<bool>& keep) {
  Result<LdnsPacket> original = read_packet(index.message());
  if (!original.ok()) {
    return original.error();
  }
  const LdnsPacket kept = copy_kept(index, keep, original->get());
  Result<std::string> message = write_packet(kept.get());
  if (message.ok()) {
    message->replace(0, 4, as_text(index.message().first(4)));  // id and flags
  }
  return message;
}

}  // namespace etymon::wire
