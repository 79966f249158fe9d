// Settings: the one list of what can be set, for the command line, the configuration file and
// --help. Constant, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/daemon/config.h"
#include "resolver/base/result.h"

namespace etymon::daemon {

struct Setting {
  enum class Kind {
    kText,    // one text: an address, a size such as "64MiB", a duration such as "20ms"
    kNumber,  // a whole number
    kList,    // texts; none where nothing is said
    kSome,    // one or more texts
  };

  std::string_view key;   // "cache.size": table and key of the configuration file
  std::string_view flag;  // "--cache-size"; empty: in the file only
  Kind kind;
  std::string_view value;  // what stands for the value in --help: "SIZE"
  std::string_view help;   // meaning, range, default
  // Takes the values as written; one of them unless the kind is kList or kSome. On an error, which
  // names the text but neither key nor flag, `config` is unchanged.
  Status (*apply)(std::span<const std::string> values, Config& config);
};

std::span<const Setting> listening_settings();  // listen, answer
std::span<const Setting> local_settings();      // local, block, rebinding, dns64
std::span<const Setting> upstream_settings();   // upstream, cache, clients
std::span<const Setting> keeping_settings();    // store, hosts, api, log

// All of them, in this order.
std::span<const Setting> settings();

// The setting with that key, or null.
const Setting* find_setting(std::string_view key);

}  // namespace etymon::daemon
