#include "resolver/wire/compose.h"

#include <algorithm>

#include "resolver/wire/opt.h"

namespace etymon::wire {
namespace {

constexpr size_t kQuestionTail = 4;                            // type, class
constexpr size_t kOwnRecordHead = 12;                          // pointer, type, class, TTL, length
constexpr uint16_t kPointerToQuestion = 0xC000 | kHeaderSize;  // RFC 1035 section 4.1.4
constexpr uint16_t kOpcodeMask = 0x7800;

// Returns the end of the question.
uint8_t* write_question(uint8_t* out, ByteView qname, RecordType type, RecordClass klass) {
  out = std::ranges::copy(qname, out).out;
  store_u16(out, static_cast<uint16_t>(type));
  store_u16(out + 2, static_cast<uint16_t>(klass));
  return out + kQuestionTail;
}

constexpr size_t kOptionHead = 4;  // code, length

size_t option_size(ByteView data) {
  return data.empty() ? 0 : kOptionHead + data.size();
}

// Returns the end of the option, of which there is none without data.
uint8_t* write_option(uint8_t* out, OptionCode code, ByteView data) {
  if (data.empty()) {
    return out;
  }
  store_u16(out, static_cast<uint16_t>(code));
  store_u16(out + 2, static_cast<uint16_t>(data.size()));
  return std::ranges::copy(data, out + kOptionHead).out;
}

uint16_t flag_if(bool condition, uint16_t flag) {
  return condition ? flag : uint16_t{0};
}

// A message to write into.
struct Room {
  uint8_t* out;
  size_t size;
};

struct OwnReply {
  uint16_t flags = 0;  // beyond those that every answer has
  Rcode rcode = Rcode::kNoError;
  const OwnRecord* record = nullptr;
};

uint16_t own_flags(const QueryView& query, const OwnReply& reply) {
  const unsigned kept = query.header.flags & (kOpcodeMask | kFlagRd | kFlagCd);
  return static_cast<uint16_t>(kFlagQr | kFlagRa | kept | reply.flags |
                               rcode_of(static_cast<uint16_t>(reply.rcode)));
}

uint8_t* write_record(uint8_t* out, const QueryView& query, const OwnRecord& record) {
  store_u16(out, kPointerToQuestion);
  store_u16(out + 2, static_cast<uint16_t>(record.type));
  store_u16(out + 4, static_cast<uint16_t>(query.qclass));
  store_u32(out + 6, record.ttl_s);
  store_u16(out + 10, static_cast<uint16_t>(record.rdata.size()));
  return std::ranges::copy(record.rdata, out + kOwnRecordHead).out;
}

size_t write_reply_of_ours(const QueryView& query, const OwnReply& reply,
                           const ReplyOptions& options, const Room& room) {
  const bool has_question = !query.qname.empty();
  const size_t question_size = has_question ? query.qname.size() + kQuestionTail : 0;
  const size_t record_size = reply.record ? kOwnRecordHead + reply.record->rdata.size() : 0;
  const size_t options_size = query.edns ? options.size() : 0;
  const size_t opt_size = query.edns ? kOptSize + options_size : 0;
  const size_t size = kHeaderSize + question_size + record_size + opt_size;
  if (size > room.size) {
    return 0;
  }
  write_header(room.out, {.id = query.header.id,
                          .flags = own_flags(query, reply),
                          .qdcount = has_question ? uint16_t{1} : uint16_t{0},
                          .ancount = reply.record ? uint16_t{1} : uint16_t{0},
                          .arcount = query.edns ? uint16_t{1} : uint16_t{0}});
  uint8_t* end = room.out + kHeaderSize;
  if (has_question) {
    end = write_question(end, query.qname, query.qtype, query.qclass);
  }
  if (reply.record) {
    end = write_record(end, query, *reply.record);
  }
  if (query.edns) {
    write_opt(end, {.rcode = reply.rcode,
                    .dnssec_ok = query.dnssec_ok(),
                    .options_size = static_cast<uint16_t>(options_size)});
    options.write(end + kOptSize);
  }
  return size;
}

}  // namespace

size_t write_upstream_query(const UpstreamQuery& query, uint8_t (&out)[kUpstreamQueryMax]) {
  const unsigned flags =
      kFlagRd | flag_if(query.checking_disabled, kFlagCd) | flag_if(query.authentic_data, kFlagAd);
  write_header(out, {.id = query.id,
                     .flags = static_cast<uint16_t>(flags),
                     .qdcount = 1,
                     .arcount = query.edns ? uint16_t{1} : uint16_t{0}});
  uint8_t* end = write_question(out + kHeaderSize, query.qname, query.qtype, query.qclass);
  if (query.edns) {
    const size_t options_size = option_size(query.cookie) + option_size(query.client_subnet);
    write_opt(end,
              {.dnssec_ok = query.dnssec_ok, .options_size = static_cast<uint16_t>(options_size)});
    end = write_option(end + kOptSize, OptionCode::kCookie, query.cookie);
    end = write_option(end, OptionCode::kClientSubnet, query.client_subnet);
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

size_t write_empty_reply(const QueryView& query, Rcode rcode, const ReplyOptions& options,
                         uint8_t* out, size_t out_size) {
  return write_reply_of_ours(query, {.rcode = rcode}, options, {out, out_size});
}

size_t write_truncated_reply(const QueryView& query, const ReplyOptions& options, uint8_t* out,
                             size_t out_size) {
  return write_reply_of_ours(query, {.flags = kFlagTc}, options, {out, out_size});
}

size_t write_own_reply(const QueryView& query, const OwnRecord& record, const ReplyOptions& options,
                       uint8_t* out, size_t out_size) {
  return write_reply_of_ours(query, {.record = &record}, options, {out, out_size});
}

}  // namespace etymon::wire
