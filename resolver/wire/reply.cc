#include <algorithm>
#include <cstring>

#include "resolver/wire/opt.h"
#include "resolver/wire/response.h"

namespace etymon::wire {
namespace {

constexpr size_t kQuestionTail = 4;  // type, class

// How much of the stored message goes out.
enum class Extent { kWhole, kWithoutAdditional, kQuestionOnly };

struct Plan {
  Extent extent = Extent::kWhole;
  size_t body_size = 0;  // octets of the stored message, from its start
};

size_t question_end(const ReplyShape& shape) {
  return kHeaderSize + shape.qname.size() + kQuestionTail;
}

Plan plan_reply(const StoredView& stored, const ReplyShape& shape, size_t body_limit) {
  if (stored.message.size() <= body_limit) {
    return {Extent::kWhole, stored.message.size()};
  }
  if (stored.additional_at <= body_limit) {
    return {Extent::kWithoutAdditional, stored.additional_at};
  }
  return {Extent::kQuestionOnly, question_end(shape)};
}

// AA, TC and the reserved bit of the stored flags never go out: the answer is not ours, and whether
// it is cut is decided for each client.
uint16_t reply_flags(uint16_t stored, const ReplyShape& shape, Extent extent) {
  unsigned flags = kFlagQr | kFlagRa | rcode_of(stored);
  flags |= shape.recursion_desired ? kFlagRd : 0U;
  flags |= shape.checking_disabled ? kFlagCd : 0U;
  flags |= shape.authentic_data_wanted ? stored & kFlagAd : 0U;
  flags |= extent == Extent::kQuestionOnly ? kFlagTc : 0U;
  return static_cast<uint16_t>(flags);
}

Header reply_header(const StoredView& stored, const ReplyShape& shape, Extent extent) {
  Header header = read_header(stored.message);
  header.id = shape.id;
  header.flags = reply_flags(header.flags, shape, extent);
  if (extent == Extent::kQuestionOnly) {
    header.ancount = header.nscount = 0;
  }
  if (extent != Extent::kWhole) {
    header.arcount = 0;
  }
  header.arcount = static_cast<uint16_t>(header.arcount + (shape.edns ? 1 : 0));
  return header;
}

void age_ttls(std::span<const uint16_t> offsets, const ReplyShape& shape, size_t body_size,
              uint8_t* out) {
  for (const uint16_t at : offsets) {
    if (at >= body_size) {
      return;
    }
    const uint32_t ttl_s = load_u32(out + at);
    const uint32_t left_s = ttl_s > shape.age_s ? ttl_s - shape.age_s : 0;
    store_u32(out + at, std::max(left_s, shape.ttl_floor_s));
  }
}

}  // namespace

size_t write_reply(const StoredView& stored, const ReplyShape& shape, uint8_t* out,
                   size_t out_size) {
  const size_t limit = std::min(shape.size_limit, out_size);
  const size_t opt_size = shape.opt_size();
  if (limit < question_end(shape) + opt_size) {
    return 0;
  }
  const Plan plan = plan_reply(stored, shape, limit - opt_size);
  std::memcpy(out, stored.message.data(), plan.body_size);
  write_header(out, reply_header(stored, shape, plan.extent));
  std::memcpy(out + kHeaderSize, shape.qname.data(), shape.qname.size());
  age_ttls(stored.ttl_offsets, shape, plan.body_size, out);
  if (shape.edns) {
    write_opt(out + plan.body_size, {.dnssec_ok = shape.dnssec_ok,
                                     .options_size = static_cast<uint16_t>(opt_size - kOptSize)});
    shape.options.write(out + plan.body_size + kOptSize);
  }
  return plan.body_size + opt_size;
}

std::string write_plain(const StoredView& stored, const ReplyShape& shape) {
  const ReplyShape plain{
      .qname = shape.qname, .age_s = shape.age_s, .ttl_floor_s = shape.ttl_floor_s};
  std::string message(stored.message.size(), '\0');
  write_reply(stored, plain, reinterpret_cast<uint8_t*>(message.data()), message.size());
  return message;
}

}  // namespace etymon::wire
