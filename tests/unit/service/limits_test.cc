// What no caller may take: each limit, and a caller that crosses it.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/integration/loopback_socket.h"
#include "tests/support/process.h"
#include "tests/support/raw_http2.h"
#include "tests/unit/service/api_test.h"
#include "tests/unit/service/raw_call.h"

namespace etymon::service {
namespace {

using ::testing::HasSubstr;
using testing::RawHttp2;

constexpr const char* kList = "/etymon.v1.ProvenanceService/ListDeliveries";
constexpr const char* kStream = "/etymon.v1.ProvenanceService/LookupStream";

class LimitsTest : public ApiTest {
 protected:
  // The server anew, with these limits.
  void limit(const Limits& limits) {
    ApiServer::Options options;
    options.limits = limits;
    restart(std::move(options));
  }
  void restart(ApiServer::Options options) {
    server_->stop();
    options.listen.push_back(socket());
    ASSERT_TRUE(server_->start(options).ok());
    channel_ = grpc::CreateChannel(socket().text(), grpc::InsecureChannelCredentials());
    provenance_ = v1::ProvenanceService::NewStub(channel_);
    admin_ = v1::AdminService::NewStub(channel_);
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

  struct Exports {
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
    std::vector<std::unique_ptr<grpc::ClientReader<v1::ExportResponse>>> readers;
  };
  // One message of each is read, and no more: they go on.
  static Exports begin_exports(v1::ProvenanceService::Stub& slow, size_t count) {
    Exports exports;
    while (exports.readers.size() < count) {
      exports.contexts.push_back(std::make_unique<grpc::ClientContext>());
      exports.readers.push_back(slow.Export(exports.contexts.back().get(), {}));
      v1::ExportResponse first;
      EXPECT_TRUE(exports.readers.back()->Read(&first));
    }
    return exports;
  }

  grpc::Status export_one() {
    grpc::ClientContext context;
    v1::ExportRequest one;
    one.set_limit(1);
    const auto reader = provenance_->Export(&context, one);
    v1::ExportResponse response;
    while (reader->Read(&response)) {
    }
    return reader->Finish();
  }

  grpc::Status list() {
    grpc::ClientContext context;
    v1::ListDeliveriesResponse page;
    return provenance_->ListDeliveries(&context, {}, &page);
  }

  // As often as a call's end on either side can be late.
  template <class Call>
  static bool works_again_and_again(Call call) {
    int i = 0;
    while (i < 300 && call()) {
      ++i;
    }
    return i == 300;
  }

  template <class Then>
  static void for_each_method(Then then) {
    for (const char* name :
         {v1::ProvenanceService::service_full_name(), v1::AdminService::service_full_name()}) {
      const auto* service =
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
      for (int i = 0; i < service->method_count(); ++i) {
        then(std::string("/") + name + "/" + service->method(i)->name());
      }
    }
  }

  bool leaves_ready() {
    return channel_->WaitForStateChange(GRPC_CHANNEL_READY,
                                        gpr_time_from_seconds(20, GPR_TIMESPAN));
  }

  std::set<std::string> table_files() const {
    std::set<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path() + "/store/tables")) {
      if (file.path().extension() == ".sst") {
        files.insert(file.path().filename());
      }
    }
    return files;
  }

  void expect_all_is_well() { EXPECT_EQ(answer("203.0.113.5", 0).candidates_size(), 0); }
};

// The tests below set values of their own; these are what a daemon has.
TEST(Limits, are_set_by_default) {
  const Limits limits;
  EXPECT_EQ(limits.connections.peer, 256);
  EXPECT_EQ(limits.connections.tcp, 896);
  EXPECT_EQ(limits.connections.all, 1024);
  EXPECT_EQ(limits.receive_bytes, 4 << 20);
  EXPECT_EQ(limits.send_bytes, 4 << 20);
  EXPECT_EQ(limits.metadata_bytes, 8 << 10);
  EXPECT_EQ(limits.memory_bytes, size_t{64} << 20);
  EXPECT_EQ(limits.streams, 64);
  EXPECT_EQ(limits.lookup_streams.caller, 128);
  EXPECT_EQ(limits.lookup_streams.all, 512);
  EXPECT_EQ(limits.ingests.caller, 32);
  EXPECT_EQ(limits.ingests.all, 128);
  EXPECT_EQ(limits.exports.caller, 8);
  EXPECT_EQ(limits.exports.all, 16);
  EXPECT_EQ(limits.watches.caller, 16);
  EXPECT_EQ(limits.watches.all, 32);
  EXPECT_EQ(limits.readers.caller, 32);
  EXPECT_EQ(limits.readers.all, 64);
  EXPECT_EQ(limits.answers.caller, size_t{32} << 20);
  EXPECT_EQ(limits.answers.all, size_t{64} << 20);
  EXPECT_EQ(limits.untaken, std::chrono::minutes(1));
  EXPECT_EQ(limits.handshake, std::chrono::seconds(10));
  EXPECT_EQ(limits.idle, std::chrono::minutes(15));
  EXPECT_EQ(limits.age, std::chrono::hours(24));
  EXPECT_EQ(limits.grace, std::chrono::days(14));
  EXPECT_EQ(limits.keepalive, std::chrono::minutes(1));
  EXPECT_EQ(limits.keepalive_answer, std::chrono::seconds(20));
  EXPECT_EQ(limits.ping_interval, std::chrono::seconds(10));
  EXPECT_EQ(limits.turn, std::chrono::seconds(30));
  EXPECT_EQ(limits.read, std::chrono::seconds(30));
  EXPECT_EQ(limits.stint, std::chrono::seconds(1));
  EXPECT_EQ(limits.stall, std::chrono::minutes(10));
}

TEST_F(LimitsTest, a_connection_beyond_the_most_is_closed_until_one_has_ended) {
  limit({.connections = {.peer = 1, .tcp = 1, .all = 3}});
  std::optional<RawHttp2> first(std::in_place, socket().socket_path);
  const RawHttp2 second(socket().socket_path);
  const RawHttp2 third(socket().socket_path);
  EXPECT_TRUE(RawHttp2(socket().socket_path).is_closed());
  first.reset();
  EXPECT_TRUE(testing::eventually(
      [this] { return RawHttp2(socket().socket_path).await(RawHttp2::kSettings).has_value(); }));
}

TEST_F(LimitsTest, connections_are_counted_and_so_are_those_beyond_the_most) {
  limit({.connections = {.peer = 1, .tcp = 1, .all = 2}});
  EXPECT_EQ(api_status().connections(), 1U) << "that which asks";
  std::optional<RawHttp2> second(std::in_place, socket().socket_path);
  EXPECT_TRUE(RawHttp2(socket().socket_path).is_closed());
  EXPECT_EQ(api_status().connections(), 2U);
  EXPECT_EQ(api_status().connections_over_limit(), 1U);
  second.reset();
  EXPECT_TRUE(testing::eventually([this] { return api_status().connections() == 1; }));
}

TEST_F(LimitsTest, an_address_has_so_many_connections_and_all_of_them_leave_some_to_the_socket) {
  ApiServer::Options options;
  options.limits.connections = {.peer = 2, .tcp = 3, .all = 4};
  options.listen = {api::ServerAddress::from_text("127.0.0.1:0").value()};
  restart(std::move(options));
  const uint16_t port = server_->listening().at(0).endpoint.port;
  std::vector<testing::LoopbackSocket> held;
  const auto is_taken = [&](const char* address) {
    held.emplace_back(SOCK_STREAM, address, port);
    return !held.back().receive(Seconds(20)).empty();  // The server says its settings first.
  };
  EXPECT_TRUE(is_taken("127.0.0.2"));
  EXPECT_TRUE(is_taken("127.0.0.2"));
  EXPECT_FALSE(is_taken("127.0.0.2"));
  EXPECT_TRUE(is_taken("127.0.0.3"));
  EXPECT_FALSE(is_taken("127.0.0.3"));
  EXPECT_FALSE(is_taken("127.0.0.4"));
  expect_all_is_well();
}

TEST_F(LimitsTest, a_message_of_more_than_4_mib_is_refused) {
  v1::IngestRequest message;
  message.add_deliveries()->set_name(std::string(5 << 20, 'a'));
  EXPECT_EQ(ingest(message).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  expect_all_is_well();
}

// Some KiB of it would be some MiB of deliveries.
TEST_F(LimitsTest, a_compressed_message_is_refused) {
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    v1::LookupRequest request;
    request.set_address(std::string(1000, '9'));
    v1::LookupResponse response;
    EXPECT_EQ(provenance_->Lookup(&context, request, &response).error_code(),
              grpc::StatusCode::UNIMPLEMENTED);
  }
  expect_all_is_well();
}

// Calls other than lookups and Ingest; one that gets so far is refused for another reason, or not.
TEST_F(LimitsTest, a_request_that_is_larger_than_its_fields_can_be_is_refused) {
  const std::string unknown_field =
      std::string("\xFA\x07", 2) + "\x80\x50" + std::string(10'240, 'x');
  for_each_method([&](const std::string& method) {
    if (method.find("Lookup") == std::string::npos && !method.ends_with("/Ingest")) {
      const grpc::Status status = raw_call(channel_, method, unknown_field);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << method;
      EXPECT_EQ(error_info(status).reason(), "REQUEST_TOO_LARGE") << method;
    }
  });
}

TEST_F(LimitsTest, a_larger_answer_than_may_be_sent_is_not_sent) {
  limit({.send_bytes = 4});
  EXPECT_EQ(lookup_within(20'000).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// What runs on threads of its own, all of it reflection's, has 16 of them.
TEST_F(LimitsTest, calls_that_take_a_thread_each_are_refused_when_there_is_none_left) {
  ApiServer::Options options;
  options.reflection = true;
  restart(std::move(options));
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::GenericClientAsyncReaderWriter>> streams;
  const grpc::Slice question{std::string("\x3A\x01*")};  // list_services
  size_t answered = 0;
  for (bool ok = true; ok && answered <= 16;) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(
        stub.PrepareCall(contexts.back().get(),
                         "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue));
    streams.back()->StartCall(nullptr);
    wait();
    streams.back()->Write(grpc::ByteBuffer(&question, 1), nullptr);
    wait();
    grpc::ByteBuffer answer;
    streams.back()->Read(&answer, nullptr);
    ok = wait();
    answered += ok ? 1 : 0;
  }
  EXPECT_GT(answered, 0U);
  EXPECT_LE(answered, 16U);
  grpc::Status status;
  streams.back()->Finish(&status, nullptr);
  wait();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  expect_all_is_well();
  for (const auto& context : contexts) {
    context->TryCancel();
  }
  streams.pop_back();
  for (const auto& stream : streams) {
    stream->Finish(&status, nullptr);
    wait();
  }
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

TEST_F(LimitsTest, a_caller_has_so_many_streams_of_questions_and_may_end_one_for_another) {
  limit({.lookup_streams = {.caller = 2, .all = 9}});
  OpenCall first = open_call();
  const OpenCall second = open_call();
  grpc::ClientContext context;
  const grpc::Status refused = provenance_->LookupStream(&context)->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error_info(refused).reason(), "TOO_MANY_STREAMS");
  EXPECT_GT(retry_delay(refused), 0);
  EXPECT_EQ(api_status().lookup_streams(), 2U);
  EXPECT_EQ(api_status().refused(), 1U);
  EXPECT_TRUE(first.end().ok());
  EXPECT_TRUE(testing::eventually([this] { return api_status().lookup_streams() == 1; }));
  EXPECT_TRUE(open_call().end().ok());
  second.context->TryCancel();
}

TEST_F(LimitsTest, a_caller_has_so_many_streams_of_deliveries) {
  limit({.ingests = {.caller = 1, .all = 9}});
  grpc::ClientContext sensor;
  v1::IngestResponse response;
  const auto first = provenance_->Ingest(&sensor, &response);
  ASSERT_TRUE(first->Write({}));
  ASSERT_TRUE(testing::eventually([this] { return api_status().ingests() == 1; }));
  EXPECT_EQ(error_info(ingest(v1::IngestRequest())).reason(), "TOO_MANY_STREAMS");
  first->WritesDone();
  EXPECT_TRUE(first->Finish().ok());
  EXPECT_TRUE(testing::eventually([this] { return ingest(v1::IngestRequest()).ok(); }));
}

TEST_F(LimitsTest, a_caller_has_so_many_exports_and_may_end_one_for_another) {
  ingest_much();
  limit({.exports = {.caller = 2, .all = 9}});
  const auto slow = narrow_client();
  Exports under_way = begin_exports(*slow, 2);
  const grpc::Status refused = export_one();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error_info(refused).reason(), "TOO_MANY_READERS");
  EXPECT_GT(retry_delay(refused), 0);
  EXPECT_EQ(api_status().exports(), 2U);
  EXPECT_EQ(api_status().refused(), 1U);
  under_way.contexts.front()->TryCancel();
  EXPECT_EQ(under_way.readers.front()->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(testing::eventually([this] { return export_one().ok(); }));
  under_way.contexts.back()->TryCancel();
}

TEST_F(LimitsTest, a_caller_watches_so_many_times_and_may_end_one_for_another) {
  limit({.watches = {.caller = 2, .all = 9}});
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchResponse>>> open;
  while (open.size() < 2) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    open.push_back(provenance_->Watch(contexts.back().get(), {}));
    v1::WatchResponse first;
    ASSERT_TRUE(open.back()->Read(&first));
  }
  grpc::ClientContext context;
  const grpc::Status refused = provenance_->Watch(&context, {})->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error_info(refused).reason(), "TOO_MANY_WATCHERS");
  EXPECT_GT(retry_delay(refused), 0);
  EXPECT_EQ(api_status().watchers(), 2U);
  EXPECT_EQ(api_status().refused(), 1U);
  contexts.front()->TryCancel();
  open.front()->Finish();
  EXPECT_TRUE(testing::eventually([this] { return api_status().watchers() == 1; }));
  grpc::ClientContext again;
  const auto another = provenance_->Watch(&again, {});
  v1::WatchResponse first;
  EXPECT_TRUE(another->Read(&first));
  again.TryCancel();
  contexts.back()->TryCancel();
}

TEST_F(LimitsTest, who_was_told_the_end_of_a_call_has_its_place_for_the_next_one) {
  constexpr StreamLimit kOne{.caller = 1, .all = 9};
  limit({.lookup_streams = kOne, .ingests = kOne, .exports = kOne, .readers = kOne});
  EXPECT_TRUE(works_again_and_again([this] { return open_call().end().ok(); })) << "LookupStream";
  EXPECT_TRUE(works_again_and_again([this] { return ingest(v1::IngestRequest()).ok(); }))
      << "Ingest";
  EXPECT_TRUE(works_again_and_again([this] { return export_one().ok(); })) << "Export";
  EXPECT_TRUE(works_again_and_again([this] { return list().ok(); })) << "ListDeliveries";
}

TEST_F(LimitsTest, an_answer_that_nobody_takes_keeps_no_readers_place) {
  limit({.readers = {.caller = 1, .all = 9}});
  RawHttp2 idle(socket().socket_path);
  idle.leave_no_room();
  idle.ask(1, kList, "");
  ASSERT_TRUE(idle.await(RawHttp2::kHeaders)) << "what comes before an answer needs no room";
  EXPECT_TRUE(list().ok());
}

TEST_F(LimitsTest, ten_thousand_calls_opened_and_reset_disturb_nobody) {
  RawHttp2 rapid(socket().socket_path);
  uint32_t calls = 0;
  while (calls < 10'000 && rapid.call(2 * calls + 1, kStream) && rapid.reset(2 * calls + 1)) {
    ++calls;
  }
  expect_all_is_well();
  EXPECT_TRUE(calls == 10'000 || rapid.is_closed()) << "it stopped listening after " << calls;
}

TEST_F(LimitsTest, a_message_that_claims_a_gibibyte_ends_where_memory_does) {
  limit({.memory_bytes = 8 << 20});
  RawHttp2 liar(socket().socket_path);
  liar.call(1, kStream);
  liar.send({RawHttp2::kData, 0, 1, RawHttp2::message(1 << 30, "")});
  const auto [octets, was_reset] = liar.push(1, 1 << 30);
  EXPECT_TRUE(was_reset) << octets;
  EXPECT_LT(octets, 64U << 20);
  expect_all_is_well();
}

// Of a stream, too, where it must not look like the end.
TEST_F(LimitsTest, a_message_that_cannot_be_parsed_is_refused_by_every_call) {
  const std::string cut_short = std::string("\x0A\x09") + "short";
  for_each_method([&](const std::string& method) {
    const grpc::Status status = raw_call(channel_, method, cut_short);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_EQ(error_info(status).reason(), "REQUEST_MALFORMED") << method;
  });
}

TEST_F(LimitsTest, text_that_is_no_utf_8_is_refused) {
  constexpr std::string_view kAddress = "\x0A\x02\xFF\xFE";
  const grpc::Status status = raw_call(channel_, "/etymon.v1.ProvenanceService/Lookup", kAddress);
  EXPECT_EQ(error_info(status).reason(), "REQUEST_MALFORMED");
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

TEST_F(LimitsTest, what_goes_on_for_ever_on_an_old_connection_is_ended) {
  limit({.age = Milliseconds(50), .grace = Milliseconds(50)});
  const OpenCall old = open_call();
  v1::LookupStreamResponse nothing_more;
  EXPECT_FALSE(old.stream->Read(&nothing_more));
  EXPECT_FALSE(old.stream->Finish().ok());
}

TEST_F(LimitsTest, a_unary_call_whose_request_never_comes_is_ended) {
  limit({.age = Milliseconds(50), .grace = Milliseconds(50)});
  RawHttp2 silent(socket().socket_path);
  silent.call(1, "/etymon.v1.ProvenanceService/Lookup");
  EXPECT_TRUE(silent.is_closed());
  expect_all_is_well();
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

TEST_F(LimitsTest, a_client_without_a_call_may_ask_at_the_interval_whether_we_live) {
  constexpr Milliseconds kInterval{10};
  limit({.ping_interval = kInterval});
  RawHttp2 patient(socket().socket_path);
  for (int i = 0; i < 10; ++i) {
    std::this_thread::sleep_for(2 * kInterval);
    patient.send({RawHttp2::kPing, 0, 0, "12345678"});
    ASSERT_TRUE(patient.await(RawHttp2::kPing).has_value()) << "after " << i;
  }
}

TEST_F(LimitsTest, a_client_that_takes_nothing_of_a_stream_is_given_up) {
  ingest_much();
  // Longer than a busy machine needs for a first message.
  limit({.exports = {.caller = 4, .all = 4}, .stall = Seconds(4)});
  const auto slow = narrow_client();
  const auto [contexts, readers] = begin_exports(*slow, 4);
  EXPECT_TRUE(testing::eventually([this] { return export_one().ok(); }))
      << "their places are free again";
  for (v1::ExportResponse rest; readers.front()->Read(&rest);) {
  }
  const grpc::Status told = readers.front()->Finish();
  EXPECT_EQ(told.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(error_info(told).reason(), "CLIENT_STALLED") << "to who reads on after all";
  for (const auto& context : contexts) {
    context->TryCancel();
  }
}

// What is forgotten goes from the disk, unless somebody who reads still has the file.
TEST_F(LimitsTest, a_client_that_takes_nothing_keeps_no_file_of_the_store) {
  ingest_much();
  ASSERT_TRUE(store_->fold().ok());
  const auto slow = narrow_client();
  grpc::ClientContext exporter;
  const auto exported = slow->Export(&exporter, {});
  v1::ExportResponse first;
  ASSERT_TRUE(exported->Read(&first));
  grpc::ClientContext asker;
  const auto asked = slow->LookupStream(&asker);
  v1::LookupStreamRequest questions;
  for (int i = 0; i < 500; ++i) {
    questions.add_questions()->set_address("203.0.113.0/24");
  }
  asked->Write(questions);
  const std::set<std::string> before = table_files();
  ASSERT_FALSE(before.empty());
  ASSERT_TRUE(store_
                  ->forget({.query = {.client = *IpPrefix::from_text("192.168.1.7")},
                            .mode = store::ForgetMode::kForget})
                  .ok());
  EXPECT_TRUE(testing::eventually([&] {
    const std::set<std::string> now = table_files();
    return std::ranges::none_of(before, [&](const auto& file) { return now.contains(file); });
  })) << ::testing::PrintToString(table_files());
  while (exported->Read(&first)) {
  }
  EXPECT_TRUE(exported->Finish().ok()) << "who goes on to read gets the rest";
  asker.TryCancel();
  asked->Finish();
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
  for (v1::LookupStreamResponse response; stream->Read(&response);) {
  }
  EXPECT_FALSE(stream->Finish().ok());
}

TEST_F(LimitsTest, a_sensor_that_sends_nothing_is_given_up_and_told_what_was_taken) {
  limit({.stall = Milliseconds(500)});
  grpc::ClientContext context;
  v1::IngestResponse response;
  const auto writer = provenance_->Ingest(&context, &response);
  v1::IngestRequest message;
  *message.add_deliveries() = delivery(50);
  ASSERT_TRUE(writer->Write(message));
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(error_info(status).reason(), "CLIENT_STALLED");
  EXPECT_THAT(status.error_message(), HasSubstr("the 1 deliveries"));
  EXPECT_EQ(answer("203.0.113.5", 10).candidates_size(), 1) << "and stays taken";
}

TEST_F(LimitsTest, a_sensor_that_has_nothing_to_say_may_say_so) {
  limit({.stall = Seconds(1)});
  grpc::ClientContext context;
  v1::IngestResponse response;
  const auto writer = provenance_->Ingest(&context, &response);
  for (int i = 0; i < 15; ++i) {
    std::this_thread::sleep_for(Milliseconds(100));
    ASSERT_TRUE(writer->Write({}));
  }
  writer->WritesDone();
  EXPECT_TRUE(writer->Finish().ok());
}

}  // namespace
}  // namespace etymon::service
