// What no caller may take: each limit, and a caller that crosses it.
#include <gmock/gmock.h>

#include "api/service/reading_desk.h"
#include "tests/support/process.h"
#include "tests/unit/service/api_test.h"
#include "tests/unit/service/raw_call.h"
#include "tests/unit/service/raw_http2.h"

namespace etymon::service {
namespace {

using ::testing::HasSubstr;

constexpr const char* kStream = "/etymon.v1.ProvenanceService/LookupStream";

class LimitsTest : public ApiTest {
 protected:
  // The server anew, with these limits.
  void limit(const Limits& limits) {
    server_->stop();
    ApiServer::Options options;
    options.listen = {socket()};
    options.limits = limits;
    ASSERT_TRUE(server_->start(options).ok());
    channel_ = grpc::CreateChannel(socket().text(), grpc::InsecureChannelCredentials());
    provenance_ = v1::ProvenanceService::NewStub(channel_);
  }

  // A call that has been answered once and goes on.
  struct OpenCall {
    std::unique_ptr<grpc::ClientContext> context = std::make_unique<grpc::ClientContext>();
    std::unique_ptr<grpc::ClientReaderWriter<v1::LookupStreamRequest, v1::LookupStreamResponse>>
        stream;

    bool ask() {
      v1::LookupStreamRequest request;
      request.add_questions()->set_address("203.0.113.5");
      v1::LookupStreamResponse response;
      return stream->Write(request) && stream->Read(&response);
    }
    grpc::Status end() {
      stream->WritesDone();
      return stream->Finish();
    }
  };

  OpenCall open_call() {
    OpenCall call;
    call.stream = provenance_->LookupStream(call.context.get());
    EXPECT_TRUE(call.ask());
    return call;
  }

  grpc::Status lookup_within(int64_t deadline_ms) {
    grpc::ClientContext context;
    context.set_deadline(gpr_time_from_millis(deadline_ms, GPR_TIMESPAN));
    v1::LookupRequest request;
    request.set_address("203.0.113.5");
    v1::LookupResponse response;
    return provenance_->Lookup(&context, request, &response);
  }

  bool leaves_ready() {
    return channel_->WaitForStateChange(GRPC_CHANNEL_READY,
                                        gpr_time_from_seconds(20, GPR_TIMESPAN));
  }

  void expect_all_is_well() { EXPECT_EQ(answer("203.0.113.5", 0).candidates_size(), 0); }
};

TEST_F(LimitsTest, a_message_of_more_than_4_mib_is_refused) {
  v1::IngestRequest message;
  message.add_deliveries()->set_name(std::string(5 << 20, 'a'));
  EXPECT_EQ(ingest(message).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  expect_all_is_well();
}

TEST_F(LimitsTest, a_call_with_more_than_8_kib_of_metadata_is_refused) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + std::string(20'000, 'x'));
  v1::LookupResponse response;
  // On a connection of its own, which gRPC may close for it: that of the others goes on.
  EXPECT_EQ(narrow_client()->Lookup(&context, {}, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  expect_all_is_well();
}

TEST_F(LimitsTest, a_connection_has_64_calls_at_one_time_and_more_wait) {
  std::vector<OpenCall> calls;
  while (calls.size() < 64) {
    calls.push_back(open_call());
  }
  EXPECT_EQ(lookup_within(100).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(calls.back().end().ok());
  EXPECT_TRUE(lookup_within(20'000).ok());
  for (const OpenCall& call : calls) {
    call.context->TryCancel();
  }
}

TEST_F(LimitsTest, ten_thousand_calls_opened_and_reset_disturb_nobody) {
  RawHttp2 rapid(socket().socket_path);
  for (uint32_t i = 0; i < 10'000; ++i) {
    if (!rapid.call(2 * i + 1, kStream) ||
        !rapid.send({RawHttp2::kReset, 0, 2 * i + 1, RawHttp2::number(8, 4)})) {
      break;  // The server may have had enough of it.
    }
  }
  expect_all_is_well();
}

TEST_F(LimitsTest, a_message_that_claims_a_gibibyte_ends_where_memory_does) {
  limit({.memory_bytes = 8 << 20});
  RawHttp2 liar(socket().socket_path);
  liar.call(1, kStream);
  liar.send({RawHttp2::kData, 0, 1, std::string(1, '\0') + RawHttp2::number(1 << 30, 4)});
  const auto [octets, was_reset] = liar.push(1, 1 << 30);
  EXPECT_TRUE(was_reset) << octets;
  EXPECT_LT(octets, 64U << 20);
  expect_all_is_well();
}

TEST_F(LimitsTest, text_that_is_no_utf_8_is_refused) {
  constexpr std::string_view kAddress = "\x0A\x02\xFF\xFE";
  const grpc::Status status = raw_call(channel_, "/etymon.v1.ProvenanceService/Lookup", kAddress);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << "gRPC's word for it";
  expect_all_is_well();
}

TEST_F(LimitsTest, a_connection_that_does_not_say_what_it_wants_is_closed) {
  limit({.handshake = Milliseconds(50)});
  RawHttp2 silent(socket().socket_path, RawHttp2::Greeting::kOwed);
  EXPECT_TRUE(silent.is_closed());
  expect_all_is_well();
}

TEST_F(LimitsTest, an_idle_connection_is_closed_and_made_anew) {
  limit({.idle = Milliseconds(50)});
  EXPECT_TRUE(lookup_within(20'000).ok());
  EXPECT_TRUE(leaves_ready());
  EXPECT_TRUE(lookup_within(20'000).ok());
}

TEST_F(LimitsTest, an_old_connection_is_replaced_and_what_runs_on_it_goes_on) {
  limit({.age = Milliseconds(50)});
  OpenCall old = open_call();
  EXPECT_TRUE(leaves_ready());
  EXPECT_TRUE(lookup_within(20'000).ok());
  EXPECT_TRUE(old.ask());
  EXPECT_TRUE(old.end().ok());
}

TEST_F(LimitsTest, a_client_that_does_not_say_whether_it_lives_is_given_up) {
  limit({.keepalive = Milliseconds(50), .keepalive_answer = Milliseconds(50)});
  RawHttp2 dead(socket().socket_path);
  dead.call(1, kStream);
  EXPECT_TRUE(dead.await(RawHttp2::kPing).has_value());
  EXPECT_TRUE(dead.is_closed());
}

TEST_F(LimitsTest, a_client_that_asks_too_often_whether_we_live_is_sent_away) {
  RawHttp2 nervous(socket().socket_path);
  for (int i = 0; i < 10; ++i) {
    nervous.send({RawHttp2::kPing, 0, 0, "12345678"});
  }
  const auto farewell = nervous.await(RawHttp2::kGoAway);
  ASSERT_TRUE(farewell.has_value());
  EXPECT_THAT(farewell->payload, HasSubstr("too_many_pings"));
  EXPECT_TRUE(nervous.is_closed());
}

TEST_F(LimitsTest, a_client_that_takes_nothing_of_a_stream_is_given_up) {
  ingest_much();
  limit({.stall = Seconds(1)});  // Longer than a busy machine needs for a first message.
  const auto slow = narrow_client();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ExportResponse>>> readers;
  while (readers.size() < ReadingDesk::kExportsMax) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(slow->Export(contexts.back().get(), {}));
    v1::ExportResponse first;
    ASSERT_TRUE(readers.back()->Read(&first));
  }
  EXPECT_TRUE(testing::eventually([this] {
    grpc::ClientContext context;
    const auto reader = provenance_->Export(&context, {});
    v1::ExportResponse response;
    while (reader->Read(&response)) {
    }
    return reader->Finish().ok();
  })) << "their places are free again";
  for (const auto& context : contexts) {
    context->TryCancel();
  }
}

TEST_F(LimitsTest, a_client_that_takes_no_answers_is_given_up) {
  limit({.stall = Seconds(1)});
  const auto slow = narrow_client();
  grpc::ClientContext context;
  const auto stream = slow->LookupStream(&context);
  v1::LookupStreamRequest request;
  for (int i = 0; i < 500; ++i) {
    request.add_questions()->set_address("192.0.2.1");
  }
  EXPECT_TRUE(testing::eventually([&] { return !stream->Write(request); }));
  context.TryCancel();
  EXPECT_FALSE(stream->Finish().ok());
}

}  // namespace
}  // namespace etymon::service
