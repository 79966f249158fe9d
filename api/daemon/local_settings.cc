#include "api/daemon/settings.h"

#include <chrono>

#include "api/daemon/put_values.h"

namespace etymon::daemon {
namespace {

using namespace std::chrono_literals;
using Kind = Setting::Kind;

Status put_rebinding(Values values, forward::Rebinding& target) {
  using forward::Rebinding;
  if (values.front() == "filter") {
    target = Rebinding::kFilter;
    return {};
  }
  const Status put =
      put_choice(values, target, {"flag", Rebinding::kFlag}, {"pass", Rebinding::kPass});
  return put ? put : invalid("'" + values.front() + "' is none of flag, filter, pass");
}

Status put_nat64_prefix(Values values, Nat64Prefix& target) {
  const Result<IpPrefix> block = IpPrefix::from_text(values.front());
  return block.ok() ? put(Nat64Prefix::from(*block), target) : Status(block.error());
}

// Kept as text: the TTL of those that bring none may be set further down.
Status put_records(Values values, std::vector<std::string>& target) {
  return put_list(values, target, [](const std::string& text) -> Result<std::string> {
    const Result<wire::OwnedRecord> record = wire::record_from_text(text, 0);
    const Status checked = record.ok() ? local::check_own_record(*record) : Status(record.error());
    return checked.ok() ? Result(text) : invalid("'" + text + "': " + checked.error().message);
  });
}

constexpr Setting kLocal[] = {
    {"local.records", "", Kind::kList, "RECORD",
     "Records of names of one's own, as in a zone file: \"nas.lan 300 A 192.168.1.9\", "
     "\"*.dev.lan CNAME nas.lan\"; the TTL may be missing; no DNAME (default: none)",
     [](Values v, Config& c) { return put_records(v, c.local.records); }},
    {"local.record_files", "", Kind::kList, "FILE",
     "Files with more such records, one on a line; a line that begins with '#' or ';' is a "
     "comment; "
     "read again when they change (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.record_files, parse_path); }},
    {"local.hosts", "", Kind::kList, "FILE",
     "Hosts files, such as /etc/hosts; read again when they change (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.hosts, parse_path); }},
    {"local.domain", "", Kind::kText, "NAME",
     "This network's own domain: a name of one label in a hosts file is also in it, and what is "
     "not known in it does not exist, but in zones of upstream.domains and local.pass_on "
     "(default: none)",
     [](Values v, Config& c) { return put(DomainName::from_text(v.front()), c.local.domain); }},
    {"local.zones", "", Kind::kList, "ZONE",
     "More zones in which, in the same way, what is not known here does not exist (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.zones, DomainName::from_text); }},
    {"local.ttl", "", Kind::kText, "DURATION",
     "TTL of records that bring none, and of their absence, 0s to 1d (default 1m)",
     [](Values v, Config& c) { return put_seconds(v, c.local.ttl_s, 0s, 24h); }},
    {"local.pass_on", "--pass-on", Kind::kList, "ZONE",
     "Ask upstream about names in these zones although they are special: localhost, local, test, "
     "home.arpa, resolver.arpa, onion, private reverse zones, ..., or below local.domain "
     "(default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.passed_on, DomainName::from_text); }},
    {"block.lists", "", Kind::kList, "FILE",
     "Lists of names that are not resolved, nor any name below them: hosts files, or one name on a "
     "line, as it is or as \"||ads.example^\"; other lines are passed over, and the log "
     "says how many, and which is the first; read again when they change; some 45 MiB for a "
     "million (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.block.lists, parse_path); }},
    {"block.names", "", Kind::kList, "NAME", "More such names (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.block.names, DomainName::from_text); }},
    {"block.allow_lists", "", Kind::kList, "FILE",
     "Lists of names that are resolved whatever a list says, with all names below (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.block.allow_lists, parse_path); }},
    {"block.allow", "", Kind::kList, "NAME", "More such names (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.block.allowed, DomainName::from_text); }},
    {"block.answer", "", Kind::kText, "nxdomain|null",
     "What is said of a blocked name: that it does not exist, or that its address is 0.0.0.0 or :: "
     "(default nxdomain)",
     [](Values v, Config& c) {
       using local::BlockAnswer;
       return put_choice(v, c.local.block.form.answer, {"nxdomain", BlockAnswer::kNxDomain},
                         {"null", BlockAnswer::kNullAddress});
     }},
    {"block.ttl", "", Kind::kText, "DURATION", "For how long, 0s to 1d (default 10s)",
     [](Values v, Config& c) { return put_seconds(v, c.local.block.form.ttl_s, 0s, 24h); }},
    {"block.canary", "", Kind::kText, "deny|pass",
     "use-application-dns.net, by which Firefox asks whether it may go around this network's DNS: "
     "deny says that it may not (default deny)",
     [](Values v, Config& c) {
       return put_choice(v, c.local.block.canary_denied, {"deny", true}, {"pass", false});
     }},
    {"block.private_relay", "", Kind::kText, "deny|pass",
     "mask.icloud.com and mask-h2.icloud.com, without which iCloud Private Relay, which goes "
     "around this network's DNS, stays off and says so (default pass)",
     [](Values v, Config& c) {
       return put_choice(v, c.local.block.private_relay_denied, {"deny", true}, {"pass", false});
     }},
    {"rebinding.guard", "", Kind::kText, "flag|filter|pass",
     "A name that upstream leads to private, link-local or loopback addresses (DNS rebinding): "
     "flag, the record says so; filter, the client is not told these addresses, and the record "
     "says which; pass, nothing is done (default flag)",
     [](Values v, Config& c) { return put_rebinding(v, c.answering.rebinding.policy); }},
    {"rebinding.allow", "", Kind::kList, "NAME",
     "Names that may lead there, with all names below; those below upstream.domains and "
     "local.pass_on may anyway (default: none)",
     [](Values v, Config& c) {
       return put_list(v, c.answering.rebinding.trusted, DomainName::from_text);
     }},
    {"rebinding.loopback", "", Kind::kText, "guard|pass",
     "Whether this holds for 127.0.0.0/8, 0.0.0.0/8, ::1 and :: too, which lists of addresses "
     "(DNSBLs) and upstreams that block answer with (default guard)",
     [](Values v, Config& c) {
       using Loopback = forward::RebindingGuard::Loopback;
       return put_choice(v, c.answering.rebinding.loopback, {"guard", Loopback::kGuard},
                         {"pass", Loopback::kPass});
     }},
    {"dns64.synthesis", "", Kind::kText, "on|off",
     "Make AAAA records of A records for names that have none, so that clients without IPv4 reach "
     "them through a NAT64 (RFC 6147), at the cost of a second question upstream; and CNAMEs for "
     "reverse names (default off)",
     [](Values v, Config& c) { return put_switch(v, c.answering.dns64.on); }},
    {"dns64.prefix", "", Kind::kText, "PREFIX",
     "The NAT64's prefix, of 32, 40, 48, 56, 64 or 96 bits (default 64:ff9b::/96, which is for "
     "public addresses only)",
     [](Values v, Config& c) { return put_nat64_prefix(v, c.answering.dns64.prefix); }},
    {"dns64.clients", "", Kind::kSome, "PREFIX", "Clients who get such answers (default all)",
     [](Values v, Config& c) {
       return put_list(v, c.answering.dns64.clients, IpPrefix::from_text);
     }},
    {"dns64.exclude", "", Kind::kList, "PREFIX",
     "IPv4 addresses of which none are made: those to which the NAT64 knows no way (default: none)",
     [](Values v, Config& c) {
       return put_list(v, c.answering.dns64.excluded, IpPrefix::from_text);
     }},
    {"dns64.ignore", "", Kind::kSome, "PREFIX",
     "IPv6 addresses that count as none, and are not shown (default ::ffff:0:0/96)",
     [](Values v, Config& c) {
       return put_list(v, c.answering.dns64.hidden, IpPrefix::from_text);
     }},
};

}  // namespace

std::span<const Setting> local_settings() {
  return kLocal;
}

}  // namespace etymon::daemon
