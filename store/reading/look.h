// Look: the past as it is at one moment, for the questions that come together.
//
// Sees everything whose record() returned kYes before the first question, and some of what comes
// after. Belongs to one thread at a time and is let go of soon, within a second: it keeps files of
// the tables from being removed, and what is forgotten meanwhile may still be told. The store
// outlives it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/history.h"
#include "store/model/queries.h"

namespace etymon::store {

struct Memory;

class Look {
 public:
  Look(Look&&) noexcept;
  Look& operator=(Look&&) noexcept;
  ~Look();

  // As Store::evidence().
  Result<std::vector<Evidence>> evidence(const EvidenceQuery& query);

  // All coverage as it was after evidence() had first looked, for whoever then speaks of absence:
  // what is let go or lost in between ends up as a gap.
  std::shared_ptr<const Coverage> coverage();

 private:
  friend class Store;
  class Impl;
  Look(const Memory& memory, std::function<Coverage()> read_coverage);
  std::unique_ptr<Impl> impl_;
};

}  // namespace etymon::store
