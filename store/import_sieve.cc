#include "store/import_sieve.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/runs.h"

namespace etymon::store {

Result<bool> ImportSieve::passes(const Delivery& delivery) {
  const DeliveryKey group{hour_of(delivery.at), delivery.client, book_.true_id(delivery.answer)};
  const auto [seen, is_first] =
      seen_.try_emplace(std::tuple(group.hour, group.client, group.answer));
  if (is_first) {
    Result<Times> times = known(group);
    if (!times) {
      return times.error();
    }
    seen->second = *std::move(times);
  }
  return seen->second.insert(delivery.at).second;
}

// The tail first: what leaves it meanwhile is in the tables by then.
Result<ImportSieve::Times> ImportSieve::known(const DeliveryKey& group) const {
  Times times;
  add_from_tail(group, times);
  const Status added = add_from_tables(group, times);
  return added ? Result<Times>(std::move(times)) : added.error();
}

void ImportSieve::add_from_tail(const DeliveryKey& group, Times& times) const {
  for (const auto& part : tail_.parts()) {
    const std::optional<size_t> number = part->number_of(group.answer);
    if (!number) {
      continue;
    }
    size_t from = 0;
    for (auto some = part->deliveries(*number, 0); !some.empty();
         some = part->deliveries(*number, from)) {
      from += some.size();
      for (const auto& [client, sighting] : some) {
        if (client == group.client && hour_of(sighting.at) == group.hour) {
          times.insert(sighting.at);
        }
      }
    }
  }
}

Status ImportSieve::add_from_tables(const DeliveryKey& group, Times& times) const {
  const Result<KnownAnswerPtr> known = book_.find(group.answer);
  if (!known) {
    return known.error();
  }
  std::optional<AnswerId> stored = book_.stored_id(*known);
  if (!stored) {  // The book may have met it in an earlier life only.
    const auto found = tables_.id_of((*known)->hash(), (*known)->bytes());
    if (!found) {
      return found.error();
    }
    stored = *found;
  }
  if (!stored) {
    return {};
  }
  const auto value = tables_.deliveries({group.hour, group.client, *stored});
  if (!value) {
    return value.error();
  }
  std::vector<Sighting> sightings;
  if (!read_runs(*value, start_of_hour(group.hour), sightings)) {
    return Error{ErrorCode::kDataLoss, "stored deliveries are damaged"};
  }
  for (const Sighting& sighting : sightings) {
    times.insert(sighting.at);
  }
  return {};
}

}  // namespace etymon::store
