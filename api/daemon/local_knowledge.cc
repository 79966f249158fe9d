#include "api/daemon/local_knowledge.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string_view>

#include "api/service/fields.h"
#include "resolver/base/regular_file.h"
#include "resolver/hosts/lease_file.h"
#include "resolver/local/hosts_file.h"
#include "resolver/local/labels.h"
#include "resolver/local/text_lines.h"

namespace etymon::daemon {
namespace {

// "nas" in the domain "lan" is "nas.lan" too; names of several labels are whole.
std::vector<DomainName> spellings_of(const DomainName& name,
                                     const std::optional<DomainName>& domain) {
  if (!domain || name.label_count() > 1) {
    return {name};
  }
  std::string whole = name.wire();
  whole.pop_back();
  const Result<DomainName> in_domain = DomainName::from_wire(as_bytes(whole + domain->wire()));
  return in_domain.ok() ? std::vector{*in_domain, name} : std::vector{name};
}

// Names by which machines find a service without having been told of it: a device that calls itself
// so would become that service for all others (CERT VU#598349).
constexpr std::string_view kNoDeviceNames[] = {"isatap", "localhost", "wpad"};

// The first label of what the device calls itself; nothing when that is not to be told, or no name
// for a host: "*" would stand for all names, "_tcp" is for services (RFC 8552).
std::optional<DomainName> name_of(const hosts::Lease& lease) {
  const std::string_view label = std::string_view(lease.name).substr(0, lease.name.find('.'));
  const Result<DomainName> name = DomainName::from_text(label);
  if (!name.ok() || name->is_root() || !local::is_host_name(name->canonical().wire()) ||
      label.front() == '-' || label.front() == '_' ||
      std::ranges::find(kNoDeviceNames, name->canonical().text()) != std::end(kNoDeviceNames)) {
    return std::nullopt;
  }
  return *name;
}

// False where one of them can take no more.
bool add_address(const std::vector<DomainName>& spellings, const IpAddress& address,
                 local::Names& names) {
  bool all = true;
  for (const DomainName& spelling : spellings) {
    all = names.add_address(spelling, address).ok() && all;
  }
  return all;
}

}  // namespace

std::string SystemFiles::stamp(const std::string& path) const {
  return stamp_of(path);
}

Result<std::string> SystemFiles::read(const std::string& path) const {
  Result<std::string> text = read_regular_file(path, kLocalFileMax + 1);
  if (text.ok() && text->size() > kLocalFileMax) {
    return Error{ErrorCode::kResourceExhausted,
                 path + ": has more than " + std::to_string(kLocalFileMax) + " octets"};
  }
  return text;
}

std::shared_ptr<const local::Knowledge> LocalKnowledge::renew(WallTime now) {
  const bool first = parts_.special_names == nullptr;
  const bool host_files = have_changed(config_.hosts);
  const bool record_files = have_changed(config_.record_files);
  const bool names =
      have_changed(hosts::lease_parts(leases_)) || host_files || record_files || now >= next_end_;
  const bool blocked = have_changed(config_.block.lists);
  const bool allowed = have_changed(config_.block.allow_lists);
  if (first) {
    parts_.special_names = std::make_shared<local::SpecialNames>(special_zones());
  }
  if (first || names) {
    parts_.names = read_names(now);
  }
  if (first || blocked || allowed) {
    parts_.block_list = read_block_list();
  }
  return first || names || blocked || allowed ? std::make_shared<local::Knowledge>(parts_)
                                              : nullptr;
}

bool LocalKnowledge::have_changed(const std::vector<std::string>& paths) {
  bool changed = false;
  for (const std::string& path : paths) {
    const std::string stamp = files_.stamp(path);
    const auto [before, is_new] = stamps_.try_emplace(path, stamp);
    changed = changed || is_new || before->second != stamp || is_readable_again(path, stamp);
    before->second = stamp;
  }
  return changed;
}

// One that is too large can be read when it has changed: to see that costs a read of all of it.
bool LocalKnowledge::is_readable_again(const std::string& path, const std::string& stamp) const {
  const auto failure = failures_.find(path);
  return failure != failures_.end() && !stamp.empty() &&
         failure->second.why.code != ErrorCode::kResourceExhausted && files_.read(path).ok();
}

std::optional<std::string> LocalKnowledge::read(const std::string& path) {
  Result<std::string> text = files_.read(path);
  if (text.ok()) {
    failures_.erase(path);
    return *std::move(text);
  }
  const bool was_read = texts_.contains(path) || lists_read_.contains(path);
  const std::string& stamp = stamps_[path];
  const auto known = failures_.find(path);
  if (known == failures_.end() || known->second.stamp != stamp ||
      known->second.why.message != text.error().message) {
    failures_.insert_or_assign(path, Failure{text.error(), stamp});
    say_.warn(text.error().message + (was_read ? "; what was last read of it holds" : ""));
  }
  return std::nullopt;
}

const std::string& LocalKnowledge::text_of(const std::string& path) {
  if (std::optional<std::string> text = read(path)) {
    return texts_[path] = *std::move(text);
  }
  static const std::string kNothing;
  const auto last = texts_.find(path);
  return last == texts_.end() ? kNothing : last->second;
}

void LocalKnowledge::warn_of(const std::string& path, const local::PassedOver& passed_over) const {
  if (passed_over.lines > 0) {
    say_.warn(path + ": lines that make no sense were passed over: " +
              std::to_string(passed_over.lines) + ", the first is line " +
              std::to_string(passed_over.first) + ": " + service::in_quotes(passed_over.text) +
              (passed_over.why.empty() ? "" : ": " + passed_over.why));
  }
}

std::vector<DomainName> LocalKnowledge::zones_passed_on() const {
  std::vector<DomainName> zones = config_.passed_on;
  for (const upstream::Route& route : routes_) {
    if (!route.zone.is_root()) {  // Upstreams for all names serve no special ones.
      zones.push_back(route.zone);
    }
  }
  return zones;
}

local::SpecialNames::Zones LocalKnowledge::special_zones() const {
  local::SpecialNames::Zones zones{.passed_on = zones_passed_on()};
  if (config_.block.canary_denied) {
    zones.denied.push_back(*DomainName::from_text("use-application-dns.net"));
  }
  if (config_.block.private_relay_denied) {
    zones.denied.push_back(*DomainName::from_text("mask.icloud.com"));
    zones.denied.push_back(*DomainName::from_text("mask-h2.icloud.com"));
  }
  return zones;
}

std::shared_ptr<const local::BlockList> LocalKnowledge::read_block_list() {
  const BlockConfig& block = config_.block;
  const local::BlockList* before = parts_.block_list.get();
  auto list = std::make_shared<local::BlockList>(block.form, hash_seed_);
  const auto fill = [this](const std::vector<std::string>& paths, const local::NameSet* last,
                           const std::vector<DomainName>& names, local::NameSet& set) {
    read_name_lists(paths, last, set);
    for (const DomainName& name : names) {
      set.add(name.canonical().wire());
    }
    set.shrink();
  };
  fill(block.lists, before == nullptr ? nullptr : &before->blocked(), block.names, list->blocked());
  fill(block.allow_lists, before == nullptr ? nullptr : &before->allowed(), block.allowed,
       list->allowed());
  if (!block.lists.empty() || !block.allow_lists.empty()) {
    say_.inform("names in block lists: " + std::to_string(list->blocked().size()) +
                ", allowed: " + std::to_string(list->allowed().size()));
  }
  return list;
}

// Texts of lists are large, and not kept. So while one cannot be read, nothing leaves the set: all
// that it had, of this list and the others, stays in it.
void LocalKnowledge::read_name_lists(const std::vector<std::string>& paths,
                                     const local::NameSet* before, local::NameSet& set) {
  bool keeps_all = false;
  for (const std::string& path : paths) {
    const std::optional<std::string> text = read(path);
    if (!text) {
      keeps_all = keeps_all || lists_read_.contains(path);
      continue;
    }
    const size_t size = set.size();
    warn_of(path, local::read_name_list(*text, set));
    lists_read_.insert(path);
    say_.detail("read " + path + "; more names: " + std::to_string(set.size() - size));
  }
  if (keeps_all && before != nullptr) {
    set.add_all(*before);
  }
}

std::shared_ptr<const local::Names> LocalKnowledge::read_names(WallTime now) {
  auto names = std::make_shared<local::Names>(config_.ttl_s);
  for (const std::string& text : config_.records) {
    // Each was read once when it was set.
    const Status added = names->add(*wire::record_from_text(text, config_.ttl_s));
    if (!added.ok()) {
      say_.warn("record '" + text + "' left out: " + added.error().message);
    }
  }
  for (const std::string& path : config_.record_files) {
    add_records(path, *names);
  }
  for (const std::string& path : config_.hosts) {
    add_hosts(path, *names);
  }
  add_leases(read_leases(now, *names), *names);
  for (const DomainName& zone : config_.zones) {
    names->add_zone(zone);
  }
  if (config_.domain) {
    names->add_zone(*config_.domain);
  }
  for (const DomainName& zone : zones_passed_on()) {
    names->add_cut(zone);
  }
  warn_of_endless_aliases(*names);
  return names;
}

// Each of them once: names are read again with each lease that changes.
void LocalKnowledge::warn_of_endless_aliases(const local::Names& names) {
  std::vector<std::string> endless = names.endless_aliases();
  for (const std::string& name : endless) {
    if (!std::ranges::binary_search(endless_aliases_, name)) {
      say_.warn("the CNAME of '" + DomainName::from_wire(as_bytes(name))->text() +
                "' is answered SERVFAIL: its chain does not end");
    }
  }
  endless_aliases_ = std::move(endless);
}

std::vector<hosts::Lease> LocalKnowledge::leases_in(const std::string& path) {
  const std::string text = hosts::whole_lease_text(path, [&](const std::string& part) {
    return part == path || !files_.stamp(part).empty() ? text_of(part) : std::string();
  });
  std::vector<hosts::Lease> leases = hosts::read_leases(text).leases;
  say_.detail("read " + path + "; leases: " + std::to_string(leases.size()));
  return leases;
}

bool LocalKnowledge::has_name_of_its_own(const hosts::Lease& lease,
                                         const local::Names& known) const {
  const std::optional<DomainName> name = name_of(lease);
  const auto is_known = [&known](const DomainName& spelling) {
    return known.exists(spelling.canonical().wire());
  };
  return name && std::ranges::none_of(spellings_of(*name, config_.domain), is_known);
}

// Names that their devices gave themselves: of each only the first label, so that none can take a
// name of several labels outside our own domain, and none that is known already.
std::vector<hosts::Lease> LocalKnowledge::read_leases(WallTime now, const local::Names& known) {
  std::vector<hosts::Lease> named;
  local::DeviceAddresses devices;
  next_end_ = WallTime::max();
  for (const std::string& path : leases_) {
    for (hosts::Lease& lease : leases_in(path)) {
      if (lease.expires <= now) {
        continue;
      }
      next_end_ = std::min(next_end_, lease.expires);
      if (lease.mac) {
        const auto device = devices.try_emplace(*lease.mac, lease.address).first;
        device->second = std::min(device->second, lease.address);
      }
      if (has_name_of_its_own(lease, known)) {
        named.push_back(std::move(lease));
      }
    }
  }
  parts_.devices = std::make_shared<const local::DeviceAddresses>(std::move(devices));
  return named;
}

void LocalKnowledge::add_leases(const std::vector<hosts::Lease>& leases,
                                local::Names& names) const {
  for (const hosts::Lease& lease : leases) {
    const std::vector<DomainName> spellings = spellings_of(*name_of(lease), config_.domain);
    for (const DomainName& spelling : spellings) {
      // One that has as many addresses as fit an answer keeps those.
      (void)names.add_host(spelling, lease.address);
    }
    (void)names.add_pointer(lease.address, spellings.front());
  }
}

// A line that is no record takes none of the others along. Behind a record '#' and ';' are no
// comments: data may have them.
void LocalKnowledge::add_records(const std::string& path, local::Names& names) {
  local::PassedOver left_out;
  std::istringstream lines(text_of(path));
  size_t number = 0;
  size_t read = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const size_t begin = line.find_first_not_of(local::kBlanks);
    if (begin == line.npos || line[begin] == '#' || line[begin] == ';') {
      continue;
    }
    ++read;
    Result<wire::OwnedRecord> record = wire::record_from_text(line.substr(begin), config_.ttl_s);
    if (!record.ok()) {
      left_out.add(number, line);
    } else if (const Status added = names.add(*std::move(record)); !added.ok()) {
      left_out.add(number, line, added.error().message);
    }
  }
  say_.detail("read " + path + "; records: " + std::to_string(read - left_out.lines));
  warn_of(path, left_out);
}

void LocalKnowledge::add_hosts(const std::string& path, local::Names& names) {
  local::HostsFile file = local::read_hosts(text_of(path));
  for (const local::HostsLine& line : file.lines) {
    for (const DomainName& name : line.names) {
      if (!add_address(spellings_of(name, config_.domain), line.address, names)) {
        file.passed_over.add(line.number, line.address.text() + " " + name.text());
      }
    }
    // Never fails: it is the only record there.
    (void)names.add_pointer(line.address, spellings_of(line.names.front(), config_.domain).front());
  }
  say_.detail("read " + path + "; lines: " + std::to_string(file.lines.size()));
  warn_of(path, file.passed_over);
}

}  // namespace etymon::daemon
