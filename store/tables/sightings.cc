#include "store/tables/sightings.h"

#include <cstdlib>

namespace etymon::store {
namespace {

// Flags in the two lowest bits of the step from one sighting to the next.
constexpr uint64_t kNewKind = 1;      // origin, transport and forwarder follow (delivery_kind.h)
constexpr uint64_t kNewValidity = 2;  // the difference to the predicted validity follows
constexpr unsigned kFlagBits = 2;

// Stands where a kind would; there is none with this number.
constexpr uint8_t kMark = 0;

// Bounds of what a writer can have written; beyond them bytes are damaged.
constexpr uint64_t kStepMax = Microseconds(std::chrono::days(1)).count();
constexpr int64_t kValidityMax = UINT32_MAX;

}  // namespace

uint32_t LastSighting::predict_validity(WallTime now) const {
  const int64_t passed = (now - at) / Seconds(1);
  return passed < validity_s ? validity_s - static_cast<uint32_t>(passed) : 0;
}

void append_sighting(std::string& out, LastSighting& last, const Sighting& sighting) {
  ByteWriter writer(out);
  const DeliveryKind kind{sighting.origin, sighting.transport, sighting.forwarder};
  const uint32_t predicted = last.predict_validity(sighting.at);
  const auto step = static_cast<uint64_t>((sighting.at - last.at).count());
  const bool new_kind = kind != last.kind;
  const bool new_validity = sighting.validity_s != predicted;
  writer.varint(step << kFlagBits | (new_kind ? kNewKind : 0) | (new_validity ? kNewValidity : 0));
  if (new_kind) {
    append_kind(out, kind, last.named);
    last.kind = kind;
    note_named(last.named, kind);
  }
  if (new_validity) {
    writer.varint(zigzag(int64_t{sighting.validity_s} - int64_t{predicted}));
  }
  last.at = sighting.at;
  last.validity_s = sighting.validity_s;
}

std::optional<Sighting> read_sighting(ByteReader& reader, LastSighting& last) {
  const uint64_t token = reader.varint();
  const uint64_t step = token >> kFlagBits;
  if ((token & kNewKind) != 0) {
    last.kind = read_kind(reader, last.named);
    if (last.kind) {
      note_named(last.named, *last.kind);
    }
  }
  const int64_t change = (token & kNewValidity) != 0 ? unzigzag(reader.varint()) : 0;
  const std::optional<DeliveryKind>& kind = last.kind;
  if (!reader.ok() || !kind || step > kStepMax || std::abs(change / 2) > kValidityMax) {
    return std::nullopt;
  }
  const WallTime at = last.at + Microseconds(static_cast<int64_t>(step));
  const int64_t validity = int64_t{last.predict_validity(at)} + change;
  if (validity < 0 || validity > kValidityMax) {
    return std::nullopt;
  }
  last.at = at;
  last.validity_s = static_cast<uint32_t>(validity);
  return Sighting{at, last.validity_s, kind->origin, kind->transport, kind->forwarder};
}

void append_mark(std::string& out) {
  ByteWriter writer(out);
  writer.varint(kNewKind);
  writer.u8(kMark);
}

bool read_mark(ByteReader& reader) {
  ByteReader ahead = reader;
  const bool is_mark = ahead.varint() == kNewKind && ahead.u8() == kMark && ahead.ok();
  if (is_mark) {
    reader = ahead;
  }
  return is_mark;
}

}  // namespace etymon::store
