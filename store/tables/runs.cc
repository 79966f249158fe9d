#include "store/tables/runs.h"

#include <algorithm>

#include "resolver/base/bytes.h"
#include "store/tables/run_head.h"
#include "store/tables/sightings.h"

namespace etymon::store {
namespace {

bool read_sightings(ByteReader& reader, uint64_t count, WallTime start,
                    std::vector<Sighting>& out) {
  LastSighting last{start};
  for (; count > 0; --count) {
    const std::optional<Sighting> sighting = read_sighting(reader, last);
    if (!sighting) {
      return false;
    }
    out.push_back(*sighting);
  }
  return true;
}

}  // namespace

void append_run(std::string& out, WallTime start, std::span<const Sighting> sightings) {
  append_head(out, {sightings.size(), is_any_long(start, sightings)});
  LastSighting last{start};
  for (const Sighting& sighting : sightings) {
    append_sighting(out, last, sighting);
  }
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

bool read_runs_of_format_1(std::string_view runs, WallTime start, std::vector<Sighting>& out) {
  ByteReader reader(runs);
  bool good = true;
  while (good && !reader.at_end()) {
    good = read_sightings(reader, reader.varint(), start, out);
  }
  return good && reader.ok();
}

std::string merge_runs(std::string_view runs) {
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
