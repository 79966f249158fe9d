#include "api/cli/nearby_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace etymon::cli {
namespace {

// Whether somebody listens there who lets us in. Whoever is slow is there.
bool is_there(const sockaddr& address, socklen_t size) {
  constexpr timeval kPatience{.tv_sec = 1, .tv_usec = 0};
  const int descriptor = socket(address.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return false;
  }
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  const bool connected = connect(descriptor, &address, size) == 0;
  const bool is_slow = !connected && (errno == EAGAIN || errno == EINPROGRESS);
  close(descriptor);
  return connected || is_slow;
}

bool is_there_by_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy_n(path.data(), std::min(path.size(), sizeof(address.sun_path) - 1), address.sun_path);
  return is_there(reinterpret_cast<const sockaddr&>(address), sizeof(address));
}

// REQUIRES: IPv4.
bool is_there_by_port(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  address.sin_addr.s_addr = htonl(endpoint.address.v4_host_order());
  return is_there(reinterpret_cast<const sockaddr&>(address), sizeof(address));
}

}  // namespace

api::ServerAddress nearby_server(const api::ServerAddress& socket, const api::ServerAddress& port) {
  const bool exists = access(socket.socket_path.c_str(), F_OK) == 0;
  const bool is_better =
      exists && (is_there_by_socket(socket.socket_path) || !is_there_by_port(port.endpoint));
  return is_better ? socket : port;
}

}  // namespace etymon::cli
