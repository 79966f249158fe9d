// What clients that take no answers may keep of the server: so much, and for so long.
#include "api/service/untaken_answers.h"

#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/raw_http2.h"
#include "tests/unit/service/access_test.h"

namespace etymon::service {
namespace {

using testing::RawHttp2;

constexpr const char* kLookup = "/etymon.v1.ProvenanceService/Lookup";
constexpr const char* kList = "/etymon.v1.ProvenanceService/ListDeliveries";

class UntakenAnswersTest : public ApiTest {
 protected:
  // More of an answer than is small.
  UntakenAnswersTest() {
    v1::IngestRequest message;
    for (int i = 0; i < 100; ++i) {
      v1::ObservedDelivery& one = *message.add_deliveries();
      one = delivery(100);
      one.set_name("n" + std::to_string(i) + ".example");
    }
    EXPECT_TRUE(ingest(message).ok());
  }

  // The server anew. On its socket whoever shows no token is one caller, "siem" another.
  void limit(const Limits& limits) {
    write_file(folder_.path() + "/callers", std::string("siem ask token:") + kAsker + "\n");
    ApiServer::Options options;
    options.listen = {socket()};
    options.access.callers_file = folder_.path() + "/callers";
    options.limits = limits;
    server_->stop();
    ASSERT_TRUE(server_->start(options).ok());
    channel_ = grpc::CreateChannel(socket().text(), grpc::InsecureChannelCredentials());
    provenance_ = v1::ProvenanceService::NewStub(channel_);
    admin_ = v1::AdminService::NewStub(channel_);
  }

  v1::LookupRequest question() const {
    v1::LookupRequest request;
    request.set_address("203.0.113.5");
    request.set_client("192.168.1.7");
    *request.mutable_at() = ago(90);
    return request;
  }

  size_t octets_of_answer() {
    v1::LookupResponse response;
    EXPECT_TRUE(lookup(question(), &response).ok());
    EXPECT_GT(response.ByteSizeLong(), UntakenAnswers::kSmallMax);
    return response.ByteSizeLong();
  }

  grpc::Status ask() {
    v1::LookupResponse response;
    return lookup(question(), &response);
  }

  grpc::Status ask_as_siem() {
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + kAsker);
    v1::LookupResponse response;
    return provenance_->Lookup(&context, question(), &response);
  }

  // Waits until the answer could be sent.
  void ask_and_take_nothing(RawHttp2& idle) const {
    idle.leave_no_room();
    idle.ask(1, kLookup, question().SerializeAsString());
    ASSERT_TRUE(idle.await(RawHttp2::kHeaders));
  }
};

TEST_F(UntakenAnswersTest, are_withdrawn_after_their_time) {
  limit({.untaken = Milliseconds(200)});
  for (const auto& [method, request] :
       {std::pair(kLookup, question().SerializeAsString()), std::pair(kList, std::string())}) {
    RawHttp2 idle(socket().socket_path);
    idle.leave_no_room();
    idle.ask(1, method, request);
    EXPECT_TRUE(idle.await(RawHttp2::kReset)) << method;
  }
  EXPECT_TRUE(testing::eventually([this] { return api_status().untaken_bytes() == 0; }));
}

TEST_F(UntakenAnswersTest, of_one_caller_leave_no_room_for_more_until_they_are_taken) {
  const size_t octets = octets_of_answer();
  limit({.answers = {.caller = octets + octets / 2, .all = 9 * octets}});
  RawHttp2 idle(socket().socket_path);
  ask_and_take_nothing(idle);
  EXPECT_EQ(api_status().untaken_bytes(), octets);
  const grpc::Status refused = ask();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error_info(refused).reason(), "TOO_MANY_READERS");
  EXPECT_GT(retry_delay(refused), 0);
  EXPECT_EQ(api_status().refused(), 1U);
  EXPECT_EQ(answer("192.0.2.1", 0).candidates_size(), 0) << "a small one needs no room";
  EXPECT_TRUE(ask_as_siem().ok()) << "others have their own";
  idle.reset(1);
  EXPECT_TRUE(testing::eventually([this] { return ask().ok(); }));
  // The client has an answer before the server knows that it was taken.
  EXPECT_TRUE(testing::eventually([this] { return api_status().untaken_bytes() == 0; }));
}

TEST_F(UntakenAnswersTest, of_all_callers_leave_no_room_for_more) {
  const size_t octets = octets_of_answer();
  limit({.answers = {.caller = octets, .all = octets}});
  RawHttp2 idle(socket().socket_path);
  ask_and_take_nothing(idle);
  EXPECT_EQ(error_info(ask_as_siem()).reason(), "TOO_MANY_READERS");
}

TEST_F(UntakenAnswersTest, of_listings_count_as_well) {
  v1::ListDeliveriesResponse page;
  grpc::ClientContext context;
  ASSERT_TRUE(provenance_->ListDeliveries(&context, {}, &page).ok());
  limit({.answers = {.caller = page.ByteSizeLong(), .all = page.ByteSizeLong()}});
  RawHttp2 idle(socket().socket_path);
  idle.leave_no_room();
  idle.ask(1, kList, "");
  ASSERT_TRUE(idle.await(RawHttp2::kHeaders));
  grpc::ClientContext again;
  EXPECT_EQ(error_info(provenance_->ListDeliveries(&again, {}, &page)).reason(),
            "TOO_MANY_READERS");
}

}  // namespace
}  // namespace etymon::service
