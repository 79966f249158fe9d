// What the store's tests deliver.
#pragma once

#include <future>
#include <string>
#include <vector>

#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"
#include "store/store.h"

namespace etymon::store {

inline IpAddress ip(const std::string& text) {
  return *IpAddress::from_text(text);
}

// An answer of `name`, directly or at the end of `chain`.
inline Answer answer_of(const std::string& name, const std::vector<std::string>& addresses,
                        const std::vector<std::string>& chain = {}) {
  Answer answer;
  answer.question.name = *DomainName::from_text(name);
  answer.chain.push_back(answer.question.name);
  for (const std::string& step : chain) {
    answer.chain.push_back(*DomainName::from_text(step));
  }
  for (const std::string& address : addresses) {
    answer.addresses.push_back({ip(address), ip(address).is_v4() ? Via::kA : Via::kAaaa});
  }
  sort_addresses(answer);
  answer.upstream = {ip("192.0.2.53"), 53};
  return answer;
}

inline Recorded deliver(Store& store, const Answer& answer, const std::string& client, WallTime at,
                        uint32_t validity_s = 300) {
  const Delivery delivery{at, ip(client), store.remember(answer), validity_s};
  return store.record({&delivery, 1});
}

// The same through a forwarder.
inline Recorded deliver_through(Store& store, const std::string& forwarder, const Answer& answer,
                                const std::string& client, WallTime at) {
  const Delivery delivery{.at = at,
                          .client = ip(client),
                          .answer = store.remember(answer),
                          .validity_s = 300,
                          .forwarder = ip(forwarder)};
  return store.record({&delivery, 1});
}

inline EvidenceQuery about(const std::string& prefix, WallTime until) {
  return {*IpPrefix::from_text(prefix), std::nullopt, until};
}

// The asked names in the evidence, in its order.
inline std::vector<std::string> names(const Result<std::vector<Evidence>>& evidence) {
  std::vector<std::string> names;
  for (const Evidence& one : evidence.value()) {
    names.push_back(one.answer->question.name.text());
  }
  return names;
}

// Does `work`, for which the clock stands still unless it takes very long: what a busy machine made
// fail is tried again after seconds of that clock.
template <class ManualClock, class Work>
auto with_patience(ManualClock& clock, Work work) {
  auto done = std::async(std::launch::async, std::move(work));
  while (done.wait_for(Seconds(10)) != std::future_status::ready) {
    clock.advance(std::chrono::minutes(1));
  }
  return done.get();
}

}  // namespace etymon::store
