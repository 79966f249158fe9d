// The merge rule of all our tables: a value is the concatenation of what was ever put under its
// key, brought into its canonical form now and then. Private to store/.
#pragma once

#include <rocksdb/merge_operator.h>

#include <memory>
#include <string>
#include <string_view>

namespace etymon::store {

// Brings concatenated values into canonical form; must keep their meaning.
using Normalise = std::string (*)(std::string_view concatenated);

// `name` must be a literal; RocksDB writes it into each file, where a repair finds it.
std::shared_ptr<rocksdb::MergeOperator> concatenation(const char* name, Normalise normalise);

}  // namespace etymon::store
