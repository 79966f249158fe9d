// Sockets without a loop: descriptors that close themselves, addresses both ways, and options.
// Values and pure functions; a FileDescriptor has one owner.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "resolver/base/result.h"
#include "resolver/model/ip_address.h"

namespace etymon::net {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

// Several sockets on one port, each for the loop of one thread; the kernel spreads the clients.
enum class PortSharing { kExclusive, kReusePort };

// A socket address as the kernel wants it. Large enough for both families.
union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

// Fills `out` and returns its size. `interface` is the scope of an IPv6 link-local address, else 0.
socklen_t to_socket_address(const Endpoint& endpoint, uint32_t interface, SocketAddress& out);
Endpoint to_endpoint(const SocketAddress& address);

// 0.0.0.0 and ::, which stand for every address of the machine.
inline bool is_wildcard(const IpAddress& address) {
  return address == IpAddress() || address == IpAddress::v4(INADDR_ANY);
}

// A non-blocking socket of the address's family. `type`: SOCK_DGRAM or SOCK_STREAM.
Result<FileDescriptor> open_socket(const IpAddress& address, int type);

// Bound to `local`; an IPv6 socket takes IPv6 only, so that ":: port 53" and "0.0.0.0 port 53" can
// stand side by side. Errors: kFailedPrecondition when the port is in use, kPermissionDenied,
// kInvalidArgument when the address is not this machine's.
Result<FileDescriptor> open_bound_socket(const Endpoint& local, int type, PortSharing sharing);

// Why binding or listening failed, with what to do about it.
Error listen_error(const Endpoint& local, int type, int error_number);

// The address and port that the socket got; a port 0 asked for becomes the real one.
Endpoint local_endpoint(int fd);

void set_option(int fd, int level, int name, int value);

// An Error for `error_number` (errno) with a text that begins with `what`.
Error system_error(std::string_view what, int error_number);

}  // namespace etymon::net
