// Log reader: what is left of a write-ahead log of RocksDB.
//
// RocksDB itself ends at the first damaged record, or skips damage and says nothing of it. A repair
// wants what comes behind the damage, and to know where something is missing. So the file is read
// here: blocks of 32 KiB, records in them with a masked CRC-32C each (RocksDB's wiki, "Write Ahead
// Log File Format"). Nothing is believed that has no right checksum. Pure but for reading the file.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "resolver/base/result.h"

namespace etymon::store {

enum class LogPiece {
  kRecord,   // a write batch, whole
  kDamage,   // here something is missing or wrong
  kTornEnd,  // the file ends within a record, as a crash leaves it
};

// Calls `visit` for everything in the file, in its order; `record` is empty unless kRecord. Error
// kIo: it cannot be read.
using VisitLog = std::function<void(LogPiece piece, std::string_view record)>;
Status read_log(const std::string& path, const VisitLog& visit);

// Parts of the format: how its numbers stand in it, and its checksum.
uint64_t little_endian(std::string_view bytes);
uint32_t crc32c(std::string_view bytes);
uint32_t masked(uint32_t crc);

}  // namespace etymon::store
