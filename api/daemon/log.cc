#include "api/daemon/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "api/daemon/journal_stream.h"

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

bool stderr_is_journal() {
  const char* journal = std::getenv("JOURNAL_STREAM");
  return is_journal(STDERR_FILENO, journal == nullptr ? "" : journal);
}

// Of a pattern: what the journal wants in front of the line.
class Priority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view priority = priority_of(from_spdlog(message.level));
    out.append(priority.data(), priority.data() + priority.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<Priority>();
  }
};

std::unique_ptr<spdlog::formatter> line_format() {
  auto format = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  format->add_flag<Priority>('*').set_pattern(
      stderr_is_journal() ? "%*%l %v" : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v");
  return format;
}

}  // namespace

void log_to_stderr(LogLevel level) {
  auto logger = spdlog::stderr_color_mt("etymond");
  logger->set_level(to_spdlog(level));
  logger->set_formatter(line_format());
  spdlog::set_default_logger(std::move(logger));
}

LogLevel set_log_level(LogLevel level) {
  const std::shared_ptr<spdlog::logger> logger = spdlog::default_logger();
  const LogLevel before = from_spdlog(logger->level());
  logger->set_level(to_spdlog(level));
  return before;
}

std::string_view line_start(LogLevel level) {
  return stderr_is_journal() ? priority_of(level) : std::string_view();
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
