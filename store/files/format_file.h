// The file FORMAT in a store's folder: which version of the format the store is in.
//
// It is read before anything else is opened, so that a store of a newer format is left untouched,
// and written before anything else is created, so that a folder with data has one. Text, one line:
// "etymon store format 8".
#pragma once

#include <rocksdb/env.h>

#include <string>

#include "resolver/base/result.h"

namespace etymon::store {

inline constexpr unsigned kFormatVersion = 8;

// In a store's folder: where a restore copies the backup to (store/upkeep/closed_store.h). As long
// as it is there and FORMAT is not, the restore has not ended.
inline constexpr const char* kRestoring = "/restored.partial";
// There: what a repair has made and not put in place yet, and how the names of those folders begin
// into which it has put what is damaged (store/upkeep/repair.h).
inline constexpr const char* kRepaired = "/repaired";
inline constexpr const char* kPutAside = "damaged-";

// Creates the folder (mode 0700) and the file when they are missing, else checks the version.
// Errors: kFailedPrecondition (a newer format, or a restore that has not ended), kDataLoss (data
// without the file, or unreadable text), kPermissionDenied, kIo.
Status check_format(const std::string& folder, rocksdb::Env& env);

// The version that the file tells. Errors: kFailedPrecondition (a newer format, or a restore that
// has not ended), kDataLoss (no file, or unreadable text), kPermissionDenied.
Result<unsigned> read_format(const std::string& folder);

// The folder is in this program's version from now on. Errors as check_format().
Status write_format(const std::string& folder, rocksdb::Env& env);

// Brings the names in `folder` to the disk: neither RocksDB nor a sync of what is in them does that
// for the folders of the two databases. Error: kIo.
Status sync_names(const std::string& folder, rocksdb::Env& env);

}  // namespace etymon::store
