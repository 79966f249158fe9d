#include "resolver/net/socket.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace etymon::net {
namespace {

ErrorCode code_for(int error_number) {
  switch (error_number) {
    case EADDRINUSE:
      return ErrorCode::kFailedPrecondition;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EINVAL:
      return ErrorCode::kInvalidArgument;
    case EACCES:
    case EPERM:
      return ErrorCode::kPermissionDenied;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return ErrorCode::kResourceExhausted;
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kIo;
  }
}

// What to do about it, for the mistakes that people make.
std::string_view advice_for(int error_number) {
  switch (error_number) {
    case EADDRINUSE:
      return "; another program listens there";
    case EADDRNOTAVAIL:
      return "; no interface of this machine has that address";
    case EACCES:
      return "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
    default:
      return "";
  }
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  reset();
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

void FileDescriptor::reset() {
  if (valid()) {
    close(std::exchange(fd_, -1));
  }
}

socklen_t to_socket_address(const Endpoint& endpoint, uint32_t interface, SocketAddress& out) {
  if (endpoint.address.is_v4()) {
    out.v4 = {};
    out.v4.sin_family = AF_INET;
    out.v4.sin_port = htons(endpoint.port);
    out.v4.sin_addr.s_addr = htonl(endpoint.address.v4_host_order());
    return sizeof(out.v4);
  }
  out.v6 = {};
  out.v6.sin6_family = AF_INET6;
  out.v6.sin6_port = htons(endpoint.port);
  out.v6.sin6_scope_id = interface;
  std::memcpy(&out.v6.sin6_addr, endpoint.address.octets().data(), sizeof(out.v6.sin6_addr));
  return sizeof(out.v6);
}

Endpoint to_endpoint(const SocketAddress& address) {
  if (address.any.sa_family == AF_INET) {
    return {IpAddress::v4(ntohl(address.v4.sin_addr.s_addr)), ntohs(address.v4.sin_port)};
  }
  return {IpAddress::v6(std::span<const uint8_t, 16>(address.v6.sin6_addr.s6_addr)),
          ntohs(address.v6.sin6_port)};
}

Result<FileDescriptor> open_socket(const IpAddress& address, int type) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  FileDescriptor fd(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) {
    return system_error("cannot open a socket", errno);
  }
  return fd;
}

Result<FileDescriptor> open_bound_socket(const Endpoint& local, int type, PortSharing sharing) {
  Result<FileDescriptor> fd = open_socket(local.address, type);
  if (!fd) {
    return fd;
  }
  if (!local.address.is_v4()) {
    set_option(fd->get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }
  if (type == SOCK_STREAM) {  // A restart need not wait for the last run's closed connections.
    set_option(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1);
  }
  if (sharing == PortSharing::kReusePort) {
    set_option(fd->get(), SOL_SOCKET, SO_REUSEPORT, 1);
  }
  SocketAddress address;
  const socklen_t size = to_socket_address(local, 0, address);
  if (bind(fd->get(), &address.any, size) != 0) {
    return listen_error(local, type, errno);
  }
  return fd;
}

Error listen_error(const Endpoint& local, int type, int error_number) {
  const std::string_view protocol = type == SOCK_DGRAM ? "udp" : "tcp";
  Error error =
      system_error("cannot listen on " + local.text() + "/" + std::string(protocol), error_number);
  error.message += advice_for(error_number);
  return error;
}

Endpoint local_endpoint(int fd) {
  SocketAddress address{};
  socklen_t size = sizeof(address);
  if (getsockname(fd, &address.any, &size) != 0) {
    return {};
  }
  return to_endpoint(address);
}

void set_option(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof(value));
}

Error system_error(std::string_view what, int error_number) {
  return {code_for(error_number),
          std::string(what) + ": " + std::system_category().message(error_number)};
}

}  // namespace etymon::net
