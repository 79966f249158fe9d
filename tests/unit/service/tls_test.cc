// The API for other machines: TLS, certificates of callers, and no start without either.
#include <gmock/gmock.h>
#include <grpcpp/security/credentials.h>
#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/unit/service/access_test.h"

namespace etymon::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr auto kReplace = std::filesystem::copy_options::overwrite_existing;

class TlsTest : public AccessTest {
 protected:
  TlsTest() {
    certificates_.issue("server", "etymond");
    options_.listen = {api::ServerAddress::from_text("0.0.0.0:0").value()};
    options_.tls = {certificates_.file("server"), certificates_.key("server"), ""};
  }

  std::string target() const {
    return "127.0.0.1:" + std::to_string(second_->listening().at(0).endpoint.port);
  }

  // As whoever has this certificate; empty: none.
  void connect(const std::string& certificate) { connect_as(certificates_, certificate); }

  // The same, with what an authority of the caller's own has signed.
  void connect_as(const testing::Certificates& signed_by, const std::string& certificate) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = read_file(signed_by.file("authority"));
    if (!certificate.empty()) {
      tls.pem_cert_chain = read_file(signed_by.file(certificate));
      tls.pem_private_key = read_file(signed_by.key(certificate));
    }
    channel_ = grpc::CreateChannel(target(), grpc::SslCredentials(tls));
  }

  // Why the server does not start.
  std::string complaint() {
    ApiServer server(sources());
    const Status started = server.start(options_);
    return started.ok() ? "" : started.error().message;
  }

  const testing::Certificates certificates_{folder_.path()};
};

TEST_F(TlsTest, another_machine_needs_a_token) {
  start();
  connect("");
  EXPECT_FALSE(is_refused(call("/etymon.v1.AdminService/GetStatus", kAsker)));
  const grpc::Status status = call("/etymon.v1.AdminService/GetStatus", nullptr);
  EXPECT_EQ(error_info(status).reason(), "CALLER_UNKNOWN");
}

TEST_F(TlsTest, nothing_is_said_without_tls) {
  start();
  channel_ = grpc::CreateChannel(target(), grpc::InsecureChannelCredentials());
  EXPECT_EQ(call("/etymon.v1.AdminService/GetStatus", kAdmin).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, a_certificate_that_is_listed_is_a_caller) {
  options_.tls.client_ca = certificates_.file("authority");
  start();
  certificates_.issue("sensor", "sensor-1");
  certificates_.issue("stranger", "stranger");
  write_file(callers_file(), "tap ingest cert:sensor-1\n");
  clock_.advance(Seconds(2));
  connect("sensor");
  EXPECT_FALSE(is_refused(call("/etymon.v1.ProvenanceService/Ingest", nullptr)));
  EXPECT_EQ(error_info(call("/etymon.v1.AdminService/GetStatus", nullptr)).reason(),
            "ROLE_MISSING");
  connect("stranger");
  EXPECT_EQ(error_info(call("/etymon.v1.AdminService/GetStatus", nullptr)).reason(),
            "CALLER_UNKNOWN");
  connect("");
  EXPECT_EQ(call("/etymon.v1.AdminService/GetStatus", nullptr).error_code(),
            grpc::StatusCode::UNAVAILABLE)
      << "without any certificate there is no connection";
}

// The server asks for certificates only where it can tell whose they are.
TEST_F(TlsTest, callers_whose_certificate_is_never_asked_for_do_not_start) {
  write_file(callers_file(), "tap ingest cert:sensor-1\n");
  EXPECT_THAT(complaint(), AllOf(HasSubstr("'tap' of api.callers has cert:"),
                                 HasSubstr("set api.tls_client_ca")));
}

TEST_F(TlsTest, tls_without_callers_does_not_start) {
  options_.access.callers_file.clear();
  EXPECT_THAT(complaint(), HasSubstr("api.callers"));
}

TEST_F(TlsTest, a_certificate_that_cannot_be_read_is_named) {
  options_.tls.certificate = folder_.path() + "/missing";
  EXPECT_THAT(complaint(), HasSubstr("/missing"));
}

TEST_F(TlsTest, a_pipe_in_a_files_place_holds_up_nothing) {
  mkfifo((folder_.path() + "/pipe").c_str(), 0600);
  for (std::string* file :
       {&options_.tls.certificate, &options_.tls.key, &options_.tls.client_ca}) {
    const std::string sound = std::exchange(*file, folder_.path() + "/pipe");
    EXPECT_THAT(complaint(), HasSubstr("/pipe cannot be read"));
    *file = sound;
  }
}

TEST_F(TlsTest, a_key_of_another_certificate_does_not_start) {
  certificates_.issue("other", "other");
  options_.tls.key = certificates_.key("other");
  EXPECT_THAT(complaint(), HasSubstr("other.key is not the key"));
}

TEST_F(TlsTest, a_file_of_something_else_is_named) {
  write_file(folder_.path() + "/words", "no certificate\n");
  for (std::string* file : {&options_.tls.certificate, &options_.tls.client_ca}) {
    const std::string sound = std::exchange(*file, folder_.path() + "/words");
    EXPECT_THAT(complaint(), HasSubstr("/words has no certificate"));
    *file = sound;
  }
}

// A certificate is renewed long before anybody wants to restart the daemon; so is the authority of
// those who call.
TEST_F(TlsTest, renewed_certificates_are_used_without_a_restart) {
  options_.tls.client_ca = certificates_.file("authority");
  start();
  const std::string folder = folder_.path() + "/renewed";
  std::filesystem::create_directory(folder);
  const testing::Certificates renewed{folder};
  renewed.issue("server", "etymond");
  renewed.issue("caller", "siem");
  const auto connects = [&](const testing::Certificates& as) {
    return testing::eventually([&] {
      connect_as(as, "caller");
      const grpc::Status status = call("/etymon.v1.AdminService/GetStatus", kAsker);
      return status.error_code() != grpc::StatusCode::UNAVAILABLE && !is_refused(status);
    });
  };
  certificates_.issue("caller", "siem");
  ASSERT_TRUE(connects(certificates_));
  std::filesystem::copy_file(renewed.file("server"), certificates_.file("server"), kReplace);
  std::filesystem::copy_file(renewed.key("server"), certificates_.key("server"), kReplace);
  std::filesystem::copy_file(renewed.file("authority"), certificates_.file("authority"), kReplace);
  EXPECT_TRUE(connects(renewed));
}

TEST_F(TlsTest, callers_that_cannot_be_read_do_not_start) {
  write_file(callers_file(), "siem\n");
  EXPECT_THAT(complaint(), HasSubstr("line 1"));
}

}  // namespace
}  // namespace etymon::service
