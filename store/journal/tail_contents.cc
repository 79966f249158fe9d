#include "store/journal/tail_contents.h"

#include <algorithm>
#include <span>
#include <utility>

#include "store/tables/answer_codec.h"

namespace etymon::store {
namespace {

// Answers, addresses or deliveries copied or looked at under one hold of the lock, some 20 us.
constexpr size_t kCopiedMax = 1024;

}  // namespace

void TailContents::append(std::span<const KnownAnswerPtr> fresh,
                          std::span<const Delivery> deliveries) {
  for (const KnownAnswerPtr& known : fresh) {
    add_answer(known);
  }
  for (const Delivery& delivery : deliveries) {
    index_.prefetch(delivery.answer);
  }
  for (const Delivery& delivery : deliveries) {
    answers_[index_.find(delivery.answer)->second].deliveries.push_back(
        {.at = delivery.at,
         .validity_s = delivery.validity_s,
         .asking = number_of_asking({delivery.client, delivery.forwarder}) & kPartAskingMax,
         .origin = static_cast<uint32_t>(delivery.origin) & 0xF,
         .transport = static_cast<uint32_t>(delivery.transport) & 0xF});
  }
}

void TailContents::add_answer(const KnownAnswerPtr& known) {
  const auto number = static_cast<uint32_t>(answers_.size());
  if (!index_.emplace(known->id(), number).second) {
    return;
  }
  answers_.emplace_back().known = known;
  visit_addresses(known->bytes(), [&](const IpAddress& address) { add_address(address, number); });
}

void TailContents::add_address(const IpAddress& address, uint32_t answer) {
  const auto position = static_cast<uint32_t>(addresses_.size());
  const auto [ends, is_new] = by_address_.try_emplace(address, Ends{position, position});
  if (!is_new) {
    addresses_[std::exchange(ends->second.last, position)].next = position;
  }
  addresses_.push_back({address, answer, kNone});
}

size_t TailContents::AskingHash::operator()(const Asking& asking) const {
  const SeededAddressHash hash{seed};
  const size_t client = hash(asking.client);
  return asking.forwarder == IpAddress() ? client : client ^ hash(asking.forwarder) << 1;
}

uint32_t TailContents::number_of_asking(const Asking& asking) {
  const auto [it, is_new] =
      asking_numbers_.try_emplace(asking, static_cast<uint32_t>(asking_.size()));
  if (is_new) {
    asking_.push_back(asking);
  }
  return it->second;
}

std::optional<TailContents::Place> TailContents::first_of(const IpPrefix& prefix) const {
  if (!prefix.is_single()) {
    return addresses_.empty() ? std::nullopt : std::optional(Place{0});
  }
  const auto ends = by_address_.find(prefix.first());
  return ends == by_address_.end() ? std::nullopt : std::optional(Place{ends->second.first});
}

// The next one.
std::optional<TailContents::Place> TailContents::behind(const Place& place,
                                                        const IpPrefix& prefix) const {
  const uint32_t next = prefix.is_single() ? addresses_[place.address].next : place.address + 1;
  return next < addresses_.size() ? std::optional(Place{next}) : std::nullopt;
}

std::optional<TailContents::Place> TailContents::copy_some(Place place, const Wanted& wanted,
                                                           SomeSeen& to) const {
  for (size_t looked_at = 0; looked_at < kCopiedMax; ++looked_at) {
    const AddressOfAnswer& one = addresses_[place.address];
    if (wanted.address.contains(one.address)) {
      looked_at += copy_deliveries(place, wanted.client, kCopiedMax - looked_at, to);
      if (place.delivery < answers_[one.answer].deliveries.size()) {
        return place;
      }
    }
    const std::optional<Place> next = behind(place, wanted.address);
    if (!next) {
      return std::nullopt;
    }
    place = *next;
  }
  return place;
}

// Of the answer at `place`, which moves behind those that were looked at: so many, `most` at most.
size_t TailContents::copy_deliveries(Place& place, const std::optional<IpAddress>& client,
                                     size_t most, SomeSeen& to) const {
  const AddressOfAnswer& one = addresses_[place.address];
  const AnswerDeliveries& answer = answers_[one.answer];
  const std::span<const TailDelivery> left = std::span(answer.deliveries).subspan(place.delivery);
  const std::span<const TailDelivery> some = left.first(std::min(left.size(), most));
  for (const TailDelivery& delivery : some) {
    const IpAddress& asker = asking_[delivery.asking].client;
    if (!client || asker == *client) {
      to.push_back({one.address, asker, answer.known, delivery.sighting(asking_)});
    }
  }
  place.delivery += some.size();
  return some.size();
}

std::vector<KnownAnswerPtr> TailContents::answers_from(size_t from) const {
  std::vector<KnownAnswerPtr> copied;
  for (size_t i = from; i < answers_.size() && copied.size() < kCopiedMax; ++i) {
    copied.push_back(answers_[i].known);
  }
  return copied;
}

bool TailContents::index_some() {
  const size_t begin = same_mark_before_.size();
  const size_t end = std::min(answers_.size(), begin + kCopiedMax);
  for (size_t i = begin; i < end; ++i) {
    const auto number = static_cast<uint32_t>(i);
    const auto [last, is_new] = by_mark_.try_emplace(answers_[i].known->mark(), number);
    same_mark_before_.push_back(is_new ? kNone : std::exchange(last->second, number));
  }
  return begin < end;
}

std::vector<size_t> TailContents::numbers_of(const KnownAnswer& answer) const {
  std::vector<size_t> numbers;
  const auto last = by_mark_.find(answer.mark());
  for (uint32_t number = last == by_mark_.end() ? kNone : last->second; number != kNone;
       number = same_mark_before_[number]) {
    if (answers_[number].known->bytes() == answer.bytes()) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

std::vector<TailContents::Told> TailContents::deliveries(size_t answer, size_t from) const {
  std::vector<Told> copied;
  const auto& all = answers_[answer].deliveries;
  for (size_t i = from; i < all.size() && copied.size() < kCopiedMax; ++i) {
    copied.emplace_back(asking_[all[i].asking].client, all[i].sighting(asking_));
  }
  return copied;
}

}  // namespace etymon::store
