// UdpServer: one bound UDP socket that takes and gives datagrams in batches.
//
// Belongs to its loop's thread. Takes one batch each time the loop looks for work, so that other
// sockets get their share. Nothing allocates per datagram.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "resolver/base/result.h"
#include "resolver/net/datagram_batch.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/fd_watch.h"
#include "resolver/net/socket.h"

namespace etymon::net {

struct UdpServerOptions {
  PortSharing sharing = PortSharing::kExclusive;
  // Octets of kernel buffer, each way: at 300 octets (with the kernel's own bookkeeping about 1000)
  // a query, room for the bursts of some thousand clients. The kernel may cap it
  // (net.core.rmem_max).
  int socket_buffer = 4 << 20;
  Runs runs = Runs::kTogether;  // of answers to one client
  // Of sockets that share the port, this one takes the datagrams that the kernel works on there
  // (SO_INCOMING_CPU; Linux 6.2). Nothing, or a processor that none of them has: by sender.
  std::optional<unsigned> processor = {};
};

struct UdpServerCounters {
  uint64_t received = 0;
  uint64_t oversized = 0;  // longer than kDatagramMax, dropped
  uint64_t sent = 0;
  uint64_t unsent = 0;  // the kernel did not take them, dropped
};

class UdpServer {
 public:
  // The datagrams are valid during the call. It may send(), but not destroy the server.
  using OnBatch = std::function<void(std::span<const Datagram>)>;

  // Port 0 lets the kernel choose. Errors as open_bound_socket().
  static Result<std::unique_ptr<UdpServer>> open(EventLoop& loop, const Endpoint& local,
                                                 const UdpServerOptions& options, OnBatch on_batch);

  // Sends all now, in order; what the kernel does not take is counted as unsent. On a socket that
  // is bound to a wildcard each leaves from its `local` address.
  void send(std::span<const Datagram> datagrams);

  const Endpoint& local() const { return local_; }
  UdpServerCounters counters() const;

 private:
  UdpServer(FileDescriptor fd, LocalAddress local_address, Runs runs, OnBatch on_batch);
  void receive();

  FileDescriptor fd_;
  Endpoint local_;
  OnBatch on_batch_;
  ReceiveBatch incoming_;
  SendBatch outgoing_;
  UdpServerCounters counters_;
  std::optional<FdWatch> watch_;  // behind fd_: it goes first
};

}  // namespace etymon::net
