#include "resolver/forward/dns64.h"

#include <algorithm>
#include <string_view>

#include "resolver/forward/reverse_names.h"
#include "resolver/local/soa.h"

namespace etymon::forward {
namespace {

using namespace std::string_view_literals;

// Where no SOA says it, and of the CNAMEs of reverse names: RFC 6147 section 5.1.7.
constexpr uint32_t kTtl = 600;

// RFC 8880 section 8, the zone as it stands in the DNS.
constexpr std::string_view kIpv4Only = "\10ipv4only\4arpa\0"sv;
constexpr uint32_t kIpv4OnlyTtl = 86'400;
constexpr uint32_t kIpv4OnlyAddresses[] = {0xC00000AA, 0xC00000AB};  // 192.0.0.170 and .171

bool is_in(const IpAddress& address, const std::vector<IpPrefix>& blocks) {
  return std::ranges::any_of(blocks,
                             [&](const IpPrefix& block) { return block.contains(address); });
}

std::string reverse_name_of(const IpAddress& v4) {
  std::string text = "in-addr.arpa";
  const std::string_view octets = as_text(v4.octets()).substr(12);
  for (const char octet : octets) {
    text = std::to_string(static_cast<uint8_t>(octet)) + "." + text;
  }
  return DomainName::from_text(text)->wire();
}

}  // namespace

bool Dns64::serves(const wire::QueryView& query, const IpAddress& client) const {
  return query.qclass == RecordClass::kIn && !(query.dnssec_ok() && query.checking_disabled()) &&
         (options_.clients.empty() || is_in(client, options_.clients));
}

wire::Visible Dns64::judge(const wire::StoredView& aaaa) const {
  if (wire::rcode_of(aaaa) == Rcode::kNxDomain) {
    return wire::Visible::kAll;  // What does not exist has no A records either (section 5.1.2).
  }
  return wire::visible_aaaa(aaaa, options_.hidden);
}

uint32_t Dns64::ttl_max(const wire::StoredView& aaaa, uint32_t age_s, uint32_t ttl_floor_s) {
  const std::optional<uint32_t> ttl_s = wire::soa_ttl(aaaa);
  return ttl_s ? std::max(*ttl_s - std::min(*ttl_s, age_s), ttl_floor_s) : kTtl;
}

Result<wire::ParsedResponse> Dns64::show(const wire::AskedQuestion& asked, ByteView told) const {
  auto made = wire::make_aaaa(
      asked, told,
      [this](const IpAddress& address) {
        return is_in(address, options_.hidden) ? std::nullopt : std::optional(address);
      },
      UINT32_MAX);
  return made.ok() ? Result(std::move(made->response)) : made.error();
}

Result<wire::ParsedResponse> Dns64::translate(const wire::AskedQuestion& asked, ByteView told,
                                              uint32_t ttl_max_s) const {
  auto made = wire::make_aaaa(
      asked, told, [this](const IpAddress& v4) { return translated(v4); }, ttl_max_s);
  if (!made.ok()) {
    return made.error();
  }
  // Behind the NAT64 the flow goes to the IPv4 address: both are on record. In the well-known
  // prefix they are found when an answer is read.
  if (!options_.prefix.is_well_known()) {
    for (const IpAddress& v4 : made->from) {
      made->response.answer.addresses.push_back({v4, Via::kMapped, {}});
    }
    sort_addresses(made->response.answer);
  }
  return std::move(made->response);
}

std::optional<IpAddress> Dns64::translated(const IpAddress& v4) const {
  const bool unreachable = options_.prefix.is_well_known() && !is_public(v4);
  return unreachable || is_in(v4, options_.excluded) ? std::nullopt
                                                     : std::optional(options_.prefix.embed(v4));
}

std::optional<Dns64::Reverse> Dns64::reverse_of(const wire::QueryView& query) const {
  if (query.qtype != RecordType::kPtr) {
    return std::nullopt;
  }
  const std::optional<IpAddress> address = address_of_reverse_name(query.qname);
  const auto v4 = address ? options_.prefix.embedded_in(*address) : std::nullopt;
  if (!v4) {
    return std::nullopt;
  }
  const std::string qname(as_text(query.qname));
  std::string leads_to = reverse_name_of(*v4);
  return Reverse{{qname, {{qname, RecordType::kCname, kTtl, leads_to}}}, leads_to};
}

std::optional<wire::OwnAnswer> Dns64::ipv4_only(const wire::QueryView& query, bool serves) const {
  if (!wire::same_name(query.qname, as_bytes(kIpv4Only))) {
    return std::nullopt;
  }
  wire::OwnAnswer said;
  for (const uint32_t number : kIpv4OnlyAddresses) {
    const IpAddress v4 = IpAddress::v4(number);
    const std::string octets(as_text(v4.octets()));
    if (query.qtype == RecordType::kA) {
      said.answer.push_back(
          {std::string(kIpv4Only), RecordType::kA, kIpv4OnlyTtl, octets.substr(12)});
    } else if (query.qtype == RecordType::kAaaa && serves) {
      said.answer.push_back({std::string(kIpv4Only), RecordType::kAaaa, kIpv4OnlyTtl,
                             std::string(as_text(options_.prefix.embed(v4).octets()))});
    }
  }
  if (said.answer.empty()) {
    said.authority.push_back(local::soa_of(kIpv4Only, kIpv4OnlyTtl));
  }
  return said;
}

}  // namespace etymon::forward
