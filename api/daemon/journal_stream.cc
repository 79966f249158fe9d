#include "api/daemon/journal_stream.h"

#include <sys/stat.h>

#include <string>

namespace etymon::daemon {

// The variable is inherited by whoever is started with its output somewhere else, too.
bool is_journal(int descriptor, std::string_view journal_stream) {
  struct stat found {};
  return !journal_stream.empty() && fstat(descriptor, &found) == 0 &&
         journal_stream == std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino);
}

std::string_view priority_of(api::LogLevel level) {
  switch (level) {
    case api::LogLevel::kError:
      return "<3>";
    case api::LogLevel::kWarning:
      return "<4>";
    case api::LogLevel::kInfo:
      return "<6>";
    case api::LogLevel::kDebug:
      return "<7>";
  }
  return "<6>";
}

}  // namespace etymon::daemon
