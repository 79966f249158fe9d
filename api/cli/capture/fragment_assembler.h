// FragmentAssembler: joins the fragments of IP packets, in whatever order they come.
//
// One thread. Bounded: at most kDatagramsMax packets are held, the oldest gives way; none holds
// more than the 65535 octets that a packet can have, so that all of them take 16 MiB at most. A
// packet that is not whole within kPatience of its first fragment is forgotten (RFC 8200
// section 4.5). Where fragments overlap, the octets of the one that begins first count. Whatever is
// forgotten is told as given up, but for fragments of a packet that was whole just before: a
// capture may show everything twice.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "api/cli/capture/ip_packet.h"
#include "resolver/base/clock.h"
#include "resolver/model/history.h"

namespace etymon::capture {

class FragmentAssembler {
 public:
  static constexpr size_t kDatagramsMax = 256;
  static constexpr size_t kOctetsMax = 65535;
  static constexpr Seconds kPatience{60};
  static constexpr Seconds kRepeatedWithin{1};

  // What was given up: its payload is the first fragment's, or empty where that never came.
  // `heard`: from its first to its latest fragment.
  using GivenUp = std::function<void(const IpPacket& packet, const TimeSpan& heard)>;

  explicit FragmentAssembler(GivenUp given_up) : given_up_(std::move(given_up)) {}

  // Takes a fragment; gives the payload that it makes whole. REQUIRES: packet.fragment.
  std::optional<std::string> add(WallTime at, const IpPacket& packet);
  // No more fragments will come: gives up all that is not whole.
  void finish();

 private:
  // RFC 791 section 2.3: what fragments of one packet have in common.
  using Key = std::tuple<IpAddress, IpAddress, uint8_t, uint32_t>;

  struct Datagram {
    TimeSpan heard;
    std::map<size_t, std::string> pieces;  // by offset
    size_t octets = 0;                     // in all pieces
    std::optional<size_t> total;           // once the last fragment has come
  };

  static std::optional<std::string> join(const Datagram& datagram);
  Datagram& datagram_of(const Key& key, WallTime at);
  void make_room();
  void remember_whole(const Key& key, WallTime at);
  bool is_repeated(const Key& key, const Datagram& datagram) const;
  void give_up(const Key& key);

  GivenUp given_up_;
  std::map<Key, Datagram> datagrams_;
  std::map<Key, WallTime> whole_;  // when those became whole that did lately; kDatagramsMax at most
};

}  // namespace etymon::capture
