#include "store/hosts/host_book.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "resolver/base/bytes.h"
#include "resolver/base/hash.h"
#include "store/tables/keys.h"

namespace etymon::store {
namespace {

// The first octets of the file; its version is its own, and older programs leave it alone.
constexpr std::string_view kMagic = "etymon hosts 1\n";
constexpr uint8_t kRouterFlag = 1;
constexpr Microseconds kTick{1};

Error damaged() {
  return {ErrorCode::kDataLoss, "the file is damaged"};
}

WallTime read_time(ByteReader& reader) {
  return clamp_time(WallTime(Microseconds(static_cast<int64_t>(reader.u64() & INT64_MAX))));
}

void write_interval(const HostInterval& interval, std::string& out) {
  ByteWriter writer(out);
  append_address(out, interval.address);
  writer.block(as_bytes(interval.device));
  writer.u64(static_cast<uint64_t>(interval.seen.start.time_since_epoch().count()));
  writer.u64(static_cast<uint64_t>(interval.seen.end.time_since_epoch().count()));
  writer.u8(static_cast<uint8_t>(interval.source));
  writer.u8(interval.is_router ? kRouterFlag : 0);
}

std::optional<HostInterval> read_interval(ByteReader& reader) {
  HostInterval interval;
  const auto address = read_address(reader);
  interval.device = as_text(reader.block());
  interval.seen.start = read_time(reader);
  interval.seen.end = read_time(reader);
  interval.source = static_cast<HostSource>(reader.u8());
  interval.is_router = reader.u8() == kRouterFlag;
  const bool sound = address && reader.ok() && !interval.device.empty() &&
                     interval.device.size() <= HostBook::kDeviceOctetsMax &&
                     interval.seen.start <= interval.seen.end &&
                     interval.source >= HostSource::kLease &&
                     interval.source <= HostSource::kForwarder;
  if (!sound) {
    return std::nullopt;
  }
  interval.address = *address;
  return interval;
}

// The newest first.
void keep_newest(std::vector<HostTenure>& tenures) {
  std::ranges::stable_sort(tenures, std::ranges::greater(),
                           [](const HostTenure& tenure) { return tenure.span.end; });
  tenures.resize(std::min(tenures.size(), HostBook::kTenuresMax));
}

// What is known of an earlier instant counts, too, up to then: what its device was told afterwards,
// at other addresses, nobody can mean who has this one. Each tenure is kept once: who reads what
// was told during two alike would count it twice.
void join(HostIdentity earlier, WallTime instant, HostIdentity& host) {
  if (earlier.device.empty()) {
    return;
  }
  for (HostTenure& tenure : earlier.elsewhere) {
    tenure.span.end = std::min(tenure.span.end, instant);
  }
  if (host.device.empty()) {
    host = std::move(earlier);
    return;
  }
  host.own_since = std::min(host.own_since, earlier.own_since);
  for (const HostTenure& tenure : earlier.elsewhere) {
    const auto is_known = [&tenure](const HostTenure& known) {
      return known.address == tenure.address && known.span.start == tenure.span.start;
    };
    if (std::ranges::none_of(host.elsewhere, is_known)) {
      host.elsewhere.push_back(tenure);
    }
  }
}

}  // namespace

void HostBook::learn(const HostSighting& sighting, WallTime now) {
  const TimeSpan seen{clamp_time(sighting.seen.start), clamp_time(sighting.seen.end)};
  if (sighting.device.empty() || sighting.device.size() > kDeviceOctetsMax ||
      seen.start > seen.end) {
    return;
  }
  SeenAt& all = by_address_[sighting.address];
  const auto ahead = first_behind(all, std::max(now, seen.end) + kLead);
  WallTime start = seen.start;
  if (ahead != all.begin()) {
    Seen& last = *std::prev(ahead);
    const bool same = last.device == sighting.device;
    if (same && seen.start <= last.span.end + options_.linger) {
      const bool is_news = seen.end > last.span.end || sighting.source > last.source ||
                           (sighting.is_router && !last.is_router);
      last.span.end = std::max(last.span.end, seen.end);
      last.source = std::max(last.source, sighting.source);
      last.is_router |= sighting.is_router;
      version_ += is_news ? 1 : 0;
      return;
    }
    const bool doubted =
        sighting.source < last.source && seen.end <= last.span.end + options_.linger;
    if (seen.end <= last.span.end || (!same && doubted)) {
      return;
    }
    start = std::max(seen.start, last.span.end + kTick);
  }
  add(sighting.address, {sighting.device, {start, seen.end}, sighting.source, sighting.is_router});
  make_room();
}

HostBook::SeenAt::iterator HostBook::first_behind(SeenAt& all, WallTime moment) {
  return std::ranges::upper_bound(all, moment, {},
                                  [](const Seen& seen) { return seen.span.start; });
}

void HostBook::add(const IpAddress& address, Seen seen) {
  by_device_[seen.device].insert(address);
  SeenAt& all = by_address_[address];
  all.insert(first_behind(all, seen.span.start), std::move(seen));
  ++size_;
  ++version_;
}

TimeSpan HostBook::held(const SeenAt& all, size_t i) const {
  TimeSpan span{all[i].span.start - kLead, all[i].span.end + options_.linger};
  if (i > 0) {
    span.start = std::max(span.start, all[i - 1].span.end + kTick);
  }
  if (i + 1 < all.size()) {
    span.end = std::min(span.end, std::max(all[i + 1].span.start - kLead - kTick, all[i].span.end));
  }
  return span;
}

std::optional<size_t> HostBook::holder(const SeenAt& all, WallTime at) const {
  for (size_t i = all.size(); i-- > 0;) {
    if (held(all, i).contains(at)) {
      return i;
    }
  }
  return std::nullopt;
}

std::string HostBook::called(const std::string& device) const {
  const auto name = options_.names_by_device.find(device);
  return name == options_.names_by_device.end() ? device : name->second;
}

// What was learned of a device, under each of its MAC addresses.
std::vector<std::string> HostBook::learned_as(const std::string& called) const {
  std::vector<std::string> devices;
  if (by_device_.contains(called)) {
    devices.push_back(called);
  }
  for (const auto& [device, name] : options_.names_by_device) {
    if (name == called && by_device_.contains(device)) {
      devices.push_back(device);
    }
  }
  return devices;
}

bool HostBook::is_shared(const std::string& device, WallTime at) const {
  size_t addresses = 0;
  for (const IpAddress& address : by_device_.at(device)) {
    const SeenAt& all = by_address_.at(address);
    const std::optional<size_t> i = holder(all, at);
    addresses += i && all[*i].device == device ? 1U : 0U;
    const bool routes = std::ranges::any_of(
        all, [&](const Seen& seen) { return seen.device == device && seen.is_router; });
    if (routes || addresses > options_.addresses_max) {
      return true;
    }
  }
  return false;
}

void HostBook::add_tenures(const std::string& device, WallTime at,
                           std::vector<HostTenure>& out) const {
  for (const IpAddress& address : by_device_.at(device)) {
    const SeenAt& all = by_address_.at(address);
    for (size_t i = 0; i < all.size(); ++i) {
      const TimeSpan span = held(all, i);
      if (all[i].device == device && span.start <= at &&
          !options_.devices_by_address.contains(address)) {
        out.push_back({address, span});
      }
    }
  }
}

HostIdentity HostBook::identity(const IpAddress& client, WallTime at) const {
  HostIdentity host = holder_of(client, at);
  if (host.device.empty()) {
    return host;
  }
  for (const auto& [address, device] : options_.devices_by_address) {
    if (device == host.device) {
      host.elsewhere.push_back({address, {WallTime::min(), WallTime::max()}});
    }
  }
  for (const std::string& device : learned_as(host.device)) {
    if (!is_shared(device, at)) {
      add_tenures(device, at, host.elsewhere);
    }
  }
  std::erase_if(host.elsewhere, [&](const HostTenure& tenure) { return tenure.address == client; });
  keep_newest(host.elsewhere);
  return host;
}

// Between two changes nothing ends, and what begins is there at the second one, too.
HostIdentity HostBook::identity(const IpAddress& client, const TimeSpan& moment) const {
  HostIdentity host = identity(client, moment.end);
  for (const WallTime instant : changes(client, moment)) {
    join(identity(client, instant), instant, host);
  }
  keep_newest(host.elsewhere);
  return host;
}

std::vector<WallTime> HostBook::changes(const IpAddress& client, const TimeSpan& moment) const {
  std::vector<WallTime> ends;
  const auto learned = by_address_.find(client);
  if (learned == by_address_.end()) {
    return ends;
  }
  const SeenAt& all = learned->second;
  for (size_t i = all.size(); i-- > 0 && held(all, i).end >= moment.start;) {
    if (ends.size() == kHoldersMax) {
      ends.push_back(moment.start);
      break;
    }
    if (held(all, i).end < moment.end) {
      ends.push_back(held(all, i).end);
    }
  }
  return ends;
}

// The device alone, and since when the address was its own.
HostIdentity HostBook::holder_of(const IpAddress& client, WallTime at) const {
  HostIdentity host;
  const auto listed = options_.devices_by_address.find(client);
  if (listed != options_.devices_by_address.end()) {
    host.device = listed->second;
    return host;
  }
  const auto learned = by_address_.find(client);
  const auto i = learned == by_address_.end() ? std::nullopt : holder(learned->second, at);
  if (!i || is_shared(learned->second[*i].device, at)) {
    return host;
  }
  host.device = called(learned->second[*i].device);
  for (size_t earlier = 0; earlier < *i; ++earlier) {
    if (called(learned->second[earlier].device) != host.device) {
      host.own_since = held(learned->second, earlier).end + kTick;
    }
  }
  return host;
}

std::vector<HostInterval> HostBook::intervals() const {
  std::vector<HostInterval> all;
  for (const auto& [address, seen_at] : by_address_) {
    for (const Seen& seen : seen_at) {
      all.push_back({seen.device, address, seen.span, seen.source, seen.is_router});
    }
  }
  return all;
}

bool HostBook::forget_before(WallTime since) {
  return forget([since](const HostInterval& interval) { return interval.seen.end < since; });
}

bool HostBook::forget(const std::function<bool(const HostInterval&)>& unwanted) {
  size_t gone = 0;
  for (auto& [address, seen_at] : by_address_) {
    gone += std::erase_if(seen_at, [&, at = address](const Seen& seen) {
      return unwanted({seen.device, at, seen.span, seen.source, seen.is_router});
    });
  }
  if (gone > 0) {
    index();
    ++version_;
  }
  return gone > 0;
}

// An eighth at once, so that a full book is not sorted for each newcomer.
void HostBook::make_room() {
  if (size_ <= intervals_max_) {
    return;
  }
  std::vector<WallTime> ends;
  for (const auto& [address, seen_at] : by_address_) {
    for (const Seen& seen : seen_at) {
      ends.push_back(seen.span.end);
    }
  }
  const auto last_to_go = ends.begin() + static_cast<std::ptrdiff_t>(intervals_max_ / 8);
  std::ranges::nth_element(ends, last_to_go);
  const WallTime limit = *last_to_go;
  size_t room = intervals_max_ / 8 + 1;
  forget([&](const HostInterval& interval) {
    const bool goes = interval.seen.end <= limit && room > 0;
    room -= goes ? 1 : 0;
    return goes;
  });
}

void HostBook::index() {
  std::erase_if(by_address_, [](const auto& entry) { return entry.second.empty(); });
  by_device_.clear();
  size_ = 0;
  for (const auto& [address, seen_at] : by_address_) {
    size_ += seen_at.size();
    for (const Seen& seen : seen_at) {
      by_device_[seen.device].insert(address);
    }
  }
}

std::string HostBook::save() const {
  std::string body;
  ByteWriter writer(body);
  writer.varint(size_);
  for (const HostInterval& interval : intervals()) {
    write_interval(interval, body);
  }
  std::string file(kMagic);
  ByteWriter(file).u64(hash_bytes(as_bytes(body)));
  return file + body;
}

Status HostBook::load(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) {
    return damaged();
  }
  ByteReader reader(bytes.substr(kMagic.size()));
  const uint64_t hash = reader.u64();
  const ByteView body = reader.bytes(reader.left());
  if (!reader.ok() || hash != hash_bytes(body)) {
    return damaged();
  }
  ByteReader rows(body);
  for (uint64_t left = rows.varint(); left > 0; --left) {
    const std::optional<HostInterval> interval = read_interval(rows);
    if (!interval) {
      return damaged();
    }
    add(interval->address,
        {interval->device, interval->seen, interval->source, interval->is_router});
  }
  make_room();
  return rows.at_end() ? Status() : Status(damaged());
}

}  // namespace etymon::store
