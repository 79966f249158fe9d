// ConnectionPlaces: how many connections there may be, in all and of one client, whichever loop has
// them and whichever address they came to. Any thread; asked once a connection, so one lock is
// enough.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "resolver/base/guarded.h"
#include "resolver/model/address_hash.h"
#include "resolver/model/ip_address.h"

namespace etymon::listener {

class ConnectionPlaces {
 public:
  struct Limits {
    size_t all_max = 512;
    size_t per_client_max = 32;
  };

  // What one connection has; free again when this goes.
  class Place {
   public:
    explicit Place(std::shared_ptr<ConnectionPlaces> of) : of_(std::move(of)) {}
    ~Place();
    Place(Place&& other) noexcept
        : of_(std::move(other.of_)), client_(std::exchange(other.client_, std::nullopt)) {}
    Place& operator=(Place&&) = delete;

    // Whether it may be that client's, whose it is from then on. To be asked once.
    bool give_to(const IpAddress& client);

   private:
    std::shared_ptr<ConnectionPlaces> of_;  // null: moved from
    std::optional<IpAddress> client_;
  };

  explicit ConnectionPlaces(const Limits& limits) : limits_(limits) {}

  // Nothing when all are taken.
  static std::optional<Place> take(const std::shared_ptr<ConnectionPlaces>& from);

 private:
  struct Taken {
    size_t all = 0;
    std::unordered_map<IpAddress, size_t, IpAddressHash> per_client;
  };
  const Limits limits_;
  Guarded<Taken> taken_;
};

}  // namespace etymon::listener
