// EvidenceScan's outside: one question about addresses, read from tables and tail as if they were
// one. Pure reading; one thread at a time has an EvidenceView.
//
// What makes a view consistent: it takes hold of the tail's parts first and then of iterators that
// see every fold up to then, in which it finds both the rows and the journal position up to which
// they reach. Parts up to that position are in the tables and are left out; whatever was folded
// after that is still in the parts. What is kept is asked for last (kept.h).
#pragma once

#include <memory>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/history.h"
#include "store/model/queries.h"
#include "store/reading/memory.h"

namespace etymon::store {

class EvidenceView {
 public:
  // Waits for a fold at most while its files are taken in. Error: as the disk says.
  static Result<EvidenceView> take(const Memory& memory);
  EvidenceView(EvidenceView&&) = default;
  EvidenceView& operator=(EvidenceView&&) = delete;
  ~EvidenceView();

  // Errors: as Store::evidence(), and kNotFound: an answer of a row is gone by now. Such rows are
  // no longer kept, so the next view does not see them.
  Result<std::vector<Evidence>> evidence(const EvidenceQuery& query);

 private:
  EvidenceView(const Memory& memory, std::shared_ptr<const Tail::Parts> parts, AddressRowsPtr rows);

  Memory memory_;
  std::shared_ptr<const Tail::Parts> parts_;
  AddressRowsPtr rows_;
  KeptPtr kept_;  // as of after the rows
};

}  // namespace etymon::store
