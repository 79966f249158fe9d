// Closed store: looking after a store that no process has open. Blocking, one thread.
#pragma once

#include <string>

#include "resolver/base/result.h"
#include "store/files/meter.h"
#include "store/model/verify_report.h"

namespace etymon::store {

// As Store::verify(), and that the store can be opened at all: nothing is recorded, no coverage
// begins. Errors: kFailedPrecondition (held by another process, or not of this program's format),
// kNotFound (there is no store), kPermissionDenied, kIo,
// kUnavailable (stopped).
Result<VerifyReport> verify_closed(const std::string& folder, const Oversight& oversight = {});

// Makes the store `folder` from a backup, which is only read. An empty folder may be there, and is
// kept: it may be where a file system is mounted, beside which nothing can be written. So the copy
// is made inside it, in restored.partial. That of an older backup is brought up to this program's
// format (upgrade.h), and each is verified before it moves up, FORMAT last: one that was cut short
// is no store, and the next one begins anew. What fails before FORMAT has moved leaves nothing
// behind. Errors: kAlreadyExists (the folder is not empty), kDataLoss (the backup is damaged),
// kNotFound (it is no store), kFailedPrecondition (a newer format), kIo (also: another restore is
// at work there), and as the disk says.
Status restore(const std::string& backup, const std::string& folder);

}  // namespace etymon::store
