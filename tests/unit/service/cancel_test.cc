// Calls that are cancelled, or whose deadline passes: before they begin, while they read and while
// they write. None of them goes on working, and all give back what they had.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <stop_token>
#include <thread>
#include <vector>

#include "api/service/past.h"
#include "api/service/patience.h"
#include "api/service/read_call.h"
#include "api/service/reading_desk.h"
#include "tests/support/process.h"
#include "tests/unit/service/api_test.h"
#include "tests/unit/service/faulty_store_test.h"
#include "tests/unit/service/gated_clock.h"

namespace etymon::service {
namespace {

class CancelTest : public ApiTest {
 protected:
  static constexpr Milliseconds kUntilServerKnows{500};

  CancelTest() {
    server_->stop();
    gated_ =
        std::make_unique<ApiServer>(ApiServer::Sources{*store_, gate_, status_, control_, feed_});
    EXPECT_TRUE(gated_->start({.listen = {socket()}}).ok());
    channel_ = grpc::CreateChannel(socket().text(), grpc::InsecureChannelCredentials());
    provenance_ = v1::ProvenanceService::NewStub(channel_);
  }
  ~CancelTest() override { gate_.let_all_go(); }

  bool await_asked(int count) const {
    return testing::eventually([&] { return gate_.asked() >= count; });
  }

  // Unary calls under way at the same time.
  struct Listing {
    grpc::ClientContext context;
    v1::ListDeliveriesResponse page;
    v1::SummarizeRecurrenceResponse days;
    grpc::Status status;
    std::atomic<bool> is_over{false};
  };
  static void end(Listing& listing, grpc::Status status) {
    listing.status = std::move(status);
    listing.is_over = true;
  }
  void list(Listing& listing) {
    static const v1::ListDeliveriesRequest kAll;
    provenance_->async()->ListDeliveries(
        &listing.context, &kAll, &listing.page,
        [&listing](grpc::Status status) { end(listing, std::move(status)); });
  }
  void summarize(Listing& listing) {
    static const v1::SummarizeRecurrenceRequest kAll;
    provenance_->async()->SummarizeRecurrence(
        &listing.context, &kAll, &listing.days,
        [&listing](grpc::Status status) { end(listing, std::move(status)); });
  }
  static bool await(const Listing& listing) {
    return testing::eventually([&] { return listing.is_over.load(); });
  }

  // All threads of the desk, until the gate opens.
  void occupy_desk(std::array<Listing, ReadingDesk::kThreads>& busy) {
    const int before = gate_.asked();
    gate_.hold_next(ReadingDesk::kThreads);
    for (Listing& listing : busy) {
      list(listing);
    }
    ASSERT_TRUE(await_asked(before + static_cast<int>(ReadingDesk::kThreads)));
  }

  template <class Begin>
  void expect_never_begun(Begin begin) {
    std::array<Listing, ReadingDesk::kThreads> busy;
    occupy_desk(busy);
    Listing waiting;
    waiting.context.set_deadline(gpr_time_from_millis(100, GPR_TIMESPAN));
    begin(waiting);
    ASSERT_TRUE(await(waiting));
    EXPECT_EQ(waiting.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    // The client ends such a call by itself; the server hears of it, or its own timer ends, later.
    std::this_thread::sleep_for(kUntilServerKnows);
    Listing last;
    list(last);
    gate_.let_all_go();
    for (const Listing& listing : busy) {
      ASSERT_TRUE(await(listing));
    }
    ASSERT_TRUE(await(last));
    EXPECT_TRUE(last.status.ok());
    EXPECT_EQ(gate_.asked(), static_cast<int>(ReadingDesk::kThreads) + 1);
  }

  bool can_export() {
    grpc::ClientContext context;
    const auto reader = provenance_->Export(&context, {});
    for (v1::ExportResponse message; reader->Read(&message);) {
    }
    return reader->Finish().ok();
  }

  bool can_watch() {
    grpc::ClientContext context;
    const auto reader = provenance_->Watch(&context, {});
    v1::WatchResponse first;
    const bool can = reader->Read(&first);
    context.TryCancel();
    reader->Finish();
    return can;
  }

  // As often as one caller may watch; `stub`: whose client they are.
  template <class Then>
  void watch_and_cancel(v1::ProvenanceService::Stub& stub, const v1::WatchRequest& request,
                        Then then) {
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
    std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchResponse>>> readers;
    for (int i = 0; i < Limits().watches.caller; ++i) {
      contexts.push_back(std::make_unique<grpc::ClientContext>());
      readers.push_back(stub.Watch(contexts.back().get(), request));
      then(*readers.back());
    }
    for (const auto& context : contexts) {
      context->TryCancel();
    }
    for (const auto& reader : readers) {
      EXPECT_FALSE(reader->Finish().ok());
    }
    EXPECT_TRUE(testing::eventually([this] { return can_watch(); })) << "the places are free again";
  }

  Delivery now() {
    Answer answer;
    answer.question.name = DomainName::from_text(std::string(60, 'a') + ".example").value();
    answer.chain = {answer.question.name};
    return {clock_.wall(), IpAddress::v4(0x0A000001), store_->remember(answer), 60};
  }

  void deliver() {
    clock_.advance(Microseconds(1));
    const Delivery one = now();
    ASSERT_EQ(store_->record({&one, 1}), Recorded::kYes);
  }

  void record_much() {
    for (int i = 0; i < 20; ++i) {
      ASSERT_EQ(store_->record(std::vector<Delivery>(1000, now())), Recorded::kYes);
    }
  }

  GatedClock gate_{clock_};
  std::unique_ptr<ApiServer> gated_;
};

TEST_F(CancelTest, a_stream_of_questions_before_it_begins) {
  grpc::ClientContext context;
  const auto stream = provenance_->LookupStream(&context);
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(gate_.asked(), 0);
  EXPECT_EQ(answer("203.0.113.5", 0).candidates_size(), 0);
}

TEST_F(CancelTest, a_stream_of_questions_while_it_reads) {
  constexpr int kQuestions = 1000;
  gate_.hold_next(GatedClock::kAll);
  grpc::ClientContext context;
  const auto stream = provenance_->LookupStream(&context);
  v1::LookupStreamRequest request;
  for (int i = 0; i < kQuestions; ++i) {
    request.add_questions()->set_address("192.0.2.1");
  }
  stream->Write(request);
  ASSERT_TRUE(await_asked(1));
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // One question after the other, until no more comes.
  for (int before = 0; before < gate_.asked() && before < kQuestions;) {
    before = gate_.asked();
    gate_.let_one_go();
    const auto end = std::chrono::steady_clock::now() + Milliseconds(300);
    while (gate_.asked() == before && std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
  }
  EXPECT_LT(gate_.asked(), kQuestions / 2);
}

// For so long a busy machine may leave a server without time; it was taken for the end before.
constexpr Milliseconds kSilence{500};

TEST_F(CancelTest, a_stream_of_questions_while_it_writes) {
  const auto slow = narrow_client();
  grpc::ClientContext context;
  const auto stream = slow->LookupStream(&context);
  v1::LookupStreamRequest request;
  for (int i = 0; i < 500; ++i) {
    request.add_questions()->set_address("192.0.2.1");
  }
  std::thread writer([&] {
    while (stream->Write(request)) {
    }
  });
  int before = 0;
  EXPECT_TRUE(testing::eventually([&] {
    before = gate_.asked();
    std::this_thread::sleep_for(kSilence);
    return before > 0 && before == gate_.asked();
  })) << "until it waits for the client";
  context.TryCancel();
  writer.join();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(gate_.asked(), before);
  gated_->stop();  // which waits for all calls
}

TEST_F(CancelTest, a_listing_before_it_begins) {
  expect_never_begun([this](Listing& listing) { list(listing); });
}

TEST_F(CancelTest, a_summary_before_it_begins) {
  expect_never_begun([this](Listing& listing) { summarize(listing); });
}

// Stopped in the middle of their reading: tests/unit/store, which counts what was looked at.
TEST_F(CancelTest, a_listing_and_a_summary_that_may_read_nothing_give_nothing) {
  ingest_much();
  ASSERT_TRUE(store_->fold().ok());
  const Past past(*store_, clock_);
  std::stop_source stop;
  stop.request_stop();
  const auto page = past.page({}, store::OthersRows::kRead, stop.get_token());
  ASSERT_TRUE(std::holds_alternative<Failure>(page));
  EXPECT_EQ(std::get<Failure>(page).reason, "READ_TOO_LONG");
  const auto summary = past.recurrence({}, store::OthersRows::kRead, stop.get_token());
  ASSERT_TRUE(std::holds_alternative<Failure>(summary));
  EXPECT_EQ(std::get<Failure>(summary).reason, "READ_TOO_LONG");
}

// A ProvenanceService whose listings have no end until they are told to stop.
class EndlessReading final : public v1::ProvenanceService::CallbackService {
 public:
  grpc::ServerUnaryReactor* ListDeliveries(grpc::CallbackServerContext* context,
                                           const v1::ListDeliveriesRequest*,
                                           v1::ListDeliveriesResponse* response) override {
    return new ReadCall<v1::ListDeliveriesResponse>(
        {desk, untaken, *context, *response}, "siem", [this](const std::stop_token& stop) {
          ++working;
          while (!stop.stop_requested()) {
            std::this_thread::yield();
          }
          --working;
          return Outcome<v1::ListDeliveriesResponse>(from_reading({ErrorCode::kUnavailable, ""}));
        });
  }

  explicit EndlessReading(const Limits& limits) : desk(limits), untaken(limits) {}
  std::atomic<size_t> working{0};
  ReadingDesk desk;
  UntakenAnswers untaken;
};

class EndlessReadingTest : public ::testing::Test {
 protected:
  void serve(const Limits& limits) {
    service_ = std::make_unique<EndlessReading>(limits);
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::ProvenanceService::NewStub(server_->InProcessChannel({}));
  }
  ~EndlessReadingTest() override {
    server_->Shutdown();
    server_->Wait();
  }
  bool await(bool is_working) {
    return testing::eventually([&] { return (service_->working > 0) == is_working; });
  }
  grpc::Status list(grpc::ClientContext& context) {
    v1::ListDeliveriesResponse response;
    return stub_->ListDeliveries(&context, {}, &response);
  }

  std::unique_ptr<EndlessReading> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::ProvenanceService::Stub> stub_;
};

TEST_F(EndlessReadingTest, a_cancelled_one_stops) {
  serve({});
  grpc::ClientContext context;
  std::thread caller([&] { EXPECT_EQ(list(context).error_code(), grpc::StatusCode::CANCELLED); });
  EXPECT_TRUE(await(true));
  context.TryCancel();
  EXPECT_TRUE(await(false));
  caller.join();
}

TEST_F(EndlessReadingTest, one_past_its_deadline_stops) {
  serve({});
  grpc::ClientContext context;
  context.set_deadline(gpr_time_from_millis(100, GPR_TIMESPAN));
  EXPECT_EQ(list(context).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(await(false));
}

// By the server: what the client makes of a deadline has no reason. A tenth of it is enough for the
// way back, also on a busy machine.
TEST_F(EndlessReadingTest, one_with_a_deadline_is_told_before_it) {
  serve({});
  grpc::ClientContext context;
  context.set_deadline(gpr_time_from_seconds(20, GPR_TIMESPAN));
  EXPECT_EQ(error_info(list(context)).reason(), "READ_TOO_LONG");
}

TEST_F(EndlessReadingTest, one_whose_turn_comes_too_late_is_to_come_again) {
  const Limits limits{.turn = Milliseconds(50)};
  serve(limits);
  std::array<grpc::ClientContext, ReadingDesk::kThreads> busy;
  std::vector<std::future<grpc::Status>> all;
  const auto list_in = [this](grpc::ClientContext* context) { return list(*context); };
  for (grpc::ClientContext& context : busy) {
    all.push_back(std::async(std::launch::async, list_in, &context));
  }
  EXPECT_TRUE(testing::eventually([this] { return service_->working == ReadingDesk::kThreads; }));
  grpc::ClientContext late;
  all.push_back(std::async(std::launch::async, list_in, &late));
  EXPECT_TRUE(testing::eventually([this] { return service_->desk.readers() == 3; }));
  const Patience longer(4 * limits.turn);
  EXPECT_TRUE(testing::eventually([&] { return longer.token().stop_requested(); }));
  for (grpc::ClientContext& context : busy) {
    context.TryCancel();
  }
  const grpc::Status status = all.back().get();
  EXPECT_EQ(error_info(status).reason(), "TOO_MANY_READERS");
  EXPECT_GT(retry_delay(status), 0);
}

TEST_F(EndlessReadingTest, one_without_a_deadline_has_the_servers) {
  serve({.read = Milliseconds(50)});
  grpc::ClientContext context;
  EXPECT_EQ(error_info(list(context)).reason(), "READ_TOO_LONG");
}

TEST_F(CancelTest, exports_before_they_begin) {
  ingest_much();
  std::array<Listing, ReadingDesk::kThreads> busy;
  occupy_desk(busy);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ExportResponse>>> readers;
  const int before = gate_.asked();
  const int exports = Limits().exports.caller;
  for (int i = 0; i < exports; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(provenance_->Export(contexts.back().get(), {}));
  }
  ASSERT_TRUE(await_asked(before + exports));
  for (const auto& context : contexts) {
    context->TryCancel();
  }
  for (const auto& reader : readers) {
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  gate_.let_all_go();
  EXPECT_TRUE(testing::eventually([this] { return can_export(); })) << "the places are free again";
  for (const Listing& listing : busy) {
    ASSERT_TRUE(await(listing));
  }
}

TEST_F(CancelTest, watches_before_they_begin) {
  watch_and_cancel(*provenance_, {}, [](auto&) {});
}

TEST_F(CancelTest, watches_that_wait) {
  watch_and_cancel(*provenance_, {}, [](auto& reader) {
    v1::WatchResponse first;
    EXPECT_TRUE(reader.Read(&first));
  });
}

TEST_F(CancelTest, watches_while_they_read_and_write) {
  v1::WatchRequest request;
  {
    grpc::ClientContext context;
    const auto reader = provenance_->Watch(&context, {});
    v1::WatchResponse first;
    ASSERT_TRUE(reader->Read(&first));
    request.set_resume_token(first.resume_token());
    context.TryCancel();
    reader->Finish();
  }
  clock_.advance(Microseconds(1));
  record_much();
  watch_and_cancel(*narrow_client(), request, [](auto& reader) {
    v1::WatchResponse message;
    EXPECT_TRUE(reader.Read(&message));
    EXPECT_TRUE(reader.Read(&message));
  });
}

TEST_F(CancelTest, a_watch_tells_what_is_new_while_others_read_the_past) {
  grpc::ClientContext context;
  const auto reader = provenance_->Watch(&context, {});
  v1::WatchResponse message;
  ASSERT_TRUE(reader->Read(&message));
  std::array<Listing, ReadingDesk::kThreads> busy;
  occupy_desk(busy);
  deliver();
  auto told = std::async(std::launch::async, [&] { return reader->Read(&message); });
  EXPECT_EQ(told.wait_for(Seconds(10)), std::future_status::ready) << "all desk threads are held";
  gate_.let_all_go();
  EXPECT_TRUE(told.get());
  EXPECT_EQ(message.deliveries_size(), 1);
  for (const Listing& listing : busy) {
    ASSERT_TRUE(await(listing));
  }
  context.TryCancel();
  reader->Finish();
}

class FullDiskTest : public FaultyStoreTest {
 protected:
  // An Ingest of one delivery on its way.
  struct Ingesting {
    grpc::ClientContext context;
    v1::IngestResponse response;
    std::unique_ptr<grpc::ClientWriter<v1::IngestRequest>> writer;
  };

  void begin(Ingesting& one, int64_t seconds_ago) {
    one.writer = provenance_->Ingest(&one.context, &one.response);
    v1::IngestRequest message;
    *message.add_deliveries() = delivery(seconds_ago);
    one.writer->Write(message);
    one.writer->WritesDone();
  }

  // One that waits for the disk.
  void begin_on_full_disk(Ingesting& one) {
    disk_.set(Fault::kNoSpace);
    const int before = disk_.calls();
    begin(one, 50);
    ASSERT_TRUE(testing::eventually([&] { return disk_.calls() > before; }));
  }

  bool await_ingests(uint64_t count) {
    return testing::eventually([&] { return api_status().ingests() == count; });
  }

  static void set_deadline(Ingesting& one) {
    one.context.set_deadline(gpr_time_from_millis(300, GPR_TIMESPAN));
  }
};

TEST_F(FullDiskTest, an_ingest_that_waits_for_it_ends_with_its_deadline) {
  Ingesting one;
  set_deadline(one);
  begin_on_full_disk(one);
  EXPECT_EQ(one.writer->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(await_ingests(0)) << "its place is free again";
  disk_.set(Fault::kNone);
  Ingesting next;
  begin(next, 40);
  EXPECT_TRUE(next.writer->Finish().ok());
}

TEST_F(FullDiskTest, an_ingest_in_line_behind_it_ends_at_once) {
  Ingesting first;
  begin_on_full_disk(first);
  Ingesting second;
  set_deadline(second);
  begin(second, 40);
  EXPECT_EQ(second.writer->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(await_ingests(1)) << "its place is free again";
  disk_.set(Fault::kNone);
  EXPECT_TRUE(first.writer->Finish().ok());
}

TEST_F(FullDiskTest, the_server_stops_while_an_ingest_waits_for_it) {
  Ingesting one;
  begin_on_full_disk(one);
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  EXPECT_EQ(stopped.wait_for(Seconds(10)), std::future_status::ready);
  disk_.set(Fault::kNone);
  EXPECT_FALSE(one.writer->Finish().ok());
}

}  // namespace
}  // namespace etymon::service
