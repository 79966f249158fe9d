#include "api/daemon/resolver_loop.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/daemon/pool_asker.h"
#include "api/daemon/processors.h"
#include "resolver/base/random.h"
#include "resolver/base/relay.h"
#include "resolver/forward/turn.h"
#include "resolver/listener/tcp_listener.h"
#include "resolver/listener/udp_listener.h"
#include "resolver/net/event_loop.h"

namespace etymon::daemon {

namespace {

// A turn takes milliseconds; whoever waits longer than this for its figures gets older ones.
constexpr Seconds kFiguresWait(1);

// What one query asks upstream at most, one after the other: for AAAA records, and then for A
// records to make them of (RFC 6147).
constexpr int kAskedInARow = 2;

net::PortSharing sharing_of(const Config& config) {
  return config.listen.loops > 1 ? net::PortSharing::kReusePort : net::PortSharing::kExclusive;
}

}  // namespace

// In the order in which they stand on each other; they go in the opposite one.
struct ResolverLoop::Parts {
  Parts(std::unique_ptr<net::EventLoop> event_loop, const Config& config,
        const Surroundings& around)
      : loop(std::move(event_loop)),
        asker(*loop, config, random),
        cache(config.cache.bytes / config.listen.loops, random.u64(), config.cache.keeping),
        turn(around.recorder, around.clock, relay),
        reverse(around.reverse == nullptr ? nullptr : around.reverse->face_for(*loop)),
        forwarder({turn, cache, around.recorder, asker, reverse.get(), around.learner,
                   config.client_cookies ? std::optional(around.cookie_seed) : std::nullopt,
                   random.u64()},
                  forwarder_options(config)),
        wake_forwarder(*loop,
                       [this] {
                         awaited.reset();
                         forwarder.on_time();
                       }),
        processor(around.processor),
        relay({"loop", [this](Relay::Runner me) { return work(me); },
               [this](Relay::Runner stuck) { take_over(stuck); }},
              config.store.record_wait) {}

  Relay::After work(Relay::Runner me) {
    const bool goes_on = loop->turn();
    if (turn.finish(me) == forward::Turn::Ended::kByWhoTookOver) {
      return Relay::After::kRelieved;
    }
    await_forwarder();
    return goes_on ? Relay::After::kGoOn : Relay::After::kOver;
  }

  void take_over(Relay::Runner stuck) {
    turn.take_over(stuck);
    await_forwarder();
  }

  // Lets the forwarder have its say when it wants to. The timer is touched only when that moment
  // has changed.
  void await_forwarder() {
    const std::optional<MonotonicTime> due = forwarder.next_due();
    if (due == awaited) {
      return;
    }
    awaited = due;
    if (due) {
      wake_forwarder.start(std::max(*due - loop->now(), Microseconds(0)));
    } else {
      wake_forwarder.stop();
    }
  }

  Status listen(const Config& config, const Surroundings& around, const Endpoint& address);
  LoopFigures figures() const {
    LoopFigures all;
    all.forwarded = forwarder.counters();
    all.cache = cache.counters();
    all.upstreams = asker.status();
    all.asked = asker.counters();
    all.deliveries = turn.deliveries();
    for (const auto& listener : udp) {
      all.denied += listener->counters().denied;
      all.limited += listener->counters().limited;
      all.count_malformed(listener->counters().bad_header);
    }
    for (const auto& listener : tcp) {
      all.connections.push_back(listener->counters());
      all.count_malformed(all.connections.back().bad_header);
    }
    return all;
  }

  SystemRandom random;
  std::unique_ptr<net::EventLoop> loop;
  PoolAsker asker;
  cache::AnswerCache cache;
  forward::Turn turn;
  std::unique_ptr<forward::ReverseNames> reverse;
  forward::Forwarder forwarder;
  net::Timer wake_forwarder;
  std::optional<MonotonicTime> awaited;  // when that timer is due; nothing: it is not started
  std::vector<std::unique_ptr<listener::UdpListener>> udp;
  std::vector<std::unique_ptr<listener::TcpListener>> tcp;
  const decltype(listener::TcpListener::Options::of_loop) tcp_of_loop =
      std::make_shared<std::vector<listener::TcpListener*>>();
  const std::optional<unsigned> processor;  // of the relay's threads
  Relay relay;
};

Status ResolverLoop::Parts::listen(const Config& config, const Surroundings& around,
                                   const Endpoint& address) {
  listener::UdpListener::Options udp_options;
  udp_options.admission = around.admission;
  udp_options.proxies = listener::AccessList(config.listen.proxies);
  udp_options.seed = random.u64();
  udp_options.socket.sharing = sharing_of(config);
  udp_options.socket.runs = config.listen.runs;
  udp_options.socket.processor = around.processor;
  auto datagrams = listener::UdpListener::open(*loop, address, udp_options, forwarder);
  if (!datagrams) {
    return datagrams.error();
  }
  udp.push_back(*std::move(datagrams));

  listener::TcpListener::Options tcp_options;
  tcp_options.access = around.admission.access;
  tcp_options.proxies = listener::AccessList(config.listen.proxies);
  tcp_options.places = around.places;
  tcp_options.of_loop = tcp_of_loop;
  tcp_options.stream.idle = config.answering.tcp_idle;
  tcp_options.stream.answer = kAskedInARow * config.upstream.deadline;
  tcp_options.stream.message = config.listen.tcp_message;
  tcp_options.sharing = sharing_of(config);
  auto streams = listener::TcpListener::open(*loop, address, tcp_options, forwarder);
  if (!streams) {
    return streams.error();
  }
  tcp.push_back(*std::move(streams));
  return {};
}

Result<std::unique_ptr<ResolverLoop>> ResolverLoop::open(const Config& config,
                                                         const Surroundings& around) {
  Result<std::unique_ptr<net::EventLoop>> loop = net::EventLoop::create(around.clock);
  if (!loop) {
    return loop.error();
  }
  auto parts = std::make_unique<Parts>(*std::move(loop), config, around);
  for (const Endpoint& address : config.listen.addresses) {
    if (const Status listening = parts->listen(config, around, address); !listening) {
      return listening.error();
    }
  }
  return std::unique_ptr<ResolverLoop>(new ResolverLoop(std::move(parts)));
}

ResolverLoop::ResolverLoop(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ResolverLoop::~ResolverLoop() {
  stop();
}

void ResolverLoop::start() {
  last_.lock()->running = true;
  std::vector<unsigned> own;
  if (parts_->processor) {
    own.push_back(*parts_->processor);
  }
  const OnProcessors threads_stay(own);
  parts_->relay.start();
}

void ResolverLoop::stop() {
  if (!last_.lock()->running) {
    return;
  }
  parts_->loop->stop();
  parts_->relay.join();
  *last_.lock() = {parts_->figures(), false};
}

void ResolverLoop::know(std::shared_ptr<const local::Knowledge> knowledge) {
  parts_->loop->post([this, knowledge = std::move(knowledge)]() mutable {
    parts_->forwarder.know(std::move(knowledge));
  });
}

void ResolverLoop::ask(std::vector<Endpoint> upstreams) {
  parts_->loop->post([this, upstreams = std::move(upstreams)]() mutable {
    parts_->asker.ask_these(std::move(upstreams));
  });
}

void ResolverLoop::admit(const listener::AdmissionOptions& admission) {
  parts_->loop->post([this, admission] {
    for (const auto& listener : parts_->udp) {
      listener->admit(admission);
    }
    for (const auto& listener : parts_->tcp) {
      listener->admit(admission.access);
    }
  });
}

std::future<size_t> ResolverLoop::flush(const DomainName& name, cache::AnswerCache::Extent extent) {
  const auto answer = std::make_shared<std::promise<size_t>>();
  std::future<size_t> coming = answer->get_future();
  if (last_.lock()->running) {
    parts_->loop->post(
        [this, name, extent, answer] { answer->set_value(parts_->cache.flush(name, extent)); });
  } else {
    answer->set_value(0);
  }
  return coming;
}

LoopFigures ResolverLoop::figures() const {
  if (!last_.lock()->running) {
    return last_.lock()->figures;
  }
  const auto answer = std::make_shared<std::promise<LoopFigures>>();
  std::future<LoopFigures> coming = answer->get_future();
  parts_->loop->post([this, answer] { answer->set_value(parts_->figures()); });
  if (coming.wait_for(kFiguresWait) == std::future_status::ready) {
    last_.lock()->figures = coming.get();
  }
  return last_.lock()->figures;
}

}  // namespace etymon::daemon
