// UdpClient: a UDP socket for a few questions to one server.
//
// Belongs to its loop's thread. Connected, so that the kernel drops what comes from anybody else;
// bound to a port that nobody can predict (RFC 5452 section 9.2, RFC 6056 section 3.3.1).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "resolver/base/random.h"
#include "resolver/base/result.h"
#include "resolver/net/datagram_batch.h"
#include "resolver/net/fd_group.h"
#include "resolver/net/socket.h"

namespace etymon::net {

class UdpClient final : private FdGroup::Member {
 public:
  // May destroy the client.
  using OnReadable = std::function<void()>;

  // `group` must outlive the client. Errors: kUnavailable when there is no way to `peer`,
  // kResourceExhausted without descriptors.
  static Result<std::unique_ptr<UdpClient>> open(FdGroup& group, const Endpoint& peer,
                                                 Random& random, OnReadable on_readable);
  ~UdpClient() override { group_.remove(*this); }

  // Sends all of them, as SendBatch does for a connected socket.
  Status send(SendBatch& batch, std::span<const ByteView> datagrams) {
    return batch.send(fd_.get(), datagrams);
  }

  // What has come, into `batch`; empty when there is nothing now. Error kUnavailable: the peer's
  // machine says that nobody listens there.
  Result<std::span<const ByteView>> receive(ReplyBatch& batch) { return batch.receive(fd_.get()); }

  Endpoint local() const { return local_endpoint(fd_.get()); }

 private:
  UdpClient(FdGroup& group, FileDescriptor fd, OnReadable on_readable)
      : group_(group), fd_(std::move(fd)), on_readable_(std::move(on_readable)) {}

  void on_readable() override;

  FdGroup& group_;
  FileDescriptor fd_;
  OnReadable on_readable_;
};

}  // namespace etymon::net
