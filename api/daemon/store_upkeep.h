// Work on a store that no process has open, for etymond's flags. Blocking, one thread; how far it
// is shows on standard error when that is a terminal.
#pragma once

#include <string>

#include "api/daemon/exit_status.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::daemon {

struct Kept {
  ExitStatus status = ExitStatus::kOk;
  std::string report;   // for standard output, may be empty
  std::string trouble;  // one line for standard error; empty: none
};

// Root becomes the owner of the store's folder, for good, where that is somebody else: files that
// root makes in the store keep its service from opening it. Nothing for other users, and where no
// folder is. Error kPermissionDenied.
Status act_as_owner(const std::string& folder);

// kOk: sound. kFailed: damage was found, and is in the report. kStore: it could not be looked at.
Kept verify_store(const std::string& folder);

// kFailed: the backup is damaged. kStore: the folder is taken, the backup is none, or the disk says
// no.
Kept restore_store(const std::string& backup, const std::string& folder);

// kOk: repaired; the report says what was lost. kFailed: that was not possible. kStore: there is
// none, it is held by another process, or the disk says no.
Kept repair_store(const std::string& folder, WallTime now);

}  // namespace etymon::daemon
