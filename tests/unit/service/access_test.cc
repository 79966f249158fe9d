// Who may call the API and what they may do: by socket, loopback address, token, certificate.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/process.h"
#include "tests/unit/service/api_test.h"

namespace etymon::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kAsker = "00000000000000000000000000000001";
constexpr const char* kSensor = "00000000000000000000000000000002";
constexpr const char* kAdmin = "00000000000000000000000000000003";
constexpr const char* kDesk = "00000000000000000000000000000004";

void write_file(const std::string& path, const std::string& text, mode_t mode = 0640) {
  std::ofstream(path, std::ios::trunc) << text;
  chmod(path.c_str(), mode);
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// ---- The file of callers.

TEST(Callers, are_known_by_secret_or_common_name) {
  const auto callers = Callers::from_text(
      "# who may call\n"
      "siem ask token:00000000000000000000000000000001\n"
      "\n"
      "tap  ingest cert:tap.example  # a sensor\n"
      "desk ask token:00000000000000000000000000000004 192.168.1.0/24,2001:db8::/32\r\n");
  ASSERT_TRUE(callers.ok()) << callers.error().message;
  EXPECT_EQ(callers->by_secret(kAsker)->name, "siem");
  EXPECT_EQ(callers->by_common_name("tap.example")->role, Role::kIngest);
  const auto desk = callers->by_secret(kDesk);
  EXPECT_TRUE(desk->may_ask_about(*IpAddress::from_text("192.168.1.7")));
  EXPECT_TRUE(desk->may_ask_about(*IpAddress::from_text("2001:db8::7")));
  EXPECT_FALSE(desk->may_ask_about(*IpAddress::from_text("192.168.2.7")));
  EXPECT_FALSE(callers->by_secret("").has_value());
  EXPECT_FALSE(callers->by_common_name("").has_value());
  EXPECT_FALSE(callers->by_secret("00000000000000000000000000000009").has_value());
}

TEST(Callers, a_wrong_line_is_named_without_its_secret) {
  for (const char* line : {"siem", "siem root token:00000000000000000000000000000001",
                           "siem ask 00000000000000000000000000000001", "siem ask token:short",
                           "siem ask token:00000000000000000000000000000001 nine",
                           "siem admin token:00000000000000000000000000000001 10.0.0.0/8",
                           "siem ask token:00000000000000000000000000000001 10.0.0.0/8 more"}) {
    const auto callers = Callers::from_text(std::string("\n") + line);
    ASSERT_FALSE(callers.ok()) << line;
    EXPECT_THAT(callers.error().message, HasSubstr("line 2"));
    EXPECT_THAT(callers.error().message, Not(HasSubstr("0000")));
  }
}

TEST(Callers, a_file_that_others_may_read_is_refused) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/callers";
  write_file(path, "", 0644);
  EXPECT_EQ(Callers::from_file(path).error().code, ErrorCode::kPermissionDenied);
  write_file(path, "", 0640);
  EXPECT_TRUE(Callers::from_file(path).ok());
  EXPECT_EQ(Callers::from_file(path + "x").error().code, ErrorCode::kIo);
}

// ---- Roles, over a loopback address.

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
    second_ = std::make_unique<ApiServer>(ApiServer::Sources{*store_, clock_, status_, feed_});
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

  grpc::Status lookup_as(const char* token, const std::string& client,
                         v1::LookupResponse* response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + token);
    v1::LookupRequest request;
    request.set_address("203.0.113.5");
    request.set_client(client);
    return provenance_->Lookup(&context, request, response);
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

TEST_F(AccessTest, every_method_wants_a_role_that_the_caller_has) {
  ASSERT_GE(methods().size(), 8U);
  for (const std::string& method : methods()) {
    const bool ingests = method.ends_with("/Ingest");
    const bool asks = !ingests && (method.starts_with("/etymon.v1.ProvenanceService/") ||
                                   method.ends_with("/GetStatus"));
    EXPECT_EQ(is_refused(call(method, kAsker)), !asks) << method;
    EXPECT_EQ(is_refused(call(method, kSensor)), !ingests) << method;
    EXPECT_FALSE(is_refused(call(method, kAdmin))) << method;
    EXPECT_EQ(is_refused(call(method, nullptr)), !asks) << "loopback may ask: " << method;
  }
}

TEST_F(AccessTest, an_unknown_token_is_nobody) {
  const grpc::Status status = call("/etymon.v1.AdminService/GetStatus", "wrong");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(error_info(status).reason(), "TOKEN_UNKNOWN");
}

TEST_F(AccessTest, a_role_that_is_missing_is_said) {
  EXPECT_EQ(error_info(call("/etymon.v1.ProvenanceService/Ingest", kAsker)).reason(),
            "ROLE_MISSING");
}

TEST_F(AccessTest, loopback_may_do_what_is_set) {
  options_.access.loopback = Role::kAdmin;
  start();
  EXPECT_FALSE(is_refused(call("/etymon.v1.ProvenanceService/Ingest", nullptr)));
}

TEST_F(AccessTest, a_limited_caller_asks_about_its_own_clients_only) {
  store::Observed mine{.at = clock_.wall() - Seconds(1),
                       .client = *IpAddress::from_text("192.168.1.7"),
                       .answer = {},
                       .validity_s = 60};
  mine.answer.question.name = *DomainName::from_text("www.example");
  mine.answer.chain = {mine.answer.question.name};
  mine.answer.addresses = {{*IpAddress::from_text("203.0.113.5"), Via::kA}};
  ASSERT_TRUE(store_->ingest({&mine, 1}, std::nullopt).ok());
  v1::LookupResponse response;
  EXPECT_TRUE(lookup_as(kDesk, "192.168.1.7", &response).ok());
  EXPECT_EQ(response.candidates_size(), 1);
  for (const char* client : {"192.168.2.7", "", "nine"}) {
    const grpc::Status status = lookup_as(kDesk, client, &response);
    EXPECT_EQ(error_info(status).reason(), "CLIENT_OUT_OF_BOUNDS") << client;
  }
}

TEST_F(AccessTest, a_limited_caller_is_told_nothing_of_others) {
  store::Observed other{.at = clock_.wall() - Seconds(1),
                        .client = *IpAddress::from_text("10.0.0.9"),
                        .answer = {},
                        .validity_s = 60};
  other.answer.question.name = *DomainName::from_text("secret.example");
  other.answer.chain = {other.answer.question.name};
  other.answer.addresses = {{*IpAddress::from_text("203.0.113.5"), Via::kA}};
  ASSERT_TRUE(store_->ingest({&other, 1}, std::nullopt).ok());
  v1::LookupResponse response;
  ASSERT_TRUE(lookup_as(kDesk, "192.168.1.7", &response).ok());
  EXPECT_EQ(response.verdict(), v1::VERDICT_OTHER_CLIENT);
  EXPECT_EQ(response.candidates_size(), 0);
  ASSERT_TRUE(lookup_as(kAsker, "192.168.1.7", &response).ok());
  EXPECT_EQ(response.candidates_size(), 1) << "an unlimited one is";
}

TEST_F(AccessTest, the_file_is_read_again_when_it_changes) {
  constexpr const char* kNew = "00000000000000000000000000000005";
  v1::LookupResponse response;
  EXPECT_TRUE(is_refused(lookup_as(kNew, "", &response)));
  write_file(callers_file(), std::string("new ask token:") + kNew + "\n");
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kNew, "", &response).ok());
  EXPECT_TRUE(is_refused(lookup_as(kAsker, "", &response))) << "who is gone is out";
  write_file(callers_file(), "rubbish\n");
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kNew, "", &response).ok()) << "a wrong file changes nothing";
}

TEST_F(AccessTest, who_asked_what_about_whom_is_on_record) {
  v1::LookupResponse response;
  EXPECT_TRUE(lookup_as(kAsker, "192.168.1.7", &response).ok());
  EXPECT_FALSE(lookup_as(kDesk, "10.0.0.9", &response).ok());
  EXPECT_FALSE(lookup_as("wrong", "10.0.0.9", &response).ok());
  const std::string record = read_file(audit_file());
  EXPECT_THAT(record, HasSubstr("\"caller\":\"siem\""));
  EXPECT_THAT(record, HasSubstr("\"method\":\"Lookup\",\"client\":\"192.168.1.7\","
                                "\"subject\":\"203.0.113.5\",\"refused\":\"\"}\n"));
  EXPECT_THAT(record, HasSubstr("\"refused\":\"CLIENT_OUT_OF_BOUNDS\"}\n"));
  EXPECT_THAT(record, HasSubstr("\"refused\":\"TOKEN_UNKNOWN\"}\n"));
  EXPECT_EQ(std::ranges::count(record, '\n'), 3);
  EXPECT_THAT(record, Not(HasSubstr(kAsker)));
}

TEST_F(AccessTest, each_question_of_a_stream_is_on_record) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", std::string("Bearer ") + kDesk);
  const auto stream = provenance_->LookupStream(&context);
  v1::LookupStreamRequest request;
  for (const char* client : {"192.168.1.7", "10.0.0.9"}) {
    v1::LookupRequest& question = *request.add_questions();
    question.set_address("203.0.113.5");
    question.set_client(client);
  }
  stream->Write(request);
  stream->WritesDone();
  v1::LookupStreamResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.results(0).has_answer());
  EXPECT_EQ(response.results(1).error().reason(), "CLIENT_OUT_OF_BOUNDS");
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(std::ranges::count(read_file(audit_file()), '\n'), 2);
}

TEST_F(AccessTest, a_record_that_was_moved_away_begins_anew) {
  v1::LookupResponse response;
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok());
  std::filesystem::rename(audit_file(), audit_file() + ".1");
  clock_.advance(Seconds(2));
  EXPECT_TRUE(lookup_as(kAsker, "", &response).ok());
  EXPECT_EQ(std::ranges::count(read_file(audit_file()), '\n'), 1);
  EXPECT_EQ(std::ranges::count(read_file(audit_file() + ".1"), '\n'), 1);
}

TEST_F(AccessTest, a_record_that_cannot_be_written_stops_the_start) {
  options_.audit_file = folder_.path() + "/missing/audit";
  ApiServer server({*store_, clock_, status_, feed_});
  const Status started = server.start(options_);
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message, HasSubstr("/missing/audit"));
}

// ---- Other machines.

class TlsTest : public AccessTest {
 protected:
  // A key and a certificate for it that `authority` has signed; itself where that is empty.
  void certify(const std::string& name, const std::string& common_name,
               const std::string& authority) {
    std::vector<std::string> command = {"openssl",
                                        "req",
                                        "-x509",
                                        "-newkey",
                                        "ec",
                                        "-pkeyopt",
                                        "ec_paramgen_curve:P-256",
                                        "-nodes",
                                        "-days",
                                        "2",
                                        "-keyout",
                                        pem(name + ".key"),
                                        "-out",
                                        pem(name),
                                        "-subj",
                                        "/CN=" + common_name,
                                        "-addext",
                                        "subjectAltName=IP:127.0.0.1"};
    if (!authority.empty()) {
      command.insert(command.end(), {"-CA", pem(authority), "-CAkey", pem(authority + ".key"),
                                     "-addext", "basicConstraints=critical,CA:FALSE"});
    }
    const testing::Finished made = testing::run(command);
    ASSERT_EQ(made.status, 0) << made.err;
  }

  std::string pem(const std::string& name) const { return folder_.path() + "/" + name; }

  void offer_tls(const std::string& client_ca) {
    certify("authority", "Test authority", "");
    certify("server", "etymond", "authority");
    options_.listen = {api::ServerAddress::from_text("0.0.0.0:0").value()};
    options_.tls = {pem("server"), pem("server.key"), client_ca};
    second_.reset();
    second_ = std::make_unique<ApiServer>(ApiServer::Sources{*store_, clock_, status_, feed_});
    const Status started = second_->start(options_);
    ASSERT_TRUE(started.ok()) << started.error().message;
  }

  void connect(const std::string& certificate) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = read_file(pem("authority"));
    if (!certificate.empty()) {
      tls.pem_cert_chain = read_file(pem(certificate));
      tls.pem_private_key = read_file(pem(certificate + ".key"));
    }
    const uint16_t port = second_->listening().at(0).endpoint.port;
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::SslCredentials(tls));
  }
};

TEST_F(TlsTest, another_machine_needs_a_token) {
  offer_tls("");
  connect("");
  EXPECT_FALSE(is_refused(call("/etymon.v1.AdminService/GetStatus", kAsker)));
  const grpc::Status status = call("/etymon.v1.AdminService/GetStatus", nullptr);
  EXPECT_EQ(error_info(status).reason(), "CALLER_UNKNOWN");
}

TEST_F(TlsTest, nothing_is_said_without_tls) {
  offer_tls("");
  const uint16_t port = second_->listening().at(0).endpoint.port;
  channel_ =
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  EXPECT_EQ(call("/etymon.v1.AdminService/GetStatus", kAdmin).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, a_certificate_that_is_listed_is_a_caller) {
  certify("authority", "Test authority", "");
  offer_tls(pem("authority"));
  certify("sensor", "sensor-1", "authority");
  certify("stranger", "stranger", "authority");
  write_file(callers_file(), "tap ingest cert:sensor-1\n");
  clock_.advance(Seconds(2));
  connect("sensor");
  EXPECT_TRUE(call("/etymon.v1.ProvenanceService/Ingest", nullptr).ok());
  connect("stranger");
  EXPECT_EQ(error_info(call("/etymon.v1.AdminService/GetStatus", nullptr)).reason(),
            "CALLER_UNKNOWN");
  connect("");
  EXPECT_EQ(call("/etymon.v1.AdminService/GetStatus", nullptr).error_code(),
            grpc::StatusCode::UNAVAILABLE)
      << "without any certificate there is no connection";
}

TEST_F(TlsTest, tls_without_callers_does_not_start) {
  certify("server", "etymond", "");
  options_.listen = {api::ServerAddress::from_text("0.0.0.0:0").value()};
  options_.tls = {pem("server"), pem("server.key"), ""};
  options_.access.callers_file.clear();
  ApiServer server({*store_, clock_, status_, feed_});
  const Status started = server.start(options_);
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message, HasSubstr("api.callers"));
}

TEST_F(TlsTest, a_certificate_that_cannot_be_read_is_named) {
  options_.listen = {api::ServerAddress::from_text("0.0.0.0:0").value()};
  options_.tls = {pem("missing"), pem("missing.key"), ""};
  ApiServer server({*store_, clock_, status_, feed_});
  const Status started = server.start(options_);
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message, HasSubstr("/missing"));
}

}  // namespace
}  // namespace etymon::service
