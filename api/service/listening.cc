#include "api/service/listening.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace etymon::service {
namespace {

constexpr mode_t kSocketMode = 0660;
constexpr mode_t kFolderMode = 0755;  // who may connect is the socket file's to say
constexpr mode_t kNothingForOthers = 0007;
// A connection whose peer has acknowledged nothing for so long is over: as long as a silent one has
// to say that it lives (Limits::keepalive_answer).
constexpr int kUnacknowledgedMs = 20'000;

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

// Waits for nothing.
class Socket {
 public:
  explicit Socket(const SocketAddress& address)
      : descriptor_(
            socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
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

// The usual way there: somebody tries the daemon as a user, who may not make /run/etymon.
Error without_folder(const api::ServerAddress& address, const std::string& folder, int error) {
  return {system_error(address, error).code,
          "cannot offer the API on " + address.text() + ": cannot make the folder " + folder +
              ": " + std::strerror(error) +
              "; make it for this user, or name another socket with --api"};
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
    return refused ? without_folder(address, folder, errno) : Status();
  }
  // Whatever the umask is.
  return chmod(folder.c_str(), kFolderMode) == 0 ? Status() : system_error(address, errno);
}

Status prepare(const api::ServerAddress& address, Reach reach) {
  if (!address.is_local() && reach == Reach::kThisMachine) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot offer the API on " + address.text() +
                     ": without TLS only unix sockets and loopback addresses are allowed"};
  }
  if (!address.is_unix()) {
    return {};
  }
  const Status made = make_folder(address);
  return made ? remove_stale(address) : made;
}

// While it lives, files that this process makes are closed to everybody but owner and group: a
// socket file must not be open to all between its making and chmod().
class PrivateFiles {
 public:
  PrivateFiles() : before_(umask(kNothingForOthers)) {}
  ~PrivateFiles() { umask(before_); }
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;

 private:
  mode_t before_;
};

void set_option(int descriptor, int level, int name, int value) {
  setsockopt(descriptor, level, name, &value, sizeof(value));
}

// Connections take these over from the socket that they come to.
void set_tcp_options(int descriptor, const Endpoint& endpoint) {
  // Connections of before that linger are no obstacle. Of two daemons on one port each would get
  // some of the calls: no SO_REUSEPORT.
  set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledgedMs);
  if (!endpoint.address.is_v4()) {
    set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);  // as for DNS
  }
}

bool bind_to(int descriptor, const api::ServerAddress& address) {
  const SocketAddress target =
      address.is_unix() ? of_unix(address.socket_path) : of_tcp(address.endpoint);
  const PrivateFiles private_files;
  return bind(descriptor, target.get(), target.size) == 0;
}

bool listen_on(int descriptor, const api::ServerAddress& address) {
  return (!address.is_unix() || chmod(address.socket_path.c_str(), kSocketMode) == 0) &&
         listen(descriptor, SOMAXCONN) == 0;
}

// Which file a path names; nothing: none.
std::optional<FileId> file_at(const std::string& path) {
  struct stat found {};
  return !path.empty() && lstat(path.c_str(), &found) == 0
             ? std::optional(FileId{found.st_dev, found.st_ino})
             : std::nullopt;
}

uint16_t port_of(int descriptor) {
  SocketAddress found;
  found.size = sizeof(found.storage);
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&found.storage), &found.size);
  // At the same place in both families' addresses.
  return ntohs(reinterpret_cast<const sockaddr_in&>(found.storage).sin_port);
}

}  // namespace

Result<Listener> Listener::open(const api::ServerAddress& address, Reach reach) {
  if (const Status prepared = prepare(address, reach); !prepared) {
    return prepared.error();
  }
  const int family = address.is_unix()                  ? AF_UNIX
                     : address.endpoint.address.is_v4() ? AF_INET
                                                        : AF_INET6;
  const int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return system_error(address, errno);
  }
  if (!address.is_unix()) {
    set_tcp_options(descriptor, address.endpoint);
  }
  if (!bind_to(descriptor, address)) {
    const int error = errno;
    close(descriptor);
    return system_error(address, error);
  }
  Listener listener(descriptor, address);
  if (!listen_on(descriptor, address)) {
    return system_error(address, errno);
  }
  if (!address.is_unix()) {
    listener.address_.endpoint.port = port_of(descriptor);
  }
  return listener;
}

Listener::Listener(int descriptor, api::ServerAddress address)
    : descriptor_(descriptor),
      address_(std::move(address)),
      socket_file_(file_at(address_.socket_path)) {}

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      address_(std::move(other.address_)),
      socket_file_(other.socket_file_) {}

// Since end() another daemon may have taken the file for a stale one, and have made its own.
Listener::~Listener() {
  if (descriptor_ < 0) {
    return;
  }
  if (socket_file_ && file_at(address_.socket_path) == socket_file_) {
    unlink(address_.socket_path.c_str());
  }
  close(descriptor_);
}

void Listener::end() const {
  shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace etymon::service
