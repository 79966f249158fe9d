// ResolverLoop: one event loop with everything that works on it, on a thread of its own, and a
// second thread that takes the loop over while the first hangs in a record (resolver/base/relay.h).
//
// Owns the loop's sockets, its share of the cache and its questions in flight; shares only the
// recorder. start(), stop() and the destructor belong to one thread. figures() may be called by
// any: it is one of the few crossings between threads, made by a question posted to the loop.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "api/daemon/config.h"
#include "api/daemon/reverse_finder.h"
#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"
#include "resolver/cache/answer_cache.h"
#include "resolver/forward/forwarder.h"
#include "resolver/listener/tcp_listener.h"
#include "resolver/local/knowledge.h"
#include "resolver/model/recorder.h"
#include "resolver/upstream/pool.h"

namespace etymon::daemon {

// Counts of one loop since its start.
struct LoopFigures {
  forward::Counters forwarded;
  cache::Counters cache;
  std::vector<upstream::ServerStatus> upstreams;
  std::vector<upstream::Counters> asked;                   // one for each group of upstreams
  std::vector<listener::TcpListenerCounters> connections;  // one for each address
  uint64_t deliveries = 0;                                 // answers sent that are to be recorded
  uint64_t denied = 0;   // datagrams from addresses that may not ask
  uint64_t limited = 0;  // datagrams over their sender's limit

  // Of what the forwarder never saw, because its PROXY header was not as it must be.
  void count_malformed(uint64_t messages) {
    forwarded.queries += messages;
    forwarded.malformed += messages;
  }
};

class ResolverLoop {
 public:
  // What the loop works with; all of it outlives the loop.
  struct Surroundings {
    Recorder& recorder;
    const Clock& clock;
    HostLearner* learner = nullptr;    // null: nobody wants to know of devices
    ReverseFinder* reverse = nullptr;  // null: nobody wants names of addresses from the memory
    SipKey cookie_seed = {};           // unpredictable; the same for all loops
    listener::AdmissionOptions admission = {};  // who may ask, to begin with
    std::optional<unsigned> processor = {};     // where it stays, and whose datagrams it takes
    // For connections to all addresses, of all loops together.
    std::shared_ptr<listener::ConnectionPlaces> places = {};
  };

  // Binds all sockets and answers nothing yet. Errors:
  // kFailedPrecondition when an address is in use, kPermissionDenied, kInvalidArgument when it is
  // not this machine's, kResourceExhausted.
  static Result<std::unique_ptr<ResolverLoop>> open(const Config& config,
                                                    const Surroundings& around);
  ~ResolverLoop();  // as stop()
  ResolverLoop(const ResolverLoop&) = delete;
  ResolverLoop& operator=(const ResolverLoop&) = delete;

  void start();

  // Ends the turn that runs, its answers recorded and sent, and no other begins. Idempotent.
  void stop();

  // Any thread, before start() or after: what is answered from then on without asking anybody.
  void know(std::shared_ptr<const local::Knowledge> knowledge);

  // Any thread, before start() or after: which upstreams are asked from then on about all names
  // that have none of their own.
  void ask(std::vector<Endpoint> upstreams);

  // Any thread, before start() or after: who may ask from then on. Connections that are open stay.
  void admit(const listener::AdmissionOptions& admission);

  // Any thread. Forgets what the loop's share of the cache holds of `name`, or of it and all below,
  // when the loop comes to it; gives how many answers. None when the loop has stopped. An answer
  // that is on its way at that moment is kept when it comes.
  std::future<size_t> flush(const DomainName& name, cache::AnswerCache::Extent extent);

  // Any thread. Once stopped, and when the loop does not answer within a second, those known last.
  LoopFigures figures() const;

 private:
  struct Parts;
  explicit ResolverLoop(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
  struct Last {
    LoopFigures figures;
    bool running = false;
  };
  Guarded<Last> last_;
};

}  // namespace etymon::daemon
