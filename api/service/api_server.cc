#include "api/service/api_server.h"

#include <absl/synchronization/mutex.h>
#include <google/protobuf/stubs/logging.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <optional>
#include <utility>

#include "api/service/acceptor.h"
#include "api/service/access.h"
#include "api/service/admin_service.h"
#include "api/service/audit.h"
#include "api/service/door.h"
#include "api/service/listening.h"
#include "api/service/provenance_service.h"
#include "api/service/tls_credentials.h"
#include "api/service/worker.h"

namespace etymon::service {
namespace {

// Threads that gRPC may start for reflection; all other calls share its own few.
constexpr int kReflectionThreadsMax = 16;
// How long running calls may take to end when the daemon stops.
constexpr int64_t kGraceSeconds = 2;

int milliseconds(Milliseconds time) {
  return static_cast<int>(time.count());
}

void set_limits(grpc::ServerBuilder& builder, const Limits& limits) {
  grpc::ResourceQuota quota("etymon-api");
  quota.Resize(limits.memory_bytes);
  quota.SetMaxThreads(kReflectionThreadsMax);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(limits.receive_bytes);
  builder.SetMaxSendMessageSize(limits.send_bytes);
  // gRPC has a limit of what comes, and none of what it makes of that: 4 MiB become 4 GiB. So calls
  // that say they compress are refused, and nothing is unpacked before that.
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
  const std::pair<const char*, int> arguments[] = {
      {GRPC_ARG_MAX_METADATA_SIZE, limits.metadata_bytes},
      {GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.streams},
      {GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, milliseconds(limits.handshake)},
      {GRPC_ARG_MAX_CONNECTION_IDLE_MS, milliseconds(limits.idle)},
      {GRPC_ARG_MAX_CONNECTION_AGE_MS, milliseconds(limits.age)},
      {GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, milliseconds(limits.grace)},
      {GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(limits.keepalive)},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(limits.keepalive_answer)},
      {GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, milliseconds(limits.ping_interval)},
      // Without it clients that have no call may ask once in two hours (gRPC 1.51).
      {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
      {GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0},
  };
  for (const auto& [name, value] : arguments) {
    builder.AddChannelArgument(name, value);
  }
}

// Being linked, gRPC's reflection is a part of every server of the process: the plugin is taken out
// where it is not wanted.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    const std::string reflection = grpc::reflection::ProtoServerReflectionPlugin().name();
    std::erase_if(*plugins, [&](const auto& plugin) { return plugin->name() == reflection; });
  }
};

// Tells the server to be built of connections that we take; they are its own from then on.
Acceptor::HandOver handing_over(grpc::ServerBuilder& builder,
                                std::shared_ptr<grpc::ServerCredentials> credentials) {
  using External = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
  using grpc::experimental::ExternalConnectionAcceptor;
  const std::shared_ptr<ExternalConnectionAcceptor> taker =
      builder.experimental().AddExternalConnectionAcceptor(External::FROM_FD,
                                                           std::move(credentials));
  return [taker](int descriptor) {
    ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = descriptor;
    taker->HandleNewConnection(&connection);
  };
}

// Other machines come in only where they can be told apart.
Status check_reach(const ApiServer::Options& options) {
  for (const api::ServerAddress& address : options.listen) {
    const bool is_open = !address.is_local() && !options.tls.certificate.empty();
    if (is_open && options.access.callers_file.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "cannot offer the API on " + address.text() +
                       ": TLS does not say who calls; list the callers in a file (api.callers)"};
    }
  }
  return {};
}

}  // namespace

// A server from its start to its end. The order of the members is the order of their need.
class ApiServer::Running {
 public:
  Running(const Sources& sources, const Options& options)
      : clock_(sources.clock),
        access_(options.access, options.tls, sources.clock, options.on_notice),
        audit_(options.audit_file, sources.clock, options.on_notice),
        connections_(options.limits.connections),
        desk_(options.limits),
        streams_(options.limits),
        untaken_(options.limits),
        provenance_({sources.store, sources.clock, sources.feed, worker_, desk_, untaken_, streams_,
                     door_, options.nat64}),
        admin_({sources.store, sources.resolver, sources.control, door_, audit_, connections_,
                desk_, streams_, untaken_, options.limits.stall}) {}

  ~Running() {
    acceptor_.reset();  // gRPC takes nothing over once it ends
    if (server_) {
      server_->Shutdown(gpr_time_from_seconds(kGraceSeconds, GPR_TIMESPAN));
      server_->Wait();
    }
  }

  Status listen(const Options& options, std::vector<Listener> listeners) {
    for (const Status& ready : {access_.load(), audit_.open()}) {
      if (!ready) {
        return ready;
      }
    }
    std::shared_ptr<grpc::ServerCredentials> tls;
    if (!options.tls.certificate.empty()) {
      auto credentials = tls_credentials(options.tls);
      if (!credentials) {
        return credentials.error();
      }
      tls = *std::move(credentials);
    }
    grpc::EnableDefaultHealthCheckService(true);
    // Debian builds Abseil so that each lock of gRPC's also looks for circles of locks: at a few
    // dozen locks a call that is a tenth of its time.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    // What strangers send must not fill the log: text that is no UTF-8, say.
    google::protobuf::SetLogHandler(nullptr);
    grpc::ServerBuilder builder;
    set_limits(builder, options.limits);
    if (!options.reflection) {
      builder.SetOption(std::make_unique<WithoutReflection>());
    }
    builder.RegisterService(&provenance_);
    builder.RegisterService(&admin_);
    std::vector<Acceptor::Entrance> entrances;
    for (Listener& listener : listeners) {
      const bool is_local = listener.address().is_local();
      auto hand_over = handing_over(builder, is_local ? grpc::InsecureServerCredentials() : tls);
      entrances.push_back({std::move(listener), std::move(hand_over)});
    }
    server_ = builder.BuildAndStart();
    if (!server_) {
      return Error{ErrorCode::kIo, "cannot offer the API: gRPC does not start"};
    }
    for (const char* service :
         {v1::ProvenanceService::service_full_name(), v1::AdminService::service_full_name()}) {
      server_->GetHealthCheckService()->SetServingStatus(service, true);
    }
    acceptor_.emplace(std::move(entrances),
                      Acceptor::Options{clock_, options.on_notice, connections_});
    return {};
  }

 private:
  const Clock& clock_;
  Access access_;
  Audit audit_;
  const Door door_{access_, audit_};
  Connections connections_;
  Worker worker_{"ingest"};
  ReadingDesk desk_;
  Streams streams_;
  UntakenAnswers untaken_;
  ProvenanceService provenance_;
  AdminService admin_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<Acceptor> acceptor_;
};

ApiServer::ApiServer(const Sources& sources) : sources_(sources) {}

ApiServer::~ApiServer() {
  stop();
}

Status ApiServer::start(const Options& options) {
  if (options.listen.empty()) {
    return Error{ErrorCode::kInvalidArgument, "the API needs an address to listen on"};
  }
  if (Status safe = check_reach(options); !safe) {
    return safe;
  }
  const Reach reach = options.tls.certificate.empty() ? Reach::kThisMachine : Reach::kAllMachines;
  std::vector<Listener> listeners;
  std::vector<api::ServerAddress> listening;
  for (const api::ServerAddress& address : options.listen) {
    Result<Listener> listener = Listener::open(address, reach);
    if (!listener) {
      return listener.error();
    }
    listening.push_back(listener->address());
    listeners.push_back(*std::move(listener));
  }
  auto running = std::make_unique<Running>(sources_, options);
  if (Status started = running->listen(options, std::move(listeners)); !started) {
    return started;
  }
  running_ = std::move(running);
  listening_ = std::move(listening);
  return {};
}

void ApiServer::stop() {
  running_.reset();
  listening_.clear();
}

}  // namespace etymon::service
