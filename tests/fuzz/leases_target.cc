// Any octets as a DHCP server's lease file: each address has one lease, no line counts twice, and
// what a lease says of a device begins before it ends, and has passed.
#include <algorithm>
#include <set>

#include "resolver/hosts/lease_file.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

constexpr WallTime kNow{Seconds(1'795'608'000)};

void check(std::string_view text) {
  const hosts::LeaseFile file = hosts::read_leases(text);
  std::set<IpAddress> addresses;
  for (const hosts::Lease& lease : file.leases) {
    require(addresses.insert(lease.address).second, "an address has one lease");
  }
  const auto lines = static_cast<size_t>(std::ranges::count(text, '\n')) + 1;
  require(file.leases.size() + file.passed_over + file.left_out <= lines, "no line counts twice");
  for (const HostSighting& sighting : hosts::sightings_of(file, kNow)) {
    require(addresses.contains(sighting.address), "a sighting is a lease's");
    require(!sighting.device.empty(), "a sighting names a device");
    require(sighting.seen.start <= sighting.seen.end && sighting.seen.end <= kNow,
            "what is seen has passed");
  }
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  etymon::fuzz::check(etymon::as_text({data, size}));
  return 0;
}
