// TcpStream: one TCP connection that carries DNS messages, either way round (RFC 7766).
//
// Belongs to its loop's thread. Bounded in time and memory: a peer that sends nothing, sends a
// message too slowly or does not read its answers is cut off, and is not read from while it does
// not read. All streams of a loop that were accepted share one part of its time. Everything that
// ends the connection is told once, by on_closed().
//
// Who asks may end its side behind its questions and still wait for what it asked (RFC 1035
// section 4.2.2). So a stream that was accepted outlives its peer's side until as many messages
// were sent as came and all has left, or until it is idle. One that we opened ends with its peer's
// side.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/fd_watch.h"
#include "resolver/net/frame_reader.h"
#include "resolver/net/proxy_header.h"
#include "resolver/net/socket.h"
#include "resolver/net/unsent_room.h"

namespace etymon::net {

struct TcpLimits {
  // Until the peer has accepted. A lost SYN is repeated after one second; one such loss is waited
  // for.
  Milliseconds connect{2'000};
  // Without a whole message from the peer, or with answers that it does not take (RFC 7766 section
  // 6.2.3 asks for seconds, not minutes). It begins anew when an accepted peer has taken all
  // answers; and, where we ask, with the first question behind the peer's last message, but with
  // no further one: what we send says nothing of whether anybody is there.
  Milliseconds idle{10'000};
  // On top of it while an accepted peer waits for an answer, for it is not idle then (RFC 7766
  // section 3): the longest that an answer takes, because some messages get none.
  Milliseconds answer{0};
  // Where we ask, until the other side's kernel has acknowledged what was sent, or takes more of
  // it: a way that died ends the connection then.
  Milliseconds unacknowledged{4'000};
  // From a message's first octet to its last, however steadily octets trickle in.
  Milliseconds message{5'000};
  size_t message_max = 65'535;
  // Octets waiting to be sent. Above half of it nothing is read; above it the connection is closed.
  size_t unsent_max = 256 << 10;
  // What it shares with other streams, or nothing; closed, too, where that is too little.
  UnsentRoom* room = nullptr;
};

enum class CloseReason {
  kPeerClosed,   // in good order
  kReset,        // by the peer or on the way
  kUnreachable,  // never was open
  kIdle,
  kSlowMessage,
  kNotReading,  // the peer let its answers pile up
  kOversized,   // a message longer than message_max was announced
  kMalformed,   // a PROXY header that is wrong, missing, or from whom none is taken
  kTurnedAway,  // the handler does not want whoever the PROXY header names
};

// Whether a PROXY header must stand in front of the first message, or must not.
enum class Preface { kNone, kProxyHeader };

class TcpStream {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    // A whole message, valid during the call. May send(); may not destroy the stream.
    virtual void on_message(ByteView message) = 0;
    // Whose connection it is, before the first message; false ends it. May not destroy the stream.
    virtual bool on_proxied(const ProxyHeader&) { return true; }
    // The end, called once in a turn of its own. May destroy the stream.
    virtual void on_closed(CloseReason reason) = 0;
  };

  // Takes over a connection that was accepted.
  static Result<std::unique_ptr<TcpStream>> adopt(EventLoop& loop, FileDescriptor fd,
                                                  const TcpLimits& limits, Handler& handler,
                                                  Preface preface = Preface::kNone);
  // Starts to connect; what is sent meanwhile waits. Errors: kUnavailable, kResourceExhausted.
  static Result<std::unique_ptr<TcpStream>> connect(EventLoop& loop, const Endpoint& peer,
                                                    const TcpLimits& limits, Handler& handler);

  // Sends `message`, behind those sent before. REQUIRES: at most 65535 octets.
  void send(ByteView message);
  // The same for several, with as few system calls as possible.
  void send(std::span<const ByteView> messages);

  // The peer has accepted, and it has not ended.
  bool is_open() const { return state_ == State::kOpen; }

  // The peer has not ended its side, and not all of its messages were answered.
  bool is_awaited() const { return unanswered_ > 0 && !peer_ended_; }

  Endpoint local() const { return local_endpoint(fd_.get()); }

 private:
  enum class State { kConnecting, kOpen, kFailed };
  enum class Opened { kByUs, kByPeer };

  TcpStream(EventLoop& loop, FileDescriptor fd, State state, const TcpLimits& limits,
            Handler& handler);

  Status watch(Result<FdWatch> opened);
  void on_ready(Interest ready);
  void on_time();
  void finish_connecting();
  void read();
  void end_of_peer();
  void deliver(size_t octets);
  bool pass_preface();
  bool take_proxy_header();
  bool make_room();
  void flush();
  void drop_unsent();
  void restart_timer();
  Milliseconds patience() const;
  bool sending_shows_life();
  void update_interest();
  void fail(CloseReason reason);
  CloseReason overdue() const;
  size_t unsent() const { return outgoing_.size() - outgoing_begin_; }
  bool owes_nothing() const { return unanswered_ == 0 && unsent() == 0; }

  TcpLimits limits_;
  Handler& handler_;
  FileDescriptor fd_;
  State state_;
  CloseReason reason_ = CloseReason::kReset;  // meaningful when kFailed
  Opened opened_ = Opened::kByUs;
  bool heard_ = false;       // a message, behind which nothing was sent yet
  bool peer_ended_ = false;  // its side: it says nothing more, and may still read
  size_t unanswered_ = 0;    // messages that came, less those that were sent
  Preface preface_ = Preface::kNone;
  bool preface_passed_ = false;
  FrameReader frames_;
  std::string outgoing_;  // frames; sent as far as outgoing_begin_
  size_t outgoing_begin_ = 0;
  UnsentRoom::Share share_;  // of what all may hold
  Timer timer_;
  std::optional<FdWatch> watch_;  // behind fd_: it goes first
};

}  // namespace etymon::net
