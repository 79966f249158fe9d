#include "api/service/admin_service.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "api/service/admin_orders.h"
#include "api/service/answered.h"
#include "api/service/conversions.h"
#include "api/service/forgetting.h"
#include "api/service/refused.h"
#include "api/service/upkeep_call.h"

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
  out.set_wrong_cookies(upstream.wrong_cookies);
  out.set_missing_cookies(upstream.missing_cookies);
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
  *out.mutable_keep() = write_duration(statistics.retention.keep);
  out.set_keep_bytes(statistics.retention.keep_bytes);
  out.set_table_bytes(statistics.table_bytes);
  if (statistics.kept_since) {
    *out.mutable_kept_since() = write_time(*statistics.kept_since);
  }
  if (statistics.complete_since) {
    *out.mutable_complete_since() = write_time(*statistics.complete_since);
  }
  out.set_too_old(statistics.too_old);
  return out;
}

v1::AnsweringStatus write(const AnsweringStatus& answering) {
  v1::AnsweringStatus out;
  out.set_local(answering.local);
  out.set_blocked(answering.blocked);
  out.set_stale(answering.stale);
  out.set_joined(answering.joined);
  out.set_refreshes(answering.refreshes);
  out.set_failed_upstream(answering.failed_upstream);
  out.set_overloaded(answering.overloaded);
  out.set_not_recursed(answering.not_recursed);
  out.set_not_implemented(answering.not_implemented);
  out.set_denied(answering.denied);
  out.set_limited(answering.limited);
  out.set_rebinding(answering.rebinding);
  out.set_withheld(answering.withheld);
  out.set_ttl_changed(answering.ttl_changed);
  out.set_good_cookies(answering.good_cookies);
  out.set_bad_cookies(answering.bad_cookies);
  return out;
}

v1::AskingStatus write(const AskingStatus& asking) {
  v1::AskingStatus out;
  out.set_mismatches(asking.mismatches);
  out.set_case_mismatches(asking.case_mismatches);
  out.set_moved_to_tcp(asking.moved_to_tcp);
  out.set_truncated(asking.truncated);
  out.set_edns_refused(asking.edns_refused);
  out.set_bad_cookies(asking.bad_cookies);
  out.set_unreachable(asking.unreachable);
  out.set_rejected(asking.rejected);
  out.set_in_flight(asking.in_flight);
  out.set_ports(asking.ports);
  out.set_exhausted(asking.exhausted);
  return out;
}

v1::ConnectionsStatus write(const ConnectionsStatus& connections) {
  v1::ConnectionsStatus out;
  out.set_accepted(connections.accepted);
  out.set_open(connections.open);
  out.set_over_limit(connections.over_limit);
  out.set_denied(connections.denied);
  out.set_timed_out(connections.timed_out);
  out.set_not_reading(connections.not_reading);
  out.set_oversized(connections.oversized);
  out.set_exhausted(connections.exhausted);
  out.set_unsent(connections.unsent);
  return out;
}

void write_resolver(const ResolverStatus& resolver, v1::GetStatusResponse& out) {
  out.set_version(resolver.version);
  *out.mutable_started_at() = write_time(resolver.started_at);
  out.set_queries(resolver.queries);
  out.set_malformed(resolver.malformed);
  out.mutable_deliveries()->set_answered(resolver.answered);
  *out.mutable_answering() = write(resolver.answering);
  *out.mutable_asking() = write(resolver.asking);
  *out.mutable_connections() = write(resolver.connections);
  *out.mutable_cache() = write(resolver.cache);
  for (const UpstreamStatus& upstream : resolver.upstreams) {
    *out.add_upstreams() = write(upstream);
  }
}

void write_coverage(const Coverage& coverage, v1::GetStatusResponse& out) {
  const std::span intervals = coverage.intervals();
  const size_t shown = std::min(intervals.size(), kIntervalsMax);
  out.set_older_coverage(intervals.size() - shown);
  for (const CoverageInterval& interval : intervals.last(shown)) {
    *out.add_coverage() = write_interval(interval);
  }
}

void write_store(const store::Store& store, v1::GetStatusResponse& out) {
  const store::Statistics statistics = store.statistics();
  out.mutable_deliveries()->set_recorded(statistics.recorded);
  out.mutable_deliveries()->set_lost(statistics.lost);
  *out.mutable_store() = write(statistics);
  write_coverage(store.coverage(), out);
}

// What is nobody's in particular. The counts are of everybody, and so are the edges of the
// coverage: somebody's deliveries were forgotten there, or imported.
void write_limited(const ResolverStatus& resolver, const store::Store& store,
                   v1::GetStatusResponse& out) {
  const store::Statistics statistics = store.statistics();
  out.set_limited(true);
  out.set_version(resolver.version);
  *out.mutable_started_at() = write_time(resolver.started_at);
  out.mutable_store()->set_recording(statistics.recording);
  *out.mutable_store()->mutable_keep() = write_duration(statistics.retention.keep);
  out.mutable_store()->set_keep_bytes(statistics.retention.keep_bytes);
  write_coverage(store.coverage(), out);
  for (v1::CoverageInterval& interval : *out.mutable_coverage()) {
    interval.clear_began();
    if (interval.ended() != v1::COVERAGE_EDGE_NOW) {
      interval.clear_ended();
    }
  }
}

v1::VerifyReport write(const store::VerifyReport& report) {
  v1::VerifyReport out;
  out.set_rows(report.rows);
  out.set_deliveries(report.deliveries);
  out.set_unfolded(report.unfolded);
  out.set_answers(report.answers);
  for (const store::Finding& finding : report.findings) {
    v1::VerifyFinding& written = *out.add_findings();
    written.set_part(finding.part);
    written.set_problem(finding.what);
    written.set_rows(finding.rows);
    written.set_first(finding.first);
  }
  return out;
}

Outcome<v1::VerifyResponse> verify_store(const store::Store& store,
                                         const store::Oversight& oversight) {
  const Result<store::VerifyReport> report = store.verify(oversight);
  if (!report) {
    return from_upkeep(report.error(), oversight.stop);
  }
  v1::VerifyResponse response;
  *response.mutable_report() = write(*report);
  return response;
}

Outcome<v1::BackupResponse> back_up_store(store::Store& store, const std::string& folder,
                                          const store::Oversight& oversight) {
  uint64_t copied = 0;
  const Status done = store.backup(folder, {oversight.stop, [&](uint64_t now, uint64_t total) {
                                              copied = now;
                                              oversight.on_progress(now, total);
                                            }});
  if (!done) {
    return from_backup(done.error(), oversight.stop);
  }
  v1::BackupResponse response;
  response.mutable_report()->set_folder(folder);
  response.mutable_report()->set_bytes(copied);
  return response;
}

Outcome<v1::ForgetResponse> forget_order(store::Store& store, const store::ForgetOrder& order,
                                         const store::Oversight& oversight) {
  const Result<store::ForgetReport> report = store.forget(order, oversight);
  if (!report) {
    return from_upkeep(report.error(), oversight.stop);
  }
  v1::ForgetResponse response;
  *response.mutable_report() = write_report(*report);
  return response;
}

grpc::Status change_retention(store::Store& store, const v1::SetRetentionRequest& request,
                              v1::SetRetentionResponse& out) {
  const auto wanted = read_retention(request);
  if (const auto* failure = std::get_if<Failure>(&wanted)) {
    return to_status(*failure);
  }
  const auto in_force = store.change_retention(std::get<store::RetentionChange>(wanted));
  if (!in_force) {
    return to_status(from_store(in_force.error()));
  }
  *out.mutable_keep() = write_duration(in_force->keep);
  out.set_keep_bytes(in_force->keep_bytes);
  return grpc::Status::OK;
}

// Nobody needs a whole second: a loop that has not come to it hangs in a slow disk.
constexpr Seconds kFlushRetry(5);

grpc::Status flush(ResolverControl& control, const v1::FlushCacheRequest& request,
                   v1::FlushCacheResponse& out) {
  const auto wanted = read_flush_order(request);
  if (const auto* failure = std::get_if<Failure>(&wanted)) {
    return to_status(*failure);
  }
  const auto& order = std::get<FlushOrder>(wanted);
  const auto flushed = control.flush_cache(order.name, order.extent);
  if (!flushed) {
    return to_status({.code = google::rpc::UNAVAILABLE,
                      .reason = "RESOLVER_BUSY",
                      .message = "the resolver is busy; it will flush as soon as it is not",
                      .retry_after = kFlushRetry});
  }
  out.set_answers(*flushed);
  return grpc::Status::OK;
}

constexpr std::array<std::pair<v1::LogLevel, api::LogLevel>, 4> kLogLevels{
    {{v1::LOG_LEVEL_ERROR, api::LogLevel::kError},
     {v1::LOG_LEVEL_WARNING, api::LogLevel::kWarning},
     {v1::LOG_LEVEL_INFO, api::LogLevel::kInfo},
     {v1::LOG_LEVEL_DEBUG, api::LogLevel::kDebug}}};

grpc::Status change_log_level(ResolverControl& control, v1::LogLevel wanted,
                              v1::SetLogLevelResponse& out) {
  const auto* const found =
      std::ranges::find(kLogLevels, wanted, [](const auto& pair) { return pair.first; });
  if (found == kLogLevels.end()) {
    return to_status(invalid("LOG_LEVEL_INVALID", "level",
                             "level must be one of LOG_LEVEL_ERROR, _WARNING, _INFO, _DEBUG"));
  }
  const api::LogLevel before = control.set_log_level(found->second);
  out.set_previous(
      std::ranges::find(kLogLevels, before, [](const auto& pair) { return pair.second; })->first);
  return grpc::Status::OK;
}

Errand admin_errand(std::string_view method, std::string_view subject = {}) {
  return {.method = method, .role = Role::kAdmin, .subject = subject, .about_hosts = false};
}

grpc::ServerUnaryReactor* finished(grpc::CallbackServerContext& context,
                                   const grpc::Status& status) {
  auto* reactor = context.DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

}  // namespace

AdminService::AdminService(const Parts& parts) : parts_(parts) {
  serve("GetStatus", &AdminService::get_status);
  serve("SetRetention", &AdminService::set_retention);
  serve("FlushCache", &AdminService::flush_cache);
  serve("SetLogLevel", &AdminService::set_log_level);
  serve("Verify", &AdminService::verify);
  serve("Backup", &AdminService::back_up);
  serve("Forget", &AdminService::forget);
}

// Whoever entered for it, and lost the right since, is on record without what it was about: it was
// at the beginning.
template <class Response, class Work>
grpc::ServerWriteReactor<Response>* AdminService::upkeep(grpc::CallbackServerContext& context,
                                                         const char* method, Work work) {
  const auto refusal = [this, &context, method] {
    return parts_.door.refusal_now(context, admin_errand(method));
  };
  return new UpkeepCall<Response>({desk_, context, parts_.stall_time, refusal}, std::move(work));
}

v1::ApiStatus AdminService::api_status() const {
  const Streams& streams = parts_.streams;
  v1::ApiStatus out;
  out.set_lookup_streams(static_cast<uint64_t>(streams.lookups.open()));
  out.set_ingests(static_cast<uint64_t>(streams.ingests.open()));
  out.set_exports(static_cast<uint64_t>(streams.exports.open()));
  out.set_watchers(static_cast<uint64_t>(streams.watches.open()));
  out.set_refused(streams.refused() + parts_.readers.refused() + parts_.untaken.refused());
  out.set_untaken_bytes(parts_.untaken.octets());
  const Connections::Counts connections = parts_.connections.counts();
  out.set_connections(connections.open);
  out.set_connections_over_limit(connections.over_limit);
  out.set_connections_exhausted(connections.exhausted);
  out.set_lost_audit_records(parts_.audit.lost());
  return out;
}

grpc::ServerUnaryReactor* AdminService::get_status(grpc::CallbackServerContext* context,
                                                   const Incoming<v1::GetStatusRequest>* request,
                                                   v1::GetStatusResponse* response) {
  const auto caller =
      let_in(parts_.door, *context, *request, {.method = "GetStatus", .about_hosts = false});
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return refused(*context, *failure);
  }
  if (std::get<Caller>(caller).is_limited()) {
    write_limited(parts_.resolver.status(), parts_.store, *response);
    return finished(*context, grpc::Status::OK);
  }
  write_resolver(parts_.resolver.status(), *response);
  write_store(parts_.store, *response);
  *response->mutable_api() = api_status();
  return answered(*context, parts_.untaken, std::get<Caller>(caller).name, *response);
}

grpc::ServerUnaryReactor* AdminService::set_retention(
    grpc::CallbackServerContext* context, const Incoming<v1::SetRetentionRequest>* request,
    v1::SetRetentionResponse* response) {
  const std::string subject = (*request)->ShortDebugString();
  if (const auto failure =
          turned_away(parts_.door, *context, *request, admin_errand("SetRetention", subject))) {
    return refused(*context, *failure);
  }
  return finished(*context, change_retention(parts_.store, **request, *response));
}

grpc::ServerUnaryReactor* AdminService::flush_cache(grpc::CallbackServerContext* context,
                                                    const Incoming<v1::FlushCacheRequest>* request,
                                                    v1::FlushCacheResponse* response) {
  Errand errand = admin_errand("FlushCache", (*request)->name());
  errand.filter = &**request;
  if (const auto failure = turned_away(parts_.door, *context, *request, errand)) {
    return refused(*context, *failure);
  }
  return finished(*context, flush(parts_.control, **request, *response));
}

grpc::ServerUnaryReactor* AdminService::set_log_level(
    grpc::CallbackServerContext* context, const Incoming<v1::SetLogLevelRequest>* request,
    v1::SetLogLevelResponse* response) {
  const std::string subject = v1::LogLevel_Name((*request)->level());
  if (const auto failure =
          turned_away(parts_.door, *context, *request, admin_errand("SetLogLevel", subject))) {
    return refused(*context, *failure);
  }
  return finished(*context, change_log_level(parts_.control, (*request)->level(), *response));
}

grpc::ServerWriteReactor<v1::VerifyResponse>* AdminService::verify(
    grpc::CallbackServerContext* context, const Incoming<v1::VerifyRequest>* request) {
  if (const auto failure = turned_away(parts_.door, *context, *request, admin_errand("Verify"))) {
    return new RefusedWrites<v1::VerifyResponse>(*failure);
  }
  return upkeep<v1::VerifyResponse>(*context, "Verify", [this](const store::Oversight& oversight) {
    return verify_store(parts_.store, oversight);
  });
}

grpc::ServerWriteReactor<v1::BackupResponse>* AdminService::back_up(
    grpc::CallbackServerContext* context, const Incoming<v1::BackupRequest>* request) {
  if (const auto failure = turned_away(parts_.door, *context, *request,
                                       admin_errand("Backup", (*request)->folder()))) {
    return new RefusedWrites<v1::BackupResponse>(*failure);
  }
  const auto folder = read_folder(**request);
  if (const auto* failure = std::get_if<Failure>(&folder)) {
    return new RefusedWrites<v1::BackupResponse>(*failure);
  }
  return upkeep<v1::BackupResponse>(
      *context, "Backup",
      [this, path = std::get<std::string>(folder)](const store::Oversight& oversight) {
        return back_up_store(parts_.store, path, oversight);
      });
}

grpc::ServerWriteReactor<v1::ForgetResponse>* AdminService::forget(
    grpc::CallbackServerContext* context, const Incoming<v1::ForgetRequest>* request) {
  const std::string subject = (*request)->ShortDebugString();
  Errand errand = admin_errand("Forget", subject);
  errand.client = (*request)->client();
  const auto caller = let_in(parts_.door, *context, *request, errand);
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return new RefusedWrites<v1::ForgetResponse>(*failure);
  }
  auto order = read_forget_order(**request, std::get<Caller>(caller).name);
  if (const auto* failure = std::get_if<Failure>(&order)) {
    return new RefusedWrites<v1::ForgetResponse>(*failure);
  }
  return upkeep<v1::ForgetResponse>(
      *context, "Forget",
      [this, wanted = std::get<store::ForgetOrder>(order)](const store::Oversight& oversight) {
        return forget_order(parts_.store, wanted, oversight);
      });
}

}  // namespace etymon::service
