// Tunnels: the IP packets that an IP packet carries as its payload. Pure functions, any thread.
//
// Opened: IP in IP of either version (RFC 2003, 2473, 4213), GRE (RFC 2784, 2890) and PPP in GRE
// (RFC 2637), ERSPAN in GRE, VXLAN (RFC 7348), GENEVE (RFC 8926), GRE in UDP (RFC 8086), Teredo
// (RFC 4380), GTP-U (3GPP TS 29.281). What is encrypted stays closed.
// Packets are untrusted. What is cut short, or only looks like a tunnel, has nothing inside.
#pragma once

#include <vector>

#include "api/cli/capture/ip_packet.h"

namespace etymon::capture {

// How many tunnels are opened around one packet. Linux lets IPv6 tunnels nest four deep unless it
// is told otherwise, and an overlay within a provider's tunnel needs two or three; a packet made of
// nothing but headers would need thousands.
inline constexpr unsigned kTunnelsMax = 4;

// Whether there may be IP packets inside, by protocol and ports alone: of one that is cut before
// them, packets_inside() has none.
bool is_tunnel(const IpPacket& packet);

// The IP packets inside, as views into the payload; none where it is no tunnel of ours.
// REQUIRES: not a fragment.
std::vector<ByteView> packets_inside(const IpPacket& packet);

}  // namespace etymon::capture
