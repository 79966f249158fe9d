// The configuration file: TOML, one table for each part of the daemon.
//
//   [listen]
//   addresses = ["127.0.0.1:53", "[::1]:53"]
//   [upstream]
//   addresses = ["192.0.2.1"]
//   [cache]
//   size = "64MiB"
//   [store]
//   record_wait = "20ms"
//
// settings.cc lists every key. Sizes and durations are strings with their unit, counts are
// integers, lists are arrays of strings. A key that is not in the list is a mistake, never passed
// over. Pure functions, used by one thread.
#pragma once

#include <string>
#include <string_view>

#include "api/daemon/config.h"
#include "resolver/base/result.h"

namespace etymon::daemon {

// Applies what `text` says to `config`. `file` is how messages name it. Error kInvalidArgument:
// "FILE:LINE: key 'x.y': what is wrong", for the first mistake in the text.
Status apply_toml(std::string_view text, const std::string& file, Config& config);

}  // namespace etymon::daemon
