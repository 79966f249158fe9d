#include "resolver/wire/compose.h"

#include <algorithm>

#include "resolver/wire/opt.h"

namespace etymon::wire {
namespace {

constexpr uint16_t kExtendedErrorOption = 15;  // RFC 8914 section 2
constexpr size_t kExtendedErrorSize = 6;       // option code, length, info code
constexpr size_t kQuestionTail = 4;            // type, class
constexpr uint16_t kOpcodeMask = 0x7800;

// Returns the end of the question.
uint8_t* write_question(uint8_t* out, ByteView qname, RecordType type, RecordClass klass) {
  out = std::ranges::copy(qname, out).out;
  store_u16(out, static_cast<uint16_t>(type));
  store_u16(out + 2, static_cast<uint16_t>(klass));
  return out + kQuestionTail;
}

uint16_t flag_if(bool condition, uint16_t flag) {
  return condition ? flag : uint16_t{0};
}

uint8_t* write_extended_error(uint8_t* out, ExtendedError error) {
  store_u16(out, kExtendedErrorOption);
  store_u16(out + 2, sizeof(uint16_t));
  store_u16(out + 4, static_cast<uint16_t>(error));
  return out + kExtendedErrorSize;
}

uint16_t empty_reply_flags(const QueryView& query, Rcode rcode) {
  const unsigned kept = query.header.flags & (kOpcodeMask | kFlagRd | kFlagCd);
  return static_cast<uint16_t>(kFlagQr | kFlagRa | kept | rcode_of(static_cast<uint16_t>(rcode)));
}

}  // namespace

void write_opt(uint8_t* out, const OptFields& fields) {
  out[0] = 0;
  store_u16(out + 1, static_cast<uint16_t>(RecordType::kOpt));
  store_u16(out + 3, kEdnsSize);
  out[5] = static_cast<uint8_t>(static_cast<uint16_t>(fields.rcode) >> 4);
  out[6] = 0;  // version
  store_u16(out + 7, flag_if(fields.dnssec_ok, kOptDo));
  store_u16(out + 9, fields.options_size);
}

size_t write_upstream_query(const UpstreamQuery& query, uint8_t (&out)[kUpstreamQueryMax]) {
  const unsigned flags =
      kFlagRd | flag_if(query.checking_disabled, kFlagCd) | flag_if(query.authentic_data, kFlagAd);
  write_header(out, {.id = query.id,
                     .flags = static_cast<uint16_t>(flags),
                     .qdcount = 1,
                     .arcount = query.edns ? uint16_t{1} : uint16_t{0}});
  uint8_t* end = write_question(out + kHeaderSize, query.qname, query.qtype, query.qclass);
  if (query.edns) {
    write_opt(end, {.dnssec_ok = query.dnssec_ok});
    end += kOptSize;
  }
  return static_cast<size_t>(end - out);
}

void randomise_case(std::span<uint8_t> qname, Random& random) {
  constexpr uint8_t kCaseBit = 0x20;
  uint32_t bits = 0;
  unsigned bits_left = 0;
  // Length octets are at most 63 and no letters, so the name needs no walk.
  for (uint8_t& octet : qname) {
    const auto lower = static_cast<uint8_t>(octet | kCaseBit);
    if (lower < 'a' || lower > 'z') {
      continue;
    }
    if (bits_left == 0) {
      bits = random.u32();
      bits_left = 32;
    }
    octet = (bits & 1) != 0 ? lower : static_cast<uint8_t>(lower & ~kCaseBit);
    bits >>= 1;
    --bits_left;
  }
}

size_t write_empty_reply(const QueryView& query, Rcode rcode, std::optional<ExtendedError> extended,
                         uint8_t* out, size_t out_size) {
  const bool has_question = !query.qname.empty();
  const size_t question_size = has_question ? query.qname.size() + kQuestionTail : 0;
  const size_t options_size = extended ? kExtendedErrorSize : 0;
  const size_t opt_size = query.edns ? kOptSize + options_size : 0;
  const size_t size = kHeaderSize + question_size + opt_size;
  if (size > out_size) {
    return 0;
  }
  write_header(out, {.id = query.header.id,
                     .flags = empty_reply_flags(query, rcode),
                     .qdcount = has_question ? uint16_t{1} : uint16_t{0},
                     .arcount = query.edns ? uint16_t{1} : uint16_t{0}});
  uint8_t* end = out + kHeaderSize;
  if (has_question) {
    end = write_question(end, query.qname, query.qtype, query.qclass);
  }
  if (query.edns) {
    write_opt(end, {.rcode = rcode,
                    .dnssec_ok = query.dnssec_ok(),
                    .options_size = static_cast<uint16_t>(options_size)});
    end += kOptSize;
    if (extended) {
      write_extended_error(end, *extended);
    }
  }
  return size;
}

}  // namespace etymon::wire
