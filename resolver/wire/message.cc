#include "resolver/wire/message.h"

#include <algorithm>
#include <cstring>

#include "resolver/model/domain_name.h"
#include "resolver/wire/name.h"

namespace etymon::wire {
namespace {

constexpr size_t kQuestionTail = 4;  // type, class
constexpr size_t kRecordFixed = 10;  // type, class, TTL, rdata length
constexpr size_t kOptVersionAt = 5;  // from the record's type: type, class, extended rcode
constexpr size_t kOptFlagsAt = 6;
constexpr uint16_t kOptDo = 0x8000;  // RFC 3225

// The first one counts (RFC 7873 section 5.2). False: no cookie has that length.
bool read_cookie(ByteView data, Edns& edns) {
  if (edns.cookie.empty()) {
    edns.cookie = data;
  }
  return is_cookie_size(edns.cookie.size());
}

// Notes what is asked for; false when an option is cut, or a cookie is none.
bool read_options(ByteView options, Edns& edns) {
  ByteReader reader(options);
  while (!reader.at_end() && reader.ok()) {
    const OptionCode code{reader.u16()};
    edns.server_id_wanted |= code == OptionCode::kServerId;
    edns.keepalive_wanted |= code == OptionCode::kKeepalive;
    const ByteView data = reader.bytes(reader.u16());
    if (code == OptionCode::kCookie && !read_cookie(data, edns)) {
      return false;
    }
  }
  edns.options = options;
  return reader.ok();
}

// Reads the question at `at`; returns the offset behind it, 0 when it is not whole.
size_t read_question(ByteView message, size_t at, QueryView& view) {
  const size_t name_size = plain_name_length(message.subspan(at));
  if (name_size == 0 || message.size() - at < name_size + kQuestionTail) {
    return 0;
  }
  view.qname = message.subspan(at, name_size);
  view.qtype = RecordType{load_u16(&message[at + name_size])};
  view.qclass = RecordClass{load_u16(&message[at + name_size + 2])};
  return at + name_size + kQuestionTail;
}

// Takes an OPT whose fixed part is at `fixed`. False: a second one, not at the root, or malformed
// options; the view still knows that there was an OPT, so that the refusal can carry one.
bool take_opt(ByteView fixed, ByteView options, bool at_root, QueryView& view) {
  const bool first = !view.edns.has_value();
  view.edns = Edns{.udp_size = load_u16(&fixed[2]),
                   .version = fixed[kOptVersionAt],
                   .dnssec_ok = (load_u16(&fixed[kOptFlagsAt]) & kOptDo) != 0,
                   .options = {}};
  return first && at_root && read_options(options, *view.edns);
}

// Steps over one additional record at `at`, taking an OPT along; 0 when it is malformed.
size_t read_additional(ByteView message, size_t at, QueryView& view) {
  NameBuffer owner;
  const size_t fixed_at = expand_name(message, at, owner);
  if (fixed_at == 0 || message.size() - fixed_at < kRecordFixed) {
    return 0;
  }
  const ByteView fixed = message.subspan(fixed_at, kRecordFixed);
  const size_t rdata_at = fixed_at + kRecordFixed;
  const size_t rdata_size = load_u16(&fixed[8]);
  if (message.size() - rdata_at < rdata_size) {
    return 0;
  }
  const bool is_opt = RecordType{load_u16(fixed.data())} == RecordType::kOpt;
  const bool at_root = owner.view().size() == 1;
  if (is_opt && !take_opt(fixed, message.subspan(rdata_at, rdata_size), at_root, view)) {
    return 0;
  }
  return rdata_at + rdata_size;
}

// The records behind the header; false for anything that a query may not look like.
bool read_body(ByteView message, QueryView& view) {
  if (view.header.qdcount > 1) {  // RFC 9619
    return false;
  }
  const bool has_question = view.header.qdcount == 1;
  size_t at = has_question ? read_question(message, kHeaderSize, view) : kHeaderSize;
  // One SOA, the version that the client has (RFC 1995 section 3).
  const unsigned authority_max = has_question && view.qtype == RecordType::kIxfr ? 1 : 0;
  if (at == 0 || view.header.ancount != 0 || view.header.nscount > authority_max) {
    return false;
  }
  const unsigned records = unsigned{view.header.nscount} + view.header.arcount;
  for (unsigned i = 0; i < records && at != 0; ++i) {
    at = read_additional(message, at, view);
  }
  return at == message.size() && (has_question || (view.edns && !view.edns->cookie.empty()));
}

}  // namespace

Header read_header(ByteView message) {
  const uint8_t* p = message.data();
  return {.id = load_u16(p),
          .flags = load_u16(p + 2),
          .qdcount = load_u16(p + 4),
          .ancount = load_u16(p + 6),
          .nscount = load_u16(p + 8),
          .arcount = load_u16(p + 10)};
}

void write_header(uint8_t* out, const Header& header) {
  store_u16(out, header.id);
  store_u16(out + 2, header.flags);
  store_u16(out + 4, header.qdcount);
  store_u16(out + 6, header.ancount);
  store_u16(out + 8, header.nscount);
  store_u16(out + 10, header.arcount);
}

size_t QueryView::udp_limit() const {
  return edns ? std::clamp(edns->udp_size, kPlainUdpMax, kEdnsSize) : kPlainUdpMax;
}

Triage read_query(ByteView message, QueryView& view) {
  view = {};
  if (message.size() < kHeaderSize) {
    return Triage::kDrop;
  }
  view.header = read_header(message);
  if ((view.header.flags & kFlagQr) != 0) {
    return Triage::kDrop;
  }
  if (opcode_of(view.header.flags) != 0) {
    if (!read_body(message, view)) {
      const Header header = view.header;  // Its form is another opcode's, too.
      view = {};
      view.header = header;
    }
    return Triage::kNotImp;
  }
  if (!read_body(message, view)) {
    return Triage::kFormErr;
  }
  if (view.edns && view.edns->version > 0) {
    return Triage::kBadVers;
  }
  return view.header.qdcount == 0 ? Triage::kNoQuestion : Triage::kAnswer;
}

size_t plain_name_length(ByteView bytes) {
  const size_t limit = std::min(bytes.size(), kNameMax);
  size_t at = 0;
  while (at < limit && bytes[at] <= DomainName::kLabelMax) {
    if (bytes[at] == 0) {
      return at + 1;
    }
    at += size_t{bytes[at]} + 1;
  }
  return 0;
}

bool same_name(ByteView a, ByteView b) {
  if (a.size() != b.size()) {
    return false;
  }
  // Nearly always the spelling is the same too, and memcmp is several times as fast.
  return std::memcmp(a.data(), b.data(), a.size()) == 0 ||
         std::ranges::equal(a, b, {}, to_lower, to_lower);
}

}  // namespace etymon::wire
