// ListingPage: of the deliveries it is given, in any order, those that come first in a listing.
//
// Belongs to one thread. Holds four times the page and 4096 deliveries at most. What lies before
// the place where the page begins is not taken. The order is total, but for deliveries that are
// alike in everything: those are counted.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "resolver/base/clock.h"
#include "store/journal/answer_book.h"
#include "store/model/queries.h"

namespace etymon::store {

RecordedDelivery listed(const IpAddress& client, const KnownAnswerPtr& known,
                        const Sighting& sighting);

class ListingPage {
 public:
  explicit ListingPage(const DeliveryQuery& query);

  // False where it is known to be full with what comes before that time.
  bool has_room_for(WallTime at) const { return !last_ || !comes_before(*last_, at); }

  void add(const IpAddress& client, const KnownAnswerPtr& known, const Sighting& sighting);

  // True when the page is full with what lies within `span`, so that what lies behind it in the
  // listing cannot come onto the page.
  bool is_full_within(const TimeSpan& span) const;

  std::vector<RecordedDelivery> take();

 private:
  bool comes_before(WallTime a, WallTime b) const;
  bool comes_before(WallTime at, uint64_t tie, const ListingPosition& place) const;
  bool comes_before(const RecordedDelivery& a, const RecordedDelivery& b) const;
  void keep_first();

  const ListingOrder order_;
  const std::optional<ListingPosition> from_;
  const size_t wanted_;  // those included that `from` says were given already
  std::vector<RecordedDelivery> kept_;
  std::optional<WallTime> last_;  // of as many as are wanted; nothing yet: there were fewer
};

}  // namespace etymon::store
