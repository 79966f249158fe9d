// Leases as DHCP servers write them down: dnsmasq's lease file, and the CSV files of Kea's memfile
// for IPv4 and IPv6. Which of them a text is, its content says.
//
// Kea goes on in an empty file while it tidies up what it wrote before: that is P.1 meanwhile, and
// P.2 when it is tidied. The newest word on an address is in P, else in P.1, else in P.2.
//
// Pure functions but one, any thread. Lines that make no sense are counted and passed over: a
// server may be in the middle of writing one. The MAC address of an IPv6 lease is the one in a DUID
// of type LLT or LL (RFC 8415 section 11), or Kea's own column; of other types (EN, UUID) there is
// none, and the lease tells the host's name only, not which device it is.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/host.h"

namespace etymon::hosts {

// What is beyond is not read, which is warned of. A /16 full of leases has 65 534.
inline constexpr size_t kLeasesMax = 65'536;
inline constexpr size_t kLeaseFileMax = 32 << 20;  // octets, the last ones

struct Lease {
  std::optional<MacAddress> mac;
  IpAddress address;
  std::string name;     // the host's own, as it gave it; may be empty
  WallTime expires;     // WallTime::max(): never
  Seconds lifetime{0};  // 0: not told

  friend bool operator==(const Lease&, const Lease&) = default;
};

struct LeaseFile {
  std::vector<Lease> leases;  // each address once: the last line counts
  size_t passed_over = 0;     // lines that make no sense
  size_t left_out = 0;        // lines of leases beyond kLeasesMax
};

LeaseFile read_leases(std::string_view text);

// What whoever runs the DHCP server at `path` should know of what was read there; empty: nothing.
std::string trouble_with(const std::string& path, const LeaseFile& file);

// A lease file's text; of a larger one than kLeaseFileMax its first line, which may name columns,
// and its end: Kea writes behind what is there. `on_cut` is told of that. Errors as
// read_regular_file().
Result<std::string> read_lease_file(const std::string& path,
                                    const std::function<void(const std::string&)>& on_cut);

// Of each path all files in which its leases may be, it first.
std::vector<std::string> lease_parts(const std::vector<std::string>& paths);

// The text of a lease file, behind that of its P.2 and P.1 if it is Kea's. `read`: a file's text,
// empty when there is none; newest first, so that nothing is missed when Kea moves them meanwhile.
std::string whole_lease_text(const std::string& path,
                             const std::function<std::string(const std::string& path)>& read);

// Without those that are read with another of them.
std::vector<std::string> without_older_parts(std::vector<std::string> paths);

// From the lease's beginning, or `now` where that is not told, to now or its end. Those that ended
// before they are seen to have begun are left out.
std::vector<HostSighting> sightings_of(const LeaseFile& file, WallTime now);

}  // namespace etymon::hosts
