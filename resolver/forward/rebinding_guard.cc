#include "resolver/forward/rebinding_guard.h"

#include <algorithm>

#include "resolver/model/address_blocks.h"

namespace etymon::forward {
namespace {

bool is_private_elsewhere(const IpAddress& address) {
  return is_private(address) && !is_own_machine(address);
}

// The IPv4 address that a translator or a tunnel on the way may take out of an IPv6 one, else the
// address itself: NAT64 (RFC 6052), 6to4 (RFC 3056), IPv4-compatible (RFC 4291 section 2.5.5.1).
IpAddress led_to(const IpAddress& address) {
  const std::span<const uint8_t, 16> octets(address.octets());
  if (octets[0] == 0x20 && octets[1] == 0x02) {
    return IpAddress::v4(octets.subspan<2, 4>());
  }
  if (octets[0] != 0) {
    return address;
  }
  const bool is_compatible =
      std::ranges::all_of(octets.first<12>(), [](uint8_t octet) { return octet == 0; });
  return is_compatible ? IpAddress::v4(octets.last<4>())
                       : address.translated_v4().value_or(address);
}

bool are_in(const AddressBlocks& blocks, const IpAddress& address) {
  return blocks.contain(led_to(address));
}

}  // namespace

bool is_own_machine(const IpAddress& address) {
  static const AddressBlocks kOwnMachine = {"0.0.0.0/8", "127.0.0.0/8"};  // :: and ::1, too
  return are_in(kOwnMachine, address);
}

bool is_private(const IpAddress& address) {
  static const AddressBlocks kPrivate = {
      "10.0.0.0/8",          // RFC 1918, as the next two
      "172.16.0.0/12",       //
      "192.168.0.0/16",      //
      "100.64.0.0/10",       // RFC 6598, carriers' NAT
      "169.254.0.0/16",      // RFC 3927, the link's
      "255.255.255.255/32",  // RFC 919, everybody on the link
      "0.0.0.0/8",           // RFC 1122, this machine; :: and ::1, too
      "127.0.0.0/8",         // RFC 1122
      "fc00::/7",            // RFC 4193
      "fe80::/10",           // RFC 4291, the link's
      "fec0::/10"};          // RFC 3879, a site's: old, and still routed inside some
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
  const LowerName lower(qname);
  std::string_view name = lower.view();
  for (; !is_root(name); name = parent_of(name)) {
    if (trusted_.contains(name)) {
      return true;
    }
  }
  return trusted_.contains(name);
}

}  // namespace etymon::forward
