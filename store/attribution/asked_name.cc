#include "store/attribution/asked_name.h"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>
#include <vector>

namespace etymon::attribution {
namespace {

// A stub resolver that follows a CNAME by itself asks for the target within this time of the answer
// that named it. Measured on real captures: joining within 2 s gains, without a limit it loses.
constexpr Microseconds kRejoinWithin = Seconds(2);

// A prefix may hold several addresses of one answer; its deliveries count once, with the first.
uint64_t counted_deliveries(const Evidence& row, const IpPrefix& asked) {
  const auto first = std::ranges::find_if(row.answer->addresses, [&asked](const auto& carried) {
    return asked.contains(carried.address);
  });
  const bool is_first =
      first == row.answer->addresses.end() || first->address == row.address.address;
  return is_first ? row.deliveries : 0;
}

// How often a host came for a name. It may ask for several types in one visit, such as A and HTTPS,
// and be told the address in each answer; for one type it asks once.
class Visits {
 public:
  void add(RecordType type, uint64_t deliveries) {
    const auto same = std::ranges::find(by_type_, type, &OfType::type);
    if (same != by_type_.end()) {
      same->deliveries += deliveries;
    } else {
      by_type_.push_back({type, deliveries});
    }
  }

  uint64_t count() const {
    uint64_t most = 0;
    for (const OfType& one : by_type_) {
      most = std::max(most, one.deliveries);
    }
    return most;
  }

 private:
  struct OfType {
    RecordType type;
    uint64_t deliveries;
  };
  SmallVector<OfType, 2> by_type_;
};

// An SRV, SVCB or HTTPS answer that named the contact's port or transport, and neither otherwise,
// is evidence of its own. One that named others is none, no more than an answer that named nothing.
bool tells_of(const Service& service, const Contact& contact) {
  const bool names_transport = service.tcp || service.udp;
  const bool same_transport =
      (service.tcp && contact.proto == "tcp") || (service.udp && contact.proto == "udp");
  const bool same_port = service.port != 0 && service.port == contact.port;
  const bool other_transport = names_transport && !contact.proto.empty() && !same_transport;
  const bool other_port = service.port != 0 && contact.port != 0 && !same_port;
  return (same_port || same_transport) && !other_transport && !other_port;
}

// Whose newest delivery is the older one. Two of one moment are told apart by what they told, not
// by where they stand in the evidence.
bool is_older(const Row& a, const Row& b) {
  const auto told = [](const Row& row) {
    const Sighting& newest = row->newest;
    return std::tie(newest.at, row->address, row->client, newest.origin, newest.transport,
                    newest.forwarder, row->answer->upstream, row->answer->rebinding);
  };
  if (told(a) != told(b)) {
    return told(a) < told(b);
  }
  return std::ranges::lexicographical_compare(a->answer->chain, b->answer->chain, {},
                                              &DomainName::wire, &DomainName::wire);
}

// REQUIRES: not empty, one host, one name.
AskedName merge(std::span<const Row> rows, const Wanted& wanted) {
  AskedName name;
  name.rows = rows;
  name.newest = std::ranges::max(rows, is_older);
  name.first_at = std::ranges::min(rows, {}, [](auto& row) { return row->first.at; })->first.at;
  name.valid_until =
      std::ranges::max(rows, {}, [](auto& row) { return row->valid_until; })->valid_until;
  Visits visits;
  for (const Row& row : rows) {
    const uint64_t deliveries = counted_deliveries(*row.seen, wanted.address);
    name.deliveries += deliveries;
    visits.add(row->answer->question.type, deliveries);
  }
  name.visits = visits.count();
  const bool names_service = std::ranges::any_of(
      rows, [&](const Row& row) { return tells_of(row->address.service, wanted.contact); });
  name.place = {name.is_live(wanted.at), names_service, name.newest->newest.at};
  return name;
}

// A step of a chain: the host's question for the name at index `head` was told of `target`.
struct Step {
  HostAndName target;
  size_t head;
  const Evidence* told;

  // True when a question answered at `asked_at` came right after the target was named.
  bool leads_to(WallTime asked_at) const {
    const auto right_before = [asked_at](WallTime named_at) {
      return named_at <= asked_at && asked_at - named_at <= kRejoinWithin;
    };
    return right_before(told->first.at) || right_before(told->newest.at);
  }
};

void add_steps(const Row& row, size_t head, std::vector<Step>& steps) {
  for (size_t hop = 1; hop < row->answer->chain.size(); ++hop) {
    const HostAndName target{row.host, row->answer->chain[hop].wire()};
    if (target != host_and_name(row)) {
      steps.push_back({target, head, row.seen});
    }
  }
}

// Notes which of the `steps` to `target` led to its questions, and lifts their heads to its place.
//
// A site whose www is an alias of its bare name often redirects to that, and as fast as a chain is
// resolved: a lead from below the target alone does not say why the host asked.
void follow(std::span<const Step> steps, const IpPrefix& asked, AskedName& target,
            AskedNames& names) {
  bool first_followed = false;
  bool from_elsewhere = false;
  std::map<size_t, Visits> leads;  // by head
  for (const Step& step : steps) {
    AskedName& head = names[step.head];
    first_followed |= step.leads_to(target.first_at);
    leads[step.head].add(step.told->answer->question.type, counted_deliveries(*step.told, asked));
    if (step.leads_to(target.newest->newest.at)) {
      head.leads_to_a_target = true;
      head.place = std::max(head.place, target.place);
      target.follows_a_head = true;
      from_elsewhere |= !head.name().is_within(target.name());
    }
  }
  uint64_t led_here = 0;
  for (const auto& [head, visits] : leads) {
    led_here += visits.count();
  }
  // Between the first and the newest question are others, which must have had their own leads.
  target.only_a_step = first_followed && from_elsewhere && target.visits <= led_here;
}

// The steps of all chains, ordered by their targets.
std::vector<Step> steps_of(const AskedNames& names) {
  std::vector<Step> steps;
  for (size_t head = 0; head < names.size(); ++head) {
    for (const Row& row : names[head].rows) {
      add_steps(row, head, steps);
    }
  }
  std::ranges::sort(steps, {}, &Step::target);
  return steps;
}

// Finds the names that were asked because a chain led there. Newest first, so that a target which
// is a head itself has been lifted before it lifts its own.
void rejoin(const IpPrefix& asked, AskedNames& names) {
  const std::vector<Step> steps = steps_of(names);
  if (steps.empty()) {
    return;
  }
  std::vector<AskedName*> newest_first;
  for (AskedName& name : names) {
    newest_first.push_back(&name);
  }
  std::ranges::stable_sort(newest_first, std::ranges::greater(),
                           [](auto* name) { return name->newest->newest.at; });
  for (AskedName* name : newest_first) {
    const HostAndName target = host_and_name(name->newest);
    const auto first = std::ranges::lower_bound(steps, target, {}, &Step::target);
    const auto last = std::ranges::upper_bound(steps, target, {}, &Step::target);
    follow({first, last}, asked, *name, names);
  }
}

// Best first. At one place the head stands before its targets, which came in the chain's order.
bool stands_before(const AskedName& a, const AskedName& b) {
  if (a.place != b.place) {
    return a.place > b.place;
  }
  return std::tuple(a.follows_a_head, a.newest->newest.at, host_and_name(a.newest)) <
         std::tuple(b.follows_a_head, b.newest->newest.at, host_and_name(b.newest));
}

}  // namespace

AskedNames ranked_names(const Rows& rows, const Wanted& wanted) {
  AskedNames all;
  for (auto begin = rows.begin(); begin != rows.end();) {
    const auto end = std::upper_bound(begin, rows.end(), *begin, by_host_and_name);
    all.push_back(merge({begin, end}, wanted));
    begin = end;
  }
  if (all.size() > 1) {
    rejoin(wanted.address, all);
    std::ranges::sort(all, stands_before);
  }
  return all;
}

}  // namespace etymon::attribution
