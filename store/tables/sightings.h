// Sightings as runs (runs.h) and outlines (outlines.h) write them: each by its difference to the
// one before, in 4 to 6 octets. A forwarder stands there once, where it first appears or another
// one was named meanwhile. Pure functions, any thread; FORMAT.md has the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "resolver/base/bytes.h"
#include "resolver/base/clock.h"
#include "resolver/model/history.h"
#include "store/tables/delivery_kind.h"

namespace etymon::store {

// What the next sighting is measured against. Writer and reader advance it in step, from the start
// of the hour or day that the row's key names.
struct LastSighting {
  WallTime at;
  uint32_t validity_s = 0;
  std::optional<DeliveryKind> kind = {};  // nothing: before the first sighting
  IpAddress named = {};                   // the forwarder named last

  // A cached record ages: the time that passed is gone from its TTL.
  uint32_t predict_validity(WallTime now) const;
};

// Advances `last`. REQUIRES: not before it.
void append_sighting(std::string& out, LastSighting& last, const Sighting& sighting);
// Nothing: damaged, or a mark.
std::optional<Sighting> read_sighting(ByteReader& reader, LastSighting& last);

// What no sighting begins with: a step of nothing to a kind that there is not.
void append_mark(std::string& out);
// False: something else comes, and is still to be read.
bool read_mark(ByteReader& reader);

}  // namespace etymon::store
