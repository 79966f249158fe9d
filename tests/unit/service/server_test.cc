// The server itself: where it listens, whom it refuses, health, reflection, status.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "grpc/health/v1/health.grpc.pb.h"
#include "resolver/base/guarded.h"
#include "tests/integration/loopback_socket.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/process.h"
#include "tests/support/raw_http2.h"
#include "tests/unit/service/api_test.h"
#include "tests/unit/service/raw_call.h"

namespace etymon::service {
namespace {

using ::testing::HasSubstr;

class ServerTest : public ApiTest {
 protected:
  // A second server over the same store, on an address of the test's choice.
  static Status start(ApiServer& server, const std::string& address) {
    return server.start({.listen = {api::ServerAddress::from_text(address).value()}});
  }
};

TEST_F(ServerTest, owner_and_group_alone_may_use_the_socket) {
  struct stat found {};
  ASSERT_EQ(stat(socket().socket_path.c_str(), &found), 0);
  EXPECT_TRUE(S_ISSOCK(found.st_mode));
  EXPECT_EQ(found.st_mode & 0777U, 0660U);
}

TEST_F(ServerTest, a_socket_in_use_is_left_to_its_owner) {
  ApiServer second(sources());
  const Status started = start(second, socket().text());
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(started.error().message, HasSubstr("in use"));
  EXPECT_EQ(answer("203.0.113.5", 0).candidates_size(), 0) << "the first one still answers";
}

TEST_F(ServerTest, the_socket_of_a_dead_process_is_taken_over) {
  const std::string path = folder_.path() + "/stale.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  close(dead);
  ApiServer second(sources());
  EXPECT_TRUE(start(second, "unix:" + path).ok());
}

TEST_F(ServerTest, a_file_that_is_no_socket_is_not_touched) {
  const std::string path = folder_.path() + "/notes.txt";
  std::ofstream(path) << "precious";
  ApiServer second(sources());
  const Status started = start(second, "unix:" + path);
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message, HasSubstr("no socket"));
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST_F(ServerTest, the_folder_of_its_socket_is_made_and_open_to_all_whatever_the_umask) {
  namespace fs = std::filesystem;
  const std::string folder = folder_.path() + "/run";
  const mode_t before = umask(0077);
  ApiServer second(sources());
  const Status started = start(second, "unix:" + folder + "/api.sock");
  umask(before);
  ASSERT_TRUE(started.ok()) << started.error().message;
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(folder + "/api.sock").permissions(), fs::perms(0660));
}

TEST_F(ServerTest, a_folder_that_is_there_keeps_its_mode) {
  namespace fs = std::filesystem;
  const std::string folder = folder_.path() + "/closed";
  fs::create_directory(folder);
  fs::permissions(folder, fs::perms(0700));
  ApiServer second(sources());
  EXPECT_TRUE(start(second, "unix:" + folder + "/api.sock").ok());
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms(0700));
}

TEST_F(ServerTest, a_folder_within_a_missing_one_is_not_made_and_is_named) {
  ApiServer second(sources());
  const Status started = start(second, "unix:" + folder_.path() + "/missing/run/api.sock");
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message,
              HasSubstr("/missing/run/api.sock: No such file or directory"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/missing"));
}

TEST_F(ServerTest, a_folder_that_cannot_be_made_is_named_with_what_to_do) {
  ApiServer second(sources());
  std::ofstream(folder_.path() + "/file") << "x";
  const Status below_a_file = start(second, "unix:" + folder_.path() + "/file/run/api.sock");
  ASSERT_FALSE(below_a_file.ok());
  EXPECT_EQ(below_a_file.error().message,
            "cannot offer the API on unix:" + folder_.path() +
                "/file/run/api.sock: cannot make the folder " + folder_.path() +
                "/file/run: Not a directory; make it for this user, or name another socket with "
                "--api");
}

TEST_F(ServerTest, other_machines_are_refused_without_tls) {
  for (const char* address : {"0.0.0.0:0", "192.0.2.1:5380", "[::]:0", "[2001:db8::1]:5380"}) {
    ApiServer second(sources());
    const Status started = start(second, address);
    ASSERT_FALSE(started.ok()) << address;
    EXPECT_EQ(started.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(started.error().message, HasSubstr("TLS"));
  }
}

TEST_F(ServerTest, finds_a_free_port_and_refuses_one_in_use) {
  ApiServer second(sources());
  ASSERT_TRUE(start(second, "127.0.0.1:0").ok());
  const std::string taken = second.listening().at(0).text();
  EXPECT_NE(second.listening().at(0).endpoint.port, 0);
  ApiServer third(sources());
  const Status started = start(third, taken);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().message,
            "cannot offer the API on " + taken + ": in use by another process");
}

TEST_F(ServerTest, can_be_stopped_twice_and_started_again_on_its_socket) {
  server_->stop();
  server_->stop();
  EXPECT_FALSE(std::filesystem::exists(socket().socket_path));
  ASSERT_TRUE(server_->start({.listen = {socket()}}).ok());
  channel_ = grpc::CreateChannel(socket().text(), grpc::InsecureChannelCredentials());
  provenance_ = v1::ProvenanceService::NewStub(channel_);
  EXPECT_EQ(answer("203.0.113.5", 0).candidates_size(), 0);
}

// One whose descriptors are all taken, but for the one of a client within the same process.
TEST_F(ServerTest, a_moment_without_descriptors_only_makes_clients_wait) {
  Guarded<std::string> said;
  ApiServer second(sources());
  ApiServer::Options options;
  options.on_notice = [&said](api::LogLevel, const std::string& notice) { *said.lock() += notice; };
  options.listen = {{folder_.path() + "/second.sock", {}},
                    api::ServerAddress::from_text("127.0.0.1:0").value()};
  ASSERT_TRUE(second.start(options).ok());
  const auto meet = [&](auto connect) {
    const int kept_free = dup(STDIN_FILENO);
    std::optional<testing::NoDescriptors> none(std::in_place);
    close(kept_free);
    auto client = connect();
    EXPECT_TRUE(testing::eventually([&] {
      clock_.advance(Seconds(61));  // Until then it is not told again.
      return said.lock()->find("Too many open files") != std::string::npos;
    }));
    none.reset();
    said.lock()->clear();
    return client;
  };
  const auto local =
      meet([&] { return std::make_unique<testing::RawHttp2>(options.listen[0].socket_path); });
  EXPECT_TRUE(local->await(testing::RawHttp2::kSettings).has_value());
  const auto remote = meet([&] {
    return testing::LoopbackSocket(SOCK_STREAM, "127.0.0.2",
                                   second.listening().at(1).endpoint.port);
  });
  EXPECT_FALSE(remote.receive(Seconds(20)).empty());
  admin_ = v1::AdminService::NewStub(
      grpc::CreateChannel(options.listen[0].text(), grpc::InsecureChannelCredentials()));
  EXPECT_GE(api_status().connections_exhausted(), 2U);
}

TEST_F(ServerTest, stops_while_a_stream_is_open) {
  grpc::ClientContext context;
  const auto stream = provenance_->LookupStream(&context);
  v1::LookupStreamRequest request;
  request.add_questions()->set_address("203.0.113.5");
  v1::LookupStreamResponse response;
  stream->Write(request);
  ASSERT_TRUE(stream->Read(&response));
  server_->stop();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_FALSE(stream->Finish().ok());
}

TEST_F(ServerTest, reports_health_of_all_and_of_each_service) {
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  for (const char* service : {"", "etymon.v1.ProvenanceService", "etymon.v1.AdminService"}) {
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    grpc::health::v1::HealthCheckResponse response;
    request.set_service(service);
    ASSERT_TRUE(health->Check(&context, request, &response).ok()) << service;
    EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING) << service;
  }
}

// One message there and one back on a stream whose messages this test has no classes for.
std::string exchange(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                     const std::string& message) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  EXPECT_TRUE(wait());
  const grpc::Slice slice(message);
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  EXPECT_TRUE(wait());
  grpc::ByteBuffer reply;
  call->Read(&reply, nullptr);
  EXPECT_TRUE(wait());
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  grpc::Slice text;
  EXPECT_TRUE(reply.DumpToSingleSlice(&text).ok());
  return {reinterpret_cast<const char*>(text.begin()), text.size()};
}

constexpr const char* kReflection =
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
constexpr std::string_view kListServices = "\x3A\x01*";  // field 7, list_services, of the request

TEST_F(ServerTest, lists_its_services_by_reflection_where_that_is_wanted) {
  ApiServer second(sources());
  ApiServer::Options options;
  options.listen = {{folder_.path() + "/second.sock", {}}};
  options.reflection = true;
  ASSERT_TRUE(second.start(options).ok());
  const auto channel =
      grpc::CreateChannel(options.listen[0].text(), grpc::InsecureChannelCredentials());
  const std::string listed = exchange(channel, kReflection, std::string(kListServices));
  EXPECT_THAT(listed, HasSubstr("etymon.v1.ProvenanceService"));
  EXPECT_THAT(listed, HasSubstr("etymon.v1.AdminService"));
  EXPECT_THAT(listed, HasSubstr("grpc.health.v1.Health"));
}

TEST_F(ServerTest, tells_nothing_of_itself_by_default) {
  const grpc::Status status = raw_call(channel_, kReflection, kListServices);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ServerTest, status_tells_of_resolver_and_store) {
  clock_.advance(Seconds(60));
  grpc::ClientContext context;
  v1::GetStatusResponse status;
  ASSERT_TRUE(admin_->GetStatus(&context, {}, &status).ok());
  EXPECT_EQ(status.version(), "1.2.3");
  EXPECT_EQ(status.started_at().seconds(), 1'600'000'000);
  EXPECT_EQ(status.queries(), 50U);
  EXPECT_EQ(status.malformed(), 7U);
  EXPECT_EQ(status.deliveries().answered(), 40U);
  EXPECT_EQ(status.deliveries().lost(), 0U);
  EXPECT_EQ(status.answering().local(), 1U);
  EXPECT_EQ(status.answering().blocked(), 2U);
  EXPECT_EQ(status.answering().stale(), 3U);
  EXPECT_EQ(status.answering().joined(), 4U);
  EXPECT_EQ(status.answering().refreshes(), 5U);
  EXPECT_EQ(status.answering().failed_upstream(), 6U);
  EXPECT_EQ(status.answering().overloaded(), 7U);
  EXPECT_EQ(status.answering().not_recursed(), 8U);
  EXPECT_EQ(status.answering().not_implemented(), 9U);
  EXPECT_EQ(status.answering().denied(), 10U);
  EXPECT_EQ(status.answering().limited(), 11U);
  EXPECT_EQ(status.answering().rebinding(), 12U);
  EXPECT_EQ(status.answering().withheld(), 13U);
  EXPECT_EQ(status.answering().ttl_changed(), 14U);
  EXPECT_EQ(status.answering().good_cookies(), 15U);
  EXPECT_EQ(status.answering().bad_cookies(), 16U);
  EXPECT_EQ(status.asking().mismatches(), 1U);
  EXPECT_EQ(status.asking().case_mismatches(), 2U);
  EXPECT_EQ(status.asking().moved_to_tcp(), 3U);
  EXPECT_EQ(status.asking().truncated(), 4U);
  EXPECT_EQ(status.asking().edns_refused(), 5U);
  EXPECT_EQ(status.asking().bad_cookies(), 6U);
  EXPECT_EQ(status.asking().unreachable(), 7U);
  EXPECT_EQ(status.asking().rejected(), 8U);
  EXPECT_EQ(status.asking().in_flight(), 9U);
  EXPECT_EQ(status.asking().ports(), 10U);
  EXPECT_EQ(status.asking().exhausted(), 11U);
  EXPECT_EQ(status.connections().accepted(), 1U);
  EXPECT_EQ(status.connections().open(), 2U);
  EXPECT_EQ(status.connections().over_limit(), 3U);
  EXPECT_EQ(status.connections().denied(), 4U);
  EXPECT_EQ(status.connections().timed_out(), 5U);
  EXPECT_EQ(status.connections().not_reading(), 6U);
  EXPECT_EQ(status.connections().oversized(), 7U);
  EXPECT_EQ(status.connections().exhausted(), 8U);
  EXPECT_EQ(status.connections().unsent(), 9U);
  EXPECT_EQ(status.cache().hits(), 30U);
  EXPECT_EQ(status.cache().bytes(), 4096U);
  ASSERT_EQ(status.upstreams_size(), 1);
  EXPECT_EQ(status.upstreams(0).address(), "192.0.2.53:53");
  EXPECT_EQ(status.upstreams(0).state(), v1::UPSTREAM_STATE_UP);
  EXPECT_EQ(status.upstreams(0).srtt().nanos(), 12'000'000);
  EXPECT_EQ(status.upstreams(0).wrong_cookies(), 2U);
  EXPECT_EQ(status.upstreams(0).missing_cookies(), 3U);
  EXPECT_TRUE(status.store().recording());
  ASSERT_EQ(status.coverage_size(), 1);
  EXPECT_EQ(status.coverage(0).began(), v1::COVERAGE_EDGE_START);
  EXPECT_EQ(status.coverage(0).ended(), v1::COVERAGE_EDGE_NOW);
  EXPECT_EQ(status.coverage(0).span().end().seconds(), ago(0).seconds());
}

TEST_F(ServerTest, status_tells_the_newest_spans_and_how_many_are_older) {
  for (int span = 1; span <= 1'002; ++span) {
    const WallTime start = clock_.wall() - Seconds(10 * span);
    store_->cover({start, start + Seconds(1)}, store_->begin_import());
  }
  grpc::ClientContext context;
  v1::GetStatusResponse status;
  ASSERT_TRUE(admin_->GetStatus(&context, {}, &status).ok());
  EXPECT_EQ(status.coverage_size(), 1'000);
  EXPECT_EQ(status.older_coverage(), 3U) << "with the one that is being recorded";
}

TEST_F(ServerTest, retention_is_set_while_running_and_told) {
  grpc::ClientContext context;
  v1::SetRetentionRequest request;
  request.mutable_keep()->set_seconds(86'400);
  v1::SetRetentionResponse response;
  ASSERT_TRUE(admin_->SetRetention(&context, request, &response).ok());
  EXPECT_EQ(response.keep().seconds(), 86'400);
  EXPECT_EQ(response.keep_bytes(), uint64_t{8} << 30);

  grpc::ClientContext again;
  v1::GetStatusResponse status;
  ASSERT_TRUE(admin_->GetStatus(&again, {}, &status).ok());
  EXPECT_EQ(status.store().keep().seconds(), 86'400);
  EXPECT_EQ(status.store().keep_bytes(), uint64_t{8} << 30);
}

TEST_F(ServerTest, a_retention_out_of_range_is_refused_and_names_its_field) {
  const auto field_of = [this](const v1::SetRetentionRequest& request) {
    grpc::ClientContext context;
    v1::SetRetentionResponse response;
    const grpc::Status status = admin_->SetRetention(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    const google::rpc::ErrorInfo info = error_info(status);
    EXPECT_EQ(info.reason(), "RETENTION_INVALID");
    return info.metadata().at("field");
  };
  for (const int64_t seconds : {int64_t{0}, int64_t{-5}, int64_t{3599}, int64_t{1} << 60}) {
    v1::SetRetentionRequest request;
    request.mutable_keep()->set_seconds(seconds);
    EXPECT_EQ(field_of(request), "keep") << seconds;
  }
  for (const int32_t nanos : {-1, 1'000'000'000}) {  // of no duration at all
    v1::SetRetentionRequest request;
    request.mutable_keep()->set_seconds(3600);
    request.mutable_keep()->set_nanos(nanos);
    EXPECT_EQ(field_of(request), "keep") << nanos;
  }
  for (const uint64_t bytes : {uint64_t{0}, (uint64_t{1} << 20) - 1, (uint64_t{16} << 40) + 1}) {
    v1::SetRetentionRequest request;
    request.set_keep_bytes(bytes);
    EXPECT_EQ(field_of(request), "keep_bytes") << bytes;
  }
}

}  // namespace
}  // namespace etymon::service
