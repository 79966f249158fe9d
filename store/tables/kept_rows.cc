#include "store/tables/kept_rows.h"

#include <map>
#include <string>
#include <string_view>

#include "resolver/base/bytes.h"
#include "store/tables/forget_log.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

// Stands before all clients.
constexpr std::string_view kAllKey{"\0", 1};

std::string key_of(const IpAddress& client) {
  std::string key;
  append_address(key, client);
  return key;
}

}  // namespace

Status read_kept_row(std::string_view key, std::string_view value, KeptRecord& record) {
  ByteReader floor(value);
  if (key == kAllKey) {
    record.kept.all = floor.u32();
    record.purged = floor.u32();
  } else {
    ByteReader reader(key);
    const std::optional<IpAddress> client = read_address(reader);
    if (!client || !reader.at_end()) {
      return damaged(Table::kKept);
    }
    record.kept.clients[*client] = floor.u32();
  }
  return floor.ok() && floor.at_end() ? Status() : Status(damaged(Table::kKept));
}

Result<KeptRecord> read_kept(rocksdb::Iterator& rows) {
  KeptRecord record;
  for (rows.SeekToFirst(); rows.Valid() && !is_forget_key(to_view(rows.key())); rows.Next()) {
    const Status read = read_kept_row(to_view(rows.key()), to_view(rows.value()), record);
    if (!read) {
      return read.error();
    }
  }
  const Status read = is_read(rows, Table::kKept);
  return read ? Result<KeptRecord>(std::move(record)) : read.error();
}

void add_kept(const KeptRecord& now, const Kept& before, TableFile& file) {
  std::map<std::string, std::optional<Hour>> floors;  // nothing: the client has none any more
  for (const auto& [client, hour] : before.clients) {
    floors[key_of(client)] = std::nullopt;
  }
  for (const auto& [client, hour] : now.kept.clients) {
    floors[key_of(client)] = hour;
  }
  std::string value;
  ByteWriter all(value);
  all.u32(now.kept.all);
  all.u32(now.purged);
  file.replace(kAllKey, value);
  for (const auto& [key, hour] : floors) {
    if (hour) {
      value.clear();
      ByteWriter(value).u32(*hour);
      file.replace(key, value);
    } else {
      file.remove(key);
    }
  }
}

}  // namespace etymon::store
