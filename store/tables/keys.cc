#include "store/tables/keys.h"

#include <algorithm>
#include <array>

namespace etymon::store {
namespace {

constexpr uint8_t kFamilyV4 = 1;
constexpr uint8_t kFamilyV6 = 2;
constexpr size_t kIdSize = 5;
constexpr size_t kDaySize = 3;
constexpr Day kDayMax = (Day{1} << 24) - 1;
constexpr size_t kNameTail = 2 + kDaySize + kIdSize;  // end of the name, role, day, answer
constexpr char kNameEnd = '\0';
constexpr unsigned kMappedBits = 96;  // ::ffff:0:0/96 holds all of IPv4

// `size` low octets, most significant first.
void append_big_endian(std::string& out, uint64_t value, size_t size) {
  for (size_t shift = size * 8; shift > 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> (shift - 8)));
  }
}

uint64_t read_big_endian(ByteReader& reader, size_t size) {
  uint64_t value = 0;
  for (const uint8_t octet : reader.bytes(size)) {
    value = value << 8 | octet;
  }
  return value;
}

void append_newest_first(std::string& out, Day day) {
  append_big_endian(out, kDayMax - day, kDaySize);
}

Day read_newest_first(ByteReader& reader) {
  return kDayMax - static_cast<Day>(read_big_endian(reader, kDaySize));
}

KeyRange whole_range(const IpAddress& first, const IpAddress& last) {
  KeyRange range;
  append_address(range.first, first);
  append_address(range.end, last);
  range.end = after_prefix(std::move(range.end));
  return range;
}

}  // namespace

WallTime clamp_time(WallTime time) {
  constexpr WallTime kLast{std::chrono::days(int64_t{kDayMax} + 1) - Microseconds(1)};
  return std::clamp(time, WallTime{}, kLast);
}

Hour hour_of(WallTime time) {
  return static_cast<Hour>(time.time_since_epoch() / std::chrono::hours(1));
}

Day day_of(WallTime time) {
  return static_cast<Day>(time.time_since_epoch() / std::chrono::days(1));
}

WallTime start_of_hour(Hour hour) {
  return WallTime(std::chrono::hours(int64_t{hour}));
}

WallTime start_of_day(Day day) {
  return WallTime(std::chrono::days(int64_t{day}));
}

void append_address(std::string& out, const IpAddress& address) {
  const ByteView octets = address.octets();
  out.push_back(static_cast<char>(address.is_v4() ? kFamilyV4 : kFamilyV6));
  out.append(as_text(address.is_v4() ? octets.last(4) : octets));
}

std::optional<IpAddress> read_address(ByteReader& reader) {
  const uint8_t family = reader.u8();
  if (family == kFamilyV4) {
    const ByteView octets = reader.bytes(4);
    return reader.ok() ? std::optional(IpAddress::v4(octets.first<4>())) : std::nullopt;
  }
  if (family == kFamilyV6) {
    const ByteView octets = reader.bytes(16);
    return reader.ok() ? std::optional(IpAddress::v6(octets.first<16>())) : std::nullopt;
  }
  return std::nullopt;
}

void append_id(std::string& out, AnswerId id) {
  append_big_endian(out, id, kIdSize);
}

AnswerId read_id(ByteReader& reader) {
  return read_big_endian(reader, kIdSize);
}

IpAddress home_address(const Answer& answer) {
  return std::ranges::min(answer.addresses, AddressKeyOrder(), &AnswerAddress::address).address;
}

void append_key(std::string& out, const DeliveryKey& key) {
  append_big_endian(out, key.hour, sizeof key.hour);
  append_address(out, key.client);
  append_id(out, key.answer);
}

void append_key(std::string& out, const AddressKey& key) {
  append_address(out, key.address);
  append_address(out, key.client);
  append_newest_first(out, key.day);
  append_id(out, key.answer);
}

void append_key(std::string& out, const ClientKey& key) {
  append_address(out, key.client);
  append_big_endian(out, ~key.hour, sizeof key.hour);
}

void append_key(std::string& out, const NameKey& key) {
  append_name_key(out, key.name.sort_key(), key);
}

// In a sort key no label begins with octet 0, so behind this end a name's own keys stand before
// those of all names below it.
void append_name_key(std::string& out, std::string_view sort_key, const NameKey& rest) {
  out.append(sort_key);
  out.push_back(kNameEnd);
  out.push_back(static_cast<char>(rest.role));
  append_newest_first(out, rest.day);
  append_id(out, rest.answer);
}

std::string hour_prefix(Hour hour) {
  std::string prefix;
  append_key(prefix, DeliveryKey{hour, IpAddress(), 0});
  prefix.resize(sizeof(Hour));
  return prefix;
}

std::optional<DeliveryKey> read_delivery_key(std::string_view key) {
  ByteReader reader(key);
  const Hour hour = reader.u32();
  const auto client = read_address(reader);
  const AnswerId answer = read_id(reader);
  if (!client || !reader.ok() || !reader.at_end()) {
    return std::nullopt;
  }
  return DeliveryKey{hour, *client, answer};
}

std::optional<AddressKey> read_address_key(std::string_view key) {
  ByteReader reader(key);
  const auto address = read_address(reader);
  const auto client = address ? read_address(reader) : std::nullopt;
  return client ? read_rest_of_key(*address, *client, key.substr(key.size() - reader.left()))
                : std::nullopt;
}

std::optional<AddressKey> read_rest_of_key(const IpAddress& address, const IpAddress& client,
                                           std::string_view rest) {
  ByteReader reader(rest);
  const Day day = read_newest_first(reader);
  const AnswerId answer = read_id(reader);
  if (!reader.ok() || !reader.at_end()) {
    return std::nullopt;
  }
  return AddressKey{address, client, day, answer};
}

std::optional<NameKey> read_name_key(std::string_view key) {
  if (key.size() < kNameTail) {
    return std::nullopt;
  }
  const size_t name_size = key.size() - kNameTail;
  Result<DomainName> name = DomainName::from_sort_key(key.substr(0, name_size));
  ByteReader reader(key.substr(name_size));
  const uint8_t end = reader.u8();
  const uint8_t role = reader.u8();
  if (!name || end != kNameEnd || role > static_cast<uint8_t>(NameRole::kChain)) {
    return std::nullopt;
  }
  const Day day = read_newest_first(reader);
  return NameKey{std::move(*name), static_cast<NameRole>(role), day, read_id(reader)};
}

std::optional<ClientKey> read_client_key(std::string_view key) {
  ByteReader reader(key);
  const auto client = read_address(reader);
  const Hour hour = ~reader.u32();
  if (!client || !reader.ok() || !reader.at_end()) {
    return std::nullopt;
  }
  return ClientKey{*client, hour};
}

std::vector<KeyRange> address_ranges(const IpPrefix& prefix) {
  const IpPrefix mapped = IpPrefix::around(IpAddress::v4(0U), kMappedBits);
  std::vector<KeyRange> ranges;
  if (prefix.length() < kMappedBits && prefix.contains(mapped.first())) {
    ranges.push_back(whole_range(mapped.first(), mapped.last()));
    // What is left of the prefix in the other family may surround the IPv4 addresses; none of them
    // is ever written as IPv6, so the range need not leave them out. Its ends are no IPv4 addresses
    // because every prefix shorter than the mapped one reaches beyond it, below or above.
    KeyRange v6{std::string(1, static_cast<char>(kFamilyV6)), {}};
    v6.end = v6.first;
    v6.first.append(as_text(prefix.first().octets()));
    v6.end.append(as_text(prefix.last().octets()));
    v6.end = after_prefix(std::move(v6.end));
    ranges.push_back(std::move(v6));
    return ranges;
  }
  ranges.push_back(whole_range(prefix.first(), prefix.last()));
  return ranges;
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xFF) {
    prefix.pop_back();
  }
  if (!prefix.empty()) {
    prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  }
  return prefix;
}

}  // namespace etymon::store
