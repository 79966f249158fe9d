// Calls that read much: whose turn it is.
#include <atomic>
#include <functional>
#include <future>
#include <semaphore>

#include "api/service/reading_desk.h"
#include "tests/support/process.h"
#include "tests/unit/service/access_test.h"
#include "tests/unit/service/gated_clock.h"

namespace etymon::service {
namespace {

using ReadersTest = AccessTest;

TEST_F(ReadersTest, of_one_caller_leave_places_to_the_others) {
  options_.audit_file.clear();  // Whoever writes it asks for the time, too.
  options_.limits.readers = {.caller = 1, .all = 9};
  GatedClock gate(clock_);
  ApiServer server({*store_, gate, status_, control_, feed_});
  ASSERT_TRUE(server.start(options_).ok());
  const auto stub = v1::ProvenanceService::NewStub(
      grpc::CreateChannel(server.listening().at(0).text(), grpc::InsecureChannelCredentials()));
  const auto list_as = [&stub](const char* token) {
    v1::ListDeliveriesResponse page;
    return stub->ListDeliveries(context_of(token).get(), {}, &page);
  };
  gate.hold_next(1);
  auto held = std::async(std::launch::async, list_as, kAsker);
  EXPECT_TRUE(testing::eventually([&gate] { return gate.asked() == 1; }));
  const grpc::Status refused = list_as(kAsker);
  EXPECT_EQ(error_info(refused).reason(), "TOO_MANY_READERS");
  EXPECT_GT(retry_delay(refused), 0);
  EXPECT_TRUE(list_as(kAdmin).ok());
  gate.let_all_go();
  EXPECT_TRUE(held.get().ok());
}

// As many as one caller may have of exports and watches, none of which ever comes to its end.
TEST(ReadingDesk, gives_a_turn_to_others_between_two_pages_of_who_reads_for_ever) {
  const Limits limits;
  std::counting_semaphore<> pages{0};
  std::atomic<bool> is_over{false};
  std::promise<void> is_served;
  std::function<void()> read_on;
  ReadingDesk desk(limits);
  read_on = [&] {
    pages.acquire();
    if (!is_over) {
      desk.post_page("siem", read_on);
    }
  };
  for (int i = 0; i < limits.exports.caller + limits.watches.caller; ++i) {
    desk.post_page("siem", read_on);
  }
  desk.post_reader("desk", [&](const auto&) { is_served.set_value(); });
  pages.release(ReadingDesk::kThreads + 1);
  EXPECT_EQ(is_served.get_future().wait_for(Seconds(10)), std::future_status::ready);
  is_over = true;
  pages.release(1000);
}

class StintTest : public AccessTest {
 protected:
  static constexpr int kNames = 20'000;

  // All of one hour, in which reading takes longer than the stint.
  void serve_with_short_stints() {
    options_.limits.stint = Milliseconds(1);
    start();
  }

  void record_names() {
    std::vector<Delivery> turn;
    for (int i = 0; i < kNames; ++i) {
      Answer answer;
      answer.question.name = *DomainName::from_text("n" + std::to_string(i) + ".example");
      answer.chain = {answer.question.name};
      turn.push_back(
          {clock_.wall(), *IpAddress::from_text("192.168.1.7"), store_->remember(answer), 60});
    }
    ASSERT_EQ(store_->record(turn), Recorded::kYes);
    ASSERT_TRUE(store_->fold().ok());
  }
};

TEST_F(StintTest, of_an_export_that_is_too_short_for_an_hour_becomes_longer) {
  record_names();
  serve_with_short_stints();
  const auto context = context_of(kAsker);
  const auto reader = provenance_->Export(context.get(), {});
  int told = 0;
  for (v1::ExportResponse message; reader->Read(&message);) {
    told += message.deliveries_size();
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(told, kNames);
}

TEST_F(StintTest, of_a_watch_that_is_too_short_for_an_hour_of_the_past_becomes_longer) {
  v1::WatchRequest request;
  v1::WatchResponse message;
  {
    const auto context = context_of(kAsker);
    const auto reader = provenance_->Watch(context.get(), {});
    ASSERT_TRUE(reader->Read(&message));
    request.set_resume_token(message.resume_token());
    context->TryCancel();
    reader->Finish();
  }
  clock_.advance(Microseconds(1));
  record_names();
  serve_with_short_stints();
  const auto context = context_of(kAsker);
  const auto reader = provenance_->Watch(context.get(), request);
  int told = 0;
  while (told < kNames && reader->Read(&message)) {
    told += message.deliveries_size();
  }
  EXPECT_EQ(told, kNames);
  context->TryCancel();
  reader->Finish();
}

}  // namespace
}  // namespace etymon::service
