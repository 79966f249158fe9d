#include "tests/endurance/ledger.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "tests/unit/store/deliveries.h"

namespace etymon::endurance {
namespace {

constexpr uint64_t kShared = 20;     // names that are delivered again and again
constexpr uint64_t kAddresses = 50;  // so that many names meet on each
constexpr uint64_t kClients = 5;
constexpr size_t kEntriesMax = 10'000;  // as many as one listing takes
constexpr WallTime kEndOfTime{Seconds(4'000'000'000)};

bool is_shared(uint64_t number) {
  return number % 4 == 0;
}

std::string name_of(uint64_t number) {
  return is_shared(number) ? "s" + std::to_string(number / 4 % kShared) + ".example"
                           : "n" + std::to_string(number) + ".example";
}

// Every third question was passed on by somebody; what is imported here was not.
IpAddress forwarder_of(const Entry& entry) {
  return entry.number % 3 == 0 && !entry.imported ? store::ip("10.9.9.9") : IpAddress();
}

// Who asked for what.
using Fact = std::pair<std::string, std::string>;

}  // namespace

Answer Ledger::answer(uint64_t number) {
  // A shared name has one answer, whichever delivery asks.
  const uint64_t content = is_shared(number) ? number / 4 % kShared : number;
  std::vector<std::string> addresses = {"192.0.2." + std::to_string(content % kAddresses)};
  if (content % 3 == 0) {
    addresses.push_back("2001:db8::" + std::to_string(content % kAddresses));
  }
  const std::vector<std::string> chain =
      content % 2 == 0 ? std::vector<std::string>{} : std::vector<std::string>{"edge.example"};
  return store::answer_of(name_of(number), addresses, chain);
}

Entry& Ledger::add(WallTime at, std::mt19937& dice) {
  entries_.push_back({.number = next_,
                      .name = name_of(next_),
                      .client = "10.0.0." + std::to_string(1 + dice() % kClients),
                      .at = at});
  ++next_;
  return entries_.back();
}

Delivery Ledger::next(store::Store& store, WallTime at, std::mt19937& dice) {
  const Answer content = answer(next_);
  const Entry& entry = add(at, dice);
  return {.at = at,
          .client = store::ip(entry.client),
          .answer = store.remember(content),
          .validity_s = 300,
          .forwarder = forwarder_of(entry)};
}

store::Observed Ledger::next_observed(WallTime at, std::mt19937& dice) {
  next_ += is_shared(next_) ? 1U : 0U;  // Times of a shared name rise.
  const Answer content = answer(next_);
  Entry& entry = add(at, dice);
  entry.imported = true;
  return {at, store::ip(entry.client), content, 300, Transport::kUdp};
}

void Ledger::keep(const Presence& presence) {
  std::vector<Entry> kept;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const bool may_come_back = entries_[i].going && !entries_[i].gone;
    if (presence[i] || may_come_back) {
      kept.push_back(entries_[i]);
      kept.back().begun = 0;
      kept.back().done = 0;
      kept.back().going = may_come_back ? std::optional<size_t>(0) : std::nullopt;
    }
  }
  entries_ = std::move(kept);
}

void Ledger::let_go(WallTime before) {
  const auto end = std::ranges::stable_partition(
      entries_, [&](const Entry& entry) { return entry.at >= before; });
  let_go_.insert(let_go_.end(), end.begin(), end.end());
  entries_.erase(end.begin(), end.end());
}

// Of each entry, by its time, client and name.
Result<Presence> Ledger::list(const store::Store& store, Report& report) const {
  std::map<std::tuple<WallTime, std::string, std::string>, size_t> given;
  for (size_t i = 0; i < entries_.size(); ++i) {
    given[{entries_[i].at, entries_[i].client, entries_[i].name}] = i;
  }
  Presence presence(entries_.size(), false);
  store::DeliveryQuery query{.span = {WallTime(), kEndOfTime}, .limit = kEntriesMax};
  while (true) {
    const auto page = store.deliveries(query);
    if (!page) {
      return page.error();
    }
    for (const store::RecordedDelivery& one : *page) {
      const std::tuple fact(one.sighting.at, one.client.text(), one.answer->question.name.text());
      const auto known = given.find(fact);
      if (known == given.end() || presence[known->second]) {
        report.find("invented or told twice: " + std::get<2>(fact) + " for " + std::get<1>(fact));
      } else {
        presence[known->second] = true;
      }
    }
    if (page->size() < kEntriesMax) {
      return presence;
    }
    query.from = store::position_behind(*page, query.from);
  }
}

std::optional<Presence> Ledger::compare(const store::Store& store, Report& report,
                                        std::string& damage) const {
  const store::EvidenceQuery query{.address = IpPrefix::around(IpAddress(), 0),
                                   .client = std::nullopt,
                                   .until = kEndOfTime,
                                   .limit = 10'000'000,
                                   .pairs_max = 10'000'000};
  auto presence = list(store, report);
  const auto told =
      presence ? store.evidence(query) : Result<std::vector<Evidence>>(presence.error());
  if (!told) {
    damage = told.error().message;
    return std::nullopt;
  }
  std::map<Fact, std::vector<size_t>> listed;  // in the order of time
  for (size_t i = 0; i < entries_.size(); ++i) {
    if ((*presence)[i]) {
      listed[{entries_[i].client, entries_[i].name}].push_back(i);
    }
  }
  std::set<Fact> found;
  for (const Evidence& one : *told) {
    const Fact fact{one.client.text(), one.answer->question.name.text()};
    const std::string what =
        fact.second + " for " + fact.first + " at " + one.address.address.text();
    const auto known = listed.find(fact);
    if (known == listed.end()) {
      report.find("not in the list: " + what);
      continue;
    }
    found.insert(fact);
    const Entry& first = entries_[known->second.front()];
    if (*one.answer != answer(first.number)) {
      report.find("another answer than was given: " + what);
    }
    if (one.deliveries != known->second.size()) {
      report.find("the list and the addresses disagree: " + what + ", " +
                  std::to_string(one.deliveries) + " deliveries");
    } else if (one.first.at != first.at || one.newest.at != entries_[known->second.back()].at) {
      report.find("wrong times: " + what);
    }
  }
  for (const auto& [fact, which] : listed) {
    if (!found.contains(fact)) {
      report.find("under no address: " + fact.second + " for " + fact.first);
    }
  }
  find_missing(store, *presence, report);
  return std::move(*presence);
}

void Ledger::find_missing(const store::Store& store, const Presence& presence,
                          Report& report) const {
  const Coverage coverage = store.coverage();
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!presence[i] && coverage.covers({entries_[i].at, entries_[i].at})) {
      report.find("missing but covered: " + entries_[i].name + " for " + entries_[i].client);
    }
  }
}

void Ledger::compare_each(const store::Store& store, Report& report) const {
  const auto fact_of = [](const Entry& entry) {
    return std::tuple(entry.at, entry.client, entry.name);
  };
  std::map<std::tuple<WallTime, std::string, std::string>, const Entry*> missing;
  for (const Entry& entry : entries_) {
    missing[fact_of(entry)] = &entry;
  }
  const auto told = store.deliveries({.span = {WallTime(), kEndOfTime}, .limit = kEntriesMax});
  if (!told) {
    return report.find("cannot be read: " + told.error().message);
  }
  for (const store::RecordedDelivery& one : *told) {
    const std::tuple fact(one.sighting.at, one.client.text(), one.answer->question.name.text());
    const auto known = missing.find(fact);
    if (known == missing.end() && std::ranges::find(let_go_, fact, fact_of) != let_go_.end()) {
      report.count("let go and told again");
      continue;
    }
    if (known == missing.end()) {
      report.find("invented or told twice: " + one.answer->question.name.text() + " for " +
                  one.client.text());
      continue;
    }
    if (*one.answer != answer(known->second->number)) {
      report.find("another answer than was given: " + known->second->name);
    }
    if (one.sighting.forwarder != forwarder_of(*known->second)) {
      report.find("by way of another forwarder: " + known->second->name);
    }
    missing.erase(known);
  }
  const Coverage coverage = store.coverage();
  for (const auto& [fact, entry] : missing) {
    if (coverage.covers({entry->at, entry->at})) {
      report.find("missing but covered: " + entry->name + " for " + entry->client);
    }
  }
  report.count("kept by repair", entries_.size() - missing.size());
  report.count("lost by repair", missing.size());
}

}  // namespace etymon::endurance
