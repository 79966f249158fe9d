// TcpAcceptor: takes the connections that come to one address. Belongs to its loop's thread.
//
// When the process is out of descriptors it rests a moment instead of spinning: the connections
// wait in the kernel's queue meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "resolver/base/result.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/fd_watch.h"
#include "resolver/net/socket.h"

namespace etymon::net {

class TcpAcceptor {
 public:
  using OnAccept = std::function<void(FileDescriptor fd, const Endpoint& peer)>;

  // Port 0 lets the kernel choose. Errors as open_bound_socket().
  static Result<std::unique_ptr<TcpAcceptor>> open(EventLoop& loop, const Endpoint& local,
                                                   PortSharing sharing, OnAccept on_accept);

  const Endpoint& local() const { return local_; }
  // How often there was no descriptor for a connection.
  uint64_t exhausted() const { return exhausted_; }

 private:
  TcpAcceptor(EventLoop& loop, FileDescriptor fd, OnAccept on_accept);
  void accept_some();
  void rest();

  FileDescriptor fd_;
  Endpoint local_;
  OnAccept on_accept_;
  uint64_t exhausted_ = 0;
  Timer resting_;
  std::optional<FdWatch> watch_;  // behind fd_: it goes first
};

}  // namespace etymon::net
