// ServerAddress: where the API is, as people write it. A value, any thread.
#pragma once

#include <string>
#include <string_view>

#include "resolver/base/result.h"
#include "resolver/model/ip_address.h"

namespace etymon::api {

// Where the daemon offers its API unless told otherwise, and the command looks for it.
inline constexpr std::string_view kDefaultSocket = "/run/etymon/api.sock";
inline constexpr uint16_t kDefaultPort = 5380;

struct ServerAddress {
  std::string socket_path;  // empty: `endpoint` holds
  Endpoint endpoint;

  // "unix:/run/etymon/api.sock", "127.0.0.1:5380", "[::1]:5380"; without a port, kDefaultPort.
  static Result<ServerAddress> from_text(std::string_view text);

  bool is_unix() const { return !socket_path.empty(); }
  // Reached from this machine alone: a unix socket or a loopback address.
  bool is_local() const;
  std::string text() const;

  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

}  // namespace etymon::api
