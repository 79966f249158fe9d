#include "store/tables/outlines.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "resolver/base/bytes.h"
#include "store/tables/sightings.h"

namespace etymon::store {
namespace {

// Bound of what a writer can have written: no validity is longer.
constexpr uint64_t kLongerMax = uint64_t{UINT32_MAX} * 1'000'000;

using HourNumber = Microseconds::rep;

// By whatever start the times are measured: days begin with hours.
HourNumber number_of(WallTime at) {
  return at.time_since_epoch() / std::chrono::hours(1);
}

WallTime later_end(const Sighting& a, const Sighting& b) {
  return std::max(a.valid_until(), b.valid_until());
}

void add(HourOutline& hour, const HourOutline& other) {
  hour.first = other.first.at < hour.first.at ? other.first : hour.first;
  hour.last = other.last.at < hour.last.at ? hour.last : other.last;
  hour.count += other.count;
  hour.valid_until = std::max(hour.valid_until, other.valid_until);
}

HourOutline hour_with(const Sighting& sighting) {
  return {sighting, sighting, 1, sighting.valid_until()};
}

void append(std::string& out, LastSighting& last, const HourOutline& hour) {
  append_sighting(out, last, hour.first);
  if (hour.count < kShownOfAnHour) {
    return;
  }
  append_sighting(out, last, hour.last);
  if (hour.count == kShownOfAnHour) {
    return;
  }
  append_mark(out);
  const Microseconds longer = hour.valid_until - later_end(hour.first, hour.last);
  ByteWriter writer(out);
  writer.varint(hour.count - kShownOfAnHour);
  writer.varint(static_cast<uint64_t>(longer.count()));
}

// Each hour once; of several outlines, one behind the other.
std::vector<HourOutline> united(std::vector<HourOutline> hours) {
  std::stable_sort(hours.begin(), hours.end(), [](const HourOutline& a, const HourOutline& b) {
    return number_of(a.first.at) < number_of(b.first.at);
  });
  std::vector<HourOutline> all;
  for (const HourOutline& hour : hours) {
    if (all.empty() || number_of(all.back().first.at) != number_of(hour.first.at)) {
      all.push_back(hour);
    } else {
      add(all.back(), hour);
    }
  }
  return all;
}

RunHead head_of(WallTime start, std::span<const HourOutline> hours) {
  RunHead head;
  for (const HourOutline& hour : hours) {
    head.count += hour.count;
    head.is_long = head.is_long || hour.valid_until - start > kLongAfter;
  }
  return head;
}

// Behind a mark: what is left out between the two sightings at the end of `read`.
bool read_skipped(ByteReader& reader, std::span<Outlined> read) {
  const uint64_t skipped = reader.varint();
  const uint64_t longer = reader.varint();
  if (!reader.ok() || read.size() < kShownOfAnHour || skipped == 0 || longer > kLongerMax) {
    return false;
  }
  Outlined& last = read.back();
  last.skipped = skipped;
  last.longer = Microseconds(static_cast<int64_t>(longer));
  return number_of(last.sighting.at) == number_of(read[read.size() - kShownOfAnHour].sighting.at);
}

// Whether a sighting comes next, which is still to be read.
bool goes_on(ByteReader reader, LastSighting last) {
  return read_sighting(reader, last).has_value();
}

// Behind the head.
bool read_sightings(ByteReader& reader, uint64_t count, WallTime start, WallTime moment,
                    std::vector<Outlined>& out) {
  const size_t before = out.size();
  LastSighting last{start};
  while (count > 0 && last.at <= moment) {
    const std::optional<Sighting> sighting = read_sighting(reader, last);
    if (!sighting) {
      return false;
    }
    out.push_back({*sighting});
    --count;
    if (count == 0) {
      break;
    }
    if (read_mark(reader)) {
      if (!read_skipped(reader, std::span(out).subspan(before)) || out.back().skipped > count) {
        return false;
      }
      count -= out.back().skipped;
    } else if (last.at > moment && !goes_on(reader, last)) {
      return false;  // Else a mark that was lost would pass for nothing left out.
    }
  }
  return true;
}

// One of several outlines, one behind the other.
bool read_next(ByteReader& reader, WallTime start, RunHead& head, std::vector<Outlined>& out) {
  head = read_head(reader);
  return reader.ok() &&
         (head.is_alias || read_sightings(reader, head.count, start, WallTime::max(), out));
}

}  // namespace

std::vector<HourOutline> hours_of(std::span<const Sighting> sightings) {
  std::vector<HourOutline> hours;
  for (const Sighting& sighting : sightings) {
    if (hours.empty() || number_of(hours.back().last.at) != number_of(sighting.at)) {
      hours.push_back(hour_with(sighting));
    } else {
      add(hours.back(), hour_with(sighting));
    }
  }
  return hours;
}

std::vector<HourOutline> hours_of(std::span<const Outlined> sightings) {
  std::vector<HourOutline> hours;
  for (const Outlined& outlined : sightings) {
    const Sighting& sighting = outlined.sighting;
    if (hours.empty() || number_of(hours.back().last.at) != number_of(sighting.at)) {
      hours.push_back(hour_with(sighting));
      continue;
    }
    HourOutline& hour = hours.back();
    if (outlined.skipped > 0) {
      hour.count += outlined.skipped;
      hour.valid_until =
          std::max(hour.valid_until, later_end(hour.last, sighting) + outlined.longer);
    }
    add(hour, hour_with(sighting));
  }
  return hours;
}

void append_outline(std::string& out, WallTime start, std::span<const HourOutline> hours) {
  append_head(out, head_of(start, hours));
  LastSighting last{start};
  for (const HourOutline& hour : hours) {
    append(out, last, hour);
  }
}

void append_alias(std::string& out, WallTime start, std::span<const HourOutline> hours) {
  RunHead head = head_of(start, hours);
  head.is_alias = true;
  append_head(out, head);
}

void append_alias(std::string& out, WallTime start, std::span<const Sighting> sightings) {
  append_head(out, {sightings.size(), is_any_long(start, sightings), true});
}

std::optional<RunHead> read_head(std::string_view value) {
  ByteReader reader(value);
  const RunHead head = read_head(reader);
  return reader.ok() && head.count > 0 ? std::optional(head) : std::nullopt;
}

std::optional<Sighting> read_first(std::string_view value, WallTime start) {
  ByteReader reader(value);
  const RunHead head = read_head(reader);
  LastSighting last{start};
  return head.is_alias ? std::nullopt : read_sighting(reader, last);
}

bool read_outline(std::string_view value, WallTime start, WallTime moment,
                  std::vector<Outlined>& out) {
  ByteReader reader(value);
  const RunHead head = read_head(reader);
  // Where the day begins after the moment, the first one is wanted all the same.
  return !head.is_alias && head.count > 0 &&
         read_sightings(reader, head.count, start, std::max(moment, start), out);
}

bool read_outline(std::string_view value, WallTime start, std::vector<Outlined>& out) {
  ByteReader reader(value);
  const RunHead head = read_head(reader);
  return !head.is_alias && head.count > 0 &&
         read_sightings(reader, head.count, start, WallTime::max(), out) && reader.at_end();
}

bool read_outlines(std::string_view outlines, WallTime start, std::vector<Outlined>& out) {
  ByteReader reader(outlines);
  bool good = true;
  while (good && !reader.at_end()) {
    RunHead head;
    good = read_next(reader, start, head, out) && !head.is_alias;
  }
  return good;
}

std::string merge_outlines(std::string_view outlines) {
  ByteReader reader(outlines);
  std::vector<HourOutline> hours;
  RunHead aliases{.is_alias = true};
  bool good = true;
  std::vector<Outlined> read;
  while (good && !reader.at_end()) {
    RunHead head;
    read.clear();
    good = read_next(reader, WallTime{}, head, read);
    if (head.is_alias) {
      aliases.count += head.count;
      aliases.is_long = aliases.is_long || head.is_long;
    }
    std::ranges::move(hours_of(read), std::back_inserter(hours));
  }
  if (!good || hours.empty() == (aliases.count == 0)) {
    return std::string(outlines);
  }
  std::string merged;
  if (hours.empty()) {
    append_head(merged, aliases);
  } else {
    append_outline(merged, WallTime{}, united(std::move(hours)));
  }
  return merged;
}

}  // namespace etymon::store
