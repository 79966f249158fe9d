// Names: the records of names that are known here: static ones, hosts files, leases.
//
// Filled by one thread, constant from then on; any thread. Names are equal without regard to case.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/local/labels.h"
#include "resolver/model/ip_address.h"
#include "resolver/wire/own_answer.h"

namespace etymon::local {

// Octets of the records of one name in a message, each with its owner in full: its answer always
// fits one of 65535, at the end of any chain, which takes up to 16 x 520.
inline constexpr size_t kNameOctetsMax = 48 << 10;

// The name that PTR records of this address stand at (RFC 1035 section 3.5, RFC 3596 section 2.5).
DomainName reverse_name(const IpAddress& address);

// Error kInvalidArgument for a record that would change nothing here: a DNAME, which is about the
// names below its own (RFC 6672), and which nobody would follow.
Status check_own_record(const wire::OwnedRecord& record);

class Names {
 public:
  // `ttl_s`: of records that bring none, and of absences.
  explicit Names(uint32_t ttl_s) : ttl_s_(ttl_s) {}

  // An owner "*.NAME" stands for all names below NAME that are not there, as RFC 4592 has it. The
  // same record twice is one. Errors: those of check_own_record(); kResourceExhausted:
  // kNameOctetsMax.
  Status add(wire::OwnedRecord record);
  // Its A or AAAA record; nothing for an address that is its already.
  Status add_address(const DomainName& name, const IpAddress& address);
  // The same for a name that a host chose by itself: outside our zones it is a host's and nothing
  // more, so what is asked of a zone (its NS, SOA, DS, DNSKEY) somebody else has to say.
  Status add_host(const DomainName& name, const IpAddress& address);
  // Its PTR record; an address keeps the first one that it is given.
  Status add_pointer(const IpAddress& address, const DomainName& name);
  // All of this zone is known here: what has no record does not exist. Its own name does, with SOA
  // and NS.
  void add_zone(const DomainName& zone);
  // This zone is known elsewhere: what has no record here, somebody else has to say. Of a zone of
  // ours and such a one the closest to a name counts; of the same name this one, whatever came
  // first. It is there, so no wildcard above reaches below it (RFC 4592 section 3.3.1).
  void add_cut(const DomainName& zone);

  struct Known {
    wire::OwnAnswer said;
    // Not empty: the CNAMEs that were said lead to this name (wire octets), which is not known
    // here.
    std::string leads_to = {};
  };
  // What is known of `qname`, wire octets in lower case; nothing when somebody else has to say.
  // SERVFAIL for a chain of ours that goes round, or on for more than kChainMax names: nobody else
  // knows where it leads.
  std::optional<Known> find(std::string_view qname, RecordType type) const;

  // The names of which that is said, a wildcard's as it is written; wire octets, in order.
  std::vector<std::string> endless_aliases() const;

  // Whether it is known, or a name below it is.
  bool exists(std::string_view name) const { return owners_.contains(name); }

  size_t size() const { return owners_.size() + wildcards_.size(); }

 private:
  struct Owner {
    std::vector<wire::OwnedRecord> records = {};
    size_t octets = 0;
    bool is_host = false;  // see add_host()
  };
  void make_exist(std::string_view name);
  // The owner of that name's records, a wildcard's included; null when there is none.
  const Owner* find_owner(std::string_view name) const;
  // Whether it is for us to say what `type` it has. `name` is the owner's.
  bool is_told_here(const Owner& owner, std::string_view name, RecordType type) const;
  // Adds that there is nothing of that type, or at the top of a zone what stands there.
  void say_rest(std::string_view name, RecordType type, wire::OwnAnswer& said) const;
  // The absence of what was asked, within the zone if it is in one, else of that name alone.
  wire::OwnedRecord soa_for(std::string_view name, RecordType type) const;
  // The zone of ours that is to say it.
  std::optional<std::string_view> zone_of(std::string_view name, RecordType type) const;
  bool is_top_of_ours(std::string_view name) const;
  // What `known` says when its chain has come to a name without an owner.
  std::optional<Known> end_outside(Known known, std::string_view name, RecordType type) const;

  uint32_t ttl_s_;
  NameMap<Owner> owners_;     // names between a record and the root too, without records
  NameMap<Owner> wildcards_;  // by the name behind "*."
  enum class KnownBy { kUs, kOthers };
  NameMap<KnownBy> zones_;
};

}  // namespace etymon::local
