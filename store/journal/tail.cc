#include "store/journal/tail.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "store/tables/answer_codec.h"

namespace etymon::store {
namespace {

constexpr size_t kDeliveryOctets = 24;
constexpr size_t kAnswerOctets = 256;  // beside its bytes
constexpr size_t kAddressOctets = 80;

size_t octets_of(const KnownAnswer& known) {
  size_t octets = kAnswerOctets + known.bytes().size();
  visit_addresses(known.bytes(), [&](const IpAddress&) { octets += kAddressOctets; });
  return octets;
}

}  // namespace

// What waits for memory waits for all of them together.
void TailPart::fetch(std::span<const Delivery> deliveries) const {
  for (const Delivery& delivery : deliveries) {
    known_.prefetch(delivery.answer);
  }
}

void TailPart::append(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries) {
  for (const KnownAnswerPtr& known : fresh) {
    octets_ += known_.insert(known->id()).second ? octets_of(*known) : 0;
  }
  delivery_count_ += deliveries.size();
  octets_ += deliveries.size() * kDeliveryOctets;
  contents_.change([=](TailContents& contents) { contents.append(fresh, deliveries); },
                   [=] {
                     return [fresh = std::vector(fresh.begin(), fresh.end()),
                             deliveries = std::vector(deliveries.begin(), deliveries.end())](
                                TailContents& contents) { contents.append(fresh, deliveries); };
                   });
}

// What is appended meanwhile may be among what is visited.
void TailPart::visit(const Wanted& wanted, const std::function<bool(const Seen&)>& visit) const {
  TailContents::SomeSeen seen;
  std::optional<TailContents::Place> next;
  do {
    seen.clear();
    {
      auto contents = contents_.lock();
      next = next ? next : contents->first_of(wanted.address);
      next = next ? contents->copy_some(*next, wanted, seen) : next;
    }
    if (!std::ranges::all_of(seen, visit)) {
      return;
    }
  } while (next);
}

std::vector<KnownAnswerPtr> TailPart::answers_from(size_t from) const {
  return contents_.lock()->answers_from(from);
}

// What comes meanwhile may be missed.
std::vector<size_t> TailPart::numbers_of(const KnownAnswer& answer) const {
  while (contents_.lock()->index_some()) {
  }
  return contents_.lock()->numbers_of(answer);
}

std::vector<TailPart::Told> TailPart::deliveries(size_t answer, size_t from) const {
  return contents_.lock()->deliveries(answer, from);
}

// Who sees it then sees all that was appended.
void TailPart::freeze(Sequence last) {
  contents_.lock();
  last_ = last;
}

std::optional<Sequence> TailPart::last() const {
  const Sequence last = last_;
  return last == kActive ? std::nullopt : std::optional(last);
}

Tail::Tail(uint64_t seed) : seed_(seed) {
  const auto first = std::make_shared<TailPart>(seed_);
  active_ = first.get();
  *parts_.lock() = std::make_shared<const Parts>(Parts{first});
}

void Tail::append(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries) {
  const size_t before = active_->octets();
  active_->append(fresh, deliveries);
  delivery_count_ += deliveries.size();
  octets_ += active_->octets() - before;
  WallTime newest = newest_;
  for (const Delivery& delivery : deliveries) {
    newest = delivery.origin == Origin::kImport ? newest : std::max(newest, delivery.at);
  }
  newest_ = newest;
}

// Frozen once the next one is in the row: who sees that it is may drop it, and the row is never
// empty.
void Tail::freeze(Sequence last) {
  if (active_->delivery_count() == 0) {
    return;
  }
  const auto next = std::make_shared<TailPart>(seed_);
  {
    auto parts = parts_.lock();
    Parts longer = **parts;
    longer.push_back(next);
    *parts = std::make_shared<const Parts>(std::move(longer));
  }
  active_->freeze(last);
  active_ = next.get();
  ++parts_begun_;
}

std::shared_ptr<const TailPart> Tail::oldest_frozen() const {
  const std::shared_ptr<const TailPart> oldest = parts()->front();
  return oldest->last() ? oldest : nullptr;
}

void Tail::drop(Sequence last) {
  std::shared_ptr<const Parts> before;  // ends without the lock
  auto parts = parts_.lock();
  before = *parts;
  Parts left;
  for (const auto& part : *before) {
    if (part->reaches_beyond(last)) {
      left.push_back(part);
    } else {
      delivery_count_ -= part->delivery_count();
      octets_ -= part->octets();
    }
  }
  *parts = std::make_shared<const Parts>(std::move(left));
}

std::vector<AnswerId> Tail::answer_ids() const {
  std::vector<AnswerId> ids;
  const auto all = parts();
  for (const auto& part : *all) {
    size_t read = 0;
    for (auto some = part->answers_from(0); !some.empty(); some = part->answers_from(read)) {
      std::ranges::transform(some, std::back_inserter(ids),
                             [](const KnownAnswerPtr& known) { return known->id(); });
      read += some.size();
    }
  }
  return ids;
}

}  // namespace etymon::store
