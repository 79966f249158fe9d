#include "resolver/net/tcp_acceptor.h"

#include <cerrno>
#include <utility>

namespace etymon::net {
namespace {

// Connections that wait for us in the kernel; it caps the number itself (net.core.somaxconn).
constexpr int kBacklog = 511;

// New connections in one turn; the next turn takes the next.
constexpr int kAcceptsPerTurn = 16;

// Long enough to cost nothing, short enough that no client gives up meanwhile.
constexpr Milliseconds kRest{100};

bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Result<std::unique_ptr<TcpAcceptor>> TcpAcceptor::open(EventLoop& loop, const Endpoint& local,
                                                       PortSharing sharing, OnAccept on_accept) {
  Result<FileDescriptor> fd = open_bound_socket(local, SOCK_STREAM, sharing);
  if (!fd) {
    return fd.error();
  }
  if (listen(fd->get(), kBacklog) != 0) {
    return listen_error(local, SOCK_STREAM, errno);
  }
  std::unique_ptr<TcpAcceptor> acceptor(
      new TcpAcceptor(loop, *std::move(fd), std::move(on_accept)));
  Result<FdWatch> watch = FdWatch::open(loop, acceptor->fd_.get(),
                                        [raw = acceptor.get()](Interest) { raw->accept_some(); });
  if (!watch) {
    return watch.error();
  }
  acceptor->watch_.emplace(*std::move(watch));
  acceptor->watch_->want(Interest::kRead);
  return acceptor;
}

TcpAcceptor::TcpAcceptor(EventLoop& loop, FileDescriptor fd, OnAccept on_accept)
    : fd_(std::move(fd)),
      local_(local_endpoint(fd_.get())),
      on_accept_(std::move(on_accept)),
      resting_(loop, [this] { watch_->want(Interest::kRead); }) {}

void TcpAcceptor::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    SocketAddress peer{};
    socklen_t size = sizeof(peer);
    FileDescriptor fd(accept4(fd_.get(), &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      on_accept_(std::move(fd), to_endpoint(peer));
      continue;
    }
    if (is_exhaustion(errno)) {
      rest();
    }
    return;  // Nobody is left, or the one that was is gone again.
  }
}

void TcpAcceptor::rest() {
  ++exhausted_;
  watch_->want(Interest::kNone);
  resting_.start(kRest);
}

}  // namespace etymon::net
