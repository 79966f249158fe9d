#include "store/reading/known_clients.h"

#include <string>

#include "store/tables/keys.h"

namespace etymon::store {

std::optional<std::vector<IpAddress>> known_clients(const TablesSnapshot& tables, size_t most) {
  const rocksdb::Slice end = to_slice(kBehindAllKeys);
  const auto rows = tables.scan(Table::kByClient, end);
  std::vector<IpAddress> clients;
  for (rows->SeekToFirst(); rows->Valid();) {
    const std::optional<ClientKey> key = read_client_key(to_view(rows->key()));
    if (!key || clients.size() == most) {
      return std::nullopt;
    }
    clients.push_back(key->client);
    std::string prefix;
    append_address(prefix, key->client);
    rows->Seek(after_prefix(std::move(prefix)));
  }
  return rows->status().ok() ? std::optional(std::move(clients)) : std::nullopt;
}

}  // namespace etymon::store
