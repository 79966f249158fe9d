#include "resolver/listener/connection_places.h"

namespace etymon::listener {

std::optional<ConnectionPlaces::Place> ConnectionPlaces::take(
    const std::shared_ptr<ConnectionPlaces>& from) {
  auto taken = from->taken_.lock();
  if (taken->all >= from->limits_.all_max) {
    return std::nullopt;
  }
  ++taken->all;
  return Place(from);
}

bool ConnectionPlaces::Place::give_to(const IpAddress& client) {
  auto taken = of_->taken_.lock();
  const auto own = taken->per_client.try_emplace(client, 0).first;
  if (own->second >= of_->limits_.per_client_max) {
    return false;
  }
  ++own->second;
  client_ = client;
  return true;
}

ConnectionPlaces::Place::~Place() {
  if (of_ == nullptr) {
    return;
  }
  auto taken = of_->taken_.lock();
  --taken->all;
  if (!client_) {
    return;
  }
  const auto own = taken->per_client.find(*client_);
  if (--own->second == 0) {
    taken->per_client.erase(own);
  }
}

}  // namespace etymon::listener
