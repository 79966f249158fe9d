// Hosts: one device has many addresses. The words in which it is told which, and when. Values, any
// thread; HostLearner says for itself.
//
// A device is named by a short text: "mac:" and its MAC address, or "name:" and the name that the
// operator gave it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/model/history.h"
#include "resolver/model/ip_address.h"

namespace etymon {

// EUI-48, of Ethernet and Wi-Fi.
class MacAddress {
 public:
  using Octets = std::array<uint8_t, 6>;

  explicit MacAddress(const Octets& octets) : octets_(octets) {}

  // "00:16:3e:0a:0b:0c", in either case; '-' may stand for ':'.
  static std::optional<MacAddress> from_text(std::string_view text);
  // Nothing when it is not six octets, a group's address, or zero: those name no device.
  static std::optional<MacAddress> of_device(std::span<const uint8_t> octets);

  const Octets& octets() const { return octets_; }
  std::string text() const;
  // "mac:00:16:3e:0a:0b:0c".
  std::string device() const;

  friend auto operator<=>(const MacAddress&, const MacAddress&) = default;

 private:
  Octets octets_;
};

// How it was learned that an address is a device's. Stored: values are never renumbered. A higher
// one is believed before a lower one.
enum class HostSource : uint8_t {
  kLease = 1,      // a DHCP server's file: what was handed out, not what is in use
  kNeighbour = 2,  // the kernel's neighbour table: ARP (RFC 826), Neighbor Discovery (RFC 4861)
  kForwarder = 3,  // a forwarder that we trust told it with the question
};

// An address was seen to be a device's during a span, or at one moment of it.
struct HostSighting {
  std::string device;
  IpAddress address;
  TimeSpan seen;
  HostSource source = HostSource::kNeighbour;
  // The device forwards for others (the R flag of RFC 4861 section 4.4).
  bool is_router = false;

  friend bool operator==(const HostSighting&, const HostSighting&) = default;
};

// Takes what is learned. Any thread; returns at once and never fails.
class HostLearner {
 public:
  virtual ~HostLearner() = default;
  virtual void learn(std::span<const HostSighting> sightings) = 0;
};

// A time during which an address was a device's.
struct HostTenure {
  IpAddress address;
  TimeSpan span;

  friend bool operator==(const HostTenure&, const HostTenure&) = default;
};

// Who had an address at a moment, as far as is known.
struct HostIdentity {
  std::string device;  // empty: not known; then all below is empty too
  // What the address was told before was told to another device.
  WallTime own_since{};
  // The device's other addresses, and when each was its own.
  std::vector<HostTenure> elsewhere;
};

}  // namespace etymon
