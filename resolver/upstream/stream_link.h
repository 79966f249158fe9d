// StreamLink: the TCP connection to one upstream, shared by all questions that need it.
//
// Belongs to one loop thread. Connects when somebody asks and nothing is open, carries many
// questions at once, answered in any order (RFC 7766 section 6.2.1), and closes when idle. Each
// question has an id that no other one on the link has.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "resolver/base/random.h"
#include "resolver/base/result.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/tcp_stream.h"

namespace etymon::upstream {

class StreamLink final : private net::TcpStream::Handler {
 public:
  class Waiter {
   public:
    virtual ~Waiter() = default;
    // A message with the waiter's id. It may leave().
    virtual void on_link_message(ByteView message) = 0;
    // The connection ended; the waiter is no longer waited for. It may join() again.
    virtual void on_link_closed() = 0;
  };

  StreamLink(net::EventLoop& loop, Random& random, const Endpoint& server,
             const net::TcpLimits& limits)
      : loop_(loop), random_(random), server_(server), limits_(limits) {}

  // Waits for messages with the id that is returned, on a connection that is open or being opened.
  // Errors: kUnavailable, kResourceExhausted.
  Result<uint16_t> join(Waiter& waiter);
  // REQUIRES: somebody has joined.
  void send(ByteView message) { stream_->send(message); }
  // Ends what join() began; harmless when it has ended already.
  void leave(uint16_t id, const Waiter& waiter);

 private:
  using Waiters = std::unordered_map<uint16_t, Waiter*>;

  void on_message(ByteView message) override;
  void on_closed(net::CloseReason reason) override;

  net::EventLoop& loop_;
  Random& random_;
  Endpoint server_;
  net::TcpLimits limits_;
  Waiters waiters_;
  Waiters orphans_;  // of a connection that has ended, not yet told
  std::unique_ptr<net::TcpStream> stream_;
};

}  // namespace etymon::upstream
