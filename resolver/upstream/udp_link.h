// UdpLink: one socket on one random port, shared by a few questions that leave in the same turn.
//
// Belongs to one loop thread. A question shares its port with at most kQuestionsMax - 1 others,
// all of its own turn; a later turn gets another port; the port is closed as soon as nobody waits.
// So there are never more ports open than questions in flight, and a question that leaves alone
// has its port alone.
//
// Why sharing gives nothing away (RFC 5452 section 4): a forger who wants to answer one name must
// hit the port of that question and its id, both drawn at random, whoever else is on that port: 1
// in 64512 x 65536 for each packet, as before. What he could learn of a port by probing it serves
// him for the one turn's questions, for as long as they wait, and to be asked on it he is too late.
// Guesses are counted for the port: kGuessesMax packets with an id that was never used there, or
// with a wrong question, and all questions on it are asked over TCP. What comes to one socket is
// never held against a question on another one (CVE-2020-25684).
// 100,000 questions, eight on each port, still use some 11,000 different ports.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "resolver/base/random.h"
#include "resolver/base/result.h"
#include "resolver/net/datagram_batch.h"
#include "resolver/net/fd_group.h"
#include "resolver/net/udp_client.h"

namespace etymon::upstream {

class UdpLink : public std::enable_shared_from_this<UdpLink> {
 public:
  // Opening and closing a port costs about ten microseconds: shared by eight, one for each.
  static constexpr size_t kQuestionsMax = 8;
  // Packets that are no answer, before nothing more is taken from the port: a forger gets this many
  // guesses at id and spelling, however many packets he sends.
  static constexpr unsigned kGuessesMax = 3;

  class Waiter {
   public:
    virtual ~Waiter() = default;
    // A message with the waiter's id, or one with an id that nobody has had on this port; not
    // judged at all yet. It may leave(). Octets behind `message` may have been cut off.
    virtual void on_link_message(ByteView message) = 0;
    // Too many guesses came to this port. It may leave().
    virtual void on_link_distrusted() = 0;
    // ICMP says that nobody can be reached there, which anybody can forge who hits the port. The
    // waiter is still waited for. It may leave(). Told once.
    virtual void on_link_refused() = 0;
    // The message could not leave; the waiter is no longer waited for.
    virtual void on_link_closed() = 0;
  };

  // What the links of a pool share. It must outlive them.
  struct Shared {
    explicit Shared(net::EventLoop& loop, net::Runs runs = net::Runs::kTogether)
        : sockets(loop), questions(net::LocalAddress::kFixed, runs) {}
    net::FdGroup sockets;
    net::SendBatch questions;
    net::ReplyBatch replies;
    size_t open = 0;  // links with a port, now
  };

  // Errors as UdpClient::open().
  static Result<std::shared_ptr<UdpLink>> open(Shared& shared, const Endpoint& server,
                                               Random& random);
  ~UdpLink() { close(); }

  // Takes no more: as many questions share the port as may, or all of them have left, and with the
  // last the port closed.
  bool full() const { return used_ == kQuestionsMax || !socket_; }
  // Gives the waiter an id that no other one on this port has. REQUIRES: not full, not sent.
  uint16_t join(Waiter& waiter, Random& random);
  // Queues the message of who joined last.
  void queue(ByteView message);
  // Sends what was queued. An error is told to all by on_link_closed().
  void send();
  // Ends what join() began; the port closes with the last.
  void leave(const Waiter& waiter);
  // One more packet was no answer.
  void count_guess();

 private:
  struct Place {
    uint16_t id = 0;
    size_t message_end = 0;    // in outgoing_
    Waiter* waiter = nullptr;  // nothing when it has left: its id is still known
  };

  explicit UdpLink(Shared& shared) : shared_(shared) {}
  void receive();
  void refuse();
  void take(ByteView message);
  Place* place_of(uint16_t id);
  void tell_each(void (Waiter::*what)());
  void fail();
  void close();

  Shared& shared_;
  std::array<Place, kQuestionsMax> places_{};
  size_t used_ = 0;
  size_t waiting_ = 0;
  unsigned guesses_ = 0;
  bool refused_ = false;
  std::string outgoing_;
  std::unique_ptr<net::UdpClient> socket_;
};

// The links to one upstream that are being filled in this turn.
class UdpLinks {
 public:
  UdpLinks(UdpLink::Shared& shared, Random& random, const Endpoint& server)
      : shared_(shared), random_(random), server_(server) {}

  // A link with room for one more question. Errors as UdpLink::open().
  Result<std::shared_ptr<UdpLink>> with_room();
  // At the end of the turn; true when there was something to send.
  bool send();

 private:
  UdpLink::Shared& shared_;
  Random& random_;
  Endpoint server_;
  std::vector<std::shared_ptr<UdpLink>> unsent_;
};

}  // namespace etymon::upstream
