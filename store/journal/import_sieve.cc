#include "store/journal/import_sieve.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/tables/runs.h"

namespace etymon::store {
namespace {

constexpr size_t kInTailMax = 500'000;  // 16 MB

}  // namespace

Result<bool> ImportSieve::passes(const Delivery& delivery) {
  const Result<KnownAnswerPtr> answer = book_.find(delivery.answer);
  if (!answer) {
    return answer.error();
  }
  const Group group{hour_of(delivery.at), delivery.client, *answer};
  const auto [seen, is_first] =
      seen_[group.answer].try_emplace(std::pair(group.hour, group.client));
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
Result<ImportSieve::Times> ImportSieve::known(const Group& group) {
  Times times;
  add_from_tail(group, times);
  const Status added = add_from_tables(group, times);
  return added ? Result<Times>(std::move(times)) : added.error();
}

void ImportSieve::add_from_tail(const Group& group, Times& times) {
  const std::vector<InTail>& all = in_tail(group.answer);
  const auto is_before = [&](const InTail& one) {
    return std::tie(one.hour, one.client) < std::tie(group.hour, group.client);
  };
  for (auto it = std::ranges::partition_point(all, is_before);
       it != all.end() && it->hour == group.hour && it->client == group.client; ++it) {
    times.insert(it->at);
  }
}

const std::vector<ImportSieve::InTail>& ImportSieve::in_tail(const KnownAnswerPtr& answer) {
  if (in_tail_count_ > kInTailMax) {
    in_tail_.clear();
    in_tail_count_ = 0;
  }
  const auto [found, is_new] = in_tail_.try_emplace(answer);
  if (!is_new) {
    return found->second;
  }
  std::vector<InTail>& all = found->second;
  const auto parts = tail_.parts();
  for (const auto& part : *parts) {
    for (const size_t number : part->numbers_of(*answer)) {
      add_from_part(*part, number, all);
    }
  }
  std::ranges::sort(all);
  in_tail_count_ += all.size();
  return all;
}

void ImportSieve::add_from_part(const TailPart& part, size_t answer, std::vector<InTail>& all) {
  size_t from = 0;
  for (auto some = part.deliveries(answer, 0); !some.empty();
       some = part.deliveries(answer, from)) {
    from += some.size();
    for (const auto& [client, sighting] : some) {
      all.push_back({hour_of(sighting.at), client, sighting.at});
    }
  }
}

Status ImportSieve::add_from_tables(const Group& group, Times& times) const {
  std::optional<AnswerId> stored = book_.stored_id(group.answer);
  if (!stored) {  // The book may have met it in an earlier life only.
    const auto found = tables_.id_of(group.answer->hash(), group.answer->bytes());
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
