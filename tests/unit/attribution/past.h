// Past: evidence and questions in few words, for the tests of attribution. Times are seconds from
// an arbitrary moment, `kNoon`, so that a test reads as a little story.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/attribution/attribution.h"

namespace etymon::attribution {

constexpr WallTime kNoon{Seconds(1'700'000'000)};
constexpr const char* kLaptop = "192.168.1.7";
constexpr const char* kPhone = "192.168.1.8";
constexpr const char* kServer = "203.0.113.5";

inline WallTime noon_plus(double seconds) {
  return kNoon + Microseconds(static_cast<int64_t>(seconds * 1e6));
}

inline DomainName name(const std::string& text) {
  return DomainName::from_text(text).value();
}
inline IpAddress ip(const std::string& text) {
  return IpAddress::from_text(text).value();
}

// One answer, as often as it was delivered to one client. Chains are written without the asked
// name.
struct Told {
  std::string name;
  double at = 0;  // newest delivery
  uint32_t ttl = 60;
  std::string client = kLaptop;
  std::vector<std::string> chain = {};
  std::string address = kServer;
  std::vector<std::string> all_addresses = {};  // empty: `address` alone
  uint64_t deliveries = 1;
  double first_before = 0;  // how long before `at` the first delivery was
  Service service = {};     // of `address`
  RecordType type = RecordType::kA;
};

inline Evidence evidence(const Told& told) {
  auto answer = std::make_shared<Answer>();
  answer->question.name = name(told.name);
  answer->question.type = told.type;
  answer->chain = {name(told.name)};
  for (const std::string& step : told.chain) {
    answer->chain.push_back(name(step));
  }
  for (const std::string& address : told.all_addresses) {
    answer->addresses.push_back({ip(address), Via::kA});
  }
  if (told.all_addresses.empty()) {
    answer->addresses.push_back({ip(told.address), Via::kA});
  }
  Evidence row;
  row.client = ip(told.client);
  row.address = {ip(told.address), Via::kA, told.service};
  row.answer = std::move(answer);
  row.deliveries = told.deliveries;
  row.newest.at = noon_plus(told.at);
  row.newest.validity_s = told.ttl;
  row.first = row.newest;
  row.first.at = noon_plus(told.at - told.first_before);
  row.valid_until = row.newest.valid_until();
  return row;
}

inline std::vector<Evidence> past(const std::vector<Told>& all) {
  std::vector<Evidence> rows;
  for (const Told& told : all) {
    rows.push_back(evidence(told));
  }
  return rows;
}

// Not delivered up to the moment, but `after` it.
inline Evidence told_later(const std::string& asked, double after) {
  Evidence row = evidence({.name = asked, .at = after});
  row.next = row.newest;
  row.deliveries = 0;
  return row;
}

// Asked by the laptop's owner at noon, in the evening.
inline LookupQuestion question(double at = 0) {
  LookupQuestion question;
  question.address = IpPrefix(ip(kServer));
  question.client = ip(kLaptop);
  question.at = noon_plus(at);
  question.asked_at = noon_plus(36'000);
  return question;
}

// Recorded from `from` to `to` without a gap.
inline Coverage covered(double from = -100'000, double to = 100'000) {
  return Coverage({{.span = {noon_plus(from), noon_plus(to)}}});
}

inline LookupAnswer lookup(const std::vector<Told>& told, const LookupQuestion& asked = question(),
                           const HostIdentity& host = {}) {
  const std::vector<Evidence> evidence = past(told);
  return attribute(asked, {evidence, covered(), host});
}

inline std::vector<std::string> names(const LookupAnswer& answer) {
  std::vector<std::string> all;
  for (const Candidate& candidate : answer.candidates) {
    all.push_back(candidate.name().text());
  }
  return all;
}

inline std::vector<Reason> reasons(const LookupAnswer& answer) {
  std::vector<Reason> all;
  for (const Candidate& candidate : answer.candidates) {
    all.push_back(candidate.reason);
  }
  return all;
}

}  // namespace etymon::attribution
