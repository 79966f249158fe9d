#include "resolver/forward/rebinding_guard.h"

#include <algorithm>

#include "resolver/model/address_blocks.h"

namespace etymon::forward {
namespace {

bool is_private_elsewhere(const IpAddress& address) {
  return is_private(address) && !is_own_machine(address);
}

bool are_in(const AddressBlocks& blocks, const IpAddress& address) {
  return blocks.contain(address.translated_v4().value_or(address));
}

}  // namespace

bool is_own_machine(const IpAddress& address) {
  static const AddressBlocks kOwnMachine = {"0.0.0.0/8", "127.0.0.0/8", "::/127"};
  return are_in(kOwnMachine, address);
}

bool is_private(const IpAddress& address) {
  static const AddressBlocks kPrivate = {
      "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
      "fc00::/7",   "fe80::/10",     "0.0.0.0/8",      "127.0.0.0/8",   "::/127"};
  return are_in(kPrivate, address);
}

RebindingGuard::RebindingGuard(const Options& options)
    : policy_(options.policy),
      leads_inside_(options.loopback == Loopback::kGuard ? is_private : is_private_elsewhere,
                    options.translator) {
  for (const DomainName& zone : options.trusted) {
    trusted_.emplace(zone.canonical().wire(), true);
  }
}

const wire::AddressTest* RebindingGuard::withheld_of(ByteView qname) const {
  return policy_ == Rebinding::kFilter && !is_trusted(qname) ? &leads_inside_ : nullptr;
}

void RebindingGuard::judge(wire::ParsedResponse& response, ByteView qname) const {
  const bool leads_inside =
      policy_ == Rebinding::kFlag &&
      std::ranges::any_of(response.answer.addresses, leads_inside_, &AnswerAddress::address) &&
      !is_trusted(qname);
  response.answer.rebinding = leads_inside || !response.answer.withheld.empty();
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
