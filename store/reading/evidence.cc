#include "store/reading/evidence.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "store/tables/keys.h"

namespace etymon::store {
namespace {

AnswerAddress address_in(const Answer& answer, const IpAddress& address) {
  const auto at = std::ranges::find(answer.addresses, address, &AnswerAddress::address);
  return at == answer.addresses.end() ? AnswerAddress{address} : *at;
}

// By the newest delivery at or before the moment; what was seen only after it comes last.
bool is_newer(const Evidence& a, const Evidence& b) {
  const bool a_past = a.deliveries > 0;
  const bool b_past = b.deliveries > 0;
  if (a_past != b_past || a.newest.at != b.newest.at) {
    return a_past != b_past ? a_past : a.newest.at > b.newest.at;
  }
  return std::tie(a.address.address, a.client) < std::tie(b.address.address, b.client);
}

}  // namespace

void EvidenceGroup::Sum::add_past(const Sum& past) {
  if (past.deliveries == 0) {
    return;
  }
  if (deliveries == 0 || past.first.at < first.at) {
    first = past.first;
  }
  if (deliveries == 0 || past.newest.at >= newest.at) {
    newest = past.newest;
  }
  valid_until = std::max(valid_until, past.valid_until);
  deliveries += past.deliveries;
}

void EvidenceGroup::Sum::add_past(std::span<const Outlined> past) {
  if (past.empty()) {
    return;
  }
  const Sighting& oldest = past.front().sighting;
  Sum sum{0, oldest, past.back().sighting, oldest.valid_until(), std::nullopt};
  WallTime before = oldest.valid_until();
  for (const auto& [sighting, skipped, longer] : past) {
    const WallTime until = std::max(before, sighting.valid_until()) + longer;
    sum.deliveries += 1 + skipped;
    sum.valid_until = std::max(sum.valid_until, until);
    before = sighting.valid_until();
  }
  add_past(sum);
}

void EvidenceGroup::Sum::add_next(const Sighting& sighting) {
  if (!next || sighting.at < next->at) {
    next = sighting;
  }
}

EvidenceGroup::EvidenceGroup(const IpAddress& address, const IpAddress& client,
                             const TimeSpan& span)
    : address_(address),
      client_(client),
      span_(span),
      next_before_(start_of_day(day_of(clamp_time(span.end)) + 2)) {}

EvidenceGroup::Sum& EvidenceGroup::sum_of(const KnownAnswerPtr& known) {
  constexpr size_t kFew = 8;  // are looked through one by one
  if (sums_.size() <= kFew) {
    const auto is_same = [&](const OfAnswer& one) { return SameContent()(one.known, known); };
    const auto found = std::ranges::find_if(sums_, is_same);
    if (found != sums_.end()) {
      return found->sum;
    }
  } else if (const auto found = numbers_.find(known); found != numbers_.end()) {
    return sums_[found->second].sum;
  }
  sums_.push_back({known, {}});
  if (sums_.size() > kFew) {
    number(numbers_.size());
  }
  return sums_.back().sum;
}

void EvidenceGroup::number(size_t first) {
  for (size_t i = first; i < sums_.size(); ++i) {
    numbers_.emplace(sums_[i].known, i);
  }
}

void EvidenceGroup::add(const KnownAnswerPtr& known, const Sighting& sighting) {
  if (sighting.at < span_.start || sighting.at >= next_before_) {
    return;
  }
  Sum& sum = sum_of(known);
  if (sighting.at <= span_.end) {
    sum.add_past({1, sighting, sighting, sighting.valid_until(), std::nullopt});
  } else {
    sum.add_next(sighting);
  }
}

void EvidenceGroup::add(const KnownAnswerPtr& known, std::span<const Outlined> sightings) {
  const auto at = [](const Outlined& outlined) { return outlined.sighting.at; };
  const auto begin = std::ranges::lower_bound(sightings, span_.start, {}, at);
  const auto now = std::ranges::upper_bound(begin, sightings.end(), span_.end, {}, at);
  const bool has_next = now != sightings.end() && at(*now) < next_before_;
  if (begin == now && !has_next) {
    return;
  }
  Sum& sum = sum_of(known);
  sum.add_past(std::span(begin, now));
  if (has_next) {
    sum.add_next(now->sighting);
  }
}

void EvidenceGroup::add_count(const KnownAnswerPtr& known, uint64_t deliveries) {
  sum_of(known).deliveries += deliveries;
}

void EvidenceGroup::add_first(const KnownAnswerPtr& known, const Sighting& first) {
  Sum& sum = sum_of(known);
  sum.first = first.at < sum.first.at ? first : sum.first;
}

void EvidenceGroup::add(const EvidenceGroup& other) {
  for (const auto& [known, theirs] : other.sums_) {
    Sum& sum = sum_of(known);
    sum.add_past(theirs);
    if (theirs.next) {
      sum.add_next(*theirs.next);
    }
  }
}

bool EvidenceGroup::reaches(WallTime moment) const {
  return std::ranges::any_of(sums_, [moment](const OfAnswer& one) {
    return one.sum.deliveries > 0 && one.sum.newest.at >= moment;
  });
}

void EvidenceGroup::append_newest(std::vector<WallTime>& out) const {
  for (const OfAnswer& one : sums_) {
    if (one.sum.deliveries > 0) {
      out.push_back(one.sum.newest.at);
    }
  }
}

void EvidenceGroup::append_to(std::vector<Evidence>& out) const {
  SmallVector<const OfAnswer*, 4> ordered;
  for (const OfAnswer& one : sums_) {
    ordered.push_back(&one);
  }
  std::ranges::sort(ordered, {}, [](const OfAnswer* one) {
    return std::pair(one->known->hash(), std::string_view(one->known->bytes()));
  });
  for (const OfAnswer* one : ordered) {
    const Sum& sum = one->sum;
    out.push_back({.client = client_,
                   .address = address_in(one->known->answer(), address_),
                   .answer = answer_of(one->known),
                   .deliveries = sum.deliveries,
                   .first = sum.first,
                   .newest = sum.newest,
                   .valid_until = sum.valid_until,
                   .next = sum.next});
  }
}

void NewestEvidence::add(const EvidenceGroup& group) {
  group.append_to(kept_);
  if (kept_.size() / 2 > limit_) {
    keep_newest();
  }
}

void NewestEvidence::keep_newest() {
  if (kept_.size() > limit_) {
    const auto end = kept_.begin() + static_cast<std::ptrdiff_t>(limit_);
    std::nth_element(kept_.begin(), end, kept_.end(), is_newer);
    kept_.erase(end, kept_.end());
    const Evidence& oldest = *std::ranges::max_element(kept_, is_newer);
    floor_ = oldest.deliveries > 0 ? std::optional(oldest.newest.at) : std::nullopt;
  }
}

std::vector<Evidence> NewestEvidence::take() {
  keep_newest();
  if (kept_.size() > 1) {  // A stable sort takes memory even for one.
    std::ranges::stable_sort(kept_, is_newer);
  }
  return std::exchange(kept_, {});
}

}  // namespace etymon::store
