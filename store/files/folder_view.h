// Folder view: a damaged database's folder as RocksDB can read it, without touching it.
//
// A folder of symbolic links to everything in the other one, but for CURRENT, which names the
// newest manifest there is: so a lost or damaged CURRENT is no loss. Without the logs RocksDB finds
// in it what the sorted files hold together. Blocking.
#pragma once

#include <cstdint>
#include <string>

#include "resolver/base/result.h"

namespace etymon::store {

enum class ViewLogs : uint8_t { kLinked, kLeftOut };

// Makes the folder `view`, in place of what may be there. False: `folder` has no manifest. Errors:
// as the disk says.
Result<bool> make_view(const std::string& folder, const std::string& view,
                       ViewLogs logs = ViewLogs::kLinked);

// The number in the name of a database's file: 12 of "000012.sst", with a prefix of
// "MANIFEST-000012".
uint64_t file_number(const std::string& name, const std::string& prefix = "");

}  // namespace etymon::store
