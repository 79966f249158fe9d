#include "resolver/wire/aaaa.h"

#include <algorithm>

#include "resolver/wire/rebuild.h"
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

class Maker {
 public:
  Maker(const MessageIndex& index, const Become& become, uint32_t ttl_max_s)
      : index_(index), become_(become), ttl_max_s_(ttl_max_s) {}

  void run() {
    for (const Record& record : index_.records()) {
      changes.push_back(change_of(record));
    }
  }

  std::vector<Change> changes;  // by record
  std::vector<IpAddress> from;

 private:
  Change change_of(const Record& record) {
    if (record.section == Section::kAuthority) {
      return {.keep = from.empty() && record.type == RecordType::kSoa};
    }
    if (record.section != Section::kAnswer) {
      return {};
    }
    switch (record.type) {
      case RecordType::kCname:
      case RecordType::kDname:
        return {.keep = true};
      case RecordType::kA:
        return address_of(record, IpAddress::v4(index_.rdata(record).first<4>()));
      case RecordType::kAaaa:
        return address_of(record, IpAddress::v6(index_.rdata(record).first<16>()));
      default:
        return {};
    }
  }

  Change address_of(const Record& record, const IpAddress& address) {
    const std::optional<IpAddress> made = become_(address);
    if (made) {
      from.push_back(address);
    }
    return {made.has_value(), made, std::min(record.ttl_s, ttl_max_s_)};
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
  const Result<std::string> message = rebuild_changed(asked, maker.changes, index);
  Result<ParsedResponse> response =
      message.ok() ? parse_response(as_bytes(*message), asked) : message.error();
  if (!response.ok()) {
    return response.error();
  }
  return Made{*std::move(response), std::move(maker.from)};
}

}  // namespace etymon::wire
