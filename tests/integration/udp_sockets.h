// UdpSockets: what the kernel tells of the UDP sockets of a process, in /proc. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "resolver/model/ip_address.h"

namespace etymon::testing {

struct UdpSocket {
  uint16_t port = 0;       // its own
  Endpoint peer;           // 0.0.0.0:0: it takes datagrams from everybody
  uint64_t waiting = 0;    // octets of memory with datagrams that were not read yet
  uint64_t forgotten = 0;  // datagrams for which there was no room
};

// All of IPv4, as they are now.
std::vector<UdpSocket> udp_sockets_of(pid_t process);

// Those of all processes with this port, as they are now.
std::vector<UdpSocket> udp_sockets_on(uint16_t port);

}  // namespace etymon::testing
