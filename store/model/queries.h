// What is asked of a store, and what it tells: evidence and listings. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/answer.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/history.h"
#include "resolver/model/ip_address.h"
#include "store/model/name_match.h"

namespace etymon::store {

// What one lookup needs to know of the past.
struct EvidenceQuery {
  IpPrefix address;
  std::optional<IpAddress> client;  // nothing: all clients
  WallTime until;                   // deliveries at or before this moment count as past
  WallTime since{};                 // those before this moment do not count at all
  size_t limit = 10'000;            // 1 or more: most Evidence rows returned, newest first
  // Whether Evidence::first has to be the oldest of all. It may be a later one where not: of an
  // answer with several addresses and a long history the oldest takes a read of its own.
  bool wants_first = true;
  // Most (address, client) pairs looked at, in the order of addresses. What is beyond them may be
  // the newest: only who looks for hints can do without. Where the newest rows of a network are
  // found by the hour, no others are looked at, and there may be more.
  size_t pairs_max = 100'000;
  enum class Beyond { kRefuse, kLeaveOut } beyond = Beyond::kRefuse;
  // Asked now and then while much is read; true ends it. No stop token, whose source would cost
  // each small lookup an allocation. Empty: never.
  std::function<bool()> should_stop = {};
};

enum class ListingOrder { kNewestFirst, kOldestFirst };

// A place in a listing, told by what lies there, so that it stays where it is while deliveries come
// and go.
struct ListingPosition {
  static constexpr uint32_t kGivenMax = 10'000;

  WallTime at;
  uint64_t tie = 0;    // as RecordedDelivery has it
  uint32_t given = 0;  // of those alike in both, so many lie before the place

  friend bool operator==(const ListingPosition&, const ListingPosition&) = default;
};

// Whether rows that tell of other clients, too, may be read for those of one client, where they are
// less to read. Whoever may not hear of others would hear of them by the time that it takes.
enum class OthersRows : uint8_t { kRead, kLeftAlone };

// Which deliveries are wanted: those for which all conditions hold.
struct DeliveryQuery {
  TimeSpan span{};  // closed
  std::optional<IpAddress> client = {};
  std::optional<DomainName> name = {};  // the asked name, or one of the chain
  NameMatch match = NameMatch::kExact;
  std::optional<IpPrefix> address = {};  // an address of the answer lies in it
  std::optional<Rcode> rcode = {};
  OthersRows others = OthersRows::kRead;
  size_t limit = 1000;  // 1 .. 10000: the first so many in this order:
  ListingOrder order = ListingOrder::kNewestFirst;
  std::optional<ListingPosition> from = {};  // only what lies behind this place
  // Asked now and then; true ends the reading, and the page is what whole hours had given. Empty:
  // never.
  std::function<bool()> should_stop = {};
};

// Whether an answer has what the query says of name, address and rcode. Pure; any thread.
bool matches(const Answer& answer, const DeliveryQuery& query);

struct RecordedDelivery {
  Sighting sighting;
  IpAddress client;
  std::shared_ptr<const Answer> answer;
  uint64_t tie = 0;  // made of its content: orders deliveries of the same microsecond, ascending

  // Some alike in everything may be there, too.
  bool is_at(const ListingPosition& place) const {
    return sighting.at == place.at && tie == place.tie;
  }
};

// Some of a listing. May be empty before the end, where little was found in the time there was.
struct DeliveryPage {
  std::vector<RecordedDelivery> deliveries;
  std::optional<ListingPosition> next;  // where the next page begins; nothing: this was the last
};

// The place behind a page that was not empty; `from`: where the page began.
ListingPosition position_behind(std::span<const RecordedDelivery> page,
                                const std::optional<ListingPosition>& from);

}  // namespace etymon::store
