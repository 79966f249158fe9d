// AddressRows: two cursors over the table `by_address` and one over `deliveries`, which see the
// same, and how far they see.
// AddressRowsPool: those that nobody reads just now, for the next lookup, because opening one and
// finding out how far it sees costs more than reading a row.
//
// A view belongs to one thread at a time; the pool to all. An iterator keeps the files it reads
// from being removed, so none of the pool is older than the last change, or than a second.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "store/tables/keys.h"
#include "store/tables/open_tables.h"
#include "store/tables/outlines.h"
#include "store/tables/row_cursor.h"

namespace etymon::store {

struct AddressRows {
  OpenTablesPtr tables;  // outlives the cursors
  RowCursor rows;
  // For the rows that those lead to: an answer's times stand under one of its addresses. Going
  // there with `rows` itself and back took a third of all seeks.
  RowCursor homes;
  RowCursor hours;      // over `deliveries`: what an outline leaves out
  Sequence folded = 0;  // the journal's entries up to this one are among the rows
  uint64_t state = 0;   // of the tables, see RowCache
  uint64_t generation = 0;
  std::vector<Outlined> outlined = {};  // of the row at hand: room that the next reader has, too
};
using AddressRowsPtr = std::unique_ptr<AddressRows>;

class AddressRowsPool {
 public:
  using TakeSnapshot = std::function<std::shared_ptr<const TablesSnapshot>()>;

  // Sees all that had happened to the tables before the last renew(). Where none is left, opens one
  // of what `snapshot` gives. Error: as the disk says.
  Result<AddressRowsPtr> take(const TakeSnapshot& snapshot);
  void give_back(AddressRowsPtr rows);

  // What was opened before is not given out any more: the tables were changed, or its files are to
  // go.
  void renew();

 private:
  struct State {
    uint64_t generation = 0;
    std::vector<AddressRowsPtr> idle;
  };

  Guarded<State> state_;
};

// The journal position up to which the iterator over `by_address` sees everything folded. Moves it.
// Error: as the disk says.
Result<Sequence> read_position(rocksdb::Iterator& addresses);

}  // namespace etymon::store
