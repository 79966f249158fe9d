// Backup: a consistent copy of a running store. The way back is restore() (closed_store.h).
//
// A backup is itself a store folder. Its two databases are copied one after the other, the journal
// first. An entry of the journal that is folded between the two copies is then in both; whoever
// opens the backup ignores it in the journal, because the tables say how far they reach. The other
// way round, an entry folded in between could be in neither: the tables were copied before it, and
// the journal forgets what is folded. What is recorded in between is in the tables at most, behind
// the end of the coverage, where it promises nothing. Nothing is forgotten in between (the store
// sees to that): the journal would still cover hours that are gone from the tables.
//
// A backup appears under its name when it is whole and on the disk. Blocking; any thread.
#pragma once

#include <functional>
#include <string>

#include "resolver/base/result.h"
#include "store/files/meter.h"

namespace etymon::store {

using CopyDatabase = std::function<Status(const std::string& path, Meter& meter)>;

// The two databases of a store.
struct Sources {
  CopyDatabase journal;
  CopyDatabase tables;
};

// Errors: kAlreadyExists (the folder, or FOLDER.partial: a backup is under way or did not end),
// kNotFound (there is no folder above it), kInvalidArgument (a name is too long), kPermissionDenied
// (it cannot be made), kUnavailable (stopped), and as the disk says.
// REQUIRES: the folder is not inside the store.
Status write_backup(const std::string& folder, const Sources& sources, Meter& meter);

}  // namespace etymon::store
