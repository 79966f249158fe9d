#include "resolver/wire/rebuild.h"

#include <ldns/ldns.h>

#include <cstdlib>
#include <memory>

namespace etymon::wire {
namespace {

struct PacketDeleter {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, PacketDeleter>;

struct OctetsDeleter {
  void operator()(uint8_t* octets) const { std::free(octets); }
};
using Octets = std::unique_ptr<uint8_t, OctetsDeleter>;

Error failed(const char* what, ldns_status status) {
  return {ErrorCode::kInvalidArgument, std::string(what) + ": " + ldns_get_errorstr_by_id(status)};
}

Result<Packet> read_packet(ByteView message) {
  ldns_pkt* raw = nullptr;
  const ldns_status status = ldns_wire2pkt(&raw, message.data(), message.size());
  if (status != LDNS_STATUS_OK) {
    return failed("malformed response", status);
  }
  return Packet(raw);
}

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
Packet copy_kept(const MessageIndex& index, const std::vector<bool>& keep, const ldns_pkt* from) {
  Packet to(ldns_pkt_new());
  ldns_pkt_push_rr(to.get(), LDNS_SECTION_QUESTION,
                   ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(from), 0)));
  for (const SectionPair section : kSections) {
    copy_section(index, keep, section, from, to.get());
  }
  return to;
}

}  // namespace

Result<std::string> rebuild_message(const MessageIndex& index, const std::vector<bool>& keep) {
  Result<Packet> original = read_packet(index.message());
  if (!original.ok()) {
    return original.error();
  }
  const Packet kept = copy_kept(index, keep, original->get());
  uint8_t* raw = nullptr;
  size_t size = 0;
  const ldns_status status = ldns_pkt2wire(&raw, kept.get(), &size);
  const Octets octets(raw);
  if (status != LDNS_STATUS_OK) {
    return failed("cannot write the response anew", status);
  }
  if (size > kMessageMax) {
    return Error{ErrorCode::kInvalidArgument, "the response written anew exceeds 65535 octets"};
  }
  std::string message(as_text({octets.get(), size}));
  message.replace(0, 4, as_text(index.message().first(4)));  // id and flags
  return message;
}

}  // namespace etymon::wire
