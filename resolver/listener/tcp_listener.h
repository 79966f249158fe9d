// TcpListener: takes clients' questions over TCP and sends their answers (RFC 7766).
//
// Belongs to its loop's thread. A client may send many questions without waiting and gets the
// answers as they come, in any order (section 6.2.1.1); also when it has ended its side behind them
// (RFC 1035 section 4.2.2). Connections are bounded in number, in all and for each client, in time
// and in memory; an answer whose connection is gone is dropped. A connection of a forwarder that
// tells whose it is counts as that client's, once it has told.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/forward/query_handler.h"
#include "resolver/listener/access_list.h"
#include "resolver/listener/connection_places.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/tcp_acceptor.h"
#include "resolver/net/tcp_stream.h"

namespace etymon::listener {

struct TcpListenerCounters {
  uint64_t accepted = 0;
  uint64_t denied = 0;       // from addresses that may not ask
  uint64_t over_limit = 0;   // closed at once, at a limit of connections
  uint64_t exhausted = 0;    // no descriptor was left
  uint64_t open = 0;         // now
  uint64_t received = 0;     // messages
  uint64_t sent = 0;         // answers
  uint64_t unsent = 0;       // answers whose connection was gone
  uint64_t timed_out = 0;    // idle, also where others wanted the room; or a message too slowly
  uint64_t not_reading = 0;  // closed because answers piled up
  uint64_t oversized = 0;    // closed because of the length announced
  uint64_t bad_header = 0;   // without a PROXY header that must be there, or with one that may not
};

class TcpListener final : public forward::AnswerSink {
 public:
  struct Options {
    AccessList access = AccessList::local_networks();
    AccessList proxies{{}};  // forwarders that must send a PROXY header
    net::PortSharing sharing = net::PortSharing::kExclusive;
    // Shared with the listeners of other loops and addresses.
    std::shared_ptr<ConnectionPlaces> places =
        std::make_shared<ConnectionPlaces>(ConnectionPlaces::Limits{});
    // The listeners of this loop, each from when it opens until it goes.
    std::shared_ptr<std::vector<TcpListener*>> of_loop =
        std::make_shared<std::vector<TcpListener*>>();
    // Without a place left, the connection of this loop that is idle for longest makes room for a
    // new one, when that is at least so long, whichever address they came to: who keeps them all
    // open shuts nobody out.
    Milliseconds shed_idle{1'000};
    // One that waits for an answer is idle after so long: as long as stubs wait.
    Milliseconds answer_wait{5'000};
    // Of all connections together, answers that wait because they are not read.
    size_t unsent_max = 16 << 20;
    // A query of more than 4096 octets has no use for us.
    net::TcpLimits stream = {.message_max = 4096};
  };

  // `handler` must outlive the listener. Errors as UdpListener::open().
  static Result<std::unique_ptr<TcpListener>> open(net::EventLoop& loop, const Endpoint& local,
                                                   Options options, forward::QueryHandler& handler);
  ~TcpListener() override;

  void send(std::span<const forward::Outgoing> answers) override;
  bool takes(const forward::ReplyTo& to) override;

  // Who may connect from now on.
  void admit(AccessList access) { options_.access = std::move(access); }

  const Endpoint& local() const { return acceptor_->local(); }
  TcpListenerCounters counters() const;

 private:
  class Connection;

  TcpListener(net::EventLoop& loop, Options options, forward::QueryHandler& handler);
  void accept(net::FileDescriptor fd, const Endpoint& peer);
  void start(std::unique_ptr<Connection> connection, net::FileDescriptor fd, net::Preface preface);
  std::optional<ConnectionPlaces::Place> take_place();
  bool make_room();
  Connection* idlest() const;  // null: there is none
  bool admit(const IpAddress& client, ConnectionPlaces::Place& place);
  void send_to(uint64_t connection, std::span<const forward::Outgoing> answers);
  void closed(Connection& connection, net::CloseReason reason);
  void count(net::CloseReason reason);

  net::EventLoop& loop_;
  net::UnsentRoom unsent_;
  Options options_;
  forward::QueryHandler& handler_;
  TcpListenerCounters counters_;
  std::vector<ByteView> messages_;  // of one connection, while they are sent
  uint64_t last_number_ = 0;  // connections are numbered, so that a number is never used twice
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::unique_ptr<net::TcpAcceptor> acceptor_;
};

}  // namespace etymon::listener
