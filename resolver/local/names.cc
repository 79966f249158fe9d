#include "resolver/local/names.h"

#include <algorithm>

#include "resolver/local/soa.h"

namespace etymon::local {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kStar = "\1*"sv;

bool is_said(const wire::OwnedRecord& record, RecordType asked) {
  return record.type == asked || asked == RecordType::kAny;
}

bool is_alias(const wire::OwnedRecord& record) {
  return record.type == RecordType::kCname;
}

// Types that the name of a zone has, or the zone above has of it. Who validates behind us asks for
// them: a host that calls itself "com" must not say that com has no keys.
bool is_of_zone(RecordType type) {
  return type == RecordType::kNs || type == RecordType::kSoa || type == kDs || type == kDnskey;
}

std::string octets_of(const IpAddress& address) {
  const ByteView all(address.octets());
  return std::string(as_text(address.is_v4() ? all.last(4) : all));
}

// RFC 1035 section 4.1.3.
size_t octets_in_message(const wire::OwnedRecord& record, size_t owner_octets) {
  constexpr size_t kTypeToLength = 10;
  return owner_octets + kTypeToLength + record.rdata.size();
}

}  // namespace

DomainName reverse_name(const IpAddress& address) {
  std::string text;
  const std::string octets = octets_of(address);
  for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet) {
    const auto number = static_cast<uint8_t>(*octet);
    constexpr const char* kDigits = "0123456789abcdef";
    if (address.is_v4()) {
      text += std::to_string(number) + ".";
    } else {
      text += {kDigits[number & 0xF], '.', kDigits[number >> 4], '.'};
    }
  }
  return *DomainName::from_text(text + (address.is_v4() ? "in-addr.arpa" : "ip6.arpa"));
}

Status check_own_record(const wire::OwnedRecord& record) {
  if (record.type == RecordType::kDname) {
    return Error{ErrorCode::kInvalidArgument,
                 "DNAME records are not supported; write a CNAME for each name"};
  }
  return {};
}

Status Names::add(wire::OwnedRecord record) {
  if (const Status checked = check_own_record(record); !checked.ok()) {
    return checked;
  }
  std::string name = lower_case(record.owner);
  const bool wildcard = name.starts_with(kStar);
  if (wildcard) {
    name.erase(0, kStar.size());
  }
  make_exist(name);
  Owner& owner = wildcard ? wildcards_[name] : owners_[name];
  if (std::ranges::find(owner.records, record) != owner.records.end()) {
    return {};
  }
  const size_t octets = octets_in_message(record, wildcard ? DomainName::kWireMax : name.size());
  if (owner.octets + octets > kNameOctetsMax) {
    return Error{ErrorCode::kResourceExhausted, "more records of one name than fit an answer"};
  }
  owner.octets += octets;
  owner.records.push_back(std::move(record));
  return {};
}

Status Names::add_address(const DomainName& name, const IpAddress& address) {
  return add({.owner = name.wire(),
              .type = address.is_v4() ? RecordType::kA : RecordType::kAaaa,
              .ttl_s = ttl_s_,
              .rdata = octets_of(address)});
}

Status Names::add_host(const DomainName& name, const IpAddress& address) {
  owners_[lower_case(name.wire())].is_host = true;
  return add_address(name, address);
}

Status Names::add_pointer(const IpAddress& address, const DomainName& name) {
  const std::string owner = reverse_name(address).wire();
  const auto found = owners_.find(owner);
  if (found != owners_.end() && !found->second.records.empty()) {
    return {};
  }
  return add({.owner = owner, .type = RecordType::kPtr, .ttl_s = ttl_s_, .rdata = name.wire()});
}

void Names::add_zone(const DomainName& zone) {
  zones_.try_emplace(zone.canonical().wire(), KnownBy::kUs);
}

void Names::add_cut(const DomainName& zone) {
  const std::string name = zone.canonical().wire();
  make_exist(name);
  zones_.insert_or_assign(name, KnownBy::kOthers);
}

// A name is there when one below it is (RFC 8020 section 2).
void Names::make_exist(std::string_view name) {
  for (; !is_root(name); name = parent_of(name)) {
    owners_.try_emplace(std::string(name));
  }
}

const Names::Owner* Names::find_owner(std::string_view name) const {
  const auto exact = owners_.find(name);
  if (exact != owners_.end()) {
    return &exact->second;
  }
  // The closest name that is there decides whether there is a wildcard (RFC 4592 section 3.3.1).
  while (!is_root(name)) {
    name = parent_of(name);
    if (const auto wildcard = wildcards_.find(name); wildcard != wildcards_.end()) {
      return &wildcard->second;
    }
    if (owners_.contains(name)) {
      return nullptr;
    }
  }
  return nullptr;
}

bool Names::is_top_of_ours(std::string_view name) const {
  const auto zone = zones_.find(name);
  return zone != zones_.end() && zone->second == KnownBy::kUs;
}

// Whether a zone that is known elsewhere is signed, the one above it says (RFC 4035 section
// 3.1.4.1).
std::optional<std::string_view> Names::zone_of(std::string_view name, RecordType type) const {
  const bool is_said_above = type == kDs && zones_.contains(name) && !is_top_of_ours(name);
  name = is_said_above && !is_root(name) ? parent_of(name) : name;
  for (; !zones_.empty() && !is_root(name); name = parent_of(name)) {
    if (zones_.contains(name)) {
      return is_top_of_ours(name) ? std::optional(name) : std::nullopt;
    }
  }
  return std::nullopt;
}

bool Names::is_told_here(const Owner& owner, std::string_view name, RecordType type) const {
  const bool is_elsewhere = owner.records.empty() || (owner.is_host && is_of_zone(type));
  return !is_elsewhere || zone_of(name, type);
}

wire::OwnedRecord Names::soa_for(std::string_view name, RecordType type) const {
  return soa_of(zone_of(name, type).value_or(name), ttl_s_);
}

void Names::say_rest(std::string_view name, RecordType type, wire::OwnAnswer& said) const {
  auto at_top = is_top_of_ours(name) ? record_at_top(name, type, ttl_s_) : std::nullopt;
  if (at_top) {
    said.answer.push_back(*std::move(at_top));
  } else {
    said.authority = {soa_for(name, type)};
  }
}

std::optional<Names::Known> Names::end_outside(Known known, std::string_view name,
                                               RecordType type) const {
  if (is_top_of_ours(name)) {
    say_rest(name, type, known.said);
    return known;
  }
  if (zone_of(name, type)) {
    known.said.rcode = Rcode::kNxDomain;
    known.said.authority = {soa_for(name, type)};
    return known;
  }
  if (known.said.answer.empty()) {
    return std::nullopt;
  }
  known.leads_to = name;
  return known;
}

std::optional<Names::Known> Names::find(std::string_view qname, RecordType type) const {
  if (owners_.empty() && wildcards_.empty() && zones_.empty()) {
    return std::nullopt;
  }
  Known known;
  std::string name(qname);
  for (size_t step = 0; step < wire::kChainMax; ++step) {
    const Owner* owner = find_owner(name);
    if (owner == nullptr || !is_told_here(*owner, name, type)) {
      return end_outside(std::move(known), name, type);
    }
    const wire::OwnedRecord* alias = nullptr;
    bool said = false;
    for (const wire::OwnedRecord& record : owner->records) {
      alias = is_alias(record) ? &record : alias;
      if (is_said(record, type)) {
        known.said.answer.push_back(record);
        known.said.answer.back().owner = name;
        said = true;
      }
    }
    if (said || alias == nullptr) {
      if (!said) {
        say_rest(name, type, known.said);
      }
      return known;
    }
    known.said.answer.push_back(*alias);
    known.said.answer.back().owner = name;
    name = lower_case(alias->rdata);
  }
  return Known{.said = {.rcode = Rcode::kServFail}};
}

std::vector<std::string> Names::endless_aliases() const {
  std::vector<std::string> endless;
  const auto add = [&](std::string_view prefix, std::string_view below, const Owner& owner) {
    if (std::ranges::none_of(owner.records, is_alias)) {
      return;
    }
    std::string name(prefix);
    name += below;
    const auto known = find(name, RecordType::kA);
    if (known && known->said.rcode == Rcode::kServFail) {
      endless.push_back(std::move(name));
    }
  };
  for (const auto& [name, owner] : owners_) {
    add("", name, owner);
  }
  for (const auto& [name, owner] : wildcards_) {
    add(kStar, name, owner);
  }
  std::ranges::sort(endless);
  return endless;
}

}  // namespace etymon::local
