// UdpListener: takes clients' questions over UDP and sends their answers.
//
// Belongs to its loop's thread. Gives each datagram of a batch to the handler; the answers come
// back through send() when the loop's turn ends. Admission decides which datagrams are worked on;
// of one that came through a forwarder it judges whoever sent it there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/forward/query_handler.h"
#include "resolver/listener/admission.h"
#include "resolver/listener/proxy_gate.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/udp_server.h"

namespace etymon::listener {

struct UdpListenerCounters {
  net::UdpServerCounters socket;
  uint64_t denied = 0;      // from addresses that may not ask
  uint64_t limited = 0;     // over their limit
  uint64_t bad_header = 0;  // without a PROXY header that must be there, or with one that may not
};

class UdpListener final : public forward::AnswerSink {
 public:
  struct Options {
    AdmissionOptions admission = {};
    AccessList proxies{{}};  // forwarders that must send a PROXY header
    uint64_t seed = 0;       // of the admission's table; unpredictable
    net::UdpServerOptions socket = {};
  };

  // `handler` must outlive the listener. Errors: kFailedPrecondition when the port is in use,
  // kPermissionDenied, kInvalidArgument when the address is not this machine's.
  static Result<std::unique_ptr<UdpListener>> open(net::EventLoop& loop, const Endpoint& local,
                                                   Options options, forward::QueryHandler& handler);

  void send(std::span<const forward::Outgoing> answers) override;

  // Who may ask from now on; the limits stay as they are.
  void admit(const AdmissionOptions& options) { admission_.admit(options); }

  const Endpoint& local() const { return server_->local(); }
  UdpListenerCounters counters() const {
    return {server_->counters(), admission_.denied(), admission_.limited(), bad_header_};
  }

 private:
  UdpListener(net::EventLoop& loop, Options options, forward::QueryHandler& handler)
      : loop_(loop),
        admission_(std::move(options.admission), options.seed),
        gate_(std::move(options.proxies)),
        handler_(handler) {}
  void receive(std::span<const net::Datagram> batch);
  void take(ByteView message, const forward::ReplyTo& from);

  net::EventLoop& loop_;
  Admission admission_;
  ProxyGate gate_;
  uint64_t bad_header_ = 0;
  forward::QueryHandler& handler_;
  std::vector<net::Datagram> outgoing_;  // kept between calls for its room
  std::unique_ptr<net::UdpServer> server_;
};

}  // namespace etymon::listener
