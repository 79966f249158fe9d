// StreamLink: the TCP connection to one upstream, shared by all questions that need it.
//
// Belongs to one loop thread. Connects when somebody asks and nothing is open, carries many
// questions at once, answered in any order (RFC 7766 section 6.2.1), and closes when idle. Each
// question has an id that no other one on its connection has.
//
// An upstream may close a connection when it likes (RFC 7766 section 6.2.4), and some answer so
// many questions on each and leave the others behind. Who was left behind is told so, and may ask
// again. Seen often enough, so many share a connection and no more: who asks next opens another, as
// long as there are not many (kAsideMax): each is a descriptor, and no upstream likes them (RFC
// 7766 section 6.2.2).
//
// A way that died says nothing. So a connection on which somebody has lost patience, and on which
// nothing came meanwhile, is put aside: who asks next opens another. It stays for those who wait on
// it, for it may only be slow, and is closed when nobody does: there are never more of these than
// messages that are waited on.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "resolver/base/random.h"
#include "resolver/base/result.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/tcp_stream.h"
#include "resolver/upstream/health.h"

namespace etymon::upstream {

class StreamLink {
 public:
  static constexpr size_t kAsideMax = 32;  // connections beside the one that is joined

  enum class End {
    kFailed,
    kLeftBehind,  // The upstream ended it, and had answered others on it.
  };

  class Waiter {
   public:
    virtual ~Waiter() = default;
    // A message with the waiter's id. It may leave().
    virtual void on_link_message(ByteView message) = 0;
    // The connection ended; the waiter is no longer waited for. It may join() again.
    virtual void on_link_closed(End end) = 0;
  };

  StreamLink(net::EventLoop& loop, Random& random, const Endpoint& server,
             const net::TcpLimits& limits);
  ~StreamLink();

  // Waits for messages with the id that is returned, on a connection that is open or being opened.
  // Errors: kUnavailable, kResourceExhausted.
  Result<uint16_t> join(Waiter& waiter);
  // On the connection that was joined last. REQUIRES: somebody has joined just now.
  void send(ByteView message);
  // The waiter has waited as long as it takes; it waits on, and may ask elsewhere.
  void lose_patience(uint16_t id, const Waiter& waiter);
  // Ends what join() began; harmless when it has ended already.
  void leave(uint16_t id, const Waiter& waiter);

 private:
  class Connection;

  struct Waiting {
    Waiter* waiter;
    uint64_t come_before;  // messages of the connection
  };
  using Waiters = std::unordered_map<uint16_t, Waiting>;

  static void remove(Waiters& from, uint16_t id, const Waiter& waiter);
  std::unique_ptr<Connection> take(const Connection& connection);
  void make_room();
  void closed(const Connection& connection, End end);
  void let_go_of_unused();

  net::EventLoop& loop_;
  Random& random_;
  Endpoint server_;
  net::TcpLimits limits_;
  Waiters orphans_;  // of a connection that has ended, not yet told
  Quirk takes_few_;
  uint64_t few_ = 0;  // questions on one connection, when takes_few_
  std::unique_ptr<Connection> current_;
  std::vector<std::unique_ptr<Connection>> aside_;
  net::Timer let_go_;  // A stream may not go while it tells of a message.
};

}  // namespace etymon::upstream
