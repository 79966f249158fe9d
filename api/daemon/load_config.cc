#include "api/daemon/load_config.h"

#include "api/daemon/config_file.h"
#include "api/daemon/read_file.h"

namespace etymon::daemon {

namespace {

constexpr size_t kConfigFileMax = 64 << 20;  // octets

Status apply_file(const std::string& path, Config& config) {
  const Result<std::string> text = read_file(path, kConfigFileMax);
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
