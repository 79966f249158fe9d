#include "store/tail.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "store/answer_codec.h"

namespace etymon::store {
namespace {

constexpr size_t kDeliveryOctets = 24;
constexpr size_t kAnswerOctets = 240;  // beside its bytes
constexpr size_t kAddressOctets = 80;

// Answers or deliveries copied with the lock held, some 20 us.
constexpr size_t kCopiedMax = 1024;

}  // namespace

void TailPart::fetch(std::span<const Delivery> deliveries) const {
  for (const Delivery& delivery : deliveries) {
    index_.prefetch(delivery.answer);
  }
}

void TailPart::append(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries) {
  const std::lock_guard lock(mutex_);
  for (const KnownAnswerPtr& known : fresh) {
    add_answer(known);
  }
  for (const Delivery& delivery : deliveries) {
    answers_[index_.find(delivery.answer)->second].deliveries.push_back(
        {.at = delivery.at,
         .validity_s = delivery.validity_s,
         .asking = number_of_asking({delivery.client, delivery.forwarder}) & kPartAskingMax,
         .origin = static_cast<uint32_t>(delivery.origin) & 0xF,
         .transport = static_cast<uint32_t>(delivery.transport) & 0xF});
  }
  delivery_count_ += deliveries.size();
  octets_ += deliveries.size() * kDeliveryOctets;
}

void TailPart::add_answer(const KnownAnswerPtr& known) {
  const auto number = static_cast<uint32_t>(answers_.size());
  if (!index_.emplace(known->id(), number).second) {
    return;
  }
  answers_.emplace_back().known = known;
  octets_ += kAnswerOctets + known->bytes().size();
  visit_addresses(known->bytes(), [&](const IpAddress& address) { add_address(address, number); });
}

void TailPart::add_address(const IpAddress& address, uint32_t answer) {
  const auto position = static_cast<uint32_t>(addresses_.size());
  const auto [ends, is_new] = by_address_.try_emplace(address, Ends{position, position});
  if (!is_new) {
    addresses_[std::exchange(ends->second.last, position)].next = position;
  }
  addresses_.push_back({address, answer, kNone});
  octets_ += kAddressOctets;
}

size_t TailPart::AskingHash::operator()(const Asking& asking) const {
  const SeededAddressHash hash{seed};
  const size_t client = hash(asking.client);
  return asking.forwarder == IpAddress() ? client : client ^ hash(asking.forwarder) << 1;
}

uint32_t TailPart::number_of_asking(const Asking& asking) {
  const auto [it, is_new] =
      asking_numbers_.try_emplace(asking, static_cast<uint32_t>(asking_.size()));
  if (is_new) {
    asking_.push_back(asking);
  }
  return it->second;
}

// What is appended meanwhile may be among what is visited.
void TailPart::visit(const Wanted& wanted, const std::function<bool(const Seen&)>& visit) const {
  constexpr size_t kMostFind = 16;
  std::vector<Seen> seen;
  seen.reserve(kMostFind);  // Not with the lock.
  std::optional<Place> next;
  do {
    seen.clear();
    {
      const std::lock_guard lock(mutex_);
      next = next ? next : first_of(wanted.address);
      next = next ? copy_some(*next, wanted, seen) : next;
    }
    if (!std::ranges::all_of(seen, visit)) {
      return;
    }
  } while (next);
}

// The first that a visit looks at; nothing: there is none.
std::optional<TailPart::Place> TailPart::first_of(const IpPrefix& prefix) const {
  if (!prefix.is_single()) {
    return addresses_.empty() ? std::nullopt : std::optional(Place{0});
  }
  const auto ends = by_address_.find(prefix.first());
  return ends == by_address_.end() ? std::nullopt : std::optional(Place{ends->second.first});
}

// The next one.
std::optional<TailPart::Place> TailPart::behind(const Place& place, const IpPrefix& prefix) const {
  const uint32_t next = prefix.is_single() ? addresses_[place.address].next : place.address + 1;
  return next < addresses_.size() ? std::optional(Place{next}) : std::nullopt;
}

// Looks at kCopiedMax addresses and deliveries. Where to go on; nothing: that was all.
std::optional<TailPart::Place> TailPart::copy_some(Place place, const Wanted& wanted,
                                                   std::vector<Seen>& to) const {
  for (size_t looked_at = 0; looked_at < kCopiedMax; ++looked_at) {
    const AddressOfAnswer& one = addresses_[place.address];
    const AnswerDeliveries& answer = answers_[one.answer];
    const bool is_wanted = wanted.address.contains(one.address);
    while (is_wanted && place.delivery < answer.deliveries.size() && looked_at < kCopiedMax) {
      const TailDelivery& delivery = answer.deliveries[place.delivery];
      const IpAddress& client = asking_[delivery.asking].client;
      if (!wanted.client || client == *wanted.client) {
        to.push_back({one.address, client, answer.known, delivery.sighting(asking_)});
      }
      ++place.delivery;
      ++looked_at;
    }
    if (is_wanted && place.delivery < answer.deliveries.size()) {
      return place;
    }
    const std::optional<Place> next = behind(place, wanted.address);
    if (!next) {
      return std::nullopt;
    }
    place = *next;
  }
  return place;
}

std::vector<KnownAnswerPtr> TailPart::answers_from(size_t from) const {
  std::vector<KnownAnswerPtr> copied;
  const std::lock_guard lock(mutex_);
  for (size_t i = from; i < answers_.size() && copied.size() < kCopiedMax; ++i) {
    copied.push_back(answers_[i].known);
  }
  return copied;
}

std::optional<size_t> TailPart::number_of(AnswerId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(id);
  return found == index_.end() ? std::nullopt : std::optional<size_t>(found->second);
}

std::vector<TailPart::Told> TailPart::deliveries(size_t answer, size_t from) const {
  std::vector<Told> copied;
  const std::lock_guard lock(mutex_);
  const auto& all = answers_[answer].deliveries;
  for (size_t i = from; i < all.size() && copied.size() < kCopiedMax; ++i) {
    copied.emplace_back(asking_[all[i].asking].client, all[i].sighting(asking_));
  }
  return copied;
}

// Who sees it then sees all that was appended.
void TailPart::freeze(Sequence last) {
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
}

void Tail::freeze(Sequence last) {
  if (active_->delivery_count() == 0) {
    return;
  }
  active_->freeze(last);
  const auto next = std::make_shared<TailPart>(seed_);
  active_ = next.get();
  auto parts = parts_.lock();
  Parts longer = **parts;
  longer.push_back(next);
  *parts = std::make_shared<const Parts>(std::move(longer));
  ++parts_begun_;
}

std::vector<std::shared_ptr<const TailPart>> Tail::parts() const {
  const std::shared_ptr<const Parts> parts = *parts_.lock();
  return {parts->begin(), parts->end()};
}

std::shared_ptr<const TailPart> Tail::oldest_frozen() const {
  const std::shared_ptr<const TailPart> oldest = parts().front();
  return oldest->last() ? oldest : nullptr;
}

void Tail::drop(Sequence last) {
  std::shared_ptr<const Parts> before;  // ends without the lock
  auto parts = parts_.lock();
  before = *parts;
  Parts left;
  for (const auto& part : *before) {
    if (part->last().value_or(last + 1) > last) {
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
  for (const auto& part : parts()) {
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
