// Whether what is written goes to systemd's journal, which wants the priority of each line in front
// of it and has a time of its own (sd-daemon(3)). Any thread.
#pragma once

#include <string_view>

#include "api/log_level.h"

namespace etymon::daemon {

// True when the file behind `descriptor` is the stream that the service manager has made for the
// journal: `journal_stream` is its $JOURNAL_STREAM, "DEVICE:INODE"; empty: there is none.
bool is_journal(int descriptor, std::string_view journal_stream);

// As syslog(3) counts: "<3>" of an error to "<7>" of what is for debugging.
std::string_view priority_of(api::LogLevel level);

}  // namespace etymon::daemon
