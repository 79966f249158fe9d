// Tables view: all tables as they were at one moment, for whoever reads them from end to end.
//
// Folds go on meanwhile and are not seen. RocksDB gives each file that is ingested while a snapshot
// is held a place behind it, so a fold is in all tables of the view or in none; the snapshot is
// taken between two folds (Tables::snapshot()), because one that is half done could be seen in
// part. The iterators are opened at once: they hold the files of that moment, so that what a
// compaction lets go of meanwhile stays in the view. One thread.
#pragma once

#include <rocksdb/iterator.h>

#include <array>
#include <memory>
#include <string>

#include "resolver/base/result.h"
#include "store/tables/tables.h"

namespace etymon::store {

class TablesView {
 public:
  explicit TablesView(const Tables& tables);

  // Values are whole: merged from all that was folded.
  rocksdb::Iterator& rows(Table table) { return *iterators_[static_cast<size_t>(table)]; }

  // Of the table as it is by now, for measuring how far a pass has come.
  uint64_t octets_of(Table table) const;
  uint64_t estimated_rows(Table table) const;

  // The bytes of an answer. Error: kNotFound, or as the disk says. Of the other tables single rows
  // are for rows(): what retention lets go of there leaves the files whoever holds a snapshot.
  Result<std::string> answer(AnswerId id);

 private:
  const std::shared_ptr<const TablesSnapshot> snapshot_;
  std::array<std::unique_ptr<rocksdb::Iterator>, kTableCount> iterators_;
};

}  // namespace etymon::store
