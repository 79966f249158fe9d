// Stage: the resolver of one loop as the daemon puts it together, with no socket and no thread:
// clients, upstream and clock are in the test's hand. Where upstreams are configured their pools
// are the true ones, on a network of the test; else one stand-in takes whatever is asked upstream.
//
// One thread. Whatever a scenario says, the stage itself holds every answer against what must hold
// for all of them: recorded before sent, as what it says, with the id, the spelling and the EDNS of
// its query, and no larger than its client can take. complaints() tells what did not hold.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/daemon/config.h"
#include "api/daemon/local_knowledge.h"
#include "api/daemon/system_upstreams.h"
#include "resolver/forward/forwarder.h"
#include "resolver/listener/proxy_gate.h"
#include "tests/scenario/network.h"
#include "tests/scenario/text.h"
#include "tests/support/fakes.h"
#include "tests/support/lone_turn.h"

namespace etymon::scenario {

// What one client got.
struct Received {
  TextMessage message;
  std::optional<Delivery> delivery;  // as it was recorded; nothing when it was not
  Answer answer = {};                // what that delivery tells
};

// What an upstream was asked and has not answered.
struct Asked {
  forward::UpstreamQuestion question;
  std::string name;  // of the question, as text
  std::string zone;  // whose upstreams were asked; empty: those of all other names
  forward::Asker::Done done;
  bool seen = false;  // the scenario has spoken of it
};

class Stage {
 public:
  // `files`: what the paths in `config` lead to, by path. Whatever else they lead to is not there.
  Stage(const daemon::Config& config, const std::map<std::string, std::string>& files);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Messages from a client; the turn they make. With `via` they come through a forwarder, which
  // says in a PROXY header whose they are.
  void send(const IpAddress& client, std::vector<std::string> messages, Transport transport,
            const std::optional<IpAddress>& via = {});
  // The upstream's word on a question; the turn it makes. `asked` is gone afterwards.
  void answer(size_t asked, Result<forward::UpstreamResponse> response);
  // Where the pools' messages go; null when the stand-in is asked.
  Network* network() { return network_.get(); }
  // What has come to the network is taken; the turn it makes.
  void turn();
  // Time goes by, and whatever the forwarder waits for happens at its moment.
  void wait(Microseconds span);

  // From now on questions go to these upstreams. No daemon does so while it runs: it is what would
  // show whether answers stay with those who gave them.
  void route(const std::vector<upstream::Route>& routes);

  // A file is written anew, and the daemon has looked.
  void write(const std::string& path, const std::string& text);

  // Answers are forgotten, as the API lets them be.
  void flush(const DomainName& name, cache::AnswerCache::Extent extent) {
    cache_.flush(name, extent);
  }

  // The oldest answer that this client got and nobody took yet.
  std::optional<Received> take(const IpAddress& client);
  size_t waiting(const IpAddress& client) const;

  std::vector<Asked>& asked() { return asked_; }
  std::vector<std::string> take_complaints() { return std::exchange(complaints_, {}); }

 private:
  class Memory;
  class Clients;
  class Upstream;
  class Files;
  class Names;
  struct Query {
    TextMessage message;
    Transport transport = Transport::kUdp;
  };

  void give(ByteView message, const forward::ReplyTo& from);
  listener::Verdict judge(ByteView message, const forward::ReplyTo& from);
  void end_turn();
  void send_answers();
  std::optional<MonotonicTime> next_due() const;
  void look_at_files();
  void receive(const forward::Outgoing& outgoing);
  void check(const Query& query, const Received& received, size_t size);
  void check_record(const Received& received);
  bool is_of_memory(const TextMessage& message) const;
  std::optional<Delivery> record_of(const forward::Outgoing& outgoing, const TextMessage& message);
  void complain(const std::string& what) { complaints_.push_back(what); }

  daemon::Config config_;
  testing::ManualClock clock_;
  std::unique_ptr<Files> files_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Names> names_;
  std::unique_ptr<Clients> clients_;
  std::unique_ptr<Upstream> upstream_;
  std::unique_ptr<Network> network_;
  std::vector<Asked> asked_;
  std::map<std::pair<IpAddress, uint16_t>, Query> queries_;  // by peer and id, until answered
  std::map<IpAddress, std::deque<Received>> received_;
  std::vector<std::string> complaints_;
  cache::AnswerCache cache_;
  listener::ProxyGate gate_;
  listener::Admission admission_;
  testing::LoneTurn turn_;
  forward::Forwarder forwarder_;
  daemon::SystemUpstreams system_upstreams_;
  daemon::LocalKnowledge knowledge_;
};

}  // namespace etymon::scenario
