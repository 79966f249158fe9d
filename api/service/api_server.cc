#include "api/service/api_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <fstream>
#include <iterator>

#include "api/service/access.h"
#include "api/service/admin_service.h"
#include "api/service/audit.h"
#include "api/service/door.h"
#include "api/service/listening.h"
#include "api/service/provenance_service.h"
#include "api/service/worker.h"

namespace etymon::service {
namespace {

// Room for a batch of observed deliveries; requests for lookups have a smaller limit of their own.
constexpr int kReceiveBytesMax = 4 << 20;
// Calls at one time on one connection; more of them wait in the client.
constexpr int kStreamsMax = 64;
// gRPC's threads for all calls: enough that two dozen lookups run at once beside the streams.
constexpr int kThreadsMax = 64;
// A connection without a call is closed after so long; one that is older is closed when its calls
// have ended, at the latest after its grace. Watchers go on with their resume token.
constexpr int kIdleMs = 15 * 60 * 1000;
constexpr int kAgeMs = 24 * 3600 * 1000;
constexpr int kAgeGraceMs = 10 * 60 * 1000;
// We ask a silent client whether it lives, and take no such questions more often than this.
constexpr int kKeepaliveMs = 60 * 1000;
constexpr int kKeepaliveTimeoutMs = 20 * 1000;
constexpr int kPingIntervalMs = 10 * 1000;
// Octets of a call's metadata: a token and what gRPC adds.
constexpr int kMetadataMax = 8 << 10;
// How long running calls may take to end when the daemon stops.
constexpr int64_t kGraceSeconds = 2;

void set_limits(grpc::ServerBuilder& builder, size_t memory_bytes_max) {
  grpc::ResourceQuota quota("etymon-api");
  quota.Resize(memory_bytes_max);
  quota.SetMaxThreads(kThreadsMax);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kReceiveBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kAgeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kAgeGraceMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataMax);
  // Two daemons on one port would each get some of the calls; the second shall fail instead.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

// For every server of this process that is built later: gRPC knows no other way.
void enable_plugins() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
}

Result<std::string> read_pem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad() || text.empty()) {
    return Error{ErrorCode::kIo, "cannot read " + path + " for the API's TLS"};
  }
  return text;
}

// Error kIo: a file cannot be read. What is wrong in it gRPC finds when it listens.
Result<std::shared_ptr<grpc::ServerCredentials>> tls_credentials(const ApiServer::Tls& tls) {
  const auto certificate = read_pem(tls.certificate);
  const auto key = read_pem(tls.key);
  const auto client_ca =
      tls.client_ca.empty() ? Result<std::string>(std::string()) : read_pem(tls.client_ca);
  for (const auto* read : {&certificate, &key, &client_ca}) {
    if (!*read) {
      return read->error();
    }
  }
  grpc::SslServerCredentialsOptions options(
      tls.client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                            : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back({*key, *certificate});
  options.pem_root_certs = *client_ca;
  return grpc::SslServerCredentials(options);
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
      : access_(options.access, sources.clock, options.on_callers_change),
        audit_(options.audit_file, sources.clock),
        provenance_({sources.store, sources.clock, sources.feed, worker_, desk_, door_}),
        admin_(sources.store, sources.resolver, door_) {}

  ~Running() {
    if (server_) {
      server_->Shutdown(gpr_time_from_seconds(kGraceSeconds, GPR_TIMESPAN));
      server_->Wait();
    }
  }

  // Gives the addresses with their ports.
  Result<std::vector<api::ServerAddress>> listen(const Options& options) {
    for (const Status& ready : {access_.load(), audit_.open()}) {
      if (!ready) {
        return ready.error();
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
    enable_plugins();
    grpc::ServerBuilder builder;
    set_limits(builder, options.memory_bytes_max);
    builder.RegisterService(&provenance_);
    builder.RegisterService(&admin_);
    std::vector<int> ports(options.listen.size(), 0);
    for (size_t i = 0; i < options.listen.size(); ++i) {
      builder.AddListeningPort(
          options.listen[i].text(),
          options.listen[i].is_local() ? grpc::InsecureServerCredentials() : tls, &ports[i]);
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

  Access access_;
  Audit audit_;
  const Door door_{access_, audit_};
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
  if (Status safe = check_reach(options); !safe) {
    return safe;
  }
  const Reach reach = options.tls.certificate.empty() ? Reach::kThisMachine : Reach::kAllMachines;
  for (const api::ServerAddress& address : options.listen) {
    if (Status free = make_free(address, reach); !free) {
      return free;
    }
  }
  auto running = std::make_unique<Running>(sources_, options);
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
