// ScriptedNet: stands in for resolver/net below a pool. Its sockets lead nowhere but to the test
// that holds it; its loop turns when it is told, and time is moved by hand.
//
// scripted_net.cc defines what a pool uses of EventLoop, Timer, FdGroup, UdpClient and TcpStream,
// so that the linker takes none of the true ones. One at a time, on one thread; the clock is the
// test's and outlives it. Sockets and timers belong to the pool, the net knows them while they are
// open. It fails as the true one does, when opens_fail and sends_fail say so.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/fd_group.h"
#include "resolver/net/tcp_stream.h"

namespace etymon::testing {

// One message that the pool has sent.
struct WireMessage {
  int socket = 0;
  Endpoint to;
  bool over_stream = false;
  std::string octets;
};

struct ScriptedSocket {
  Endpoint peer;
  bool is_stream = false;
  std::vector<std::string> come = {};             // datagrams that wait to be received
  bool unreachable = false;                       // the next receive says so
  net::FdGroup::Member* member = nullptr;         // of a datagram socket
  std::function<void(ByteView)> on_message = {};  // of a stream
  std::function<void()> hang_up = {};             // of a stream
};

struct ScriptedTimer {
  explicit ScriptedTimer(std::function<void()> on_time) : callback(std::move(on_time)) {}
  virtual ~ScriptedTimer() = default;

  std::function<void()> callback;
  std::optional<MonotonicTime> due = {};
};

class ScriptedNet {
 public:
  explicit ScriptedNet(const Clock& clock);
  ~ScriptedNet();
  ScriptedNet(const ScriptedNet&) = delete;
  ScriptedNet& operator=(const ScriptedNet&) = delete;

  // What a loop's turn does: timers that are due, sockets that can be read, then the turn's end.
  void turn();
  // The turn's end alone: what is queued leaves.
  void end_turn();
  // Gives the socket with that number what waits for it.
  void pump(int number);

  // When the first timer is due; nothing when none runs.
  std::optional<MonotonicTime> next_due() const;
  MonotonicTime now() const { return clock_.monotonic(); }

  bool is_open(int socket) const { return sockets.contains(socket); }
  ScriptedSocket* find(int socket);
  int open(ScriptedSocket socket);

  unsigned opens_fail = 0;  // so many of the next sockets cannot be had
  unsigned sends_fail = 0;  // so many of the next batches cannot be sent
  std::map<int, ScriptedSocket> sockets;
  std::vector<WireMessage> sent;
  std::vector<std::weak_ptr<const std::function<void()>>> turn_ends;
  // Those that are there; and those that went during this turn, whose callback may still run.
  std::set<ScriptedTimer*> timers;
  std::vector<std::unique_ptr<ScriptedTimer>> gone;

 private:
  void fire_timers();

  const Clock& clock_;
  int next_socket_ = 1000;
};

}  // namespace etymon::testing
