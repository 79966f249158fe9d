// UdpClient: a UDP socket for one question to one server.
//
// Belongs to its loop's thread. Connected, so that the kernel drops what comes from anybody else;
// bound to a port that nobody can predict (RFC 5452 section 9.2, RFC 6056 section 3.3.1).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "resolver/base/random.h"
#include "resolver/base/result.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/fd_watch.h"
#include "resolver/net/socket.h"

namespace etymon::net {

class UdpClient {
 public:
  // May destroy the client.
  using OnReadable = std::function<void()>;

  // Errors: kUnavailable when there is no way to `peer`, kResourceExhausted without descriptors.
  static Result<std::unique_ptr<UdpClient>> open(EventLoop& loop, const Endpoint& peer,
                                                 Random& random, OnReadable on_readable);

  Status send(ByteView datagram);

  // The next datagram, cut to `room`; its real length is returned, which may be more. Nothing when
  // there is none now. Error kUnavailable: the peer's machine says that nobody listens there.
  Result<std::optional<size_t>> receive(std::span<uint8_t> room);

  Endpoint local() const { return local_endpoint(fd_.get()); }

 private:
  UdpClient(FileDescriptor fd, FdWatch watch) : fd_(std::move(fd)), watch_(std::move(watch)) {}

  FileDescriptor fd_;
  FdWatch watch_;  // behind fd_: it goes first
};

}  // namespace etymon::net
