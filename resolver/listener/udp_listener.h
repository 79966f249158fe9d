// UdpListener: takes clients' questions over UDP and sends their answers.
//
// Belongs to its loop's thread. Gives each datagram of a batch to the handler; the answers come
// back through send() when the loop's turn ends. Strangers' datagrams are dropped unread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/forward/query_handler.h"
#include "resolver/listener/access_list.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/udp_server.h"

namespace etymon::listener {

struct UdpListenerCounters {
  net::UdpServerCounters socket;
  uint64_t denied = 0;  // from addresses that may not ask
};

class UdpListener final : public forward::AnswerSink {
 public:
  struct Options {
    AccessList access = AccessList::local_networks();
    net::UdpServerOptions socket = {};
  };

  // `handler` must outlive the listener. Errors: kFailedPrecondition when the port is in use,
  // kPermissionDenied, kInvalidArgument when the address is not this machine's.
  static Result<std::unique_ptr<UdpListener>> open(net::EventLoop& loop, const Endpoint& local,
                                                   Options options, forward::QueryHandler& handler);

  void send(std::span<const forward::Outgoing> answers) override;

  const Endpoint& local() const { return server_->local(); }
  UdpListenerCounters counters() const { return {server_->counters(), denied_}; }

 private:
  UdpListener(AccessList access, forward::QueryHandler& handler)
      : access_(std::move(access)), handler_(handler) {}
  void receive(std::span<const net::Datagram> batch);

  AccessList access_;
  forward::QueryHandler& handler_;
  uint64_t denied_ = 0;
  std::vector<net::Datagram> outgoing_;  // kept between calls for its room
  std::unique_ptr<net::UdpServer> server_;
};

}  // namespace etymon::listener
