#include "api/service/listening.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace etymon::service {
namespace {

constexpr mode_t kSocketMode = 0660;
constexpr mode_t kFolderMode = 0755;  // who may connect is the socket file's to say
constexpr mode_t kNothingForOthers = 0007;

// An address as bind() and connect() want it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress of_unix(const std::string& path) {
  SocketAddress out;
  auto& un = reinterpret_cast<sockaddr_un&>(out.storage);
  un.sun_family = AF_UNIX;
  std::copy_n(path.data(), std::min(path.size(), sizeof(un.sun_path) - 1), un.sun_path);
  out.size = sizeof(un);
  return out;
}

SocketAddress of_tcp(const Endpoint& endpoint) {
  SocketAddress out;
  if (endpoint.address.is_v4()) {
    auto& in = reinterpret_cast<sockaddr_in&>(out.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    in.sin_addr.s_addr = htonl(endpoint.address.v4_host_order());
    out.size = sizeof(in);
  } else {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(out.storage);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(endpoint.port);
    std::ranges::copy(endpoint.address.octets(), in6.sin6_addr.s6_addr);
    out.size = sizeof(in6);
  }
  return out;
}

class Socket {
 public:
  explicit Socket(const SocketAddress& address)
      : descriptor_(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// What the system said about `address`, as an error of ours.
Error system_error(const api::ServerAddress& address, int error) {
  const std::string where = "cannot offer the API on " + address.text() + ": ";
  switch (error) {
    case EADDRINUSE:
      return {ErrorCode::kFailedPrecondition, where + "in use by another process"};
    case EACCES:
    case EPERM:
      return {ErrorCode::kPermissionDenied, where + std::strerror(error)};
    default:
      return {ErrorCode::kIo, where + std::strerror(error)};
  }
}

// Removes a socket file that nobody listens on.
Status remove_stale(const api::ServerAddress& address) {
  struct stat found {};
  if (lstat(address.socket_path.c_str(), &found) != 0) {
    return {};  // No file. Should it be another trouble, the trial below will name it.
  }
  if (!S_ISSOCK(found.st_mode)) {
    return Error{ErrorCode::kFailedPrecondition,
                 "cannot offer the API on " + address.text() + ": the file is no socket"};
  }
  const SocketAddress target = of_unix(address.socket_path);
  const Socket probe(target);
  if (connect(probe.get(), target.get(), target.size) == 0 || errno == EAGAIN) {
    return system_error(address, EADDRINUSE);  // Somebody listens; EAGAIN: with a full queue.
  }
  if (errno != ECONNREFUSED) {
    return system_error(address, errno);
  }
  return unlink(address.socket_path.c_str()) == 0 ? Status() : system_error(address, errno);
}

// Makes the folder that a socket file is to stand in, unless it is there.
Status make_folder(const api::ServerAddress& address) {
  const std::string folder = address.socket_path.substr(0, address.socket_path.rfind('/'));
  if (folder.empty() || folder == address.socket_path) {
    return {};  // The root, or where we are.
  }
  if (mkdir(folder.c_str(), kFolderMode) != 0) {
    // ENOENT and what else is wrong with an older one: the trial below will name it.
    const bool refused = errno != EEXIST && errno != ENOENT;
    return refused ? system_error(address, errno) : Status();
  }
  // Whatever the umask is.
  return chmod(folder.c_str(), kFolderMode) == 0 ? Status() : system_error(address, errno);
}

// Binds as gRPC will, and lets go at once.
Status try_to_bind(const api::ServerAddress& address) {
  const SocketAddress target =
      address.is_unix() ? of_unix(address.socket_path) : of_tcp(address.endpoint);
  const Socket trial(target);
  const int on = 1;  // As gRPC does: connections of before that linger are no obstacle.
  setsockopt(trial.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(trial.get(), target.get(), target.size) != 0) {
    return system_error(address, errno);
  }
  if (address.is_unix()) {
    unlink(address.socket_path.c_str());
  }
  return {};
}

}  // namespace

Status make_free(const api::ServerAddress& address, Reach reach) {
  if (!address.is_local() && reach == Reach::kThisMachine) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot offer the API on " + address.text() +
                     ": without TLS only unix sockets and loopback addresses are allowed"};
  }
  if (address.is_unix()) {
    if (Status status = make_folder(address); !status) {
      return status;
    }
    if (Status status = remove_stale(address); !status) {
      return status;
    }
  }
  return try_to_bind(address);
}

Status open_to_group(const std::string& socket_path) {
  if (chmod(socket_path.c_str(), kSocketMode) != 0) {
    return system_error({socket_path, {}}, errno);
  }
  return {};
}

PrivateFiles::PrivateFiles() : before_(umask(kNothingForOthers)) {}
PrivateFiles::~PrivateFiles() {
  umask(before_);
}

}  // namespace etymon::service
