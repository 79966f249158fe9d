// TailContents: what a part of the tail holds, found by answer and by address. A plain value; who
// shares it locks it.
//
// Memory: see TailPart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/flat_map.h"
#include "resolver/base/small_vector.h"
#include "resolver/model/address_hash.h"
#include "resolver/model/delivery.h"
#include "resolver/model/history.h"
#include "store/tables/known_answer.h"

namespace etymon::store {

// Who asked, and by way of whom: see Delivery.
struct Asking {
  IpAddress client;
  IpAddress forwarder = {};

  friend bool operator==(const Asking&, const Asking&) = default;
};

// A delivery inside a part. `asking` counts in the part's list of those who ask: a forwarder takes
// no room here, and a client that comes by several ways is in the list several times.
struct TailDelivery {
  WallTime at;
  uint32_t validity_s;
  uint32_t asking : 24;
  uint32_t origin : 4;
  uint32_t transport : 4;

  Sighting sighting(std::span<const Asking> list) const {
    return {at, validity_s, static_cast<Origin>(origin), static_cast<Transport>(transport),
            list[asking].forwarder};
  }
};

// Those who ask and deliveries that one part can number; a part is frozen long before (Options).
inline constexpr uint32_t kPartAskingMax = (1U << 24) - 1;

class TailContents {
 public:
  // `seed`: as TailPart.
  explicit TailContents(uint64_t seed)
      : by_address_(0, SeededAddressHash{seed}), asking_numbers_(0, AskingHash{seed}) {}

  // All deliveries of one answer, in the order of the journal.
  struct AnswerDeliveries {
    KnownAnswerPtr known;
    SmallVector<TailDelivery, 1> deliveries;  // of most answers there is one: no room but this
  };

  // What a lookup is about: addresses, and who was told of them (nothing: all).
  struct Wanted {
    IpPrefix address;
    std::optional<IpAddress> client;
  };
  // A delivery that a lookup found.
  struct Seen {
    IpAddress address;  // that the answer carried
    IpAddress client;
    KnownAnswerPtr known;
    Sighting sighting;
  };
  using SomeSeen = SmallVector<Seen, 16>;  // Most lookups find fewer.
  // How far a visit has come.
  struct Place {
    uint32_t address;     // in addresses_
    size_t delivery = 0;  // of its answer
  };
  using Told = std::pair<IpAddress, Sighting>;

  // REQUIRES: every delivery's answer is here, or in `fresh`.
  void append(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries);

  // The first that a visit looks at; nothing: there is none.
  std::optional<Place> first_of(const IpPrefix& prefix) const;
  // Looks at some addresses and deliveries, for about 20 us. Where to go on, also after more was
  // appended; nothing: that was all.
  std::optional<Place> copy_some(Place place, const Wanted& wanted, SomeSeen& to) const;

  // Makes some more of the answers known to numbers_of(), for about 20 us. False: it knew all.
  bool index_some();

  // As TailPart.
  std::vector<KnownAnswerPtr> answers_from(size_t from) const;
  std::vector<size_t> numbers_of(const KnownAnswer& answer) const;
  std::vector<Told> deliveries(size_t answer, size_t from) const;

  const std::vector<AnswerDeliveries>& answers() const { return answers_; }
  const std::vector<Asking>& asking() const { return asking_; }

 private:
  struct AddressOfAnswer {
    IpAddress address;
    uint32_t answer;  // its position in answers_
    uint32_t next;    // of the same address, in addresses_; kNone: there is none
  };
  struct Ends {
    uint32_t first;  // in addresses_
    uint32_t last;
  };
  struct AskingHash {
    uint64_t seed;
    size_t operator()(const Asking& asking) const;
  };
  static constexpr uint32_t kNone = UINT32_MAX;

  size_t copy_deliveries(Place& place, const std::optional<IpAddress>& client, size_t most,
                         SomeSeen& to) const;
  std::optional<Place> behind(const Place& place, const IpPrefix& prefix) const;
  uint32_t number_of_asking(const Asking& asking);
  void add_answer(const KnownAnswerPtr& known);
  void add_address(const IpAddress& address, uint32_t answer);

  std::vector<AnswerDeliveries> answers_;
  FlatMap<AnswerId, uint32_t> index_;
  // By mark the last of the answers that have it, and of each the one before, or kNone. Reaches as
  // far as imports have asked for it: no loop needs it.
  FlatMap<uint64_t, uint32_t> by_mark_;
  std::vector<uint32_t> same_mark_before_;
  // Each address of each answer, and by address the first of them, which leads to the others. An
  // ordered map was the dearest part of recording new answers, and its order served prefixes alone.
  std::vector<AddressOfAnswer> addresses_;
  FlatMap<IpAddress, Ends, SeededAddressHash> by_address_;
  std::vector<Asking> asking_;
  FlatMap<Asking, uint32_t, AskingHash> asking_numbers_;
};

}  // namespace etymon::store
