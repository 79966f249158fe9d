// Sets: values that only ever gain members - clients of a name, answers of a hash, what a client
// was told.
//
// A value is its members one behind the other; a fold appends some, compaction sorts them and makes
// one of those that are about the same thing. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/model/delivery.h"
#include "resolver/model/ip_address.h"

namespace etymon::store {

// A client that was told a name, and in which hours of the day: bit 0 is the first.
struct ClientHours {
  IpAddress client;
  uint32_t hours = 0;  // 24 bits

  friend auto operator<=>(const ClientHours&, const ClientHours&) = default;
};

void append_member(std::string& out, const ClientHours& member);

// Sorted by client, each once. Nothing: damaged.
std::optional<std::vector<ClientHours>> read_clients(std::string_view value);
// Sorted, each once. Damaged bytes give what can be read before the damage.
std::vector<AnswerId> read_ids(std::string_view value);

// What a client was told in an hour: how many deliveries, and about how many octets they take in
// all tables before compression. Only the proportions between the clients' octets mean anything.
struct Activity {
  uint64_t deliveries = 0;
  uint64_t octets = 0;

  Activity& operator+=(const Activity& other) {
    deliveries += other.deliveries;
    octets += other.octets;
    return *this;
  }
  friend bool operator==(const Activity&, const Activity&) = default;
};

void append_activity(std::string& out, const Activity& activity);

// The sum of all in the value. Nothing: damaged.
std::optional<Activity> read_activity(std::string_view value);

// The same meaning in canonical form. Damaged values come back as they are.
std::string merge_clients(std::string_view value);
std::string merge_ids(std::string_view value);
std::string merge_activity(std::string_view value);

}  // namespace etymon::store
