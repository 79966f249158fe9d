#include "store/reading/evidence.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "resolver/base/small_vector.h"
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

void EvidenceGroup::add(const KnownAnswerPtr& known, const Sighting& sighting) {
  if (sighting.at < span_.start || sighting.at >= next_before_) {
    return;
  }
  Sum& sum = sums_[known];
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
  Sum& sum = sums_[known];
  sum.add_past(std::span(begin, now));
  if (has_next) {
    sum.add_next(now->sighting);
  }
}

void EvidenceGroup::add_count(const KnownAnswerPtr& known, uint64_t deliveries) {
  sums_[known].deliveries += deliveries;
}

void EvidenceGroup::add_first(const KnownAnswerPtr& known, const Sighting& first) {
  Sum& sum = sums_[known];
  sum.first = first.at < sum.first.at ? first : sum.first;
}

void EvidenceGroup::add(const EvidenceGroup& other) {
  for (const auto& [known, theirs] : other.sums_) {
    Sum& sum = sums_[known];
    sum.add_past(theirs);
    if (theirs.next) {
      sum.add_next(*theirs.next);
    }
  }
}

bool EvidenceGroup::reaches(WallTime moment) const {
  return std::ranges::any_of(sums_, [moment](const Sums::Entry& one) {
    return one.second.deliveries > 0 && one.second.newest.at >= moment;
  });
}

void EvidenceGroup::append_newest(std::vector<WallTime>& out) const {
  for (const auto& [known, sum] : sums_) {
    if (sum.deliveries > 0) {
      out.push_back(sum.newest.at);
    }
  }
}

void EvidenceGroup::append_to(std::vector<Evidence>& out) const {
  SmallVector<const Sums::Entry*, 4> ordered;
  for (const Sums::Entry& one : sums_) {
    ordered.push_back(&one);
  }
  if (ordered.size() > 1) {
    std::ranges::sort(ordered, {}, [](const Sums::Entry* one) {
      return std::pair(one->first->hash(), std::string_view(one->first->bytes()));
    });
  }
  for (const Sums::Entry* one : ordered) {
    const auto& [known, sum] = *one;
    out.push_back({.client = client_,
                   .address = address_in(known->answer(), address_),
                   .answer = answer_of(known),
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
