// The daemon's log: one line an event on standard error, for a person or the journal.
//
// log_to_stderr() once, from main(), before any other thread is started; thereafter any thread may
// log through spdlog. Nothing is logged for single queries: they are in the store.
#pragma once

#include <string>
#include <string_view>

namespace etymon::daemon {

enum class LogLevel { kError, kWarning, kInfo, kDebug };

void log_to_stderr(LogLevel level);

void log_error(std::string_view message);
void log_warning(std::string_view message);
void log_info(std::string_view message);
void log_debug(std::string_view message);

}  // namespace etymon::daemon
