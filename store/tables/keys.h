// Keys: addresses, answer numbers and times written so that memcmp puts them in reading order.
//
// Pure functions and values, any thread. FORMAT.md shows each key with an example. A decoder gives
// nothing for bytes that no encoder of ours wrote.
//
// An answer number takes five octets. Each answer that the book does not find takes another one,
// also when what it named goes again; with a thousand of them in every second they last 34 years.
// A day takes three octets; days and hours are inverted where the newest must come first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.h"
#include "resolver/base/clock.h"
#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"

namespace etymon::store {

// Number of an entry of the journal; the first is 1. The tables say up to which they have them.
using Sequence = uint64_t;

using Hour = uint32_t;  // since 1970-01-01T00Z
using Day = uint32_t;   // since 1970-01-01, 24 bits: until the year 47 000

inline constexpr AnswerId kAnswerIdMax = (AnswerId{1} << 40) - 1;

// The nearest time that keys can hold: from 1970 to the last Day.
WallTime clamp_time(WallTime time);

// REQUIRES of both: a clamped time.
Hour hour_of(WallTime time);
Day day_of(WallTime time);
WallTime start_of_hour(Hour hour);
WallTime start_of_day(Day day);

inline constexpr Hour kHoursPerDay = 24;
inline Day day_of(Hour hour) {
  return hour / kHoursPerDay;
}

// One octet of family (1: IPv4, 2: IPv6), then 4 or 16 octets.
void append_address(std::string& out, const IpAddress& address);
std::optional<IpAddress> read_address(ByteReader& reader);

void append_id(std::string& out, AnswerId id);
AnswerId read_id(ByteReader& reader);

// Table `deliveries`: everything of an hour together, in it each client's, in it each answer's.
struct DeliveryKey {
  Hour hour = 0;
  IpAddress client;
  AnswerId answer = 0;

  friend bool operator==(const DeliveryKey&, const DeliveryKey&) = default;
};

// Orders addresses as append_address() writes them.
struct AddressKeyOrder {
  bool operator()(const IpAddress& a, const IpAddress& b) const {
    return a.is_v4() != b.is_v4() ? a.is_v4() : a < b;
  }
};

// Table `by_address`: an address, who was told of it, newest day first. The outline of an answer
// with several addresses stands under the home address alone; the others have its head.
struct AddressKey {
  IpAddress address;
  IpAddress client;
  Day day = 0;
  AnswerId answer = 0;

  friend bool operator==(const AddressKey&, const AddressKey&) = default;
};

// What a name was in an answer. Stored: values are never renumbered.
enum class NameRole : uint8_t { kAsked = 0, kChain = 1 };

// Table `by_name`: a name (a subtree is one range), newest day first.
struct NameKey {
  DomainName name;
  NameRole role = NameRole::kAsked;
  Day day = 0;
  AnswerId answer = 0;

  friend bool operator==(const NameKey&, const NameKey&) = default;
};

// Table `by_client`: the hours in which a client was told anything, newest first.
struct ClientKey {
  IpAddress client;
  Hour hour = 0;

  friend bool operator==(const ClientKey&, const ClientKey&) = default;
};

// The first of an answer's addresses in the order of keys. REQUIRES: it has one.
IpAddress home_address(const Answer& answer);

void append_key(std::string& out, const DeliveryKey& key);
void append_key(std::string& out, const AddressKey& key);
void append_key(std::string& out, const NameKey& key);
void append_key(std::string& out, const ClientKey& key);
// The same for a name of which the sort key is at hand; `rest.name` is not looked at.
void append_name_key(std::string& out, std::string_view sort_key, const NameKey& rest);
// What the keys of an hour begin with in `deliveries`.
std::string hour_prefix(Hour hour);

std::optional<DeliveryKey> read_delivery_key(std::string_view key);
std::optional<AddressKey> read_address_key(std::string_view key);
// The same of a pair that is known: `rest` is what stands behind its two addresses.
std::optional<AddressKey> read_rest_of_key(const IpAddress& address, const IpAddress& client,
                                           std::string_view rest);
std::optional<NameKey> read_name_key(std::string_view key);
std::optional<ClientKey> read_client_key(std::string_view key);

// Key of `by_address` that holds the journal position up to which everything is in the tables. It
// stands before all others, and in the same table as what lookups read: one iterator sees both.
inline constexpr std::string_view kFoldedKey{"\0", 1};

// Behind every key: no name has a label of more than 63 octets 255.
inline constexpr std::string_view kBehindAllKeys =
    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";

// Keys from `first` up to but not including `end`.
struct KeyRange {
  std::string first;
  std::string end;
};

// The ranges of `by_address` that hold the addresses of `prefix`: one, or two when the prefix spans
// both families.
std::vector<KeyRange> address_ranges(const IpPrefix& prefix);

// The first key that does not begin with `prefix`. REQUIRES: an octet other than 0xFF in it.
std::string after_prefix(std::string prefix);

}  // namespace etymon::store
