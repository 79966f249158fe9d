// Ingest as a sensor sees it: what is taken, what is refused, what counts as covered.
#include "store/store_opener.h"
#include "tests/support/process.h"
#include "tests/unit/service/api_test.h"

namespace etymon::service {
namespace {

class IngestTest : public ApiTest {
 protected:
  // A delivery, and the 20 seconds around it as covered.
  v1::IngestRequest covering() const {
    v1::IngestRequest message;
    *message.add_deliveries() = delivery(50);
    *message.mutable_covered()->mutable_start() = ago(60);
    *message.mutable_covered()->mutable_end() = ago(40);
    return message;
  }
};

v1::IngestRequest message_of(const v1::ObservedDelivery& delivery) {
  v1::IngestRequest message;
  *message.add_deliveries() = delivery;
  return message;
}

TEST_F(IngestTest, takes_all_messages_of_the_stream_and_counts) {
  v1::IngestRequest two = message_of(delivery(50));
  *two.add_deliveries() = delivery(40);
  v1::IngestResponse response;
  ASSERT_TRUE(ingest({two, message_of(delivery(30))}, &response).ok());
  EXPECT_EQ(response.deliveries(), 3U);
  EXPECT_EQ(answer("203.0.113.5", 10).candidates(0).deliveries(), 3U);
}

TEST_F(IngestTest, what_is_known_already_is_told_and_not_taken_twice) {
  v1::IngestRequest two = message_of(delivery(50));
  *two.add_deliveries() = delivery(50);
  v1::IngestResponse response;
  ASSERT_TRUE(ingest({two, message_of(delivery(30))}, &response).ok());
  EXPECT_EQ(response.known(), 1U);
  ASSERT_TRUE(ingest({two, message_of(delivery(20))}, &response).ok());
  EXPECT_EQ(response.deliveries(), 3U);
  EXPECT_EQ(response.known(), 2U);
  EXPECT_EQ(answer("203.0.113.5", 10).candidates(0).deliveries(), 3U);
}

TEST_F(IngestTest, an_export_is_known_in_whatever_class_was_asked) {
  v1::ObservedDelivery chaos = delivery(50);
  chaos.set_qclass(3);
  v1::IngestRequest both = message_of(delivery(50));
  *both.add_deliveries() = chaos;
  ASSERT_TRUE(ingest(both).ok());
  v1::IngestRequest exported;
  grpc::ClientContext context;
  const auto reader = provenance_->Export(&context, {});
  for (v1::ExportResponse message; reader->Read(&message);) {
    exported.mutable_deliveries()->MergeFrom(message.deliveries());
  }
  ASSERT_TRUE(reader->Finish().ok());
  ASSERT_EQ(exported.deliveries_size(), 2);
  EXPECT_NE(exported.deliveries(0).has_qclass(), exported.deliveries(1).has_qclass());
  v1::IngestResponse response;
  ASSERT_TRUE(ingest({exported}, &response).ok());
  EXPECT_EQ(response.known(), 2U);
}

TEST_F(IngestTest, what_is_older_than_what_is_kept_is_told_and_not_taken) {
  constexpr int64_t kDay = 24 * 3600;
  ASSERT_TRUE(store_->change_retention({.keep = Seconds(2 * kDay)}).ok());
  store::StoreOpener::let_go(*store_);
  v1::IngestRequest message = message_of(delivery(4 * kDay));
  *message.add_deliveries() = delivery(kDay);
  v1::IngestResponse response;
  ASSERT_TRUE(ingest({message}, &response).ok());
  EXPECT_EQ(response.deliveries(), 2U);
  EXPECT_EQ(response.too_old(), 1U);
}

TEST_F(IngestTest, covered_time_turns_unknown_into_never) {
  EXPECT_EQ(answer("203.0.113.99", 45).verdict(), v1::VERDICT_UNKNOWN);
  ASSERT_TRUE(ingest(covering()).ok());
  EXPECT_EQ(answer("203.0.113.99", 45).verdict(), v1::VERDICT_NEVER);
  EXPECT_EQ(answer("203.0.113.99", 39).verdict(), v1::VERDICT_UNKNOWN);
}

TEST_F(IngestTest, nothing_may_follow_the_covered_time) {
  v1::IngestResponse response;
  const grpc::Status status = ingest({covering(), message_of(delivery(45))}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(error_info(status).reason(), "COVERED_INVALID");
  EXPECT_EQ(answer("203.0.113.99", 45).verdict(), v1::VERDICT_UNKNOWN) << "and covers nothing";
}

TEST_F(IngestTest, a_span_that_ends_before_it_starts_or_in_the_future_is_refused) {
  for (const auto& [start, end] : {std::pair(40, 60), std::pair(60, -1)}) {
    v1::IngestRequest message;
    *message.mutable_covered()->mutable_start() = ago(start);
    *message.mutable_covered()->mutable_end() = ago(end);
    EXPECT_EQ(error_info(ingest(message)).reason(), "COVERED_INVALID") << start << " " << end;
  }
}

TEST_F(IngestTest, a_span_from_before_there_were_deliveries_is_refused) {
  v1::IngestRequest message;
  message.mutable_covered()->mutable_start()->set_seconds(-1);
  *message.mutable_covered()->mutable_end() = ago(0);
  EXPECT_EQ(error_info(ingest(message)).reason(), "COVERED_INVALID");
  message.mutable_covered()->mutable_start()->set_seconds(0);
  EXPECT_TRUE(ingest(message).ok());
}

struct Mistake {
  const char* field;
  void (*make)(v1::ObservedDelivery&);
};

const Mistake kMistakes[] = {
    {"at", [](auto& d) { d.clear_at(); }},
    {"at", [](auto& d) { d.mutable_at()->set_seconds(4'000'000'000); }},
    {"at", [](auto& d) { d.mutable_at()->set_seconds(-1); }},
    {"client", [](auto& d) { d.set_client(""); }},
    {"client", [](auto& d) { d.set_client(std::string(65, '1')); }},
    {"forwarder", [](auto& d) { d.set_forwarder("gateway"); }},
    {"forwarder", [](auto& d) { d.set_forwarder(std::string(65, '1')); }},
    {"name", [](auto& d) { d.set_name(""); }},
    {"name", [](auto& d) { d.set_name("a..b"); }},
    {"name", [](auto& d) { d.set_name(std::string(2000, 'a')); }},
    {"type", [](auto& d) { d.set_type(65'536); }},
    {"chain", [](auto& d) { d.add_chain("a..b"); }},
    {"chain", [](auto& d) { d.add_chain(std::string(1016, 'a')); }},
    {"chain",
     [](auto& d) {
       for (int i = 0; i < 65; ++i) {
         d.add_chain("a.example");
       }
     }},
    {"addresses", [](auto& d) { d.add_addresses()->set_address("localhost"); }},
    {"addresses", [](auto& d) { d.mutable_addresses(0)->set_via(static_cast<v1::Via>(99)); }},
    {"addresses",
     [](auto& d) {
       for (int i = 0; i < 4097; ++i) {
         d.add_addresses()->set_address("192.0.2.1");
       }
     }},
    {"addresses", [](auto& d) { d.add_addresses()->set_address(std::string(65, '1')); }},
    {"addresses", [](auto& d) { d.mutable_addresses(0)->mutable_service()->set_port(65'536); }},
    {"withheld", [](auto& d) { d.add_withheld("localhost"); }},
    {"withheld", [](auto& d) { d.add_withheld(std::string(65, '1')); }},
    {"withheld",
     [](auto& d) {
       for (int i = 0; i < 4097; ++i) {
         d.add_withheld("10.0.0.1");
       }
     }},
    {"rcode", [](auto& d) { d.set_rcode(4096); }},
    {"validity_s", [](auto& d) { d.set_validity_s(UINT32_MAX); }},
    {"upstream", [](auto& d) { d.set_upstream("192.0.2.53"); }},
    {"upstream", [](auto& d) { d.set_upstream("192.0.2.53:65536"); }},
    {"upstream", [](auto& d) { d.set_upstream(std::string(65, '1')); }},
    {"transport", [](auto& d) { d.set_transport(static_cast<v1::Transport>(99)); }},
};

TEST_F(IngestTest, each_mistake_names_the_delivery_and_its_field_and_nothing_is_taken) {
  for (const Mistake& mistake : kMistakes) {
    v1::IngestRequest message = message_of(delivery(30));
    *message.add_deliveries() = delivery(30);
    mistake.make(*message.mutable_deliveries(1));
    const grpc::Status status = ingest(message);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << mistake.field;
    const google::rpc::ErrorInfo info = error_info(status);
    EXPECT_EQ(info.reason(), "DELIVERY_INVALID");
    EXPECT_EQ(info.metadata().at("field"), std::string("deliveries[1].") + mistake.field);
  }
  EXPECT_EQ(answer("203.0.113.5", 10).candidates_size(), 0);
}

TEST_F(IngestTest, a_broken_stream_covers_nothing) {
  grpc::ClientContext context;
  v1::IngestResponse response;
  const auto writer = provenance_->Ingest(&context, &response);
  writer->Write(message_of(delivery(50)));
  context.TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(answer("203.0.113.99", 45).verdict(), v1::VERDICT_UNKNOWN);
}

TEST_F(IngestTest, nor_does_one_that_breaks_behind_its_last_message) {
  for (int round = 0; round < 20; ++round) {
    grpc::ClientContext context;
    v1::IngestResponse response;
    const auto writer = provenance_->Ingest(&context, &response);
    writer->Write(covering());
    if (round % 2 == 0) {
      ASSERT_TRUE(
          testing::eventually([this] { return answer("203.0.113.5", 10).candidates_size() > 0; }));
    }
    context.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
    ASSERT_TRUE(testing::eventually([this] { return api_status().ingests() == 0; }));
    EXPECT_EQ(answer("203.0.113.99", 45).verdict(), v1::VERDICT_UNKNOWN);
  }
}

TEST_F(IngestTest, nothing_is_covered_of_what_was_forgotten_while_the_stream_went_on) {
  grpc::ClientContext context;
  v1::IngestResponse response;
  const auto writer = provenance_->Ingest(&context, &response);
  const v1::ObservedDelivery secret = delivery(50);
  writer->Write(message_of(secret));
  ASSERT_TRUE(
      testing::eventually([this] { return answer("203.0.113.5", 10).candidates_size() > 0; }));
  store::ForgetOrder order;
  order.query.client = IpPrefix::from_text(secret.client()).value();
  order.mode = store::ForgetMode::kForget;
  const auto forgotten = store_->forget(order);
  ASSERT_TRUE(forgotten.ok());
  EXPECT_EQ(forgotten->deliveries, 1U);
  v1::IngestRequest last = covering();
  last.clear_deliveries();
  writer->Write(last);
  writer->WritesDone();
  EXPECT_TRUE(writer->Finish().ok());
  EXPECT_EQ(answer("203.0.113.99", 45).verdict(), v1::VERDICT_UNKNOWN);
}

TEST_F(IngestTest, a_batch_of_megabytes_is_taken_where_a_lookup_would_be_refused) {
  v1::IngestRequest message;
  while (message.ByteSizeLong() < (3U << 20)) {
    for (int i = 0; i < 1000; ++i) {
      *message.add_deliveries() = delivery(30);
    }
  }
  EXPECT_TRUE(ingest(message).ok());
}

}  // namespace
}  // namespace etymon::service
