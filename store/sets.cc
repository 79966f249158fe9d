#include "store/sets.h"

#include <algorithm>

#include "resolver/base/bytes.h"
#include "store/keys.h"

namespace etymon::store {
namespace {

template <class Member>
struct Members {
  std::vector<Member> sorted;  // each once
  bool whole = true;           // false: damaged behind them
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
  const auto repeats = std::unique(members.sorted.begin(), members.sorted.end());
  members.sorted.erase(repeats, members.sorted.end());
  return members;
}

Members<IpAddress> client_members(std::string_view value) {
  return read_members<IpAddress>(value, read_address);
}

Members<AnswerId> id_members(std::string_view value) {
  return read_members<AnswerId>(value, [](ByteReader& reader) {
    const AnswerId id = read_id(reader);
    return reader.ok() ? std::optional(id) : std::nullopt;
  });
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

std::vector<IpAddress> read_clients(std::string_view value) {
  return client_members(value).sorted;
}

std::vector<AnswerId> read_ids(std::string_view value) {
  return id_members(value).sorted;
}

std::string merge_clients(std::string_view value) {
  return merged(value, client_members(value), append_address);
}

std::string merge_ids(std::string_view value) {
  return merged(value, id_members(value), append_id);
}

}  // namespace etymon::store
