// Forget of the API: what goes, what stays, and what it refuses.
#include <gmock/gmock.h>

#include "tests/unit/service/api_test.h"

namespace etymon::service {
namespace {

using ::testing::SizeIs;

class ForgetTest : public ApiTest {
 protected:
  // Some hours ago: www.example, told two clients, and mail.example, told one of them.
  ForgetTest() {
    v1::IngestRequest request;
    *request.add_deliveries() = past("www.example", "192.168.1.7", "203.0.113.5");
    *request.add_deliveries() = past("www.example", "192.168.1.8", "203.0.113.5");
    *request.add_deliveries() = past("mail.example", "192.168.1.8", "203.0.113.6");
    *request.mutable_covered()->mutable_start() = ago(20'000);
    *request.mutable_covered()->mutable_end() = ago(0);
    EXPECT_TRUE(ingest(request).ok());
  }

  v1::ObservedDelivery past(const char* name, const char* client, const char* address) const {
    v1::ObservedDelivery one = delivery(kAgo);
    one.set_name(name);
    one.clear_chain();
    one.set_client(client);
    one.mutable_addresses(0)->set_address(address);
    return one;
  }

  grpc::Status forget(const v1::ForgetRequest& request, v1::ForgetReport* report) {
    grpc::ClientContext context;
    const auto reader = admin_->Forget(&context, request);
    v1::ForgetResponse response;
    while (reader->Read(&response)) {
      if (response.has_report()) {
        *report = response.report();
      }
    }
    return reader->Finish();
  }

  v1::ForgetReport forgotten(const v1::ForgetRequest& request) {
    v1::ForgetReport report;
    const grpc::Status status = forget(request, &report);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return report;
  }

  google::rpc::ErrorInfo refused(const v1::ForgetRequest& request) {
    v1::ForgetReport none;
    return error_info(forget(request, &none));
  }

  size_t told() const { return store_->deliveries({.span = {WallTime(), clock_.wall()}})->size(); }

  static constexpr int64_t kAgo = 10'000;  // seconds
};

TEST_F(ForgetTest, a_client_is_forgotten_and_nobody_else) {
  v1::ForgetRequest request;
  request.set_client("192.168.1.8");
  const v1::ForgetReport report = forgotten(request);
  EXPECT_EQ(report.deliveries(), 2U);
  EXPECT_EQ(report.answers(), 1U) << "the other one was told somebody else, too";
  EXPECT_EQ(report.hours(), 1U);
  EXPECT_EQ(answer("203.0.113.5", kAgo).verdict(), v1::VERDICT_LIVE);
}

TEST_F(ForgetTest, what_was_forgotten_is_unknown_and_not_never) {
  EXPECT_EQ(answer("203.0.113.77", kAgo - 5).verdict(), v1::VERDICT_NEVER);
  v1::ForgetRequest request;
  request.set_name("example");
  request.set_match(v1::NAME_MATCH_SUBTREE);
  EXPECT_EQ(forgotten(request).deliveries(), 3U);
  for (const char* address : {"203.0.113.5", "203.0.113.6"}) {
    const v1::LookupResponse unknown = answer(address, kAgo - 5);
    EXPECT_EQ(unknown.verdict(), v1::VERDICT_UNKNOWN) << address;
    EXPECT_THAT(unknown.candidates(), SizeIs(0));
  }
}

TEST_F(ForgetTest, a_span_and_a_prefix_are_forgotten) {
  v1::ForgetRequest request;
  request.set_client("192.168.1.0/29");
  *request.mutable_start() = ago(kAgo + 1);
  *request.mutable_end() = ago(kAgo - 1);
  EXPECT_EQ(forgotten(request).deliveries(), 1U);
  request.clear_client();
  EXPECT_EQ(forgotten(request).deliveries(), 2U);
  EXPECT_EQ(told(), 0U);
}

TEST_F(ForgetTest, counting_forgets_nothing) {
  v1::ForgetRequest request;
  request.set_name("WWW.Example.");
  request.set_count_only(true);
  EXPECT_EQ(forgotten(request).deliveries(), 2U);
  EXPECT_EQ(told(), 3U);
}

TEST_F(ForgetTest, who_names_nothing_forgets_nothing) {
  EXPECT_EQ(refused({}).reason(), "CONDITION_MISSING");
  v1::ForgetRequest match_alone;
  match_alone.set_match(v1::NAME_MATCH_SUBTREE);
  EXPECT_EQ(refused(match_alone).reason(), "CONDITION_MISSING");
  EXPECT_EQ(told(), 3U);
}

TEST_F(ForgetTest, what_cannot_be_read_forgets_nothing) {
  v1::ForgetRequest client;
  client.set_client("192.168.1.8/24");
  EXPECT_EQ(refused(client).metadata().at("field"), "client");
  v1::ForgetRequest name;
  name.set_name("a..b");
  EXPECT_EQ(refused(name).metadata().at("field"), "name");
  v1::ForgetRequest match;
  match.set_name("example");
  match.set_match(static_cast<v1::NameMatch>(9));
  EXPECT_EQ(refused(match).metadata().at("field"), "match");
  v1::ForgetRequest span;
  *span.mutable_start() = ago(1);
  *span.mutable_end() = ago(2);
  EXPECT_EQ(refused(span).metadata().at("field"), "end");
  EXPECT_EQ(told(), 3U);
}

TEST_F(ForgetTest, the_store_notes_who_asked) {
  v1::ForgetRequest request;
  request.set_client("192.168.1.7");
  forgotten(request);
  ASSERT_THAT(store_->forgotten(), SizeIs(1));
  EXPECT_EQ(store_->forgotten()[0].by, "unix");
}

}  // namespace
}  // namespace etymon::service
