#include "api/service/admin_service.h"

#include <algorithm>
#include <span>

#include "api/service/conversions.h"
#include "api/service/refused.h"

namespace etymon::service {
namespace {

// Years of daily restarts fit; a message stays far below 4 MiB.
constexpr size_t kIntervalsMax = 1000;

v1::UpstreamState write(UpstreamState state) {
  switch (state) {
    case UpstreamState::kUntried:
      return v1::UPSTREAM_STATE_UNTRIED;
    case UpstreamState::kUp:
      return v1::UPSTREAM_STATE_UP;
    case UpstreamState::kDown:
      return v1::UPSTREAM_STATE_DOWN;
  }
  return v1::UPSTREAM_STATE_UNSPECIFIED;
}

v1::UpstreamStatus write(const UpstreamStatus& upstream) {
  v1::UpstreamStatus out;
  out.set_address(upstream.endpoint.text());
  out.set_state(write(upstream.state));
  if (upstream.srtt) {
    *out.mutable_srtt() = write_duration(*upstream.srtt);
  }
  out.set_queries(upstream.queries);
  out.set_answers(upstream.answers);
  out.set_timeouts(upstream.timeouts);
  return out;
}

v1::CacheStatus write(const CacheStatus& cache) {
  v1::CacheStatus out;
  out.set_hits(cache.hits);
  out.set_misses(cache.misses);
  out.set_entries(cache.entries);
  out.set_bytes(cache.bytes);
  return out;
}

v1::StoreStatus write(const store::Statistics& statistics) {
  v1::StoreStatus out;
  out.set_tail_deliveries(statistics.tail_deliveries);
  out.set_folds(statistics.folds);
  out.set_disk_bytes(statistics.disk_bytes);
  out.set_answers(statistics.answers);
  if (statistics.oldest) {
    *out.mutable_oldest() = write_time(*statistics.oldest);
  }
  out.set_recording(statistics.recording);
  out.set_last_error(statistics.last_error);
  return out;
}

void write_resolver(const ResolverStatus& resolver, v1::GetStatusResponse& out) {
  out.set_version(resolver.version);
  *out.mutable_started_at() = write_time(resolver.started_at);
  out.set_queries(resolver.queries);
  out.set_malformed(resolver.malformed);
  out.mutable_deliveries()->set_answered(resolver.answered);
  *out.mutable_cache() = write(resolver.cache);
  for (const UpstreamStatus& upstream : resolver.upstreams) {
    *out.add_upstreams() = write(upstream);
  }
}

void write_store(const store::Store& store, v1::GetStatusResponse& out) {
  const store::Statistics statistics = store.statistics();
  out.mutable_deliveries()->set_recorded(statistics.recorded);
  out.mutable_deliveries()->set_lost(statistics.lost);
  *out.mutable_store() = write(statistics);
  const Coverage coverage = store.coverage();
  const std::span intervals = coverage.intervals();
  for (const CoverageInterval& interval :
       intervals.last(std::min(intervals.size(), kIntervalsMax))) {
    *out.add_coverage() = write_interval(interval);
  }
}

}  // namespace

grpc::ServerUnaryReactor* AdminService::GetStatus(grpc::CallbackServerContext* context,
                                                  const v1::GetStatusRequest*,
                                                  v1::GetStatusResponse* response) {
  const auto caller = door_.admit(*context, {"GetStatus"});
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return refused(*context, *failure);
  }
  write_resolver(resolver_.status(), *response);
  write_store(store_, *response);
  auto* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace etymon::service
