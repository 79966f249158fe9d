// The command's side of the API, against a server that a test holds in its hand.
#include "api/cli/client.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/cli/exit_status.h"
#include "etymon/v1/provenance.grpc.pb.h"
#include "tests/support/fakes.h"

namespace etymon::cli {
namespace {

using ::testing::HasSubstr;

// Ends each lookup as it was told to, and knows how long its caller would have waited.
class EndingService final : public v1::ProvenanceService::Service {
 public:
  explicit EndingService(grpc::Status end) : end_(std::move(end)) {}

  grpc::Status Lookup(grpc::ServerContext* context, const v1::LookupRequest*,
                      v1::LookupResponse*) override {
    patience_ = context->deadline() - std::chrono::system_clock::now();
    return end_;
  }

  std::chrono::system_clock::duration patience() const { return patience_; }

 private:
  const grpc::Status end_;
  std::chrono::system_clock::duration patience_{};
};

struct Ended {
  Error error;
  std::chrono::system_clock::duration patience;
};

Ended ended_with(const grpc::Status& status, Milliseconds patience = Client::kReadPatience) {
  const testing::TemporaryFolder folder;
  const api::ServerAddress address{folder.path() + "/api.sock", {}};
  EndingService service(status);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address.text(), grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto answer = Client(address).lookup({}, patience);
  EXPECT_FALSE(answer.ok());
  server->Shutdown();
  return {answer ? Error{} : answer.error(), service.patience()};
}

TEST(Client, a_server_that_gave_up_has_answered) {
  const Error error = ended_with({grpc::StatusCode::DEADLINE_EXCEEDED,
                                  "reading took longer than 30 s", "READ_TOO_LONG"})
                          .error;
  EXPECT_THAT(error.message, HasSubstr(": reading took longer than 30 s"));
  EXPECT_EQ(exit_status(error.code), ExitStatus::kFailed);
}

TEST(Client, a_server_that_says_nothing_did_not_answer_in_time) {
  const Error error = ended_with({grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"}).error;
  EXPECT_THAT(error.message, HasSubstr("did not answer in time"));
  EXPECT_EQ(exit_status(error.code), ExitStatus::kUnreachable);
}

// While it lives, the process has no more rights than any user.
class WithoutRights {
 public:
  WithoutRights() { EXPECT_TRUE(geteuid() != 0 || seteuid(kNobody) == 0); }
  ~WithoutRights() { EXPECT_EQ(seteuid(before_), 0); }

 private:
  static constexpr uid_t kNobody = 65534;
  const uid_t before_ = geteuid();
};

TEST(Client, a_socket_that_we_may_not_use_is_not_said_to_be_nobodys) {
  const testing::TemporaryFolder folder;
  const api::ServerAddress address{folder.path() + "/api.sock", {}};
  EndingService service(grpc::Status::OK);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address.text(), grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_EQ(chmod(address.socket_path.c_str(), 0), 0);
  const WithoutRights without_rights;
  const auto answer = Client(address).lookup({});
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message, HasSubstr("we may not use " + address.text()));
  EXPECT_EQ(exit_status(answer.error().code), ExitStatus::kUnreachable);
}

TEST(Client, a_lookup_waits_for_as_long_as_the_server_may_read) {
  constexpr Seconds kServerReads(30);
  EXPECT_GT(ended_with({grpc::StatusCode::INTERNAL, "", "x"}).patience, kServerReads);
}

TEST(Client, a_lookup_waits_for_no_longer_than_its_caller_wants) {
  constexpr Seconds kPatience(2);
  constexpr Milliseconds kRounding(20);  // gRPC sends a deadline in few digits, rounded up
  EXPECT_LE(ended_with({grpc::StatusCode::INTERNAL, "", "x"}, kPatience).patience,
            kPatience + kRounding);
}

}  // namespace
}  // namespace etymon::cli
