#include "resolver/forward/in_flight.h"

#include <algorithm>
#include <utility>

#include "resolver/model/domain_name.h"

namespace etymon::forward {
namespace {

UpstreamQuestion in_lower_case(UpstreamQuestion question) {
  copy_in_lower_case(as_bytes(question.qname), reinterpret_cast<uint8_t*>(question.qname.data()));
  return question;
}

// The last two labels. A public suffix of two labels counts as one zone: on a LAN that is no harm,
// and it holds however many labels an attacker puts in front.
std::string zone_of(const std::string& qname) {
  size_t last = 0;
  size_t before_last = 0;
  for (size_t at = 0; at < qname.size() && qname[at] != '\0';
       at += static_cast<uint8_t>(qname[at]) + size_t{1}) {
    before_last = std::exchange(last, at);
  }
  return qname.substr(before_last);
}

template <class Key, class Hash>
size_t count_of(const std::unordered_map<Key, size_t, Hash>& counts, const Key& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

template <class Key, class Hash>
void count_down(std::unordered_map<Key, size_t, Hash>& counts, const Key& key) {
  const auto found = counts.find(key);
  if (--found->second == 0) {
    counts.erase(found);
  }
}

}  // namespace

size_t InFlight::Hash::operator()(const UpstreamQuestion& question) const {
  const size_t flags = (question.dnssec_ok ? 2U : 0U) | (question.checking_disabled ? 1U : 0U);
  const size_t numbers =
      static_cast<size_t>(question.qtype) << 18 | static_cast<size_t>(question.qclass) << 2 | flags;
  const size_t subnet =
      question.client_subnet.empty() ? 0 : hash_bytes(as_bytes(question.client_subnet), seed);
  return hash_bytes(as_bytes(question.qname), seed ^ numbers * 0x9E3779B97F4A7C15U ^ subnet);
}

size_t InFlight::longest_chain() const {
  size_t longest = 0;
  for (size_t i = 0; i < waiting_.bucket_count(); ++i) {
    longest = std::max(longest, waiting_.bucket_size(i));
  }
  return longest;
}

InFlight::Joined InFlight::join(const UpstreamQuestion& question, Waiter waiter) {
  const IpAddress client = waiter.from.client();
  const size_t own = count_of(per_client_, client);
  if (own >= std::min(limits_.per_client_max, limits_.waiters_max - waiters_)) {
    return Joined::kFull;
  }
  const auto [place, first] = place_of(question, own);
  if (place == waiting_.end()) {
    return Joined::kFull;
  }
  place->second.waiters.push_back(std::move(waiter));
  ++waiters_;
  ++per_client_[client];
  return first ? Joined::kFirst : Joined::kLater;
}

InFlight::Joined InFlight::join(const UpstreamQuestion& question) {
  const auto [place, first] = place_of(question, waiting_.size());
  return place == waiting_.end() ? Joined::kFull : first ? Joined::kFirst : Joined::kLater;
}

std::pair<InFlight::Waiting::iterator, bool> InFlight::place_of(const UpstreamQuestion& question,
                                                                size_t own) {
  UpstreamQuestion key = in_lower_case(question);
  const auto found = waiting_.find(key);
  if (found != waiting_.end()) {
    return {found, false};
  }
  per_group_.resize(std::max<size_t>(per_group_.size(), question.group + size_t{1}));
  const std::string zone = zone_of(key.qname);
  if (!has_room(question, count_of(per_zone_, zone), own)) {
    return {waiting_.end(), false};
  }
  ++per_zone_[zone];
  ++per_group_[question.group];
  return waiting_.emplace(std::move(key), Pending());
}

bool InFlight::has_room(const UpstreamQuestion& question, size_t in_zone, size_t own) const {
  const size_t free = free_questions();
  const bool only_group = per_group_.size() == 1;  // Nobody's room is taken by it.
  return own < free && in_zone < std::min(limits_.per_zone_max, free) &&
         (only_group || per_group_[question.group] < kGroupShare * free);
}

std::vector<Waiter> InFlight::take(const UpstreamQuestion& question) {
  auto node = waiting_.extract(in_lower_case(question));
  if (node.empty()) {
    return {};
  }
  count_down(per_zone_, zone_of(node.key().qname));
  --per_group_[node.key().group];
  if (node.mapped().reminder) {
    reminders_.erase(*node.mapped().reminder);
  }
  return std::move(node.mapped().waiters);
}

std::vector<Waiter> InFlight::take_waiters(const UpstreamQuestion& question) {
  const auto found = waiting_.find(in_lower_case(question));
  return found == waiting_.end() ? std::vector<Waiter>() : std::exchange(found->second.waiters, {});
}

void InFlight::let_go(const Waiter& waiter) {
  count_down(per_client_, waiter.from.client());
  --waiters_;
}

void InFlight::remind(const UpstreamQuestion& question, MonotonicTime due) {
  const auto found = waiting_.find(in_lower_case(question));
  if (!found->second.reminder) {
    found->second.reminder = reminders_.insert(reminders_.end(), {due, &found->first});
  }
}

std::optional<MonotonicTime> InFlight::next_reminder() const {
  return reminders_.empty() ? std::nullopt : std::optional(reminders_.front().due);
}

std::optional<UpstreamQuestion> InFlight::take_reminder(MonotonicTime now) {
  if (reminders_.empty() || reminders_.front().due > now) {
    return std::nullopt;
  }
  const UpstreamQuestion question = *reminders_.front().question;
  waiting_.find(question)->second.reminder.reset();
  reminders_.pop_front();
  return question;
}

}  // namespace etymon::forward
