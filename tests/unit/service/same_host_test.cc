// Lookups that know which addresses are one device's, from the sightings to the answer.
#include <gmock/gmock.h>

#include "tests/unit/service/api_test.h"

namespace etymon::service {
namespace {

constexpr const char* kLaptop = "192.168.1.7";  // of ApiTest's deliveries and questions
constexpr const char* kTemporary = "2001:db8::abcd";

class SameHostTest : public ApiTest {
 protected:
  // The device was seen at the address from `from` to `to` seconds ago.
  void see(const std::string& device, const std::string& address, int64_t from, int64_t to) {
    const HostSighting sighting{
        .device = device,
        .address = IpAddress::from_text(address).value(),
        .seen = {clock_.wall() - Seconds(from), clock_.wall() - Seconds(to)}};
    store_->learn({&sighting, 1});
  }

  // www.example was told to `client` that many seconds ago, for 60.
  void tell(const std::string& client, int64_t seconds_ago,
            const std::string& address = "203.0.113.5") {
    v1::IngestRequest message;
    *message.add_deliveries() = delivery(seconds_ago);
    message.mutable_deliveries(0)->set_client(client);
    message.mutable_deliveries(0)->mutable_addresses(0)->set_address(address);
    ASSERT_TRUE(ingest(message).ok());
  }

  // To a question about some moment of so many seconds, which began that many seconds ago.
  v1::LookupResponse answer_within(const std::string& address, int64_t seconds_ago,
                                   int64_t seconds) {
    v1::LookupRequest request;
    request.set_address(address);
    request.set_client(kLaptop);
    *request.mutable_at() = ago(seconds_ago);
    request.mutable_tolerance()->set_seconds(seconds);
    v1::LookupResponse response;
    const grpc::Status status = lookup(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

TEST_F(SameHostTest, a_name_told_to_the_devices_other_address_is_found) {
  see("mac:02:00:00:00:00:07", kLaptop, 600, 0);
  see("mac:02:00:00:00:00:07", kTemporary, 600, 0);
  tell(kTemporary, 30);
  const v1::LookupResponse found = answer("203.0.113.5", 10);
  EXPECT_EQ(found.verdict(), v1::VERDICT_LIVE);
  ASSERT_EQ(found.candidates_size(), 1);
  EXPECT_EQ(found.candidates(0).reason(), v1::REASON_SAME_HOST);
  EXPECT_EQ(found.candidates(0).client(), kTemporary);
}

TEST_F(SameHostTest, a_name_told_before_the_device_had_the_address_is_not) {
  see("mac:02:00:00:00:00:07", kLaptop, 9'000, 0);
  see("mac:02:00:00:00:00:07", kTemporary, 600, 0);
  tell(kTemporary, 700);
  EXPECT_EQ(answer("203.0.113.5", 690).verdict(), v1::VERDICT_OTHER_CLIENT);
}

TEST_F(SameHostTest, of_an_address_that_moved_each_device_has_its_own_names) {
  see("mac:02:00:00:00:00:07", kLaptop, 9'000, 8'000);
  see("mac:02:00:00:00:00:08", kLaptop, 900, 0);
  tell(kLaptop, 8'500);
  EXPECT_EQ(answer("203.0.113.5", 8'490).verdict(), v1::VERDICT_LIVE);
  EXPECT_EQ(answer("203.0.113.5", 10).verdict(), v1::VERDICT_OTHER_CLIENT);
}

// "Today", asked in the morning: nobody knows yet whose the address will be in the evening.
TEST_F(SameHostTest, a_moment_that_reaches_into_the_future_is_of_who_has_the_address_now) {
  see("mac:02:00:00:00:00:07", kLaptop, 600, 0);
  see("mac:02:00:00:00:00:07", kTemporary, 600, 0);
  tell(kTemporary, 30);
  const v1::LookupResponse found = answer_within("203.0.113.5", 3'600, 86'400);
  EXPECT_EQ(found.verdict(), v1::VERDICT_LIVE);
  ASSERT_EQ(found.candidates_size(), 1);
  EXPECT_EQ(found.candidates(0).reason(), v1::REASON_SAME_HOST);
  EXPECT_EQ(found.candidates(0).deliveries(), 1U);
}

TEST_F(SameHostTest, of_an_address_that_moved_within_the_moment_both_devices_may_be_meant) {
  see("mac:02:00:00:00:00:07", kLaptop, 9'000, 8'000);
  see("mac:02:00:00:00:00:08", kLaptop, 900, 0);
  tell(kLaptop, 8'500);
  EXPECT_EQ(answer_within("203.0.113.5", 8'490, 1).verdict(), v1::VERDICT_LIVE);
  const v1::LookupResponse found = answer_within("203.0.113.5", 8'490, 8'400);
  EXPECT_EQ(found.verdict(), v1::VERDICT_LIVE);
  ASSERT_EQ(found.candidates_size(), 1);
  EXPECT_EQ(found.candidates(0).client(), kLaptop);
}

TEST_F(SameHostTest, what_came_after_the_tenure_is_no_hint) {
  see("mac:02:00:00:00:00:07", kLaptop, 20'000, 0);
  see("mac:02:00:00:00:00:07", kTemporary, 20'000, 19'000);
  see("mac:02:00:00:00:00:08", kTemporary, 18'000, 0);
  tell(kTemporary, 30);
  EXPECT_EQ(answer("203.0.113.5", 100).hints_size(), 0);
}

TEST_F(SameHostTest, a_live_name_of_the_same_network_is_a_hint) {
  tell(kLaptop, 30, "203.0.113.9");
  tell("192.168.1.8", 30, "203.0.113.10");
  const v1::LookupResponse missed = answer("203.0.113.5", 10);
  EXPECT_EQ(missed.candidates_size(), 0);
  ASSERT_EQ(missed.hints_size(), 1);
  EXPECT_EQ(missed.hints(0).kind(), v1::HINT_KIND_SAME_NETWORK);
  EXPECT_EQ(missed.hints(0).address(), "203.0.113.9");
  EXPECT_EQ(missed.hints(0).name(), "www.example");
}

}  // namespace
}  // namespace etymon::service
