// Upgrade: brings a store of an older format to this program's.
//
// From any later format than 1 only the line in FORMAT is written anew, when the tables look as if
// they can be opened. From format 1 the tables are written anew from its answers and deliveries;
// journal and coverage have not changed. The new tables grow beside the old ones and take their
// place when they are whole and on the disk; FORMAT is written last, and the old tables are removed
// after that. A crash at any moment leaves the old tables, from which the next start begins again.
// Blocking, one thread, before the store is opened.
#pragma once

#include <rocksdb/env.h>

#include <string>

#include "resolver/base/result.h"

namespace etymon::store {

// Nothing to do, and quick, for a store of this program's format. Needs as much space again as the
// tables take. Errors: kFailedPrecondition (held by another process, a newer format), kDataLoss
// (damaged), and as the disk says.
Status upgrade(const std::string& folder, rocksdb::Env& env);

}  // namespace etymon::store
