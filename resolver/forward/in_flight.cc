#include "resolver/forward/in_flight.h"

#include <algorithm>

#include "resolver/model/domain_name.h"

namespace etymon::forward {
namespace {

UpstreamQuestion in_lower_case(UpstreamQuestion question) {
  std::transform(
      question.qname.begin(), question.qname.end(), question.qname.begin(),
      [](char octet) { return static_cast<char>(to_lower(static_cast<uint8_t>(octet))); });
  return question;
}

}  // namespace

size_t InFlight::Hash::operator()(const UpstreamQuestion& question) const {
  const size_t flags = (question.dnssec_ok ? 2U : 0U) | (question.checking_disabled ? 1U : 0U);
  const size_t numbers =
      static_cast<size_t>(question.qtype) << 18 | static_cast<size_t>(question.qclass) << 2 | flags;
  return std::hash<std::string>()(question.qname) ^ numbers * 0x9E3779B97F4A7C15U;
}

InFlight::Joined InFlight::join(const UpstreamQuestion& question, Waiter waiter) {
  if (waiters_ == limits_.waiters_max) {
    return Joined::kFull;
  }
  UpstreamQuestion key = in_lower_case(question);
  auto found = waiting_.find(key);
  const bool first = found == waiting_.end();
  if (first) {
    if (waiting_.size() == limits_.questions_max) {
      return Joined::kFull;
    }
    found = waiting_.emplace(std::move(key), std::vector<Waiter>()).first;
  }
  found->second.push_back(std::move(waiter));
  ++waiters_;
  return first ? Joined::kFirst : Joined::kLater;
}

std::vector<Waiter> InFlight::take(const UpstreamQuestion& question) {
  auto node = waiting_.extract(in_lower_case(question));
  if (node.empty()) {
    return {};
  }
  waiters_ -= node.mapped().size();
  return std::move(node.mapped());
}

}  // namespace etymon::forward
