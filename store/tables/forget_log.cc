#include "store/tables/forget_log.h"

#include "resolver/base/bytes.h"
#include "store/files/database.h"
#include "store/tables/keys.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

// Behind the floors of all clients, whose keys begin with 1 or 2 (append_address()).
constexpr char kPendingKey = 3;
constexpr char kRecordKey = 4;

enum Condition : uint8_t { kClient = 1, kName = 2, kSubtree = 4 };
constexpr unsigned kPrefixMax = 128;
constexpr uint8_t kConditions = kClient | kName | kSubtree;

Error damaged() {
  return {ErrorCode::kDataLoss, "table kept is damaged where it tells of forgetting"};
}

uint64_t microseconds(WallTime time) {
  return static_cast<uint64_t>(clamp_time(time).time_since_epoch().count());
}

WallTime read_moment(ByteReader& reader) {
  return WallTime(Microseconds(static_cast<int64_t>(reader.u64() & INT64_MAX)));
}

uint8_t conditions_of(const ForgetRecord& record) {
  return static_cast<uint8_t>((record.by_client ? kClient : 0) | (record.by_name ? kName : 0) |
                              (record.match == NameMatch::kSubtree ? kSubtree : 0));
}

void append_record(std::string& out, const ForgetRecord& record) {
  ByteWriter writer(out);
  writer.u64(microseconds(record.done));
  writer.u64(microseconds(record.span.start));
  writer.u64(microseconds(record.span.end));
  writer.u8(conditions_of(record));
  writer.block(as_bytes(record.by));
  for (const uint64_t count : {record.report.deliveries, record.report.answers, record.report.hours,
                               record.report.hosts}) {
    writer.varint(count);
  }
}

std::optional<ForgetRecord> read_record(ByteReader& reader) {
  ForgetRecord record;
  record.done = read_moment(reader);
  record.span.start = read_moment(reader);
  record.span.end = read_moment(reader);
  const uint8_t conditions = reader.u8();
  record.by_client = (conditions & kClient) != 0;
  record.by_name = (conditions & kName) != 0;
  record.match = (conditions & kSubtree) != 0 ? NameMatch::kSubtree : NameMatch::kExact;
  record.by = as_text(reader.block());
  for (uint64_t* count : {&record.report.deliveries, &record.report.answers, &record.report.hours,
                          &record.report.hosts}) {
    *count = reader.varint();
  }
  const bool is_known = (conditions & ~kConditions) == 0;
  return reader.ok() && is_known ? std::optional(std::move(record)) : std::nullopt;
}

// What the order is about, in the state in which that is still needed.
bool read_subject(ByteReader& reader, PendingForget& pending) {
  if (pending.record.by_client) {
    const auto first = read_address(reader);
    const unsigned length = reader.u8();
    if (!first || length > kPrefixMax) {
      return false;
    }
    pending.client = IpPrefix::around(*first, length);
  }
  if (pending.record.by_name) {
    const Result<DomainName> name = DomainName::from_wire(reader.block());
    if (!name) {
      return false;
    }
    pending.name = *name;
  }
  return reader.ok();
}

std::optional<PendingForget> read_pending(std::string_view value) {
  ByteReader reader(value);
  PendingForget pending;
  pending.state = static_cast<ForgetState>(reader.u8());
  const WallTime asked = read_moment(reader);
  auto record = read_record(reader);
  if (!record || pending.state < ForgetState::kRows || pending.state > ForgetState::kFiles) {
    return std::nullopt;
  }
  pending.record = *std::move(record);
  pending.record.asked = asked;
  const bool is_read = pending.state == ForgetState::kFiles || read_subject(reader, pending);
  return is_read && reader.at_end() ? std::optional(std::move(pending)) : std::nullopt;
}

// Whether the order of a file may be older than one that was found.
bool is_older(const PendingForget& order, const PendingForget& found) {
  return order.record.asked < found.record.asked ||
         (order.record.asked == found.record.asked && order.state > found.state);
}

bool read_pending_row(std::string_view value, ForgetLog& log) {
  std::optional<PendingForget> order = read_pending(value);
  if (order && (!log.pending || !is_older(*order, *log.pending))) {
    log.pending = std::move(order);
    return true;
  }
  return order.has_value();
}

}  // namespace

bool read_forget_row(std::string_view key, std::string_view value, ForgetLog& log) {
  ByteReader reader(key);
  const char kind = static_cast<char>(reader.u8());
  if (kind == kFillerKey) {
    return true;
  }
  if (kind == kPendingKey && reader.at_end()) {
    return read_pending_row(value, log);
  }
  const WallTime asked = read_moment(reader);
  ByteReader rest(value);
  auto record = read_record(rest);
  if (kind != kRecordKey || !reader.ok() || !reader.at_end() || !record || !rest.at_end()) {
    return false;
  }
  record->asked = asked;
  log.records.push_back(*std::move(record));
  return true;
}

Result<ForgetLog> read_forget_log(rocksdb::Iterator& kept) {
  ForgetLog log;
  for (kept.Seek(pending_forget_key()); kept.Valid(); kept.Next()) {
    if (!read_forget_row(to_view(kept.key()), to_view(kept.value()), log)) {
      return damaged();
    }
  }
  const Status read = is_read(kept, Table::kKept);
  return read ? Result<ForgetLog>(std::move(log)) : read.error();
}

Result<ForgetLog> read_forget_log(const Tables& tables) {
  const rocksdb::Slice end = to_slice(kBehindAllKeys);
  const OpenTablesPtr opened = tables.opened();
  return read_forget_log(*opened->scan(Table::kKept, end));
}

bool is_forget_key(std::string_view key) {
  return !key.empty() && key.front() >= kPendingKey;
}

std::string pending_forget_key() {
  return std::string(1, kPendingKey);
}

std::string encode_forget(const PendingForget& pending) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(static_cast<uint8_t>(pending.state));
  writer.u64(microseconds(pending.record.asked));
  append_record(value, pending.record);
  if (pending.state == ForgetState::kRows && pending.client) {
    append_address(value, pending.client->first());
    writer.u8(static_cast<uint8_t>(pending.client->length()));
  }
  if (pending.state == ForgetState::kRows && pending.name) {
    writer.block(as_bytes(pending.name->wire()));
  }
  return value;
}

std::string forget_record_key(const ForgetRecord& record) {
  std::string key(1, kRecordKey);
  ByteWriter(key).u64(microseconds(record.asked));
  return key;
}

std::string encode_forget(const ForgetRecord& record) {
  std::string value;
  append_record(value, record);
  return value;
}

}  // namespace etymon::store
