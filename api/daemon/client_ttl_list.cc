#include "api/daemon/client_ttl_list.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "api/daemon/values.h"

namespace etymon::daemon {
namespace {

using forward::ClientTtls;

// The ranges of cache.ttl_floor and cache.ttl_cap (see cache::TtlPolicy): RFC 8767 section 4 caps
// TTLs at seven days at most; a floor has no RFC, and keeps what has changed from being heard of.
constexpr Seconds kFloorMin(0);
constexpr Seconds kFloorMax(3'600);
constexpr Seconds kCapMin(1);
constexpr Seconds kCapMax(604'800);

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

Status read_seconds(const std::string& text, Seconds low, Seconds high, uint32_t& target) {
  const Result<Microseconds> duration = parse_duration_within(text, low, high);
  if (!duration) {
    return duration.error();
  }
  const auto seconds = std::chrono::duration_cast<Seconds>(*duration);
  if (seconds != *duration) {
    return invalid("'" + text + "' is finer than a second");
  }
  target = static_cast<uint32_t>(seconds.count());
  return {};
}

Status read_limit(const std::string& word, wire::TtlRange& range) {
  constexpr std::string_view kFloor = "floor=";
  constexpr std::string_view kCap = "cap=";
  if (word.starts_with(kFloor)) {
    return read_seconds(word.substr(kFloor.size()), kFloorMin, kFloorMax, range.floor_s);
  }
  return word.starts_with(kCap)
             ? read_seconds(word.substr(kCap.size()), kCapMin, kCapMax, range.cap_s)
             : Status(invalid("'" + word + "' is neither floor=DURATION nor cap=DURATION"));
}

Status read_limits(std::istringstream& words, const std::string& entry, wire::TtlRange& range) {
  for (std::string word; words >> word;) {
    if (Status read = read_limit(word, range); !read) {
      return read;
    }
  }
  if (range == wire::TtlRange()) {
    return invalid("'" + entry + "' sets neither a floor nor a cap");
  }
  return range.floor_s <= range.cap_s
             ? Status()
             : Status(invalid("'" + entry + "' has its floor above its cap"));
}

Status read_clients(const std::string& prefixes, const wire::TtlRange& range,
                    std::vector<ClientTtls::Rule>& rules) {
  std::istringstream rest(prefixes);
  for (std::string text; std::getline(rest, text, ',');) {
    const Result<IpPrefix> prefix = IpPrefix::from_text(text);
    if (!prefix) {
      return prefix.error();
    }
    if (std::ranges::find(rules, *prefix, &ClientTtls::Rule::clients) != rules.end()) {
      return invalid("'" + text + "' has limits already");
    }
    rules.push_back({*prefix, range});
  }
  return {};
}

}  // namespace

Result<ClientTtls> parse_client_ttls(std::span<const std::string> entries) {
  std::vector<ClientTtls::Rule> rules;
  for (const std::string& entry : entries) {
    std::istringstream words(entry);
    std::string prefixes;
    words >> prefixes;
    wire::TtlRange range;
    Status read = read_limits(words, entry, range);
    read = read ? read_clients(prefixes, range, rules) : read;
    if (!read) {
      return read.error();
    }
  }
  return ClientTtls(std::move(rules));
}

}  // namespace etymon::daemon
