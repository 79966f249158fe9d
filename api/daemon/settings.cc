#include "api/daemon/settings.h"

#include <algorithm>
#include <vector>

namespace etymon::daemon {

std::span<const Setting> settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> joined;
    for (const auto& some :
         {listening_settings(), local_settings(), upstream_settings(), keeping_settings()}) {
      joined.insert(joined.end(), some.begin(), some.end());
    }
    return joined;
  }();
  return all;
}

const Setting* find_setting(std::string_view key) {
  const auto found = std::ranges::find(settings(), key, &Setting::key);
  return found == settings().end() ? nullptr : &*found;
}

}  // namespace etymon::daemon
