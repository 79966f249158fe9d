#include "store/runs.h"

#include <algorithm>
#include <cstdlib>

#include "resolver/base/bytes.h"
#include "store/delivery_kind.h"

namespace etymon::store {
namespace {

// Flags in the two lowest bits of the step from one sighting to the next.
constexpr uint64_t kNewKind = 1;      // origin, transport and forwarder follow (delivery_kind.h)
constexpr uint64_t kNewValidity = 2;  // the difference to the predicted validity follows
constexpr unsigned kFlagBits = 2;

// Flags in the two lowest bits of a head.
constexpr uint64_t kAlias = 1;
constexpr uint64_t kLong = 2;
constexpr Microseconds kLongAfter = std::chrono::days(2);

// Bounds of what a writer can have written; beyond them bytes are damaged.
constexpr uint64_t kStepMax = Microseconds(std::chrono::days(1)).count();
constexpr int64_t kValidityMax = UINT32_MAX;

// What the next sighting is measured against. Writer and reader advance it in step.
struct Previous {
  WallTime at;
  uint32_t validity_s = 0;
  std::optional<DeliveryKind> kind = {};  // nothing: before the first sighting
  IpAddress named = {};                   // the forwarder named last

  // A cached record ages: the time that passed is gone from its TTL.
  uint32_t predict_validity(WallTime now) const {
    const int64_t passed = (now - at) / Seconds(1);
    return passed < validity_s ? validity_s - static_cast<uint32_t>(passed) : 0;
  }
};

void append_sighting(std::string& out, Previous& previous, const Sighting& sighting) {
  ByteWriter writer(out);
  const DeliveryKind kind{sighting.origin, sighting.transport, sighting.forwarder};
  const uint32_t predicted = previous.predict_validity(sighting.at);
  const auto step = static_cast<uint64_t>((sighting.at - previous.at).count());
  const bool new_kind = kind != previous.kind;
  const bool new_validity = sighting.validity_s != predicted;
  writer.varint(step << kFlagBits | (new_kind ? kNewKind : 0) | (new_validity ? kNewValidity : 0));
  if (new_kind) {
    append_kind(out, kind, previous.named);
    previous.kind = kind;
    note_named(previous.named, kind);
  }
  if (new_validity) {
    writer.varint(zigzag(int64_t{sighting.validity_s} - int64_t{predicted}));
  }
  previous.at = sighting.at;
  previous.validity_s = sighting.validity_s;
}

std::optional<Sighting> read_sighting(ByteReader& reader, Previous& previous) {
  const uint64_t token = reader.varint();
  const uint64_t step = token >> kFlagBits;
  if ((token & kNewKind) != 0) {
    previous.kind = read_kind(reader, previous.named);
    if (previous.kind) {
      note_named(previous.named, *previous.kind);
    }
  }
  const int64_t change = (token & kNewValidity) != 0 ? unzigzag(reader.varint()) : 0;
  const std::optional<DeliveryKind>& kind = previous.kind;
  if (!reader.ok() || !kind || step > kStepMax || std::abs(change / 2) > kValidityMax) {
    return std::nullopt;
  }
  const WallTime at = previous.at + Microseconds(static_cast<int64_t>(step));
  const int64_t validity = int64_t{previous.predict_validity(at)} + change;
  if (validity < 0 || validity > kValidityMax) {
    return std::nullopt;
  }
  previous.at = at;
  previous.validity_s = static_cast<uint32_t>(validity);
  return Sighting{at, previous.validity_s, kind->origin, kind->transport, kind->forwarder};
}

RunHead head_of(WallTime start, std::span<const Sighting> sightings) {
  const bool is_long = std::ranges::any_of(sightings, [start](const Sighting& sighting) {
    return sighting.valid_until() - start > kLongAfter;
  });
  return {sightings.size(), is_long};
}

void append_head(ByteWriter& writer, const RunHead& head) {
  writer.varint(head.count << kFlagBits | (head.is_long ? kLong : 0) |
                (head.is_alias ? kAlias : 0));
}

RunHead read_head(ByteReader& reader) {
  const uint64_t token = reader.varint();
  return {token >> kFlagBits, (token & kLong) != 0, (token & kAlias) != 0};
}

bool read_sightings(ByteReader& reader, uint64_t count, WallTime start, std::vector<Sighting>& out,
                    WallTime moment = WallTime::max()) {
  Previous previous{start};
  for (; count > 0 && previous.at <= moment; --count) {
    const std::optional<Sighting> sighting = read_sighting(reader, previous);
    if (!sighting) {
      return false;
    }
    out.push_back(*sighting);
  }
  return true;
}

std::string merge_aliases(std::string_view aliases) {
  ByteReader reader(aliases);
  RunHead sum{.is_alias = true};
  bool good = true;
  while (good && !reader.at_end()) {
    const RunHead head = read_head(reader);
    sum.count += head.count;
    sum.is_long = sum.is_long || head.is_long;
    good = reader.ok() && head.is_alias;
  }
  std::string merged;
  ByteWriter writer(merged);
  append_head(writer, sum);
  return good ? merged : std::string(aliases);
}

}  // namespace

void append_run(std::string& out, WallTime start, std::span<const Sighting> sightings) {
  ByteWriter writer(out);
  append_head(writer, head_of(start, sightings));
  Previous previous{start};
  for (const Sighting& sighting : sightings) {
    append_sighting(out, previous, sighting);
  }
}

void append_alias(std::string& out, WallTime start, std::span<const Sighting> sightings) {
  ByteWriter writer(out);
  RunHead head = head_of(start, sightings);
  head.is_alias = true;
  append_head(writer, head);
}

std::optional<RunHead> read_head(std::string_view value) {
  ByteReader reader(value);
  const RunHead head = read_head(reader);
  return reader.ok() && head.count > 0 ? std::optional(head) : std::nullopt;
}

std::optional<Sighting> read_first(std::string_view value, WallTime start) {
  ByteReader reader(value);
  const RunHead head = read_head(reader);
  Previous previous{start};
  return head.is_alias ? std::nullopt : read_sighting(reader, previous);
}

bool read_runs(std::string_view runs, WallTime start, std::vector<Sighting>& out) {
  ByteReader reader(runs);
  bool good = true;
  while (good && !reader.at_end()) {
    const RunHead head = read_head(reader);
    good = !head.is_alias && read_sightings(reader, head.count, start, out);
  }
  return good && reader.ok();
}

bool read_run_until(std::string_view value, WallTime start, WallTime moment,
                    std::vector<Sighting>& out) {
  ByteReader reader(value);
  const RunHead head = read_head(reader);
  // Where the day begins after the moment, the first one is wanted all the same.
  return !head.is_alias && read_sightings(reader, head.count, start, out, std::max(moment, start));
}

bool read_runs_of_format_1(std::string_view runs, WallTime start, std::vector<Sighting>& out) {
  ByteReader reader(runs);
  bool good = true;
  while (good && !reader.at_end()) {
    good = read_sightings(reader, reader.varint(), start, out);
  }
  return good && reader.ok();
}

std::string merge_runs(std::string_view runs) {
  const std::optional<RunHead> head = read_head(runs);
  if (head && head->is_alias) {
    return merge_aliases(runs);
  }
  std::vector<Sighting> sightings;
  if (!read_runs(runs, WallTime{}, sightings) || sightings.empty()) {
    return std::string(runs);
  }
  std::stable_sort(sightings.begin(), sightings.end(),
                   [](const Sighting& a, const Sighting& b) { return a.at < b.at; });
  std::string merged;
  append_run(merged, WallTime{}, sightings);
  return merged;
}

}  // namespace etymon::store
