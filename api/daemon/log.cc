#include "api/daemon/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace etymon::daemon {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kDebug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

LogLevel from_spdlog(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return LogLevel::kDebug;
    case spdlog::level::info:
      return LogLevel::kInfo;
    case spdlog::level::warn:
      return LogLevel::kWarning;
    default:
      return LogLevel::kError;
  }
}

}  // namespace

void log_to_stderr(LogLevel level) {
  auto logger = spdlog::stderr_color_mt("etymond");
  logger->set_level(to_spdlog(level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

LogLevel set_log_level(LogLevel level) {
  const std::shared_ptr<spdlog::logger> logger = spdlog::default_logger();
  const LogLevel before = from_spdlog(logger->level());
  logger->set_level(to_spdlog(level));
  return before;
}

// The message is an argument, never the format: what it quotes may come from the network.
void log_at(LogLevel level, std::string_view message) {
  spdlog::log(to_spdlog(level), "{}", message);
}
void log_error(std::string_view message) {
  log_at(LogLevel::kError, message);
}
void log_warning(std::string_view message) {
  log_at(LogLevel::kWarning, message);
}
void log_info(std::string_view message) {
  log_at(LogLevel::kInfo, message);
}
void log_debug(std::string_view message) {
  log_at(LogLevel::kDebug, message);
}

}  // namespace etymon::daemon
