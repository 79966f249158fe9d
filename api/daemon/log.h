// The daemon's log: one line an event on standard error, for a person, with its time; or for the
// journal, which has that itself, with its priority in front (journal_stream.h).
//
// log_to_stderr() once, from main(), before any other thread is started; thereafter any thread may
// log through spdlog. Nothing is logged for single queries: they are in the store.
#pragma once

#include <string>
#include <string_view>

#include "api/log_level.h"

namespace etymon::daemon {

using api::LogLevel;

void log_to_stderr(LogLevel level);

// What stands in front of a line on standard error that is not written with these calls: its
// priority, where that is the journal; else nothing.
std::string_view line_start(LogLevel level);

// What is logged from now on. Gives what it was before.
LogLevel set_log_level(LogLevel level);

void log_at(LogLevel level, std::string_view message);
void log_error(std::string_view message);
void log_warning(std::string_view message);
void log_info(std::string_view message);
void log_debug(std::string_view message);

}  // namespace etymon::daemon
