// Private to store/ and its tests: opens a store on another RocksDB environment than the machine's,
// such as one whose disk is slow or full.
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "store/store.h"

namespace etymon::store {

struct StoreOpener {
  // `env` must outlive the store.
  static Result<std::unique_ptr<Store>> open(const Options& options, const Clock& clock,
                                             rocksdb::Env& env);
  // Lets go of what is too old or too much, and waits until all of it is done.
  static void let_go(Store& store);
  // From now on tables are written without compression, for who looks for octets in their files.
  static Status write_plainly(Store& store);
  // What is folded leaves the journal's files now, not with their next flush.
  static Status clear_journal(Store& store);
  // Brings the tables into their smallest form, to measure them.
  static Status compact(Store& store);
};

}  // namespace etymon::store
