#include "api/cli/logs/ends.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "resolver/model/name_octets.h"

namespace etymon::cli::logs {
namespace {

constexpr size_t kProtoMax = 16;  // the API's limit

// Where a host of ours may be. Not the lists of the resolver, which answer other questions: who may
// ask (AccessList), which answers lead inside (RebindingGuard), which reverse names the Internet
// knows (is_public). A carrier's NAT, say, is inside, and what is there may not ask.
constexpr std::string_view kInside[] = {"10.0.0.0/8",    "172.16.0.0/12",  "192.168.0.0/16",
                                        "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
                                        "fc00::/7",      "fe80::/10",      "::1"};

constexpr std::pair<std::string_view, const char*> kNumbers[] = {
    {"6", "tcp"},   {"17", "udp"}, {"1", "icmp"}, {"58", "icmpv6"}, {"132", "sctp"},
    {"33", "dccp"}, {"47", "gre"}, {"50", "esp"}, {"51", "ah"},     {"2", "igmp"},
};

}  // namespace

Networks::Networks() {
  for (const std::string_view text : kInside) {
    prefixes_.push_back(*IpPrefix::from_text(text));
  }
}

bool Networks::contains(const IpAddress& address) const {
  return std::ranges::any_of(prefixes_,
                             [&](const auto& prefix) { return prefix.contains(address); });
}

Ends ends_of(const Flow& flow, const Networks& inside) {
  const Ends outbound{flow.source, flow.destination, flow.destination_port};
  if (flow.host == Host::kSource || inside.contains(flow.source)) {
    return outbound;
  }
  if (flow.inside && inside.contains(*flow.inside)) {
    return {*flow.inside, flow.source, flow.source_port};
  }
  if (inside.contains(flow.destination)) {
    return {flow.destination, flow.source, flow.source_port};
  }
  return outbound;
}

std::string protocol_name(const std::string& written) {
  const auto named =
      std::ranges::find(kNumbers, written, &std::pair<std::string_view, const char*>::first);
  if (named != std::end(kNumbers)) {
    return named->second;
  }
  const std::string name = lower_case(written);
  const bool fits = name.size() <= kProtoMax && std::ranges::all_of(name, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  return fits ? name : "";
}

}  // namespace etymon::cli::logs
