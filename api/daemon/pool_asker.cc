#include "api/daemon/pool_asker.h"

#include <algorithm>
#include <utility>

namespace etymon::daemon {
namespace {

Result<forward::UpstreamResponse> translate(Result<upstream::Response> response) {
  if (!response) {
    return response.error();
  }
  return forward::UpstreamResponse{std::move(response->message), response->server,
                                   std::move(response->parsed)};
}

}  // namespace

PoolAsker::PoolAsker(net::EventLoop& loop, const Config& config, Random& random)
    : loop_(loop), random_(random), options_(config.upstream), routes_(config.routes) {
  pools_.push_back(std::make_unique<upstream::Pool>(loop, options_, random));
  for (const upstream::Route& route : config.routes) {
    upstream::Options options = config.upstream;
    options.servers = route.servers;
    pools_.push_back(std::make_unique<upstream::Pool>(loop, std::move(options), random));
  }
}

uint16_t PoolAsker::group_of(ByteView qname, RecordType qtype) const {
  const uint16_t group = routes_.group_of(qname, qtype);
  return group == 0 ? first_group_ : group;
}

// One that is gone: of a question that was on its way as the upstreams changed.
upstream::Pool& PoolAsker::pool_of(uint16_t group) {
  return group < pools_.size() ? *pools_[group] : *pools_.front();
}

void PoolAsker::ask(const forward::UpstreamQuestion& question, Done done) {
  pool_of(question.group)
      .ask({question.qname, question.qtype, question.qclass, question.dnssec_ok,
            question.checking_disabled, question.client_subnet, question.is_withheld},
           [done = std::move(done)](Result<upstream::Response> response) {
             done(translate(std::move(response)));
           });
}

void PoolAsker::ask_these(std::vector<Endpoint> servers) {
  options_.servers = std::move(servers);
  auto fresh = std::make_unique<upstream::Pool>(loop_, options_, random_);
  left_.push_back(std::exchange(pools_.front(), std::move(fresh)));
  const auto last_of_zones = static_cast<uint16_t>(pools_.size() - 1);
  first_group_ = first_group_ == UINT16_MAX ? last_of_zones : std::max(first_group_, last_of_zones);
  ++first_group_;
  let_go_of_idle();
}

// Those that go with the next change are few, and hold nothing but memory.
void PoolAsker::let_go_of_idle() {
  std::erase_if(left_, [this](const std::unique_ptr<upstream::Pool>& pool) {
    if (pool->is_idle()) {
      past_ += pool->counters();
    }
    return pool->is_idle();
  });
}

std::vector<upstream::ServerStatus> PoolAsker::status() const {
  std::vector<upstream::ServerStatus> all;
  for (const auto& pool : pools_) {
    const std::vector<upstream::ServerStatus> some = pool->status();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::vector<upstream::Counters> PoolAsker::counters() const {
  std::vector<upstream::Counters> all;
  for (const auto& pool : pools_) {
    all.push_back(pool->counters());
  }
  all.push_back(past_);
  for (const auto& pool : left_) {
    all.back() += pool->counters();
  }
  return all;
}

}  // namespace etymon::daemon
