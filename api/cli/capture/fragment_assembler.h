// FragmentAssembler: joins the fragments of IP packets, in whatever order they come.
//
// One thread. Bounded: at most kDatagramsMax packets are held, the oldest gives way; none holds
// more than the 65535 octets that a packet can have, so that all of them take 16 MiB at most. A
// packet that is not whole within kPatience of its first fragment is forgotten (RFC 8200
// section 4.5). Where fragments overlap, the octets of the one that begins first count.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "api/cli/capture/ip_packet.h"
#include "resolver/base/clock.h"

namespace etymon::capture {

class FragmentAssembler {
 public:
  static constexpr size_t kDatagramsMax = 256;
  static constexpr size_t kOctetsMax = 65535;
  static constexpr Seconds kPatience{60};

  // Takes a fragment; gives the payload that it makes whole. REQUIRES: packet.fragment.
  std::optional<std::string> add(WallTime at, const IpPacket& packet);

 private:
  // RFC 791 section 2.3: what fragments of one packet have in common.
  using Key = std::tuple<IpAddress, IpAddress, uint8_t, uint32_t>;

  struct Datagram {
    WallTime since;
    std::map<size_t, std::string> pieces;  // by offset
    size_t octets = 0;                     // in all pieces
    std::optional<size_t> total;           // once the last fragment has come
  };

  static std::optional<std::string> join(const Datagram& datagram);
  Datagram& datagram_of(const Key& key, WallTime at);
  void make_room();

  std::map<Key, Datagram> datagrams_;
};

}  // namespace etymon::capture
