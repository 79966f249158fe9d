// AccessTest: a server on a loopback address with callers of its own, and calls of any method.
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/generic/generic_stub.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/service/api_test.h"

namespace etymon::service {

inline constexpr const char* kAsker = "00000000000000000000000000000001";
inline constexpr const char* kSensor = "00000000000000000000000000000002";
inline constexpr const char* kAdmin = "00000000000000000000000000000003";
inline constexpr const char* kDesk = "00000000000000000000000000000004";

inline void write_file(const std::string& path, const std::string& text, mode_t mode = 0640) {
  std::ofstream(path, std::ios::trunc) << text;
  chmod(path.c_str(), mode);
}

inline std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class AccessTest : public ApiTest {
 protected:
  AccessTest() {
    write_file(callers_file(), std::string("siem ask token:") + kAsker + "\nsensor ingest token:" +
                                   kSensor + "\nroot admin token:" + kAdmin +
                                   "\ndesk ask token:" + kDesk + " 192.168.1.0/24\n");
    options_.listen = {api::ServerAddress::from_text("127.0.0.1:0").value()};
    options_.access.callers_file = callers_file();
    options_.audit_file = audit_file();
    start();
  }

  std::string callers_file() const { return folder_.path() + "/callers"; }
  std::string audit_file() const { return folder_.path() + "/audit"; }

  void start() {
    second_.reset();
    second_ = std::make_unique<ApiServer>(sources());
    const Status started = second_->start(options_);
    ASSERT_TRUE(started.ok()) << started.error().message;
    channel_ =
        grpc::CreateChannel(second_->listening().at(0).text(), grpc::InsecureChannelCredentials());
    provenance_ = v1::ProvenanceService::NewStub(channel_);
    admin_ = v1::AdminService::NewStub(channel_);
  }

  // The outcome of a call to any method, with an empty message; a stream is ended at once.
  grpc::Status call(const std::string& method, const char* token) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    if (token != nullptr) {
      context.AddMetadata("authorization", std::string("Bearer ") + token);
    }
    grpc::CompletionQueue queue;
    const auto wait = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    const auto stream = stub.PrepareCall(&context, method, &queue);
    stream->StartCall(nullptr);
    wait();
    const grpc::Slice nothing{std::string()};
    stream->Write(grpc::ByteBuffer(&nothing, 1), nullptr);
    wait();
    stream->WritesDone(nullptr);
    wait();
    grpc::ByteBuffer reply;
    stream->Read(&reply, nullptr);
    if (wait()) {
      context.TryCancel();
    }
    grpc::Status status;
    stream->Finish(&status, nullptr);
    wait();
    return status;
  }

  // The host was told a second ago that the name is at 203.0.113.5.
  Result<store::Ingested> tell(const char* client, const char* name) {
    const store::Observed told = told_of(client, name);
    return store_->ingest({&told, 1});
  }

  store::Observed told_of(const char* client, const char* name) const {
    store::Observed told{.at = clock_.wall() - Seconds(1),
                         .client = *IpAddress::from_text(client),
                         .answer = {},
                         .validity_s = 60};
    told.answer.question.name = *DomainName::from_text(name);
    told.answer.chain = {told.answer.question.name};
    told.answer.addresses = {{*IpAddress::from_text("203.0.113.5"), Via::kA}};
    return told;
  }

  grpc::Status lookup_as(const char* token, const std::string& client,
                         v1::LookupResponse* response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + token);
    v1::LookupRequest request;
    request.set_address("203.0.113.5");
    request.set_client(client);
    return provenance_->Lookup(&context, request, response);
  }

  // The same as the one question of a stream.
  v1::LookupResult streamed_as(const char* token, const std::string& client) {
    const auto context = context_of(token);
    const auto stream = provenance_->LookupStream(context.get());
    v1::LookupStreamRequest request;
    v1::LookupRequest& question = *request.add_questions();
    question.set_address("203.0.113.5");
    question.set_client(client);
    stream->Write(request);
    stream->WritesDone();
    v1::LookupStreamResponse response;
    EXPECT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.results_size(), 1);
    EXPECT_TRUE(stream->Finish().ok());
    return response.results_size() == 1 ? response.results(0) : v1::LookupResult();
  }

  // Whoever has the unix socket may.
  grpc::Status ingest_by_socket(const v1::IngestRequest& message) {
    const auto stub = v1::ProvenanceService::NewStub(
        grpc::CreateChannel(socket().text(), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    v1::IngestResponse response;
    const auto writer = stub->Ingest(&context, &response);
    writer->Write(message);
    writer->WritesDone();
    return writer->Finish();
  }

  static std::unique_ptr<grpc::ClientContext> context_of(const char* token) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", std::string("Bearer ") + token);
    return context;
  }

  // What the next server that is started tells, with its level.
  void take_notices(std::vector<std::string>& notices) {
    options_.on_notice = [&notices](api::LogLevel level, const std::string& notice) {
      notices.push_back(std::string(text_of(level)) + ": " + notice);
    };
  }

  void take_all_off_the_list() {
    write_file(callers_file(), "");
    clock_.advance(Seconds(2));
  }

  // Behind its first message, which is all that a slow client has taken by then.
  void expect_an_export_to_end_off_the_list() {
    const auto context = context_of(kAsker);
    const auto slow = narrow_client(second_->listening().at(0).text());
    const auto reader = slow->Export(context.get(), {});
    v1::ExportResponse response;
    ASSERT_TRUE(reader->Read(&response));
    take_all_off_the_list();
    while (reader->Read(&response)) {
    }
    EXPECT_EQ(error_info(reader->Finish()).reason(), "TOKEN_UNKNOWN");
  }

  static bool is_refused(const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::PERMISSION_DENIED ||
           status.error_code() == grpc::StatusCode::UNAUTHENTICATED;
  }

  static std::vector<std::string> methods() {
    std::vector<std::string> all;
    for (const char* name :
         {v1::ProvenanceService::service_full_name(), v1::AdminService::service_full_name()}) {
      const auto* service =
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
      for (int i = 0; i < service->method_count(); ++i) {
        all.push_back(std::string("/") + name + "/" + service->method(i)->name());
      }
    }
    return all;
  }

  ApiServer::Options options_;
  std::unique_ptr<ApiServer> second_;
};

}  // namespace etymon::service
