#include "resolver/local/special_names.h"

#include "resolver/local/soa.h"

namespace etymon::local {
namespace {

using namespace std::string_view_literals;

// RFC 6303 section 3 and RFC 8375 section 4: zones that stand in the DNS, with nothing below.
constexpr std::string_view kEmptyZones[] = {
    "home.arpa",                     // RFC 8375
    "resolver.arpa",                 // RFC 9462 section 8.2
    "10.in-addr.arpa",               // RFC 6303 section 4.1: RFC 1918
    "16.172.in-addr.arpa",           //
    "17.172.in-addr.arpa",           //
    "18.172.in-addr.arpa",           //
    "19.172.in-addr.arpa",           //
    "20.172.in-addr.arpa",           //
    "21.172.in-addr.arpa",           //
    "22.172.in-addr.arpa",           //
    "23.172.in-addr.arpa",           //
    "24.172.in-addr.arpa",           //
    "25.172.in-addr.arpa",           //
    "26.172.in-addr.arpa",           //
    "27.172.in-addr.arpa",           //
    "28.172.in-addr.arpa",           //
    "29.172.in-addr.arpa",           //
    "30.172.in-addr.arpa",           //
    "31.172.in-addr.arpa",           //
    "168.192.in-addr.arpa",          //
    "0.in-addr.arpa",                // section 4.2: this network
    "127.in-addr.arpa",              // loopback
    "254.169.in-addr.arpa",          // link-local
    "2.0.192.in-addr.arpa",          // TEST-NET-1
    "100.51.198.in-addr.arpa",       // TEST-NET-2
    "113.0.203.in-addr.arpa",        // TEST-NET-3
    "255.255.255.255.in-addr.arpa",  // limited broadcast
    "d.f.ip6.arpa",                  // section 4.4: locally assigned (RFC 4193)
    "8.e.f.ip6.arpa",                // section 4.5: link-local
    "9.e.f.ip6.arpa",                //
    "a.e.f.ip6.arpa",                //
    "b.e.f.ip6.arpa",                //
    "8.b.d.0.1.0.0.2.ip6.arpa",      // section 4.6: documentation
};

// Section 4.3: the unspecified address, ::, and loopback, ::1, behind their last digit.
constexpr std::string_view kZeros6 =
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa";

// RFC 7793: 100.64/10, shared between a provider and its customers.
constexpr unsigned kSharedFirst = 64;
constexpr unsigned kSharedLast = 127;

constexpr std::string_view kAbsentZones[] = {
    "invalid",  // RFC 6761 section 6.4
    "test",     // RFC 6761 section 6.2
    "local",    // RFC 6762 section 22.1
    "onion",    // RFC 7686 section 2
    "alt",      // RFC 9476 section 2
};

// Where clients ask for a resolver's encrypted ways in (RFC 9462 section 4): it is there, and there
// is none.
constexpr std::string_view kDesignated = "\4_dns\10resolver\4arpa\0"sv;

constexpr uint32_t kTtl = 10'800;  // RFC 6303 section 3

std::string wire_of(std::string_view text) {
  return DomainName::from_text(text)->wire();
}

wire::OwnAnswer absence(std::string_view zone, Rcode rcode) {
  return {.rcode = rcode, .answer = {}, .authority = {soa_of(zone, kTtl)}};
}

wire::OwnAnswer one(std::string_view owner, RecordType type, std::string_view rdata) {
  return {.answer = {{std::string(owner), type, kTtl, std::string(rdata)}}};
}

wire::OwnAnswer loopback(std::string_view qname, RecordType type, std::string_view zone) {
  switch (type) {
    case RecordType::kA:
      return one(qname, type, "\x7F\0\0\1"sv);
    case RecordType::kAaaa:
      return one(qname, type, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"sv);
    default:
      return absence(zone, Rcode::kNoError);
  }
}

std::optional<wire::OwnAnswer> top_of_empty(std::string_view zone, RecordType type) {
  if (type == kDs) {
    return std::nullopt;  // The zone above says whether this one is signed.
  }
  auto record = record_at_top(zone, type, kTtl);
  return record ? wire::OwnAnswer{.answer = {*std::move(record)}} : absence(zone, Rcode::kNoError);
}

}  // namespace

SpecialNames::SpecialNames(const Zones& zones) {
  for (const std::string_view zone : kAbsentZones) {
    add(wire_of(zone), Kind::kAbsent);
  }
  for (const std::string_view zone : kEmptyZones) {
    add(wire_of(zone), Kind::kEmpty);
  }
  for (unsigned octet = kSharedFirst; octet <= kSharedLast; ++octet) {
    add(wire_of(std::to_string(octet) + ".100.in-addr.arpa"), Kind::kEmpty);
  }
  for (const char* digit : {"0.", "1."}) {
    add(wire_of(digit + std::string(kZeros6)), Kind::kEmpty);
  }
  add(wire_of("localhost"), Kind::kLoopback);  // RFC 6761 section 6.3
  pointers_.emplace(wire_of("1.0.0.127.in-addr.arpa"), wire_of("localhost"));
  pointers_.emplace(wire_of("1." + std::string(kZeros6)), wire_of("localhost"));
  for (const DomainName& zone : zones.denied) {
    add(zone.canonical().wire(), Kind::kDenied);
  }
  for (const DomainName& zone : zones.passed_on) {
    add(zone.canonical().wire(), Kind::kPassedOn);
  }
}

void SpecialNames::add(std::string zone, Kind kind) {
  if (!is_root(zone)) {
    tops_[static_cast<uint8_t>(top_of(zone)[1])] = true;
  }
  zones_.insert_or_assign(std::move(zone), kind);
}

std::optional<SpecialNames::Special> SpecialNames::answer(std::string_view qname,
                                                          RecordType type) const {
  if (is_root(qname) || !tops_[static_cast<uint8_t>(top_of(qname)[1])]) {
    return std::nullopt;
  }
  std::optional<Kind> kind;
  std::string_view zone;
  // The whole way up: a zone that is passed on is so with all that is special below it.
  for (std::string_view at = qname; !at.empty(); at = is_root(at) ? "" : parent_of(at)) {
    const auto found = zones_.find(at);
    if (found != zones_.end() && (!kind || found->second == Kind::kPassedOn)) {
      kind = found->second;
      zone = at;
    }
  }
  if (!kind || *kind == Kind::kPassedOn) {
    return std::nullopt;
  }
  std::optional<wire::OwnAnswer> said = say(*kind, zone, qname, type);
  if (!said) {
    return std::nullopt;
  }
  return Special{*std::move(said), *kind == Kind::kDenied ? wire::ExtendedError::kBlocked
                                                          : wire::ExtendedError::kSynthesized};
}

std::optional<wire::OwnAnswer> SpecialNames::say(Kind kind, std::string_view zone,
                                                 std::string_view qname, RecordType type) const {
  if (kind == Kind::kLoopback) {
    return loopback(qname, type, zone);
  }
  if (type == RecordType::kPtr) {
    if (const auto pointer = pointers_.find(qname); pointer != pointers_.end()) {
      return one(qname, type, pointer->second);
    }
  }
  if (kind == Kind::kEmpty && zone == qname) {
    return top_of_empty(zone, type);
  }
  return absence(zone, qname == kDesignated ? Rcode::kNoError : Rcode::kNxDomain);
}

}  // namespace etymon::local
