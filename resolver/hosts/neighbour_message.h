// What the kernel tells of its neighbours: rtnetlink's RTM_NEWNEIGH (rtnetlink(7), RFC 3549).
//
// Pure functions, any thread. The octets are in the machine's own order and are checked as those of
// a stranger: a message that is cut or lies about its lengths ends the reading of its buffer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "resolver/base/bytes.h"
#include "resolver/model/host.h"

namespace etymon::hosts {

struct NeighbourNews {
  std::vector<HostSighting> sightings;  // at most one a message
  bool dump_ended = false;              // NLMSG_DONE: the table was told to its end
  bool failed = false;                  // NLMSG_ERROR with an error, or octets that make no sense
};

// A question for the whole table, both families. `sequence` comes back with the answers.
std::string neighbour_dump_request(uint32_t sequence);

// Reads one buffer of messages that was received at `now`. A neighbour counts as seen when the
// kernel last heard of it, which the message tells in clock ticks of `ticks_per_second`. Passed
// over: entries without a confirmed MAC address, the bridge's tables, proxy entries of this
// machine.
NeighbourNews read_neighbours(ByteView buffer, WallTime now, uint32_t ticks_per_second);

}  // namespace etymon::hosts
