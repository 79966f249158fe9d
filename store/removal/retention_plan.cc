#include "store/removal/retention_plan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "store/files/database.h"
#include "store/tables/sets.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

using Visit = std::function<void(const ClientKey& key, uint64_t octets)>;

// All kept hours, client by client, each one's newest first.
Status visit_kept(const Kept& kept, rocksdb::Iterator& hours, const Visit& visit) {
  for (hours.SeekToFirst(); hours.Valid(); hours.Next()) {
    const std::optional<ClientKey> key = read_client_key(to_view(hours.key()));
    const std::optional<Activity> activity = read_activity(to_view(hours.value()));
    if (!key || !activity) {
      return damaged(Table::kByClient);
    }
    if (key->hour >= kept.since(key->client)) {
      visit(*key, activity->octets);
    }
  }
  return is_read(hours, Table::kByClient);
}

struct Weights {
  std::vector<uint64_t> clients;
  std::map<Hour, uint64_t> hours;
};

// Without hours that lie ahead, of a clock that was. They cannot be cut before their time comes, so
// what they weigh would be cut from the real history instead.
Status visit_past(const Cut& cut, const Kept& kept, rocksdb::Iterator& hours, const Visit& visit) {
  return visit_kept(kept, hours, [&](const ClientKey& key, uint64_t octets) {
    if (key.hour <= cut.present) {
      visit(key, octets);
    }
  });
}

Result<Weights> weigh(const Cut& cut, const Kept& kept, rocksdb::Iterator& rows) {
  Weights weights;
  std::optional<IpAddress> client;
  const Status read = visit_past(cut, kept, rows, [&](const ClientKey& key, uint64_t octets) {
    if (client != key.client) {
      client = key.client;
      weights.clients.push_back(0);
    }
    weights.clients.back() += octets;
    weights.hours[key.hour] += octets;
  });
  return read ? Result<Weights>(std::move(weights)) : read.error();
}

// The hour from which on no more than the budget is told.
Hour common_floor(const std::map<Hour, uint64_t>& hours, const Cut& cut) {
  uint64_t sum = 0;
  for (auto it = hours.rbegin(); it != hours.rend(); ++it) {
    sum += it->second;
    if (sum > cut.budget) {
      return std::min(it->first + 1, cut.present);
    }
  }
  return 0;
}

}  // namespace

uint64_t fair_level(std::vector<uint64_t> weights, uint64_t budget) {
  std::sort(weights.begin(), weights.end());
  uint64_t left = budget;
  for (size_t i = 0; i < weights.size(); ++i) {
    const uint64_t share = left / (weights.size() - i);
    if (weights[i] > share) {
      return share;
    }
    left -= weights[i];
  }
  return UINT64_MAX;
}

Result<uint64_t> weight_of(const Kept& kept, rocksdb::Iterator& hours) {
  uint64_t sum = 0;
  const Status read =
      visit_kept(kept, hours, [&sum](const ClientKey&, uint64_t octets) { sum += octets; });
  return read ? Result<uint64_t>(sum) : read.error();
}

Result<Kept> cut_to(const Cut& cut, const Kept& kept, rocksdb::Iterator& hours) {
  const Result<Weights> weights = weigh(cut, kept, hours);
  if (!weights) {
    return weights.error();
  }
  const uint64_t level = fair_level(weights->clients, cut.budget);
  Kept next = kept;
  std::optional<IpAddress> client;
  uint64_t sum = 0;
  const Status read = visit_past(cut, kept, hours, [&](const ClientKey& key, uint64_t octets) {
    sum = client == key.client ? sum + octets : octets;
    client = key.client;
    const bool is_first_too_many = sum > level && sum - octets <= level;
    if (is_first_too_many && next.clients.size() <= cut.own_floors_max) {
      Hour& own = next.clients[key.client];  // stays where it is when the clock was set back
      own = std::max(own, std::min(key.hour + 1, cut.present));
    }
  });
  if (!read) {
    return read.error();
  }
  return next.clients.size() > cut.own_floors_max
             ? raise_all(kept, common_floor(weights->hours, cut))
             : raise_all(std::move(next), kept.all);
}

Kept raise_all(Kept kept, Hour all) {
  kept.all = std::max(kept.all, all);
  std::erase_if(kept.clients, [&](const auto& own) { return own.second <= kept.all; });
  return kept;
}

}  // namespace etymon::store
