#include "store/journal/journal_entry.h"

#include <algorithm>
#include <optional>

#include "resolver/base/bytes.h"
#include "resolver/base/flat_map.h"
#include "store/tables/delivery_kind.h"
#include "store/tables/keys.h"

namespace etymon::store {
namespace {

// What a delivery is measured against. Writer and reader advance it in step.
struct Previous {
  WallTime at;
  IpAddress named;  // the forwarder named last in the entry
};

void append_delivery(std::string& out, const Delivery& delivery, Previous& previous) {
  const DeliveryKind kind{delivery.origin, delivery.transport, delivery.forwarder};
  ByteWriter writer(out);
  writer.varint(delivery.answer);
  append_address(out, delivery.client);
  writer.varint(zigzag((delivery.at - previous.at).count()));
  writer.varint(delivery.validity_s);
  append_kind(out, kind, previous.named);
  previous.at = delivery.at;
  note_named(previous.named, kind);
}

std::optional<Delivery> read_delivery(ByteReader& reader, Previous& previous) {
  const AnswerId answer = reader.varint();
  const std::optional<IpAddress> client = read_address(reader);
  // Through unsigned numbers, in which the sum of damaged ones is defined; the clamp below sees it.
  const uint64_t at = static_cast<uint64_t>(previous.at.time_since_epoch().count()) +
                      static_cast<uint64_t>(unzigzag(reader.varint()));
  const uint64_t validity = reader.varint();
  const std::optional<DeliveryKind> kind = read_kind(reader, previous.named);
  const WallTime time{Microseconds(static_cast<int64_t>(at))};
  if (!reader.ok() || !client || !kind || answer == 0 || answer > kAnswerIdMax ||
      validity > UINT32_MAX || time != clamp_time(time)) {
    return std::nullopt;
  }
  previous.at = time;
  note_named(previous.named, *kind);
  return Delivery{.at = time,
                  .client = *client,
                  .answer = answer,
                  .validity_s = static_cast<uint32_t>(validity),
                  .origin = kind->origin,
                  .transport = kind->transport,
                  .forwarder = kind->forwarder};
}

}  // namespace

void encode_entry(std::span<const KnownAnswerPtr> definitions, std::span<const Delivery> deliveries,
                  std::string& out) {
  out.clear();
  ByteWriter writer(out);
  writer.varint(definitions.size());
  for (const KnownAnswerPtr& known : definitions) {
    writer.varint(known->id());
    writer.block(as_bytes(known->bytes()));
  }
  Previous previous;
  for (const Delivery& delivery : deliveries) {
    append_delivery(out, delivery, previous);
  }
}

Result<JournalEntry> decode_entry(std::string_view bytes) {
  const Error damaged{ErrorCode::kDataLoss, "an entry of the journal is damaged"};
  ByteReader reader(bytes);
  JournalEntry entry;
  for (uint64_t left = reader.varint(); left > 0; --left) {
    const AnswerId id = reader.varint();
    const ByteView answer = reader.block();
    if (!reader.ok() || id == 0 || id > kAnswerIdMax) {
      return damaged;
    }
    entry.definitions.push_back({id, std::string(as_text(answer))});
  }
  Previous previous;
  while (!reader.at_end()) {
    const std::optional<Delivery> delivery = read_delivery(reader, previous);
    if (!delivery) {
      return damaged;
    }
    entry.deliveries.push_back(*delivery);
  }
  return reader.ok() ? Result<JournalEntry>(std::move(entry)) : Result<JournalEntry>(damaged);
}

Status check_follows(Sequence before, Sequence next) {
  return next == before + 1
             ? Status()
             : Status(Error{ErrorCode::kDataLoss,
                            "entry " + std::to_string(before + 1) + " of the journal is missing"});
}

Status check_named(const JournalEntry& entry, const std::function<bool(AnswerId)>& is_known) {
  FlatSet<AnswerId> defined;
  for (const JournalEntry::Definition& definition : entry.definitions) {
    defined.insert(definition.id);
  }
  const bool all = std::ranges::all_of(entry.deliveries, [&](const Delivery& delivery) {
    return defined.contains(delivery.answer) || is_known(delivery.answer);
  });
  return all ? Status()
             : Status(Error{ErrorCode::kDataLoss,
                            "an entry of the journal names an answer that nothing defines"});
}

}  // namespace etymon::store
