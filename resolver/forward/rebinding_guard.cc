#include "resolver/forward/rebinding_guard.h"

#include <algorithm>
#include <array>

namespace etymon::forward {
namespace {

bool is_private_elsewhere(const IpAddress& address) {
  return is_private(address) && !is_own_machine(address);
}

template <size_t kCount>
bool is_in(const std::array<IpPrefix, kCount>& blocks, const IpAddress& address) {
  const IpAddress inner = address.translated_v4().value_or(address);
  return std::ranges::any_of(blocks, [&](const IpPrefix& block) { return block.contains(inner); });
}

}  // namespace

bool is_own_machine(const IpAddress& address) {
  static const std::array<IpPrefix, 3> kOwnMachine = {*IpPrefix::from_text("0.0.0.0/8"),
                                                      *IpPrefix::from_text("127.0.0.0/8"),
                                                      *IpPrefix::from_text("::/127")};
  return is_in(kOwnMachine, address);
}

bool is_private(const IpAddress& address) {
  static const std::array<IpPrefix, 7> kPrivate = {
      *IpPrefix::from_text("10.0.0.0/8"),     *IpPrefix::from_text("100.64.0.0/10"),
      *IpPrefix::from_text("169.254.0.0/16"), *IpPrefix::from_text("172.16.0.0/12"),
      *IpPrefix::from_text("192.168.0.0/16"), *IpPrefix::from_text("fc00::/7"),
      *IpPrefix::from_text("fe80::/10")};
  return is_in(kPrivate, address) || is_own_machine(address);
}

RebindingGuard::RebindingGuard(const Options& options)
    : policy_(options.policy),
      leads_inside_(options.loopback == Loopback::kGuard ? is_private : is_private_elsewhere) {
  for (const DomainName& zone : options.trusted) {
    trusted_.emplace(zone.canonical().wire(), true);
  }
}

Status RebindingGuard::check(wire::ParsedResponse& response, ByteView message,
                             const wire::AskedQuestion& asked) const {
  if (policy_ == Rebinding::kPass ||
      std::ranges::none_of(response.answer.addresses, leads_inside_, &AnswerAddress::address) ||
      is_trusted(asked.qname)) {
    return {};
  }
  if (policy_ == Rebinding::kFilter) {
    auto without = wire::parse_response_without(message, asked, leads_inside_);
    if (!without.ok()) {
      return without.error();
    }
    response = *std::move(without);
  }
  response.answer.rebinding = true;
  return {};
}

bool RebindingGuard::is_trusted(ByteView qname) const {
  const local::LowerName lower(qname);
  std::string_view name = lower.view();
  for (; !local::is_root(name); name = local::parent_of(name)) {
    if (trusted_.contains(name)) {
      return true;
    }
  }
  return trusted_.contains(name);
}

}  // namespace etymon::forward
