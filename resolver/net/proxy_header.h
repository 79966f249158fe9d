// The header of the PROXY protocol, version 2, by which a forwarder tells in front of a datagram or
// of a connection's first message whose it is (HAProxy's proxy-protocol.txt, section 2.2).
//
// Untrusted: every length is held against the octets that are there. Pure functions, any thread;
// nothing allocates. Version 1, a line of text for TCP alone, is not read.
#pragma once

#include <cstddef>
#include <optional>

#include "resolver/base/bytes.h"
#include "resolver/model/ip_address.h"

namespace etymon::net {

struct ProxyHeader {
  size_t size = 0;  // what the forwarder passes on begins behind so many octets
  // Whose it is. Nothing: the forwarder's own (LOCAL, as its health checks are), or from where
  // there are no IP addresses.
  std::optional<Endpoint> source = {};
};

// Addresses and 460 octets of TLVs: what dnsdist takes, too. Longer headers count as wrong.
inline constexpr size_t kProxyHeaderMax = 512;

enum class ProxyRead {
  kWhole,
  kCut,  // so far it is one, but not all of it is here
  kWrong,
};

// Reads the header that `octets` begin with; fills `out` when it is whole. The TLVs behind the
// addresses are stepped over.
ProxyRead read_proxy_header(ByteView octets, ProxyHeader& out);

inline constexpr size_t kProxySignatureSize = 12;

// The octets begin as no DNS message does: with the header's signature, all of it.
bool has_proxy_signature(ByteView octets);

}  // namespace etymon::net
