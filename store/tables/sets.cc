#include "store/tables/sets.h"

#include <algorithm>

#include "resolver/base/bytes.h"
#include "store/tables/keys.h"

namespace etymon::store {
namespace {

constexpr size_t kHoursSize = 3;
constexpr uint32_t kAllHours = (uint32_t{1} << kHoursPerDay) - 1;

template <class Member>
struct Members {
  std::vector<Member> sorted;
  bool whole = true;  // false: damaged behind them
};

template <class Member, class ReadOne>
Members<Member> read_members(std::string_view value, ReadOne read_one) {
  Members<Member> members;
  ByteReader reader(value);
  while (members.whole && !reader.at_end()) {
    const std::optional<Member> member = read_one(reader);
    members.whole = member.has_value();
    if (member) {
      members.sorted.push_back(*member);
    }
  }
  std::sort(members.sorted.begin(), members.sorted.end());
  return members;
}

std::optional<ClientHours> read_client_hours(ByteReader& reader) {
  const std::optional<IpAddress> client = read_address(reader);
  uint32_t hours = 0;
  for (const uint8_t octet : reader.bytes(kHoursSize)) {
    hours = hours << 8 | octet;
  }
  const bool good = client && reader.ok() && hours != 0 && hours <= kAllHours;
  return good ? std::optional(ClientHours{*client, hours}) : std::nullopt;
}

Members<ClientHours> client_members(std::string_view value) {
  auto members = read_members<ClientHours>(value, read_client_hours);
  std::vector<ClientHours> joined;
  for (const ClientHours& one : members.sorted) {
    if (joined.empty() || joined.back().client != one.client) {
      joined.push_back(one);
    }
    joined.back().hours |= one.hours;
  }
  members.sorted = std::move(joined);
  return members;
}

Members<AnswerId> id_members(std::string_view value) {
  auto members = read_members<AnswerId>(value, [](ByteReader& reader) {
    const AnswerId id = read_id(reader);
    return reader.ok() ? std::optional(id) : std::nullopt;
  });
  const auto repeats = std::unique(members.sorted.begin(), members.sorted.end());
  members.sorted.erase(repeats, members.sorted.end());
  return members;
}

template <class Member, class AppendOne>
std::string merged(std::string_view value, const Members<Member>& members, AppendOne append_one) {
  if (!members.whole) {
    return std::string(value);
  }
  std::string out;
  for (const Member& member : members.sorted) {
    append_one(out, member);
  }
  return out;
}

}  // namespace

void append_member(std::string& out, const ClientHours& member) {
  append_address(out, member.client);
  for (unsigned shift = kHoursSize * 8; shift > 0; shift -= 8) {
    out.push_back(static_cast<char>(member.hours >> (shift - 8)));
  }
}

std::optional<std::vector<ClientHours>> read_clients(std::string_view value) {
  Members<ClientHours> members = client_members(value);
  return members.whole ? std::optional(std::move(members.sorted)) : std::nullopt;
}

std::vector<AnswerId> read_ids(std::string_view value) {
  return id_members(value).sorted;
}

void append_activity(std::string& out, const Activity& activity) {
  ByteWriter writer(out);
  writer.varint(activity.deliveries);
  writer.varint(activity.octets);
}

std::optional<Activity> read_activity(std::string_view value) {
  ByteReader reader(value);
  Activity sum;
  while (reader.ok() && !reader.at_end()) {
    const uint64_t deliveries = reader.varint();
    sum += {deliveries, reader.varint()};
  }
  return reader.ok() ? std::optional(sum) : std::nullopt;
}

std::string merge_clients(std::string_view value) {
  return merged(value, client_members(value), append_member);
}

std::string merge_ids(std::string_view value) {
  return merged(value, id_members(value), append_id);
}

std::string merge_activity(std::string_view value) {
  const std::optional<Activity> sum = read_activity(value);
  if (!sum) {
    return std::string(value);
  }
  std::string out;
  append_activity(out, *sum);
  return out;
}

}  // namespace etymon::store
