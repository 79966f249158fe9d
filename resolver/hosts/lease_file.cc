#include "resolver/hosts/lease_file.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>

#include "resolver/base/regular_file.h"

namespace etymon::hosts {
namespace {

using Fields = std::vector<std::string_view>;

// No line of either server comes near; what is longer makes no sense.
constexpr size_t kFieldsMax = 32;
constexpr std::string_view kKeaHeader = "address,";
constexpr size_t kFirstLineMax = 4096;
constexpr const char* kOlderParts[] = {".1", ".2"};  // newest first

constexpr uint64_t kYear9999 = 253'402'300'799;  // seconds

// The text up to `mark`, which is taken off with it.
std::string_view take_until(std::string_view& text, char mark) {
  const std::string_view taken = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

Fields split(std::string_view line, char mark) {
  Fields fields;
  while (fields.size() < kFieldsMax) {
    const size_t end = line.find(mark);
    fields.push_back(line.substr(0, end));
    if (end == line.npos) {
      return fields;
    }
    line.remove_prefix(end + 1);
  }
  return {};
}

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value <= kYear9999 ? std::optional(value) : std::nullopt;
}

// "aa:bb:..." of any length, for DUIDs; nothing when it is something else.
std::optional<std::vector<uint8_t>> octets_of(std::string_view text) {
  std::vector<uint8_t> octets;
  while (!text.empty()) {
    const std::string_view pair = take_until(text, ':');
    uint8_t octet = 0;
    const auto [end, error] = std::from_chars(pair.data(), pair.data() + pair.size(), octet, 16);
    if (pair.size() != 2 || error != std::errc() || end != pair.data() + 2) {
      return std::nullopt;
    }
    octets.push_back(octet);
  }
  return octets;
}

// RFC 8415 sections 11.2 and 11.4: type 1 has a time before the link-layer address, type 3 none.
std::optional<MacAddress> mac_in_duid(std::string_view text) {
  const auto octets = octets_of(text);
  if (!octets || octets->size() < 4 || (*octets)[0] != 0 || (*octets)[2] != 0 ||
      (*octets)[3] != 1) {  // hardware type Ethernet
    return std::nullopt;
  }
  const ByteView all(*octets);
  if ((*octets)[1] == 1 && all.size() == 14) {
    return MacAddress::of_device(all.subspan(8));
  }
  return (*octets)[1] == 3 && all.size() == 10 ? MacAddress::of_device(all.subspan(4))
                                               : std::nullopt;
}

// A lease, or nothing when the line is sound and tells of none, or is not sound.
struct Read {
  std::optional<Lease> lease;
  bool sound = false;
};

WallTime time_of(uint64_t seconds) {
  return WallTime(Seconds(static_cast<int64_t>(seconds)));
}

// dnsmasq: "EXPIRY MAC ADDRESS NAME CLIENT-ID", in the IPv6 part "EXPIRY IAID ADDRESS NAME DUID".
// EXPIRY 0 is never; a MAC of another hardware type than Ethernet is written "06-00:...".
Read read_dnsmasq(std::string_view line) {
  const Fields fields = split(line, ' ');
  if (fields.size() == 2 && fields[0] == "duid") {
    return {{}, true};  // The server's own.
  }
  if (fields.size() < 5) {
    return {};
  }
  const auto expires = number_of(fields[0]);
  const auto address = IpAddress::from_text(fields[2]);
  if (!expires || !address) {
    return {};
  }
  const auto mac = address->is_v4() ? MacAddress::from_text(fields[1]) : mac_in_duid(fields[4]);
  return {Lease{.mac = mac,
                .address = *address,
                .name = fields[3] == "*" ? std::string() : std::string(fields[3]),
                .expires = *expires == 0 ? WallTime::max() : time_of(*expires)},
          true};
}

// Kea's memfile: the columns have names. A line is the newest word on its address; one with a
// lifetime of 0 or another state than 0 says that the lease has gone.
class KeaColumns {
 public:
  explicit KeaColumns(std::string_view header) {
    const Fields names = split(header, ',');
    for (size_t i = 0; i < names.size(); ++i) {
      columns_[std::string(names[i])] = i;
    }
  }

  Read read(std::string_view line, std::map<IpAddress, Lease>& leases) const {
    const Fields fields = split(line, ',');
    const auto address = IpAddress::from_text(field(fields, "address"));
    const auto expires = number_of(field(fields, "expire"));
    const auto lifetime = number_of(field(fields, "valid_lifetime"));
    const auto state = number_of(field(fields, "state"));
    if (!address || !expires || !lifetime || !state) {
      return {};
    }
    auto mac = MacAddress::from_text(field(fields, "hwaddr"));
    mac = mac ? mac : mac_in_duid(field(fields, "duid"));
    const std::string_view kind = field(fields, "lease_type");
    const bool is_prefix = !kind.empty() && kind != "0";
    if (is_prefix || *lifetime == 0 || *state != 0) {
      leases.erase(*address);
      return {{}, true};
    }
    return {Lease{.mac = mac,
                  .address = *address,
                  .name = std::string(field(fields, "hostname")),
                  .expires = time_of(*expires),
                  .lifetime = Seconds(static_cast<int64_t>(*lifetime))},
            true};
  }

 private:
  std::string_view field(const Fields& fields, const char* name) const {
    const auto column = columns_.find(name);
    return column != columns_.end() && column->second < fields.size() ? fields[column->second]
                                                                      : std::string_view();
  }

  std::map<std::string, size_t> columns_;
};

}  // namespace

LeaseFile read_leases(std::string_view text) {
  std::map<IpAddress, Lease> leases;
  LeaseFile file;
  std::optional<KeaColumns> kea;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty()) {
      continue;
    }
    if (line.starts_with(kKeaHeader)) {
      kea.emplace(line);
      continue;
    }
    const Read read = kea ? kea->read(line, leases) : read_dnsmasq(line);
    file.passed_over += read.sound ? 0 : 1;
    if (!read.lease) {
      continue;
    }
    if (leases.size() < kLeasesMax || leases.contains(read.lease->address)) {
      leases.insert_or_assign(read.lease->address, *read.lease);
    } else {
      ++file.left_out;
    }
  }
  for (auto& [address, lease] : leases) {
    file.leases.push_back(std::move(lease));
  }
  return file;
}

std::string trouble_with(const std::string& path, const LeaseFile& file) {
  if (file.left_out > 0) {
    return path + ": has more than " + std::to_string(kLeasesMax) +
           " leases; lines left out: " + std::to_string(file.left_out);
  }
  return file.passed_over > 0 && file.leases.empty()
             ? path + ": no lease in it, neither in dnsmasq's nor in Kea's form"
             : "";
}

Result<std::string> read_lease_file(const std::string& path,
                                    const std::function<void(const std::string&)>& on_cut) {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(path, unknown);
  if (unknown || size <= kLeaseFileMax) {
    return read_regular_file(path, kLeaseFileMax);
  }
  on_cut(path + ": has more than " + std::to_string(kLeaseFileMax) +
         " octets; only the leases at its end are read");
  const Result<std::string> begin = read_regular_file(path, kFirstLineMax);
  Result<std::string> end = read_regular_file(path, kLeaseFileMax, size - kLeaseFileMax);
  if (begin && end) {
    const std::string first_line = begin->substr(0, begin->find('\n')) + "\n";
    end->replace(0, std::min(end->find('\n'), end->size()), first_line);
  }
  return begin ? std::move(end) : begin;
}

std::vector<std::string> lease_parts(const std::vector<std::string>& paths) {
  std::vector<std::string> parts;
  for (const std::string& path : paths) {
    parts.push_back(path);
    for (const char* older : kOlderParts) {
      parts.push_back(path + older);
    }
  }
  return parts;
}

std::string whole_lease_text(const std::string& path,
                             const std::function<std::string(const std::string& path)>& read) {
  std::string text = read(path);
  if (!text.empty() && !text.starts_with(kKeaHeader)) {
    return text;  // What lies beside another server's file may be anything.
  }
  for (const char* older : kOlderParts) {
    const std::string before = read(path + older);
    if (before.starts_with(kKeaHeader)) {
      text.insert(0, before + "\n");  // Its last line may have been cut.
    }
  }
  return text;
}

std::vector<std::string> without_older_parts(std::vector<std::string> paths) {
  const std::vector<std::string> listed = paths;
  std::erase_if(paths, [&listed](const std::string& path) {
    return std::ranges::any_of(kOlderParts, [&](const char* older) {
      return path.ends_with(older) &&
             std::ranges::find(listed, path.substr(0, path.size() - std::strlen(older))) !=
                 listed.end();
    });
  });
  return paths;
}

std::vector<HostSighting> sightings_of(const LeaseFile& file, WallTime now) {
  std::vector<HostSighting> sightings;
  for (const Lease& lease : file.leases) {
    const bool told = lease.lifetime > Seconds(0);
    const TimeSpan span{told ? lease.expires - lease.lifetime : now, std::min(lease.expires, now)};
    if (lease.mac && span.start <= span.end) {
      sightings.push_back({.device = lease.mac->device(),
                           .address = lease.address,
                           .seen = span,
                           .source = HostSource::kLease});
    }
  }
  return sightings;
}

}  // namespace etymon::hosts
