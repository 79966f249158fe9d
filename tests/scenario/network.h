// Network: the true pools of upstreams, as the daemon has them, on a net without sockets. What they
// send waits until the scenario speaks of it; what comes back is whatever the scenario says.
//
// One thread; the clock outlives it. Owns the pools and everything below them. Whatever a scenario
// says, each message to an upstream is held against what must hold for all: one recursive question
// and nothing else, nothing of the client's EDNS, an id of its own, and a port that is shared with
// messages of the same turn at most. `complain` is told what did not hold.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/daemon/config.h"
#include "api/daemon/pool_asker.h"
#include "resolver/model/delivery.h"
#include "tests/scenario/text.h"
#include "tests/support/fakes.h"
#include "tests/support/scripted_net.h"

namespace etymon::scenario {

// A message that a pool sent, over UDP or over a connection.
struct Message {
  TextMessage text;
  Endpoint to;
  Transport transport = Transport::kUdp;
  int port = 0;       // or connection; no other one has the same number
  size_t turn = 0;    // in which it left
  bool seen = false;  // the scenario has spoken of it
};

class Network {
 public:
  using Complain = std::function<void(const std::string&)>;

  // Ids and spellings repeat with `seed`, and no question goes to another upstream than it would
  // by what is known of them, until explore().
  Network(const daemon::Config& config, const Clock& clock, uint64_t seed, Complain complain);

  daemon::PoolAsker& asker() { return asker_; }

  // From now on the dice decide about that, as they do outside.
  void explore() { random_.explore(); }

  // So many of the next sockets cannot be had.
  void fail_sockets(uint32_t count) { net_.opens_fail = count; }

  // A turn of the loop: timers that are due, and what has come.
  void turn();
  // Only its end: what was asked in it leaves.
  void end_turn();
  std::optional<MonotonicTime> next_due() const { return net_.next_due(); }

  std::vector<Message>& sent() { return sent_; }
  // Something is still taken from where the message left.
  bool is_open(const Message& message) const { return net_.is_open(message.port); }

  // Octets come to an open port, or a message over a connection. Taken in the next turn.
  void deliver(int port, std::string octets);
  // Nobody listens where the port's messages went; or the connection ends. Known in the next turn.
  void break_off(int port);

 private:
  // A question is sent exploring when a number is drawn that 32 divides; none comes.
  class Dice final : public Random {
   public:
    explicit Dice(uint64_t seed) : seeded_(seed) {}
    void fill(std::span<uint8_t> out) override;
    void explore() { exploring_ = true; }

   private:
    testing::SeededRandom seeded_;
    bool exploring_ = false;
  };

  void note_sent();
  void check(const Message& message);
  void check_port(const Message& message);

  Complain complain_;
  Dice random_;
  testing::ScriptedNet net_;
  std::unique_ptr<net::EventLoop> loop_;
  daemon::PoolAsker asker_;
  const bool passes_subnet_;  // of clients, as the configuration says
  std::vector<Message> sent_;
  size_t noted_ = 0;  // of what the net has sent
  size_t turn_ = 0;
};

// As it would be written behind "ADDRESS is asked", the name as it was spelled.
std::string describe(const Message& message);

}  // namespace etymon::scenario
