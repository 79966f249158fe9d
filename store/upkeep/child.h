// Child: work that may end its process, done in another one.
#pragma once

#include <rocksdb/env.h>

#include <functional>
#include <optional>

namespace etymon::store {

// Runs `work` in a child process: what it gave (0 .. 255), or nothing if the child died or took
// longer than kChildPatienceS. Databases may be opened there to be read, with the environment that
// it is given and no other: of the threads of this process, which may hold locks of RocksDB's just
// now, the child has none.
inline constexpr unsigned kChildPatienceS = 600;
std::optional<int> in_a_child(const std::function<int(rocksdb::Env& env)>& work);

}  // namespace etymon::store
