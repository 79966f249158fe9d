// Table walk: reads one sorted file of RocksDB by itself, whatever is wrong with it.
//
// Each file is first read by a child process, because RocksDB, built with assertions, ends the
// process over some damage; a file that no child survives is given up. What cannot be read in a
// file is left out, from the first damaged block to the last one: rows before and behind are read.
// (An iterator that met damage finds nothing more, so a new one begins at the file's end.)
// Blocking, one thread.
#pragma once

#include <rocksdb/options.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/result.h"

namespace etymon::store {

struct TableFacts {
  std::string family;          // as RocksDB wrote it; empty: the file was ingested
  std::string merge_operator;  // "nullptr": none
  std::string first_key;
};

// What was left out; keys of rows that were read, or of nothing at the file's start and end.
struct LostRange {
  std::string behind;
  std::optional<std::string> before;
};

class TableWalk {
 public:
  // `options`: with the merge operator of the file's table.
  TableWalk(std::string path, const rocksdb::Options& options)
      : path_(std::move(path)), options_(options) {}

  // Whether a child could read the file, in part at least. Errors: as of in_a_child().
  Result<bool> survives() const;

  // Error kDataLoss: not even the file's outline can be read.
  Result<TableFacts> facts() const;

  // Calls `visit` for each row that can be read, in the order of keys. Gives what was lost.
  using Visit = std::function<void(std::string_view key, std::string_view value)>;
  Result<std::optional<LostRange>> read(const Visit& visit) const;

 private:
  const std::string path_;
  const rocksdb::Options& options_;
};

}  // namespace etymon::store
