// A LAN's day in small, for measuring the store: names by Zipf's law, a shared cache that ages.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"
#include "store/store.h"

namespace etymon::store {

// Draws 0 .. count-1, the n-th with probability proportional to 1/(n+1).
class Zipf {
 public:
  explicit Zipf(size_t count) {
    double sum = 0;
    for (size_t n = 0; n < count; ++n) {
      sum += 1.0 / static_cast<double>(n + 1);
      sums_.push_back(sum);
    }
  }

  size_t draw(std::mt19937& dice) const {
    const double at = std::uniform_real_distribution<>(0, sums_.back())(dice);
    return static_cast<size_t>(std::lower_bound(sums_.begin(), sums_.end(), at) - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

// Name number n with one to three addresses; every second one at the end of a CNAME.
inline Answer numbered_answer(uint32_t n) {
  const std::string label = "host" + std::to_string(n % 97) + ".site" + std::to_string(n);
  Answer answer;
  answer.question.name = *DomainName::from_text(label + ".example.com");
  answer.chain.push_back(answer.question.name);
  if (n % 2 == 0) {
    answer.chain.push_back(
        *DomainName::from_text("edge" + std::to_string(n % 1009) + ".cdn.example.net"));
  }
  for (uint32_t i = 0; i <= n % 3; ++i) {
    answer.addresses.push_back({IpAddress::v4(0x0B000000U + n * 5 + i * 131), Via::kA});
  }
  sort_addresses(answer);
  answer.upstream = {IpAddress::v4(0x09090909U), 53};
  return answer;
}

inline IpAddress numbered_client(uint32_t n) {
  return IpAddress::v4(0x0A000000U + n);
}

// Deliveries as a cache makes them: the first after the TTL comes from upstream, the others carry
// what is left of it.
class MixedWorkload {
 public:
  MixedWorkload(Store& store, uint32_t names, uint32_t clients)
      : zipf_(names), clients_(clients), expires_(names) {
    for (uint32_t n = 0; n < names; ++n) {
      ids_.push_back(store.remember(numbered_answer(n)));
    }
  }

  Delivery next(WallTime now) {
    const size_t name = zipf_.draw(dice_);
    Delivery delivery{now, numbered_client(static_cast<uint32_t>(dice_() % clients_)), ids_[name]};
    delivery.origin = now < expires_[name] ? Origin::kCache : Origin::kUpstream;
    if (delivery.origin == Origin::kUpstream) {
      constexpr uint32_t kTtls[] = {30, 60, 300, 3600};
      expires_[name] = now + Seconds(kTtls[name % std::size(kTtls)]);
    }
    delivery.validity_s = static_cast<uint32_t>((expires_[name] - now) / Seconds(1));
    return delivery;
  }

 private:
  std::mt19937 dice_{1};
  Zipf zipf_;
  uint32_t clients_;
  std::vector<WallTime> expires_;
  std::vector<AnswerId> ids_;
};

}  // namespace etymon::store
