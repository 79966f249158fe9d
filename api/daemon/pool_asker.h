// PoolAsker: the pools of upstreams behind the interface that the forwarder knows: one for each
// zone with upstreams of its own, and the first for all other names, which may become another one.
//
// Belongs to one loop thread. Owns its pools; loop and randomness outlive it. Errors are the
// pools'.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "api/daemon/config.h"
#include "resolver/base/random.h"
#include "resolver/forward/asker.h"
#include "resolver/net/event_loop.h"
#include "resolver/upstream/pool.h"
#include "resolver/upstream/routes.h"

namespace etymon::daemon {

class PoolAsker final : public forward::Asker {
 public:
  PoolAsker(net::EventLoop& loop, const Config& config, Random& random);

  uint16_t group_of(ByteView qname, RecordType qtype) const override;
  void ask(const forward::UpstreamQuestion& question, Done done) override;

  // From now on these are asked about all names without upstreams of their own. What is on its way
  // stays where it is. They are a group of their own: in another network names lead elsewhere, and
  // what the ones before said, or failed to say, answers nobody there.
  void ask_these(std::vector<Endpoint> servers);

  // Of every pool that is asked, in the order of the groups.
  std::vector<upstream::ServerStatus> status() const;
  // One more for all pools that were asked before.
  std::vector<upstream::Counters> counters() const;

 private:
  void let_go_of_idle();
  upstream::Pool& pool_of(uint16_t group);

  net::EventLoop& loop_;
  Random& random_;
  upstream::Options options_;  // of the first pool
  const upstream::Routes routes_;
  std::vector<std::unique_ptr<upstream::Pool>> pools_;
  // The group of the first pool. The others have their place in pools_ for theirs.
  uint16_t first_group_ = 0;
  std::vector<std::unique_ptr<upstream::Pool>> left_;  // still waiting for answers when last looked
  upstream::Counters past_;                            // of those before
};

}  // namespace etymon::daemon
