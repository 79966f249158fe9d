#include "api/daemon/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

namespace etymon::daemon {

bool notify(std::string_view socket_path, std::string_view state) {
  sockaddr_un to{};
  if (socket_path.empty()) {
    return true;
  }
  if (socket_path.size() >= sizeof(to.sun_path)) {
    return false;
  }
  to.sun_family = AF_UNIX;
  std::copy(socket_path.begin(), socket_path.end(), to.sun_path);
  if (to.sun_path[0] == '@') {
    to.sun_path[0] = '\0';
  }
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path.size());
  const ssize_t sent = sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&to), length);
  close(fd);
  return sent == static_cast<ssize_t>(state.size());
}

}  // namespace etymon::daemon
