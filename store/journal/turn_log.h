// Turn log: the turns of the journal entry that is in the making, one behind the other in a file.
//
// A put into RocksDB costs more than answering does, a write to the end of a file a sixth of it. So
// each turn is only written here before its answers leave; the journal makes one entry of many of
// them (FORMAT.md has the bytes). What is in the file survives the end of this process, not a power
// loss: for that the entry is put into the database and synced. The file is begun anew with each
// entry, and of no use once that entry is in the database.
//
// Not thread-safe: who has the journal's pen. Private to store/.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"
#include "store/journal/journal_filter.h"

namespace etymon::store {

class TurnLog {
 public:
  // The file is made by the first append(). `files` must outlive the log.
  TurnLog(std::string path, rocksdb::FileSystem& files) : path_(std::move(path)), files_(files) {}

  // Adds a turn of the entry `number`. After an error nothing is known of this turn; those before
  // it are there still.
  rocksdb::IOStatus append(Sequence number, std::string_view turn);

  // Nothing is in the file any more.
  rocksdb::IOStatus clear();

 private:
  const std::string path_;
  rocksdb::FileSystem& files_;
  std::unique_ptr<rocksdb::FSWritableFile> file_;
  Sequence number_ = 0;  // of the entry in file_
  std::string frame_;
};

struct LoggedTurns {
  Sequence number = 0;             // of the entry they belong to; 0: there are none
  std::vector<std::string> turns;  // as append() was given them, up to the first that is damaged
  // Behind that there are whole ones: it is no end that was torn, and they are left out.
  bool are_damaged = false;
};

// What the file at `path` holds of the entry `wanted`, or, where that is not known, of the one that
// it says; nothing when there is none. Errors: as the disk says.
Result<LoggedTurns> read_turns(const std::string& path, rocksdb::FileSystem& files,
                               std::optional<Sequence> wanted);

}  // namespace etymon::store
