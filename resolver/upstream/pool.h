// Pool: asks the configured recursive resolvers, and believes only what can be an answer of theirs.
//
// Belongs to one loop thread. Each message to an upstream has a random id and, over UDP, leaves
// from a connected socket on a random port, shared with a few questions of the same turn at most
// (udp_link.h); each letter of the name has a random case (RFC 5452, draft-vixie-dnsext-dns0x20). A
// packet that does not fit all of this, or has a cookie that is not ours (RFC 7873), changes
// nothing but a counter, and after a few of them the question goes over TCP. Questions leave at the
// end of the turn. When ICMP says that nobody listens, which can be forged, the next upstream is
// asked, then the same over TCP; an answer from that port is still taken, and waited for until the
// deadline. So it is with a failure that names no question, which is no harder to forge. An answer
// is read here, once. Limits: the questions in flight, the time for each, and the messages for
// each: 1 + retries x upstreams; where these are spent, a few for the ways in which an answer wants
// it to be asked, over TCP say, and one at half of the time, when an upstream that was away may be
// back; and some while an upstream closes connections on which it has answered others.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/random.h"
#include "resolver/net/datagram_batch.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/tcp_stream.h"
#include "resolver/upstream/health.h"
#include "resolver/upstream/question.h"

namespace etymon::upstream {

struct Options {
  // The fastest is asked first; until that is known, in this order. None: each question is answered
  // with kUnavailable.
  std::vector<Endpoint> servers;
  // 100 ms .. 30 s. Stubs give up after five seconds.
  Milliseconds deadline{5'000};
  // 1 .. 8, for each upstream: what one question may cost beyond its first message.
  unsigned retries = 2;
  // 1 .. 20000. Each holds up to 1 + retries x upstreams sockets, three more at most, and some
  // 1000 octets.
  size_t in_flight_max = 4096;
  net::TcpLimits stream = {};
  // 10 ms .. 5 s: no question is asked again before, however fast the upstream usually is.
  Microseconds patience_min = RoundTrip::kPatienceMin;
  // 1 .. 100: an upstream that fails so many questions in a row is down.
  unsigned failures_max = Health::kFailuresMax;
  // 0 .. 1000000: one question in so many goes first to another upstream than the fastest, so that
  // we notice when that one has become faster; 0: none does.
  uint32_t explore_one_in = 32;
  // 1 s .. 1 h: an upstream that is down is tried again at least this often.
  Microseconds back_off_max = Health::kBackOffMax;
  bool cookies = true;                    // RFC 7873
  net::Runs runs = net::Runs::kTogether;  // of questions on one port
  // Those that are asked in lower case from the start, because they do not keep the case of names.
  // A forger then has the id and the port to guess alone.
  std::vector<Endpoint> lower_case = {};
};

struct Counters {
  uint64_t questions = 0;
  uint64_t answers = 0;     // NOERROR, NXDOMAIN, YXDOMAIN
  uint64_t failures = 0;    // SERVFAIL and the like, after every upstream was tried
  uint64_t unanswered = 0;  // no upstream answered in time, or none could be reached
  uint64_t rejected = 0;    // at the limit of questions in flight
  uint64_t udp_messages = 0;
  uint64_t tcp_messages = 0;
  uint64_t timeouts = 0;     // waits that ended with another message
  uint64_t unreachable = 0;  // ICMP said so, or there is no route
  uint64_t exhausted = 0;    // messages that could not leave: no descriptor or memory was left
  uint64_t mismatches = 0;   // packets that were not the answer: forged, or from a broken upstream
  uint64_t case_mismatches = 0;  // of them, those that differ in the letters' case only
  uint64_t moved_to_tcp = 0;     // questions, because of mismatches
  uint64_t truncated = 0;        // questions that went on over TCP because the answer was too large
  uint64_t edns_refused = 0;     // messages repeated without EDNS
  uint64_t bad_cookies = 0;      // messages repeated because the upstream wanted a newer cookie
  uint64_t in_flight = 0;        // questions, now
  uint64_t ports = 0;            // UDP ports open, now; each is waited on by some message

  Counters& operator+=(const Counters& other);
};

struct ServerStatus {
  Endpoint endpoint;
  bool up = true;
  Microseconds round_trip{0};  // smoothed; 0 until measured
  uint64_t messages = 0;       // sent to it
  uint64_t answers = 0;        // that were delivered
  uint64_t failures = 0;       // SERVFAIL, REFUSED and the like
  uint64_t timeouts = 0;
  uint64_t wrong_cookies = 0;    // replies with another cookie than ours; none is believed
  uint64_t missing_cookies = 0;  // replies without one although it gave us one before
  bool case_randomised = true;   // false: it was seen to lose the case of names, or is known to
  bool edns = true;              // false: it was seen to refuse EDNS
  // It seems to lose the case of names, and cannot be asked over TCP, where that would be certain.
  bool case_unproven = false;
};

struct Core;

class Pool {
 public:
  // `loop` and `random` must outlive the pool. Questions that are open when it goes away are
  // dropped, their `done` is not called.
  Pool(net::EventLoop& loop, Options options, Random& random);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Calls `done` exactly once, on the loop, never from inside ask(). It may ask() again. A failure
  // response (SERVFAIL, REFUSED, ...) that every upstream agrees on is a Response. Errors:
  // kDeadlineExceeded when none answered in time, kUnavailable when none could be reached
  // or one that could does not recurse, kResourceExhausted at the limit of questions in flight, or
  // when no descriptor was left to ask with.
  void ask(Question question, Done done);

  // Nobody waits for an answer.
  bool is_idle() const;

  Counters counters() const;
  std::vector<ServerStatus> status() const;

 private:
  std::shared_ptr<Core> core_;
  net::TurnEnd turn_end_;
};

}  // namespace etymon::upstream
