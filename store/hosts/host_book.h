// HostBook: which address was which device's, and when.
//
// A plain value; its owner guards it. Time is given. Learns sightings, joins them to intervals, and
// tells who had an address at a moment. The rules:
//
// - A sighting of the same device lengthens its interval when no more than `linger` lies between;
//   else another one begins.
// - A device that is seen at an address ends the interval of the one that had it before. What a
//   lease file says counts only while no better source says otherwise, and news that is older than
//   what is known does not count.
// - What a clock that was ahead has seen stays, but is not known before its time comes: until then
//   sightings are compared with what lies before it.
// - An interval holds from kLead before its first sighting (a question is heard before its asker is
//   a neighbour) to `linger` after its last one, but never while the address was another's.
// - A device that forwards for others, or that has more than `addresses_max` addresses at one time,
//   is a router or answers for others (proxy ARP): nothing is joined by it.
// - What the operator listed is believed before anything learned.
//
// Bounded: intervals in all; when there is no room those seen last longest ago are let go.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/host.h"
#include "store/model/hosts.h"

namespace etymon::store {

class HostBook {
 public:
  // About 200 octets each in memory, 60 on disk. A household makes some 50 a day.
  static constexpr size_t kIntervalsMax = 65'536;
  static constexpr size_t kDeviceOctetsMax = 64;
  static constexpr Microseconds kLead = Seconds(60);
  // Of one device, told to whoever asks; the newest count.
  static constexpr size_t kTenuresMax = 64;
  // Of one address within one moment; each costs as much as a moment of its own.
  static constexpr size_t kHoldersMax = 16;

  explicit HostBook(HostOptions options, size_t intervals_max = kIntervalsMax)
      : options_(std::move(options)), intervals_max_(intervals_max) {}

  void learn(const HostSighting& sighting, WallTime now);

  // Who had `client` at `at`, and where else that device was up to then.
  HostIdentity identity(const IpAddress& client, WallTime at) const;
  // The same of a moment that is a span: of all who had the address at some instant of it. The last
  // of them is named; the other addresses of all count, and what the address was told since the
  // first of them had it. Of more than kHoldersMax the other addresses of the earliest do not.
  HostIdentity identity(const IpAddress& client, const TimeSpan& moment) const;

  // All of it, by address and time.
  std::vector<HostInterval> intervals() const;

  // Lets go of what ended before `since`, or of what `unwanted` says. True when something went.
  bool forget_before(WallTime since);
  bool forget(const std::function<bool(const HostInterval&)>& unwanted);

  size_t size() const { return size_; }
  // Changes whenever there is something new to keep.
  uint64_t version() const { return version_; }

  // As text on disk; FORMAT.md has the bytes. Error of load(): kDataLoss.
  std::string save() const;
  Status load(std::string_view bytes);

 private:
  struct Seen {
    std::string device;
    TimeSpan span;
    HostSource source = HostSource::kNeighbour;
    bool is_router = false;
  };
  using SeenAt = std::vector<Seen>;  // of one address, ascending, never overlapping

  // When the i-th of an address held.
  TimeSpan held(const SeenAt& all, size_t i) const;
  // The one that held at a moment.
  std::optional<size_t> holder(const SeenAt& all, WallTime at) const;
  std::string called(const std::string& device) const;
  std::vector<std::string> learned_as(const std::string& called) const;
  HostIdentity holder_of(const IpAddress& client, WallTime at) const;
  // When, before the end of the moment, those who had the address within it had it last; of many
  // the newest, and the start of the moment.
  std::vector<WallTime> changes(const IpAddress& client, const TimeSpan& moment) const;
  bool is_shared(const std::string& device, WallTime at) const;
  void add_tenures(const std::string& device, WallTime at, std::vector<HostTenure>& out) const;
  // The first one that begins behind a moment.
  static SeenAt::iterator first_behind(SeenAt& all, WallTime moment);
  void add(const IpAddress& address, Seen seen);
  void make_room();
  void index();

  HostOptions options_;
  size_t intervals_max_;
  std::map<IpAddress, SeenAt> by_address_;
  std::map<std::string, std::set<IpAddress>> by_device_;
  size_t size_ = 0;
  uint64_t version_ = 0;
};

}  // namespace etymon::store
