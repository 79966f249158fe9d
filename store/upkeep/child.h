// Child: work that may end its process, done in another one.
#pragma once

#include <rocksdb/env.h>

#include <functional>
#include <optional>

#include "resolver/base/result.h"

namespace etymon::store {

// Runs `work` in a child process: what it gave (0 .. 255), or nothing if the child died or took
// longer than kChildPatienceS. Error kResourceExhausted: none could be started, which says nothing
// of the work.
//
// Of the threads of this process the child has none, but the locks that they hold just then. So
// where `work` opens a database, to read it, it does so with the environment that it is given,
// which stays away from RocksDB's pools of threads.
// REQUIRES: this process has no database open to be written. Its threads may hold RocksDB's own
// locks, and those of an allocator that does not mend itself in a child, as AddressSanitizer's.
inline constexpr unsigned kChildPatienceS = 600;
Result<std::optional<int>> in_a_child(const std::function<int(rocksdb::Env& env)>& work);

}  // namespace etymon::store
