#include "api/service/api_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "api/service/admin_service.h"
#include "api/service/listening.h"
#include "api/service/provenance_service.h"
#include "api/service/worker.h"

namespace etymon::service {
namespace {

// Room for a batch of observed deliveries; requests for lookups have a smaller limit of their own.
constexpr int kReceiveBytesMax = 4 << 20;
// Calls at one time on one connection; more of them wait in the client.
constexpr int kStreamsMax = 64;
// How long running calls may take to end when the daemon stops.
constexpr int64_t kGraceSeconds = 2;

void set_limits(grpc::ServerBuilder& builder, size_t memory_bytes_max) {
  grpc::ResourceQuota quota("etymon-api");
  quota.Resize(memory_bytes_max);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kReceiveBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
  // Two daemons on one port would each get some of the calls; the second shall fail instead.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

// For every server of this process that is built later: gRPC knows no other way.
void enable_plugins() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
}

}  // namespace

// A server from its start to its end. The order of the members is the order of their need.
class ApiServer::Running {
 public:
  explicit Running(const Sources& sources)
      : provenance_({sources.store, sources.clock, sources.feed, worker_, desk_}),
        admin_(sources.store, sources.resolver) {}

  ~Running() {
    if (server_) {
      server_->Shutdown(gpr_time_from_seconds(kGraceSeconds, GPR_TIMESPAN));
      server_->Wait();
    }
  }

  // Gives the addresses with their ports.
  Result<std::vector<api::ServerAddress>> listen(const Options& options) {
    enable_plugins();
    grpc::ServerBuilder builder;
    set_limits(builder, options.memory_bytes_max);
    builder.RegisterService(&provenance_);
    builder.RegisterService(&admin_);
    std::vector<int> ports(options.listen.size(), 0);
    for (size_t i = 0; i < options.listen.size(); ++i) {
      builder.AddListeningPort(options.listen[i].text(), grpc::InsecureServerCredentials(),
                               &ports[i]);
    }
    {
      const PrivateFiles private_files;
      server_ = builder.BuildAndStart();
    }
    if (!server_) {
      return Error{ErrorCode::kIo,
                   "cannot offer the API: gRPC could not listen on one of its addresses"};
    }
    for (const char* service :
         {v1::ProvenanceService::service_full_name(), v1::AdminService::service_full_name()}) {
      server_->GetHealthCheckService()->SetServingStatus(service, true);
    }
    return found(options.listen, ports);
  }

 private:
  static Result<std::vector<api::ServerAddress>> found(std::vector<api::ServerAddress> addresses,
                                                       const std::vector<int>& ports) {
    for (size_t i = 0; i < addresses.size(); ++i) {
      if (!addresses[i].is_unix()) {
        addresses[i].endpoint.port = static_cast<uint16_t>(ports[i]);
      } else if (const Status opened = open_to_group(addresses[i].socket_path); !opened) {
        return opened.error();
      }
    }
    return addresses;
  }

  Worker worker_;
  ReadingDesk desk_;
  ProvenanceService provenance_;
  AdminService admin_;
  std::unique_ptr<grpc::Server> server_;
};

ApiServer::ApiServer(const Sources& sources) : sources_(sources) {}

ApiServer::~ApiServer() {
  stop();
}

Status ApiServer::start(const Options& options) {
  if (options.listen.empty()) {
    return Error{ErrorCode::kInvalidArgument, "the API needs an address to listen on"};
  }
  for (const api::ServerAddress& address : options.listen) {
    if (Status free = make_free(address); !free) {
      return free;
    }
  }
  auto running = std::make_unique<Running>(sources_);
  auto listening = running->listen(options);
  if (!listening) {
    return listening.error();
  }
  running_ = std::move(running);
  listening_ = std::move(*listening);
  return {};
}

void ApiServer::stop() {
  running_.reset();
  listening_.clear();
}

}  // namespace etymon::service
