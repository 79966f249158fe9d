// What a Type=notify service tells systemd (sd_notify(3)): a datagram to $NOTIFY_SOCKET.
#pragma once

#include <string_view>

namespace etymon::daemon {

inline constexpr std::string_view kReady = "READY=1";
inline constexpr std::string_view kStopping = "STOPPING=1";

// Sends `state` to `socket_path`; a leading '@' means an abstract socket. An empty path, as without
// systemd, sends nothing. Failing to notify stops nobody from serving: false says that it failed.
bool notify(std::string_view socket_path, std::string_view state);

}  // namespace etymon::daemon
