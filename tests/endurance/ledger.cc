#include "tests/endurance/ledger.h"

#include <algorithm>
#include <map>
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
    if (presence[i]) {
      kept.push_back(entries_[i]);
      kept.back().begun = 0;
      kept.back().done = 0;
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

std::optional<Presence> Ledger::compare(const store::Store& store, Report& report,
                                        std::string& damage) const {
  std::map<Fact, std::vector<size_t>> given;  // in the order of time
  for (size_t i = 0; i < entries_.size(); ++i) {
    given[{entries_[i].client, entries_[i].name}].push_back(i);
  }
  const store::EvidenceQuery query{.address = IpPrefix::around(IpAddress(), 0),
                                   .client = std::nullopt,
                                   .until = kEndOfTime,
                                   .limit = 10'000'000,
                                   .pairs_max = 10'000'000};
  const auto told = store.evidence(query);
  if (!told) {
    damage = told.error().message;
    return std::nullopt;
  }
  Presence presence(entries_.size(), false);
  std::map<Fact, uint64_t> counts;
  for (const Evidence& one : *told) {
    const Fact fact{one.client.text(), one.answer->question.name.text()};
    const std::string what =
        fact.second + " for " + fact.first + " at " + one.address.address.text();
    const auto known = given.find(fact);
    if (known == given.end() || one.deliveries > known->second.size()) {
      report.find("invented: " + what + ", " + std::to_string(one.deliveries) + " deliveries");
      continue;
    }
    if (*one.answer != answer(entries_[known->second.front()].number)) {
      report.find("another answer than was given: " + what);
    }
    const auto [count, is_new] = counts.try_emplace(fact, one.deliveries);
    if (count->second != one.deliveries) {
      report.find("the addresses disagree: " + what);
    }
    // The journal's order is kept by every crash, so those that are there are the oldest.
    for (uint64_t i = 0; i < one.deliveries; ++i) {
      presence[known->second[i]] = true;
    }
    if (one.deliveries > 0 && (one.first.at != entries_[known->second.front()].at ||
                               one.newest.at != entries_[known->second[one.deliveries - 1]].at)) {
      report.find("wrong times: " + what);
    }
  }
  const Coverage coverage = store.coverage();
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!presence[i] && coverage.covers({entries_[i].at, entries_[i].at})) {
      report.find("missing but covered: " + entries_[i].name + " for " + entries_[i].client);
    }
  }
  return presence;
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
