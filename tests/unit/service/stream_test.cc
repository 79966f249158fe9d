// Export and Watch as a client sees them.
#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "store/store_opener.h"
#include "tests/unit/service/api_test.h"

namespace etymon::service {
namespace {

using ::testing::_;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class DeliveryStreamTest : public ApiTest {
 protected:
  // Recorded as the daemon does.
  void deliver(const std::string& name, const std::string& client = "192.168.1.7") {
    Answer answer;
    answer.question.name = DomainName::from_text(name).value();
    answer.chain = {answer.question.name};
    answer.addresses = {{IpAddress::from_text("203.0.113.5").value(), Via::kA}};
    clock_.advance(Microseconds(1));
    const Delivery delivery{clock_.wall(), IpAddress::from_text(client).value(),
                            store_->remember(answer), 60};
    ASSERT_EQ(store_->record({&delivery, 1}), Recorded::kYes);
  }

  // A server of another store, for which somebody else is told what was recorded.
  void start_anew(std::function<void(std::span<const Delivery>)> on_recorded) {
    server_.reset();
    store::Options options;
    options.path = folder_.path() + "/other";
    options.on_recorded = std::move(on_recorded);
    store_ = std::move(*store::Store::open(options, clock_));
    server_ = std::make_unique<ApiServer>(sources());
    const api::ServerAddress other{folder_.path() + "/other.sock", {}};
    ASSERT_TRUE(server_->start({.listen = {other}}).ok());
    provenance_ = v1::ProvenanceService::NewStub(
        grpc::CreateChannel(other.text(), grpc::InsecureChannelCredentials()));
  }

  // Of a number that stands for a client, in 10.0.0.0/8.
  static std::string client_of(uint32_t number) {
    return IpAddress::v4(0x0A000000 + number).text();
  }

  // To so many clients, the first of them `first`, all in the same microsecond, which is a new one.
  void deliver_at_once(uint32_t first, uint32_t count) {
    Answer answer;
    answer.question.name =
        *DomainName::from_text(std::string(60, 'a') + "." + std::string(60, 'b') + ".example");
    answer.chain = {answer.question.name};
    const AnswerId id = store_->remember(answer);
    clock_.advance(Microseconds(1));
    std::vector<Delivery> turn;
    for (uint32_t i = 0; i < count; ++i) {
      turn.push_back({clock_.wall(), IpAddress::v4(0x0A000000 + first + i), id, 60});
    }
    ASSERT_EQ(store_->record(turn), Recorded::kYes);
  }

  // How often each client was told of.
  using Told = std::map<std::string, int>;
  static void count(const v1::WatchResponse& message, Told& told) {
    for (const v1::ObservedDelivery& one : message.deliveries()) {
      ++told[one.client()];
    }
  }

  struct Exported {
    std::vector<std::string> names;
    std::vector<v1::TimeSpan> covered;
    grpc::Status status;
  };

  Exported export_all(const v1::ExportRequest& request) {
    grpc::ClientContext context;
    const auto reader = provenance_->Export(&context, request);
    Exported all;
    for (v1::ExportResponse message; reader->Read(&message);) {
      for (const v1::ObservedDelivery& one : message.deliveries()) {
        all.names.push_back(one.name());
      }
      all.covered.insert(all.covered.end(), message.covered().begin(), message.covered().end());
    }
    all.status = reader->Finish();
    return all;
  }

  // A stream of Watch that has begun.
  struct Watching {
    std::unique_ptr<grpc::ClientContext> context = std::make_unique<grpc::ClientContext>();
    std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> reader;
    v1::WatchResponse message;

    std::vector<std::string> read() {
      std::vector<std::string> names;
      if (reader->Read(&message)) {
        for (const v1::ObservedDelivery& one : message.deliveries()) {
          names.push_back(one.name());
        }
      }
      return names;
    }
  };

  Watching watch(const v1::WatchRequest& request) {
    Watching watching;
    watching.context->set_deadline(gpr_time_from_seconds(30, GPR_TIMESPAN));  // what never comes
    watching.reader = provenance_->Watch(watching.context.get(), request);
    EXPECT_TRUE(watching.reader->Read(&watching.message));
    return watching;
  }
};

TEST_F(DeliveryStreamTest, an_export_is_what_ingest_takes) {
  deliver("a.example");
  deliver("b.example");
  clock_.advance(Seconds(5));
  const Exported all = export_all({});
  EXPECT_TRUE(all.status.ok()) << all.status.error_message();
  EXPECT_THAT(all.names, ElementsAre("a.example", "b.example"));
  ASSERT_EQ(all.covered.size(), 1U);
  EXPECT_EQ(all.covered[0].end().seconds(), ago(1).seconds())
      << "what is on its way now may come to bear this very moment";
}

TEST_F(DeliveryStreamTest, an_export_covers_what_is_still_kept_at_its_end) {
  constexpr int64_t kDay = 24 * 3600;
  ingest_much();
  v1::IngestRequest covering;
  *covering.mutable_covered()->mutable_start() = ago(10 * kDay);
  *covering.mutable_covered()->mutable_end() = ago(kDay);
  ASSERT_TRUE(ingest(covering).ok());
  grpc::ClientContext context;
  const auto slow = narrow_client();
  const auto reader = slow->Export(&context, {});
  v1::ExportResponse message;
  ASSERT_TRUE(reader->Read(&message));
  ASSERT_TRUE(store_->change_retention({.keep = Seconds(5 * kDay)}).ok());
  store::StoreOpener::let_go(*store_);
  while (reader->Read(&message)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  ASSERT_FALSE(message.covered().empty());
  const v1::TimeSpan& oldest = message.covered(0);
  EXPECT_GT(oldest.start().seconds(), ago(10 * kDay).seconds());
  EXPECT_LE(oldest.start().seconds(), ago(4 * kDay).seconds());
  EXPECT_EQ(oldest.end().seconds(), ago(kDay).seconds());
}

TEST_F(DeliveryStreamTest, an_export_of_some_covers_nothing) {
  deliver("a.example");
  deliver("b.example", "192.168.1.8");
  v1::ExportRequest of_client;
  of_client.mutable_filter()->set_client("192.168.1.8");
  const Exported some = export_all(of_client);
  EXPECT_THAT(some.names, ElementsAre("b.example"));
  EXPECT_THAT(some.covered, IsEmpty());
  v1::ExportRequest newest;
  newest.set_limit(1);
  newest.set_order(v1::LISTING_ORDER_NEWEST_FIRST);
  const Exported one = export_all(newest);
  EXPECT_THAT(one.names, ElementsAre("b.example"));
  EXPECT_THAT(one.covered, IsEmpty());
}

TEST_F(DeliveryStreamTest, an_export_of_many_pages_is_whole) {
  v1::IngestRequest message;
  for (int i = 0; i < 25'000; ++i) {
    v1::ObservedDelivery one = delivery(100);
    one.mutable_at()->set_nanos(i * 1000);
    *message.add_deliveries() = one;
  }
  ASSERT_TRUE(ingest(message).ok());
  EXPECT_EQ(export_all({}).names.size(), 25'000U);
  v1::ExportRequest limited;
  limited.set_limit(15'000);
  EXPECT_EQ(export_all(limited).names.size(), 15'000U);
}

TEST_F(DeliveryStreamTest, a_wrong_export_is_refused) {
  v1::ExportRequest request;
  request.mutable_filter()->set_name("a..b");
  EXPECT_EQ(error_info(export_all(request).status).reason(), "NAME_INVALID");
}

TEST_F(DeliveryStreamTest, watch_tells_what_is_recorded_from_then_on) {
  deliver("before.example");
  Watching watching = watch({});
  EXPECT_EQ(watching.message.deliveries_size(), 0);
  deliver("a.example");
  EXPECT_THAT(watching.read(), ElementsAre("a.example"));
  deliver("b.example");
  EXPECT_THAT(watching.read(), ElementsAre("b.example"));
  watching.context->TryCancel();
  EXPECT_EQ(watching.reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(DeliveryStreamTest, watch_tells_what_is_wanted_only) {
  v1::WatchRequest request;
  request.mutable_filter()->set_client("192.168.1.8");
  request.mutable_filter()->set_name("example");
  request.mutable_filter()->set_match(v1::NAME_MATCH_SUBTREE);
  Watching watching = watch(request);
  deliver("a.example");
  deliver("a.test", "192.168.1.8");
  deliver("b.example", "192.168.1.8");
  EXPECT_THAT(watching.read(), ElementsAre("b.example"));
  watching.context->TryCancel();
}

TEST_F(DeliveryStreamTest, a_token_of_a_watch_tells_nothing_of_what_is_not_wanted) {
  v1::WatchRequest request;
  request.mutable_filter()->set_client("192.168.1.8");
  Watching watching = watch(request);
  const auto hex = [](WallTime at) {
    std::ostringstream digits;
    digits << std::hex << at.time_since_epoch().count();
    return digits.str();
  };
  std::vector<Delivery> turn;
  for (const char* client : {"192.168.1.8", "10.0.0.9"}) {
    clock_.advance(Microseconds(1));
    Answer answer;
    answer.question.name = *DomainName::from_text("a.example");
    answer.chain = {answer.question.name};
    turn.push_back({clock_.wall(), *IpAddress::from_text(client), store_->remember(answer), 60});
  }
  ASSERT_EQ(store_->record(turn), Recorded::kYes);
  EXPECT_THAT(watching.read(), ElementsAre("a.example"));
  const std::string& token = watching.message.resume_token();
  EXPECT_THAT(token, HasSubstr(hex(turn[0].at)));
  EXPECT_THAT(token, Not(HasSubstr(hex(turn[1].at)))) << "when somebody else was told something";
  watching.context->TryCancel();
}

TEST_F(DeliveryStreamTest, watch_goes_on_where_an_earlier_stream_ended) {
  Watching first = watch({});
  deliver("a.example");
  EXPECT_THAT(first.read(), ElementsAre("a.example"));
  v1::WatchRequest request;
  request.set_resume_token(first.message.resume_token());
  first.context->TryCancel();
  deliver("b.example");
  ASSERT_TRUE(store_->fold().ok());
  deliver("c.example");
  v1::IngestRequest import;
  *import.add_deliveries() = delivery(0);
  ASSERT_TRUE(ingest(import).ok());
  Watching second = watch(request);
  EXPECT_THAT(second.read(), ElementsAre("b.example", "c.example")) << "and nothing imported";
  deliver("d.example");
  EXPECT_THAT(second.read(), ElementsAre("d.example"));
  second.context->TryCancel();
}

// A page of the past costs a look at its whole hour.
TEST_F(DeliveryStreamTest, watch_reads_the_past_in_pages_as_large_as_an_export_does) {
  Watching first = watch({});
  first.context->TryCancel();
  Answer answer;
  answer.question.name = *DomainName::from_text("a.example");
  answer.chain = {answer.question.name};
  std::vector<Delivery> turn;
  for (const AnswerId id = store_->remember(answer); turn.size() < 2000;) {
    clock_.advance(Microseconds(1));
    turn.push_back({clock_.wall(), IpAddress::v4(0x0A000001), id, 60});
  }
  ASSERT_EQ(store_->record(turn), Recorded::kYes);
  v1::WatchRequest request;
  request.set_resume_token(first.message.resume_token());
  Watching second = watch(request);
  EXPECT_EQ(second.read().size(), turn.size()) << "less than a message has room for";
  second.context->TryCancel();
}

TEST_F(DeliveryStreamTest, watch_refuses_a_token_of_another_filter_and_a_span) {
  const Watching first = watch({});
  v1::WatchRequest other;
  other.mutable_filter()->set_client("192.168.1.8");
  other.set_resume_token(first.message.resume_token());
  first.context->TryCancel();
  grpc::ClientContext context;
  EXPECT_EQ(error_info(provenance_->Watch(&context, other)->Finish()).reason(),
            "RESUME_TOKEN_INVALID");
  v1::WatchRequest altered;
  altered.set_resume_token(first.message.resume_token());
  altered.mutable_resume_token()->replace(altered.resume_token().size() - 8, 8, "ffffffff");
  grpc::ClientContext third;
  const auto refused = provenance_->Watch(&third, altered);
  v1::WatchResponse none;
  EXPECT_FALSE(refused->Read(&none));
  EXPECT_EQ(error_info(refused->Finish()).reason(), "RESUME_TOKEN_INVALID");
  v1::WatchRequest bounded;
  *bounded.mutable_filter()->mutable_start() = ago(10);
  grpc::ClientContext again;
  EXPECT_EQ(error_info(provenance_->Watch(&again, bounded)->Finish()).reason(), "SPAN_INVALID");
}

TEST_F(DeliveryStreamTest, who_reads_too_slowly_is_told_where_to_go_on) {
  Watching watching = watch({});
  const std::string long_name = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
  Answer answer;
  answer.question.name = DomainName::from_text(long_name).value();
  answer.chain = {answer.question.name};
  std::vector<Delivery> turn;
  const AnswerId id = store_->remember(answer);
  for (size_t i = 0; i < 3 * Feed::kWaitingMax; ++i) {
    clock_.advance(Microseconds(1));
    turn.push_back({clock_.wall(), IpAddress::v4(0x0A000001), id, 60});
    if (turn.size() == 1000) {
      ASSERT_EQ(store_->record(turn), Recorded::kYes);
      turn.clear();
    }
  }
  size_t told = 0;
  while (watching.reader->Read(&watching.message)) {
    told += static_cast<size_t>(watching.message.deliveries_size());
  }
  const grpc::Status status = watching.reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const google::rpc::ErrorInfo info = error_info(status);
  EXPECT_EQ(info.reason(), "WATCH_TOO_SLOW");
  EXPECT_GE(told, Feed::kWaitingMax);
  v1::WatchRequest request;
  request.set_resume_token(info.metadata().at("resume_token"));
  Watching second = watch(request);
  const size_t recorded = 3 * Feed::kWaitingMax / 1000 * 1000;
  while (told < recorded && second.reader->Read(&second.message)) {
    told += static_cast<size_t>(second.message.deliveries_size());
  }
  EXPECT_EQ(told, recorded) << "each once";
  second.context->TryCancel();
}

TEST_F(DeliveryStreamTest, the_first_token_of_a_watch_loses_nothing_that_was_on_its_way) {
  deliver("before.example");
  clock_.advance(Seconds(2));
  Answer answer;
  answer.question.name = *DomainName::from_text("on.its.way.example");
  answer.chain = {answer.question.name};
  const Delivery stamped{clock_.wall(), *IpAddress::from_text("192.168.1.7"),
                         store_->remember(answer), 60};
  clock_.advance(Microseconds(1));
  const Watching first = watch({});
  v1::WatchRequest request;
  request.set_resume_token(first.message.resume_token());
  first.context->TryCancel();
  ASSERT_EQ(store_->record({&stamped, 1}), Recorded::kYes);
  Watching second = watch(request);
  EXPECT_THAT(second.read(), ElementsAre("on.its.way.example"));
  second.context->TryCancel();
}

TEST_F(DeliveryStreamTest, who_resumes_amid_a_microsecond_is_told_the_rest_of_it) {
  constexpr uint32_t kTold = 5000;
  Watching watching = watch({});
  deliver_at_once(0, kTold);
  Told told;
  for (int streams = 1; told.size() < kTold && streams <= 20; ++streams) {
    ASSERT_TRUE(watching.reader->Read(&watching.message));
    count(watching.message, told);
    v1::WatchRequest request;
    request.set_resume_token(watching.message.resume_token());
    watching.context->TryCancel();
    watching.reader->Finish();
    watching = watch(request);
  }
  EXPECT_EQ(told.size(), kTold);
  EXPECT_THAT(told, Each(Pair(_, 1)));
  watching.context->TryCancel();
}

TEST_F(DeliveryStreamTest, who_reads_too_slowly_goes_on_between_microseconds) {
  constexpr uint32_t kTurn = 1000;
  constexpr uint32_t kTold = 3 * Feed::kWaitingMax / kTurn * kTurn;
  Watching watching = watch({});
  for (uint32_t first = 0; first < kTold; first += kTurn) {
    deliver_at_once(first, kTurn);
  }
  Told told;
  while (watching.reader->Read(&watching.message)) {
    count(watching.message, told);
  }
  v1::WatchRequest request;
  request.set_resume_token(error_info(watching.reader->Finish()).metadata().at("resume_token"));
  Watching second = watch(request);
  while (told.size() < kTold && second.reader->Read(&second.message)) {
    count(second.message, told);
  }
  EXPECT_EQ(told.size(), kTold);
  EXPECT_THAT(told, Each(Pair(_, 1)));
  second.context->TryCancel();
}

TEST_F(DeliveryStreamTest, who_resumes_is_told_once_what_is_recorded_and_not_published_yet) {
  std::atomic<bool> holds{false};
  std::promise<void> recorded;
  std::promise<void> may_go;
  start_anew([&](std::span<const Delivery> turn) {
    if (holds.exchange(false)) {
      recorded.set_value();
      may_go.get_future().wait();
    }
    feed_.publish(turn);
  });
  const Watching first = watch({});
  v1::WatchRequest request;
  request.set_resume_token(first.message.resume_token());
  first.context->TryCancel();
  deliver("a.example");
  holds = true;
  std::thread recording([this] { deliver("b.example"); });
  recorded.get_future().wait();
  Watching second = watch(request);
  std::vector<std::string> told = second.read();  // from the store
  may_go.set_value();
  recording.join();
  deliver("c.example");
  while (told.empty() || told.back() != "c.example") {
    const std::vector<std::string> more = second.read();
    ASSERT_FALSE(more.empty());
    told.insert(told.end(), more.begin(), more.end());
  }
  EXPECT_THAT(told, ElementsAre("a.example", "b.example", "c.example"));
  second.context->TryCancel();
}

// Of old answers and of new ones, whose places in the tail lie before and behind who reads it.
TEST_F(DeliveryStreamTest, who_resumes_while_much_is_recorded_is_told_each_delivery_once) {
  constexpr uint32_t kRecorded = 20'000;
  constexpr uint32_t kAhead = 200;  // deliveries that were not told yet, so that streams catch up
  Watching watching = watch({});
  std::atomic<size_t> told_of{0};
  std::atomic<bool> has_ended{false};
  std::set<std::string> lost;  // by a busy machine; they may have been told or not
  std::thread recording([&] {
    for (uint32_t i = 0; i < kRecorded && !has_ended; ++i) {
      const std::string name = i % 2 == 0 ? std::to_string(i) : "old" + std::to_string(i % 100);
      Answer answer;
      answer.question.name = *DomainName::from_text(name + ".example");
      answer.chain = {answer.question.name};
      clock_.advance(Microseconds(1));
      const Delivery one{clock_.wall(), IpAddress::v4(0x0A000000 + i), store_->remember(answer),
                         60};
      if (store_->record({&one, 1}) != Recorded::kYes) {
        lost.insert(client_of(i));
      }
      while (i >= told_of + lost.size() + kAhead && !has_ended) {
        std::this_thread::yield();
      }
    }
    deliver("the.end");
  });
  Told told;
  for (int messages = 1; !told.contains("192.168.1.7") && watching.reader->Read(&watching.message);
       ++messages) {
    count(watching.message, told);
    told_of = told.size();
    if (messages % 3 != 0) {
      continue;  // from the past into the present
    }
    v1::WatchRequest request;
    request.set_resume_token(watching.message.resume_token());
    watching.context->TryCancel();
    watching.reader->Finish();
    watching = watch(request);
  }
  has_ended = true;
  recording.join();
  watching.context->TryCancel();
  for (uint32_t i = 0; i < kRecorded; ++i) {
    const std::string client = client_of(i);
    EXPECT_TRUE(lost.contains(client) || told[client] == 1) << i << ": " << told[client];
  }
}

TEST_F(DeliveryStreamTest, the_server_stops_while_somebody_watches) {
  const Watching watching = watch({});
  server_->stop();
  EXPECT_FALSE(watching.reader->Finish().ok());
}

}  // namespace
}  // namespace etymon::service
