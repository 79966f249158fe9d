#include "api/cli/client.h"

#include <grpcpp/grpcpp.h>

#include <cerrno>
#include <cstring>

#include "etymon/v1/admin.grpc.pb.h"
#include "etymon/v1/provenance.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace etymon::cli {

namespace {

// A single answer takes milliseconds; whoever needs longer than this is not going to answer.
constexpr int64_t kCallTimeoutMs = 10'000;

constexpr int kReconnectMs = 1'000;

// Silence of a server before it is asked whether it lives, and how long it may take to say so. The
// server lets us ask each 10 s.
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveAnswerMs = 20'000;

// A status of many coverage intervals, or a response of many results, with room to spare.
constexpr int kReceiveMax = 64 << 20;

std::string grpc_target(const api::ServerAddress& server) {
  if (server.is_unix()) {
    return "unix:" + server.socket_path;
  }
  return (server.endpoint.address.is_v4() ? "ipv4:" : "ipv6:") + server.endpoint.text();
}

std::shared_ptr<grpc::ChannelCredentials> credentials(const api::ServerAddress& server,
                                                      const Identity& identity) {
  if (server.is_unix() || (server.is_local() && !identity.tls_on_loopback)) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = identity.ca;
  tls.pem_cert_chain = identity.certificate;
  tls.pem_private_key = identity.key;
  return grpc::SslCredentials(tls);
}

void add_token(grpc::ClientContext& context, const Identity& identity) {
  if (!identity.token.empty()) {
    context.AddMetadata("authorization", "Bearer " + identity.token);
  }
}

std::shared_ptr<grpc::Channel> make_channel(const api::ServerAddress& server,
                                            const Identity& identity) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kReceiveMax);
  // A server that comes back is found again soon.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMs);
  // One that goes without a word, as when its machine loses power, is missed: a watch may wait for
  // ever otherwise.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveAnswerMs);
  // A web proxy in the environment is not meant for us.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!identity.server_name.empty()) {
    arguments.SetSslTargetNameOverride(identity.server_name);
  }
  return grpc::CreateCustomChannel(grpc_target(server), credentials(server, identity), arguments);
}

ErrorCode error_code(const grpc::Status& status) {
  // Our server describes every error of its own in the details; without any, nobody was there.
  const bool server_spoke = !status.error_details().empty();
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return server_spoke ? ErrorCode::kFailedPrecondition : ErrorCode::kUnavailable;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return server_spoke ? ErrorCode::kFailedPrecondition : ErrorCode::kDeadlineExceeded;
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      return ErrorCode::kPermissionDenied;
    case grpc::StatusCode::INVALID_ARGUMENT:
      return ErrorCode::kInvalidArgument;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return ErrorCode::kResourceExhausted;
    case grpc::StatusCode::FAILED_PRECONDITION:
      return ErrorCode::kFailedPrecondition;
    case grpc::StatusCode::DATA_LOSS:
      return ErrorCode::kDataLoss;
    default:
      return ErrorCode::kInternal;
  }
}

// gRPC tells the whole story of its attempts; the operating system's word is at its end.
std::string last_reason(const std::string& message) {
  const size_t colon = message.rfind(": ");
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

// What may help. gRPC tells all of these in words only.
std::string advice(const std::string& reason) {
  const auto has = [&](const char* words) { return reason.find(words) != std::string::npos; };
  if (reason.empty()) {
    return "our certificates cannot be used: are they PEM, and the key our certificate's?";
  }
  if (has("certificate verify failed")) {
    return "its certificate is not signed by whom we believe; --ca says whom that is";
  }
  if (has("not in peer certificate")) {
    return "its certificate is for another name; --server-name says which it should be";
  }
  if (has("Socket closed") || has("reset by peer")) {
    return "it hangs up: does it want TLS (--ca), or another certificate (--certificate)?";
  }
  return "is it running? --server says where it is";
}

std::string describe(const grpc::Status& status, ErrorCode code, const std::string& server) {
  switch (code) {
    case ErrorCode::kUnavailable: {
      const std::string reason = last_reason(status.error_message());
      if (server.starts_with("unix:") && reason == strerror(EACCES)) {
        return "we may not use " + server + " (" + reason +
               "): its owner and its group may; README.md, \"Who may ask\", says which";
      }
      return "no etymond at " + server + (reason.empty() ? "" : " (" + reason + ")") + "; " +
             advice(reason);
    }
    case ErrorCode::kDeadlineExceeded:
      return "etymond at " + server + " did not answer in time";
    default:
      return "etymond at " + server + ": " + status.error_message();
  }
}

Error to_error(const grpc::Status& status, const std::string& server) {
  const ErrorCode code = error_code(status);
  return {code, describe(status, code, server)};
}

class GrpcLookupStream final : public LookupStream {
 public:
  GrpcLookupStream(v1::ProvenanceService::Stub& stub, std::string server, const Identity& identity)
      : server_(std::move(server)) {
    add_token(context_, identity);
    call_ = stub.LookupStream(&context_);
  }

  bool write(const v1::LookupStreamRequest& request) override { return call_->Write(request); }
  void writes_done() override { call_->WritesDone(); }
  bool read(v1::LookupStreamResponse& response) override { return call_->Read(&response); }
  void cancel() override { context_.TryCancel(); }

  Status finish() override {
    const grpc::Status status = call_->Finish();
    return status.ok() ? Status() : to_error(status, server_);
  }

 private:
  std::string server_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::LookupStreamRequest, v1::LookupStreamResponse>>
      call_;
};

class GrpcIngestStream final : public IngestStream {
 public:
  GrpcIngestStream(v1::ProvenanceService::Stub& stub, std::string server, const Identity& identity)
      : server_(std::move(server)) {
    add_token(context_, identity);
    call_ = stub.Ingest(&context_, &response_);
  }

  bool write(const v1::IngestRequest& request) override { return call_->Write(request); }

  Result<v1::IngestResponse> finish() override {
    call_->WritesDone();
    const grpc::Status status = call_->Finish();
    if (!status.ok()) {
      return to_error(status, server_);
    }
    return response_;
  }

 private:
  std::string server_;
  grpc::ClientContext context_;
  v1::IngestResponse response_;
  std::unique_ptr<grpc::ClientWriter<v1::IngestRequest>> call_;
};

template <class Message>
class GrpcReadStream final : public ReadStream<Message> {
 public:
  // `start`: begins the call with the context that it is given.
  template <class Start>
  GrpcReadStream(std::string server, const Identity& identity, Start start)
      : server_(std::move(server)) {
    add_token(context_, identity);
    call_ = start(&context_);
  }

  bool read(Message& message) override { return call_->Read(&message); }
  void cancel() override { context_.TryCancel(); }

  Status finish() override {
    const grpc::Status status = call_->Finish();
    return status.ok() ? Status() : to_error(status, server_);
  }

 private:
  std::string server_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<Message>> call_;
};

}  // namespace

class Client::Impl {
 public:
  Impl(const api::ServerAddress& server, const Identity& identity)
      : name_(server.text()), identity_(identity), channel_(make_channel(server, identity)) {}

  // Calls a unary method, and makes its outcome a Result.
  template <class Response, class Stub, class Method, class Request>
  Result<Response> call(Stub& stub, Method method, const Request& request,
                        int64_t timeout_ms = kCallTimeoutMs) {
    grpc::ClientContext context;
    context.set_deadline(gpr_time_from_millis(timeout_ms, GPR_TIMESPAN));
    add_token(context, identity_);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) {
      return to_error(status, name_);
    }
    return response;
  }

  // Calls a method that tells how far it is and ends with a report, which is given.
  template <class Report, class Response, class Method, class Request>
  Result<Report> follow(Method method, const Request& request, const OnShare& on_share) {
    grpc::ClientContext context;
    add_token(context, identity_);
    const auto reader = (admin_.*method)(&context, request);
    Report report;
    Response response;
    while (reader->Read(&response)) {
      if (response.has_report()) {
        report = std::move(*response.mutable_report());
      } else if (const auto& progress = response.progress(); progress.total_bytes() > 0) {
        on_share(static_cast<double>(progress.done_bytes()) /
                 static_cast<double>(progress.total_bytes()));
      }
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok()) {
      return to_error(status, name_);
    }
    return report;
  }

  const std::string& name() const { return name_; }
  const Identity& identity() const { return identity_; }
  v1::ProvenanceService::Stub& provenance() { return provenance_; }
  v1::AdminService::Stub& admin() { return admin_; }
  grpc::health::v1::Health::Stub& health() { return health_; }

 private:
  std::string name_;
  Identity identity_;
  std::shared_ptr<grpc::Channel> channel_;
  v1::ProvenanceService::Stub provenance_{channel_};
  v1::AdminService::Stub admin_{channel_};
  grpc::health::v1::Health::Stub health_{channel_};
};

Client::Client(const api::ServerAddress& server, const Identity& identity)
    : impl_(std::make_unique<Impl>(server, identity)) {}

Client::~Client() = default;

Result<v1::LookupResponse> Client::lookup(const v1::LookupRequest& question,
                                          Milliseconds patience) {
  return impl_->call<v1::LookupResponse>(impl_->provenance(), &v1::ProvenanceService::Stub::Lookup,
                                         question, patience.count());
}

Result<v1::GetStatusResponse> Client::status() {
  return impl_->call<v1::GetStatusResponse>(impl_->admin(), &v1::AdminService::Stub::GetStatus,
                                            v1::GetStatusRequest());
}

Result<Health> Client::health() {
  using grpc::health::v1::HealthCheckResponse;
  const Result<HealthCheckResponse> response =
      impl_->call<HealthCheckResponse>(impl_->health(), &grpc::health::v1::Health::Stub::Check,
                                       grpc::health::v1::HealthCheckRequest());
  if (!response) {
    return response.error();
  }
  return response->status() == HealthCheckResponse::SERVING ? Health::kServing
                                                            : Health::kNotServing;
}

Result<v1::VerifyReport> Client::verify(const OnShare& on_share) {
  return impl_->follow<v1::VerifyReport, v1::VerifyResponse>(&v1::AdminService::Stub::Verify,
                                                             v1::VerifyRequest(), on_share);
}

Result<v1::BackupReport> Client::back_up(const std::string& folder, const OnShare& on_share) {
  v1::BackupRequest request;
  request.set_folder(folder);
  return impl_->follow<v1::BackupReport, v1::BackupResponse>(&v1::AdminService::Stub::Backup,
                                                             request, on_share);
}

Result<v1::ForgetReport> Client::forget(const v1::ForgetRequest& request, const OnShare& on_share) {
  return impl_->follow<v1::ForgetReport, v1::ForgetResponse>(&v1::AdminService::Stub::Forget,
                                                             request, on_share);
}

Result<v1::FlushCacheResponse> Client::flush_cache(const v1::FlushCacheRequest& request) {
  return impl_->call<v1::FlushCacheResponse>(impl_->admin(), &v1::AdminService::Stub::FlushCache,
                                             request);
}

Result<v1::SetRetentionResponse> Client::set_retention(const v1::SetRetentionRequest& request) {
  return impl_->call<v1::SetRetentionResponse>(impl_->admin(),
                                               &v1::AdminService::Stub::SetRetention, request);
}

Result<v1::SetLogLevelResponse> Client::set_log_level(v1::LogLevel level) {
  v1::SetLogLevelRequest request;
  request.set_level(level);
  return impl_->call<v1::SetLogLevelResponse>(impl_->admin(), &v1::AdminService::Stub::SetLogLevel,
                                              request);
}

Result<v1::SummarizeRecurrenceResponse> Client::recurrence(
    const v1::SummarizeRecurrenceRequest& request) {
  return impl_->call<v1::SummarizeRecurrenceResponse>(
      impl_->provenance(), &v1::ProvenanceService::Stub::SummarizeRecurrence, request,
      kReadPatience.count());
}

std::unique_ptr<ReadStream<v1::ExportResponse>> Client::export_deliveries(
    const v1::ExportRequest& request) {
  return std::make_unique<GrpcReadStream<v1::ExportResponse>>(
      impl_->name(), impl_->identity(),
      [&](grpc::ClientContext* context) { return impl_->provenance().Export(context, request); });
}

std::unique_ptr<ReadStream<v1::WatchResponse>> Client::watch(const v1::WatchRequest& request) {
  return std::make_unique<GrpcReadStream<v1::WatchResponse>>(
      impl_->name(), impl_->identity(),
      [&](grpc::ClientContext* context) { return impl_->provenance().Watch(context, request); });
}

// A connection alone says little: one that is about to close looks like any other.
bool Client::is_reachable(Milliseconds patience) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(gpr_time_from_millis(patience.count(), GPR_TIMESPAN));
  add_token(context, impl_->identity());
  grpc::health::v1::HealthCheckResponse response;
  return impl_->health().Check(&context, {}, &response).ok();
}

std::unique_ptr<LookupStream> Client::lookup_stream() {
  return std::make_unique<GrpcLookupStream>(impl_->provenance(), impl_->name(), impl_->identity());
}

std::unique_ptr<IngestStream> Client::ingest() {
  return std::make_unique<GrpcIngestStream>(impl_->provenance(), impl_->name(), impl_->identity());
}

}  // namespace etymon::cli
