// Knowledge: what we answer without asking anybody, because it is about this network or because
// its owner wants it so.
//
// Immutable once made, so that all loops share one; whoever changes it makes another and hands it
// to each Forwarder. Any thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "resolver/local/block_list.h"
#include "resolver/local/names.h"
#include "resolver/local/special_names.h"
#include "resolver/model/host.h"
#include "resolver/wire/message.h"
#include "resolver/wire/opt.h"
#include "resolver/wire/response.h"

namespace etymon::local {

// Why an alias of this network gets SERVFAIL (RFC 8914 section 4.1).
inline constexpr std::string_view kAliasLeadsNowhere = "the alias does not lead to an answer";
// And why a name does whose records cannot be told.
inline constexpr std::string_view kNoAnswer = "the records of this name make no answer";

// What is to be answered.
struct Finding {
  wire::ParsedResponse response = {};
  wire::ExtendedError reason = wire::ExtendedError::kSynthesized;
  std::string_view reason_text = {};
  bool is_special = false;  // no record of this network, but the special zone of the name says so
  // Not empty: there is no response yet. It is these CNAMEs, and behind them what is said of the
  // name that they lead to (wire octets), which is not known here.
  std::vector<wire::OwnedRecord> chain = {};
  std::string leads_to = {};
};

// Which address a device has, as DHCP leases say; of several the lowest, so an IPv4 one.
using DeviceAddresses = std::map<MacAddress, IpAddress>;

class Knowledge {
 public:
  struct Parts {
    std::shared_ptr<const Names> names;
    std::shared_ptr<const SpecialNames> special_names;
    std::shared_ptr<const BlockList> block_list;
    std::shared_ptr<const DeviceAddresses> devices = {};  // null: nothing is known of any
  };

  explicit Knowledge(Parts parts) : parts_(std::move(parts)) {}

  // What we know of the question. Names of this network come before special ones: they may be
  // below such a zone, as those of private addresses are. Where an alias of theirs leads, special
  // names and block lists hold as well. Nothing when it is to be asked upstream.
  std::optional<Finding> find(const wire::QueryView& query) const;

  // Whether questions for that name stay here whatever their class, because in class IN they are
  // answered here: upstream would learn the name from them all the same.
  bool keeps(const wire::QueryView& query) const;

  std::optional<IpAddress> address_of(const MacAddress& device) const;

 private:
  // What is said of a name, wire octets in lower case, that no record of this network has.
  std::optional<SpecialNames::Special> rule_for(std::string_view name, RecordType type) const;

  const Parts parts_;
};

}  // namespace etymon::local
