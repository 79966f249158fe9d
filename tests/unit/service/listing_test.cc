// ListDeliveries and SummarizeRecurrence as a client sees them.
#include <gmock/gmock.h>

#include "tests/unit/service/api_test.h"
#include "tests/unit/service/held_clock.h"

namespace etymon::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ListingTest : public ApiTest {
 protected:
  // n0.example so many seconds ago, n1.example a second later, and so on.
  void ingest_many(int count, int64_t seconds) {
    v1::IngestRequest message;
    for (int i = 0; i < count; ++i) {
      v1::ObservedDelivery one = delivery(seconds - i);
      one.set_name("n" + std::to_string(i) + ".example");
      one.clear_chain();
      *message.add_deliveries() = one;
    }
    ASSERT_TRUE(ingest(message).ok());
  }

  grpc::Status list(const v1::ListDeliveriesRequest& request,
                    v1::ListDeliveriesResponse* response) {
    grpc::ClientContext context;
    return provenance_->ListDeliveries(&context, request, response);
  }

  std::string reason_of(const v1::ListDeliveriesRequest& request) {
    v1::ListDeliveriesResponse response;
    const grpc::Status status = list(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return error_info(status).reason();
  }

  std::vector<std::string> names_of(v1::ListDeliveriesRequest request) {
    std::vector<std::string> names;
    do {
      v1::ListDeliveriesResponse response;
      const grpc::Status status = list(request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      for (const v1::ObservedDelivery& one : response.deliveries()) {
        names.push_back(one.name());
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  grpc::Status recurrence(const v1::SummarizeRecurrenceRequest& request,
                          v1::SummarizeRecurrenceResponse* response) {
    grpc::ClientContext context;
    return provenance_->SummarizeRecurrence(&context, request, response);
  }
};

TEST_F(ListingTest, tells_a_delivery_as_it_was_taken) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(30);
  ASSERT_TRUE(ingest(message).ok());
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(list({}, &response).ok());
  ASSERT_EQ(response.deliveries_size(), 1);
  v1::ObservedDelivery expected = delivery(30);
  expected.set_name("www.example");
  expected.mutable_addresses(0)->set_via(v1::VIA_A);
  expected.set_transport(v1::TRANSPORT_UDP);
  expected.set_origin(v1::ORIGIN_IMPORT);
  EXPECT_EQ(response.deliveries(0).DebugString(), expected.DebugString());
  EXPECT_EQ(response.next_page_token(), "");
}

TEST_F(ListingTest, tells_who_passed_the_question_on_as_it_was_taken) {
  v1::ObservedDelivery forwarded = delivery(30);
  forwarded.set_forwarder("10.0.0.2");
  v1::IngestRequest message;
  *message.add_deliveries() = forwarded;
  ASSERT_TRUE(ingest(message).ok());
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(list({}, &response).ok());
  ASSERT_EQ(response.deliveries_size(), 1);
  EXPECT_EQ(response.deliveries(0).client(), forwarded.client());
  EXPECT_EQ(response.deliveries(0).forwarder(), "10.0.0.2");
}

TEST_F(ListingTest, tells_what_was_withheld_and_finds_it_under_no_address) {
  v1::ObservedDelivery guarded = delivery(30);
  guarded.add_withheld("fd00::1");
  guarded.add_withheld("10.0.0.1");
  v1::IngestRequest message;
  *message.add_deliveries() = guarded;
  ASSERT_TRUE(ingest(message).ok());
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(list({}, &response).ok());
  ASSERT_EQ(response.deliveries_size(), 1);
  EXPECT_TRUE(response.deliveries(0).rebinding());
  EXPECT_THAT(response.deliveries(0).withheld(), ElementsAre("10.0.0.1", "fd00::1"));
  v1::ListDeliveriesRequest by_address;
  by_address.mutable_filter()->set_address("10.0.0.1");
  EXPECT_THAT(names_of(by_address), ElementsAre());
}

TEST_F(ListingTest, turns_pages_in_either_order) {
  ingest_many(5, 50);
  v1::ListDeliveriesRequest request;
  request.set_page_size(2);
  EXPECT_THAT(names_of(request),
              ElementsAre("n4.example", "n3.example", "n2.example", "n1.example", "n0.example"));
  request.set_order(v1::LISTING_ORDER_OLDEST_FIRST);
  EXPECT_THAT(names_of(request),
              ElementsAre("n0.example", "n1.example", "n2.example", "n3.example", "n4.example"));
}

TEST_F(ListingTest, what_comes_meanwhile_shifts_no_page) {
  ingest_many(4, 50);
  v1::ListDeliveriesRequest request;
  request.set_page_size(2);
  v1::ListDeliveriesResponse first;
  ASSERT_TRUE(list(request, &first).ok());
  ingest_many(3, 20);
  request.set_page_token(first.next_page_token());
  EXPECT_THAT(names_of(request), ElementsAre("n1.example", "n0.example"));
}

TEST_F(ListingTest, filters_by_client_name_address_time_and_response_code) {
  ingest_many(3, 50);
  v1::ObservedDelivery other = delivery(10);
  other.set_client("192.168.1.8");
  other.set_rcode(3);
  other.clear_addresses();
  v1::IngestRequest message;
  *message.add_deliveries() = other;
  ASSERT_TRUE(ingest(message).ok());
  v1::ListDeliveriesRequest by_client;
  by_client.mutable_filter()->set_client("192.168.1.8");
  EXPECT_THAT(names_of(by_client), ElementsAre("www.example"));
  v1::ListDeliveriesRequest by_name;
  by_name.mutable_filter()->set_name("N1.Example.");
  EXPECT_THAT(names_of(by_name), ElementsAre("n1.example"));
  v1::ListDeliveriesRequest by_tree;
  by_tree.mutable_filter()->set_name("example");
  EXPECT_THAT(names_of(by_tree), IsEmpty());
  by_tree.mutable_filter()->set_match(v1::NAME_MATCH_SUBTREE);
  EXPECT_EQ(names_of(by_tree).size(), 4U);
  v1::ListDeliveriesRequest by_address;
  by_address.mutable_filter()->set_address("203.0.113.0/24");
  EXPECT_EQ(names_of(by_address).size(), 3U);
  v1::ListDeliveriesRequest by_time;
  *by_time.mutable_filter()->mutable_start() = ago(49);
  *by_time.mutable_filter()->mutable_end() = ago(48);
  EXPECT_THAT(names_of(by_time), ElementsAre("n2.example", "n1.example"));
  v1::ListDeliveriesRequest by_rcode;
  by_rcode.mutable_filter()->set_rcode(3);
  EXPECT_THAT(names_of(by_rcode), ElementsAre("www.example"));
}

TEST_F(ListingTest, a_page_has_a_hundred_unless_told_otherwise_and_a_thousand_at_most) {
  ingest_many(1200, 2000);
  v1::ListDeliveriesRequest request;
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_EQ(response.deliveries_size(), 100);
  request.set_page_size(2'000'000'000);
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_EQ(response.deliveries_size(), 1000);
  EXPECT_EQ(names_of(request).size(), 1200U);
}

TEST_F(ListingTest, large_answers_make_small_pages) {
  v1::IngestRequest message;
  v1::ObservedDelivery large = delivery(60);
  for (int i = 0; i < 4000; ++i) {
    large.add_addresses()->set_address("2001:db8:1:2:3:4:0:" + std::to_string(i));
  }
  for (int i = 0; i < 20; ++i) {
    *large.mutable_at() = ago(60 - i);
    *message.add_deliveries() = large;
  }
  ASSERT_TRUE(ingest(message).ok());
  v1::ListDeliveriesRequest request;
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_LT(response.ByteSizeLong(), 3U << 20);
  EXPECT_LT(response.deliveries_size(), 20);
  EXPECT_EQ(names_of(request).size(), 20U);
}

TEST_F(ListingTest, each_mistake_has_a_reason_of_its_own_and_names_its_field) {
  struct Mistake {
    const char* reason;
    const char* field;
    void (*make)(v1::ListDeliveriesRequest&);
  };
  const Mistake mistakes[] = {
      {"CLIENT_INVALID", "filter.client",
       [](auto& r) { r.mutable_filter()->set_client("10.0.0.0/8"); }},
      {"CLIENT_INVALID", "filter.client",
       [](auto& r) { r.mutable_filter()->set_client(std::string(65, '1')); }},
      {"ADDRESS_INVALID", "filter.address",
       [](auto& r) { r.mutable_filter()->set_address("nine"); }},
      {"ADDRESS_INVALID", "filter.address",
       [](auto& r) { r.mutable_filter()->set_address(std::string(65, '1')); }},
      {"NAME_INVALID", "filter.name", [](auto& r) { r.mutable_filter()->set_name("a..b"); }},
      {"NAME_INVALID", "filter.name",
       [](auto& r) { r.mutable_filter()->set_name(std::string(1016, 'a')); }},
      {"MATCH_INVALID", "filter.match",
       [](auto& r) { r.mutable_filter()->set_match(static_cast<v1::NameMatch>(9)); }},
      {"RCODE_INVALID", "filter.rcode", [](auto& r) { r.mutable_filter()->set_rcode(4096); }},
      {"SPAN_INVALID", "filter.end",
       [](auto& r) {
         r.mutable_filter()->mutable_start()->set_seconds(0);
         r.mutable_filter()->mutable_end()->set_seconds(-1);
       }},
      {"SPAN_INVALID", "filter.end",
       [](auto& r) { r.mutable_filter()->mutable_end()->set_nanos(1'000'000'000); }},
      {"SPAN_INVALID", "filter.start",
       [](auto& r) { r.mutable_filter()->mutable_start()->set_seconds(1LL << 60); }},
      {"ORDER_INVALID", "order", [](auto& r) { r.set_order(static_cast<v1::ListingOrder>(9)); }},
      {"PAGE_SIZE_INVALID", "page_size", [](auto& r) { r.set_page_size(-1); }},
      {"PAGE_TOKEN_INVALID", "page_token", [](auto& r) { r.set_page_token("yesterday's"); }},
      {"PAGE_TOKEN_INVALID", "page_token",
       [](auto& r) { r.set_page_token(std::string(57, '0')); }}};
  for (const auto& [reason, field, make] : mistakes) {
    v1::ListDeliveriesRequest request;
    make(request);
    v1::ListDeliveriesResponse response;
    const google::rpc::ErrorInfo info = error_info(list(request, &response));
    EXPECT_EQ(info.reason(), reason);
    EXPECT_EQ(info.metadata().at("field"), field) << reason;
  }
}

TEST_F(ListingTest, a_prefix_with_bits_behind_its_length_hears_which_may_have_been_meant) {
  v1::ListDeliveriesRequest request;
  request.mutable_filter()->set_address("192.0.2.7/24");
  v1::ListDeliveriesResponse response;
  EXPECT_THAT(list(request, &response).error_message(), HasSubstr("192.0.2.0/24"));
  v1::LookupRequest question;
  question.set_address("192.0.2.7/24");
  v1::LookupResponse answer;
  EXPECT_THAT(lookup(question, &answer).error_message(), HasSubstr("192.0.2.0/24"));
}

TEST_F(ListingTest, since_ever_up_to_a_moment_before_1970_there_was_nothing) {
  ingest_many(1, 1);
  v1::ListDeliveriesRequest request;
  request.mutable_filter()->mutable_end()->set_seconds(-1);
  v1::ListDeliveriesResponse response;
  const grpc::Status status = list(request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.deliveries_size(), 0);
  EXPECT_TRUE(response.next_page_token().empty());
}

TEST_F(ListingTest, from_a_later_moment_than_now_on_there_is_nothing_yet) {
  ingest_many(1, 1);
  v1::DeliveryFilter filter;
  *filter.mutable_start() = ago(-60);
  v1::ListDeliveriesRequest request;
  *request.mutable_filter() = filter;
  EXPECT_THAT(names_of(request), IsEmpty());
  v1::SummarizeRecurrenceRequest summed;
  *summed.mutable_filter() = filter;
  v1::SummarizeRecurrenceResponse days;
  EXPECT_TRUE(recurrence(summed, &days).ok());
  EXPECT_EQ(days.days_size(), 0);
}

TEST_F(ListingTest, a_token_is_bound_to_its_request) {
  ingest_many(4, 50);
  v1::ListDeliveriesRequest request;
  request.set_page_size(2);
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(list(request, &response).ok());
  request.set_page_token(response.next_page_token());
  request.set_page_size(3);  // may differ
  ASSERT_TRUE(list(request, &response).ok());
  v1::ListDeliveriesRequest altered = request;
  altered.mutable_page_token()->replace(request.page_token().size() - 8, 8, "ffffffff");
  EXPECT_EQ(reason_of(altered), "PAGE_TOKEN_INVALID");
  request.mutable_filter()->set_client("192.168.1.7");
  EXPECT_EQ(reason_of(request), "PAGE_TOKEN_INVALID");
}

TEST_F(ListingTest, recurrence_counts_by_day_and_hour_of_the_wall_clock) {
  // The clock stands at 2023-11-14T22:13:20Z.
  v1::IngestRequest message;
  for (const int64_t hours : {0, 1, 24, 25, 25}) {
    v1::ObservedDelivery one = delivery(hours * 3600);
    one.mutable_at()->set_nanos(message.deliveries_size() * 1000);
    *message.add_deliveries() = one;
  }
  clock_.advance(Seconds(1));
  ASSERT_TRUE(ingest(message).ok());
  v1::SummarizeRecurrenceRequest request;
  request.mutable_filter()->set_address("203.0.113.5");
  request.set_utc_offset_minutes(120);  // 00:13 of the day after
  v1::SummarizeRecurrenceResponse response;
  ASSERT_TRUE(recurrence(request, &response).ok());
  ASSERT_EQ(response.days_size(), 3);
  EXPECT_EQ(response.days(0).date(), "2023-11-13");
  ASSERT_EQ(response.days(0).deliveries_size(), 24);
  EXPECT_EQ(response.days(0).deliveries(23), 2U);
  EXPECT_EQ(response.days(1).date(), "2023-11-14");
  EXPECT_EQ(response.days(1).deliveries(0), 1U);
  EXPECT_EQ(response.days(1).deliveries(23), 1U);
  EXPECT_EQ(response.days(2).date(), "2023-11-15");
  EXPECT_EQ(response.days(2).deliveries(0), 1U);
  EXPECT_EQ(response.last().seconds() - response.first().seconds(), 25 * 3600);
  ASSERT_EQ(response.covered_size(), 1) << "only since the test's start";
  EXPECT_FALSE(response.truncated());
}

TEST_F(ListingTest, recurrence_tells_when_it_is_not_of_all_days) {
  constexpr int kDays = 3660;
  v1::IngestRequest message;
  for (int day = 0; day <= kDays; ++day) {
    *message.add_deliveries() = delivery(int64_t{day} * 24 * 3600);
  }
  ASSERT_TRUE(ingest(message).ok());
  v1::SummarizeRecurrenceRequest request;
  request.mutable_filter()->set_address("203.0.113.5");
  v1::SummarizeRecurrenceResponse response;
  ASSERT_TRUE(recurrence(request, &response).ok());
  EXPECT_TRUE(response.truncated());
  ASSERT_EQ(response.days_size(), kDays) << "the newest so many";
  EXPECT_EQ(response.days(kDays - 1).date(), "2023-11-14");

  *request.mutable_filter()->mutable_end() = ago(24 * 3600);
  response.Clear();
  ASSERT_TRUE(recurrence(request, &response).ok());
  EXPECT_FALSE(response.truncated());
  EXPECT_EQ(response.days_size(), kDays) << "however long ago";
}

TEST_F(ListingTest, recurrence_of_a_clock_that_no_place_has_is_refused) {
  v1::SummarizeRecurrenceRequest request;
  request.set_utc_offset_minutes(1441);
  v1::SummarizeRecurrenceResponse response;
  const grpc::Status status = recurrence(request, &response);
  EXPECT_EQ(error_info(status).reason(), "UTC_OFFSET_INVALID");
}

TEST_F(ListingTest, a_call_past_its_deadline_ends) {
  ingest_many(10, 50);
  HeldClock held(clock_);  // The reading cannot be quicker than the deadline.
  ApiServer server({*store_, held, status_, control_, feed_});
  const api::ServerAddress address{folder_.path() + "/held.sock", {}};
  ASSERT_TRUE(server.start({.listen = {address}}).ok());
  provenance_ = v1::ProvenanceService::NewStub(
      grpc::CreateChannel(address.text(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(gpr_time_from_millis(50, GPR_TIMESPAN));
  v1::ListDeliveriesResponse response;
  EXPECT_EQ(provenance_->ListDeliveries(&context, {}, &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  held.let_go();
  EXPECT_EQ(names_of({}).size(), 10U) << "the next one is served";
}

}  // namespace
}  // namespace etymon::service
