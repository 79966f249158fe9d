#include "api/daemon/load_config.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "api/daemon/config_file.h"

namespace etymon::daemon {

namespace {

Error cannot_read(const std::string& path) {
  return {ErrorCode::kInvalidArgument, path + ": cannot be read: " + strerror(errno)};
}

Result<std::string> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             std::fclose);
  if (file == nullptr) {
    return cannot_read(path);
  }
  std::string text;
  std::array<char, 4096> chunk{};
  while (const size_t got = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    text.append(chunk.data(), got);
  }
  if (std::ferror(file.get()) != 0) {
    return cannot_read(path);
  }
  return text;
}

Status apply_file(const std::string& path, Config& config) {
  const Result<std::string> text = read_file(path);
  return text ? apply_toml(*text, path, config) : Status(text.error());
}

}  // namespace

Result<Config> load_config(const Flags& flags, const Machine& machine) {
  Config config;
  if (!flags.config_file.empty()) {
    if (const Status applied = apply_file(flags.config_file, config); !applied) {
      return applied.error();
    }
  }
  if (const Status applied = apply_flags(flags, config); !applied) {
    return applied.error();
  }
  const bool serves = flags.action == Action::kServe || flags.action == Action::kCheckConfig;
  if (const Status completed = serves ? complete(config, machine) : Status(); !completed) {
    return completed.error();
  }
  return config;
}

}  // namespace etymon::daemon
