// The link layer of a captured frame: finding the IP packets in it. Pure functions, any thread.
//
// Frames are untrusted. What is cut short or is not IP yields no packet; it is no error.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "resolver/base/bytes.h"

namespace etymon::capture {

// As capture files number them (the LINKTYPE_ registry of tcpdump.org).
enum class LinkType : uint32_t {
  kNull = 0,  // BSD loopback
  kEthernet = 1,
  kPpp = 9,
  kPppHdlc = 50,
  kPppEther = 51,  // PPPoE, without the Ethernet header
  kRaw = 101,
  kLoop = 108,  // OpenBSD loopback
  kLinuxCooked = 113,
  kArcnetLinux = 129,
  kIpv4 = 228,
  kIpv6 = 229,
  kNflog = 239,
  kNetlink = 253,
  kLinuxCooked2 = 276,
};

// Nothing for a link type that we cannot read.
std::optional<LinkType> to_link_type(uint32_t number);

// Appends the IP packets in `frame` to `packets`, as views into it: mostly one; netlink packs
// several.
void unwrap_frame(LinkType link, ByteView frame, std::vector<ByteView>& packets);

// As unwrap_frame(), of what follows the EtherType `type`.
void unwrap_ether_type(uint16_t type, ByteView payload, std::vector<ByteView>& packets);

}  // namespace etymon::capture
