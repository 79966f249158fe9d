// An import that was told whole: of its span nothing else came.
#pragma once

#include <span>

#include "store/store.h"

namespace etymon::store {

// As Store::ingest(); then the span counts as covered.
inline Result<Ingested> import_covered(Store& store, std::span<const Observed> observations,
                                       const TimeSpan& span) {
  const uint64_t began = store.begin_import();
  Result<Ingested> taken = store.ingest(observations);
  if (taken) {
    store.cover(span, began);
  }
  return taken;
}

}  // namespace etymon::store
