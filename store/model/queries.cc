#include "store/model/queries.h"

#include <algorithm>

namespace etymon::store {

bool matches(const Answer& answer, const DeliveryQuery& query) {
  const auto in_prefix = [&](const AnswerAddress& a) { return query.address->contains(a.address); };
  return (!query.rcode || answer.rcode == *query.rcode) &&
         (!query.name || has_name(answer, *query.name, query.match)) &&
         (!query.address || std::ranges::any_of(answer.addresses, in_prefix));
}

ListingPosition position_behind(std::span<const RecordedDelivery> page,
                                const std::optional<ListingPosition>& from) {
  ListingPosition place{page.back().sighting.at, page.back().tie, 0};
  const auto differs = [&](const RecordedDelivery& delivery) { return !delivery.is_at(place); };
  const auto alike = std::find_if(page.rbegin(), page.rend(), differs) - page.rbegin();
  place.given = static_cast<uint32_t>(alike);
  if (from && static_cast<size_t>(alike) == page.size() && page.back().is_at(*from)) {
    place.given += from->given;
  }
  return place;
}

}  // namespace etymon::store
