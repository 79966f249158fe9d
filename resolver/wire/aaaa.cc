#include "resolver/wire/aaaa.h"

#include <algorithm>

#include "resolver/wire/name.h"
#include "resolver/wire/own_answer.h"
#include "resolver/wire/records.h"

namespace etymon::wire {
namespace {

// A record's fields around its TTL, where a StoredView knows it.
constexpr size_t kTypeBeforeTtl = 4;
constexpr size_t kDataBehindTtl = 6;

RecordType type_at(const StoredView& stored, uint16_t ttl_at) {
  return RecordType{load_u16(&stored.message[ttl_at - kTypeBeforeTtl])};
}

std::span<const uint16_t> answer_of(const StoredView& stored) {
  return stored.ttl_offsets.first(read_header(stored.message).ancount);
}

// The record as one of ours; in `rdata` names are written out.
OwnedRecord owned(const Record& record, std::string rdata) {
  return {.owner = std::string(record.owner.text),
          .type = record.type,
          .ttl_s = record.ttl_s,
          .rdata = std::move(rdata)};
}

class Maker {
 public:
  Maker(const MessageIndex& index, const Become& become, uint32_t ttl_max_s)
      : index_(index), become_(become), ttl_max_s_(ttl_max_s) {}

  void run() {
    for (const Record& record : index_.section(Section::kAnswer)) {
      take_answer(record);
    }
    for (const Record& record : index_.section(Section::kAuthority)) {
      if (from.empty() && record.type == RecordType::kSoa) {
        take_soa(record);
      }
    }
  }

  OwnAnswer said;
  std::vector<IpAddress> from;

 private:
  void take_answer(const Record& record) {
    switch (record.type) {
      case RecordType::kCname:
      case RecordType::kDname:
        said.answer.push_back(owned(record, std::string(index_.rdata_name(record, 0).text)));
        break;
      case RecordType::kA:
        take_address(record, IpAddress::v4(index_.rdata(record).first<4>()));
        break;
      case RecordType::kAaaa:
        take_address(record, IpAddress::v6(index_.rdata(record).first<16>()));
        break;
      default:
        break;
    }
  }

  void take_address(const Record& record, const IpAddress& address) {
    const std::optional<IpAddress> made = become_(address);
    if (!made) {
      return;
    }
    OwnedRecord aaaa = owned(record, std::string(as_text(made->octets())));
    aaaa.type = RecordType::kAaaa;
    aaaa.ttl_s = std::min(aaaa.ttl_s, ttl_max_s_);
    said.answer.push_back(std::move(aaaa));
    from.push_back(address);
  }

  // MNAME, RNAME, then five numbers (RFC 1035 section 3.3.13).
  void take_soa(const Record& record) {
    constexpr size_t kNumbers = 20;
    NameBuffer name;
    const size_t behind = expand_name(index_.message(), record.rdata_at, name);
    std::string rdata(index_.rdata_name(record, 0).text);
    rdata += index_.rdata_name(record, behind - record.rdata_at).text;
    rdata += as_text(index_.rdata(record).last(kNumbers));
    said.authority.push_back(owned(record, std::move(rdata)));
  }

  const MessageIndex& index_;
  const Become& become_;
  uint32_t ttl_max_s_;
};

}  // namespace

Visible visible_aaaa(const StoredView& stored, std::span<const IpPrefix> hidden) {
  bool any_visible = false;
  bool any_hidden = false;
  for (const uint16_t ttl_at : answer_of(stored)) {
    if (type_at(stored, ttl_at) != RecordType::kAaaa) {
      continue;
    }
    const ByteView octets = stored.message.subspan(ttl_at + kDataBehindTtl, 16);
    const IpAddress address = IpAddress::v6(octets.first<16>());
    const bool is_hidden =
        std::ranges::any_of(hidden, [&](const IpPrefix& block) { return block.contains(address); });
    (is_hidden ? any_hidden : any_visible) = true;
  }
  return !any_visible ? Visible::kNone : any_hidden ? Visible::kSome : Visible::kAll;
}

std::optional<uint32_t> soa_ttl(const StoredView& stored) {
  const Header header = read_header(stored.message);
  for (const uint16_t ttl_at : stored.ttl_offsets.subspan(header.ancount, header.nscount)) {
    if (type_at(stored, ttl_at) == RecordType::kSoa) {
      return load_u32(&stored.message[ttl_at]);
    }
  }
  return std::nullopt;
}

Result<Made> make_aaaa(const AskedQuestion& asked, ByteView told, const Become& become,
                       uint32_t ttl_max_s) {
  MessageIndex index(told);
  if (const Status read = index.read(); !read.ok()) {
    return read.error();
  }
  Maker maker(index, become, ttl_max_s);
  maker.run();
  Result<ParsedResponse> response = make_response(asked, maker.said);
  if (!response.ok()) {
    return response.error();
  }
  return Made{*std::move(response), std::move(maker.from)};
}

}  // namespace etymon::wire
