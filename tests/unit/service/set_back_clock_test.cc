// Just after the wall clock was set back: lookups about this moment, and a watch that goes on.
#include <gmock/gmock.h>

#include <set>

#include "tests/unit/service/api_test.h"

namespace etymon::service {
namespace {

// A stream of Watch as far as it was read.
struct Watching {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> reader;
  v1::WatchResponse message;
  std::set<std::string> names;

  bool read_until(const std::string& name) {
    while (!names.contains(name)) {
      if (!reader->Read(&message)) {
        return false;
      }
      for (const v1::ObservedDelivery& one : message.deliveries()) {
        names.insert(one.name());
      }
    }
    return true;
  }
};

class SetBackClockTest : public ApiTest {
 protected:
  // Told just now, for 60 seconds; to the client of ApiTest's questions, if to no other.
  void tell(const std::string& name, const std::string& address,
            const std::string& client = "192.168.1.7") {
    Answer told;
    told.question.name = DomainName::from_text(name).value();
    told.chain = {told.question.name};
    told.addresses = {{IpAddress::from_text(address).value(), Via::kA}};
    const Delivery delivery{clock_.wall(), IpAddress::from_text(client).value(),
                            store_->remember(told), 60};
    ASSERT_EQ(store_->record({&delivery, 1}), Recorded::kYes);
  }

  // The token of a stream that ends when it was told this.
  v1::WatchRequest request_behind(const std::string& name) {
    Watching first;
    first.reader = provenance_->Watch(&first.context, {});
    EXPECT_TRUE(first.reader->Read(&first.message));
    clock_.advance(Microseconds(1));
    tell(name, "203.0.113.5");
    EXPECT_TRUE(first.read_until(name));
    v1::WatchRequest request;
    request.set_resume_token(first.message.resume_token());
    first.context.TryCancel();
    first.reader->Finish();
    return request;
  }

  // By an hour, a second after what was done last.
  void set_back() {
    clock_.advance(Seconds(1));
    answer("203.0.113.5", 0);
    clock_.set_wall(clock_.wall() - std::chrono::hours(1));
  }
};

TEST_F(SetBackClockTest, what_was_told_seconds_before_is_live) {
  tell("www.example", "203.0.113.5");
  set_back();
  const v1::LookupResponse found = answer("203.0.113.5", 0);
  EXPECT_EQ(found.verdict(), v1::VERDICT_LIVE);
  ASSERT_EQ(found.candidates_size(), 1);
  EXPECT_EQ(found.candidates(0).name(), "www.example");
  EXPECT_EQ(found.candidates(0).answered_at().seconds(), ago(1).seconds());
  EXPECT_EQ(found.candidates(0).valid_until().seconds(), ago(-59).seconds());
  EXPECT_EQ(found.hints_size(), 0);
}

// As time daemons do it, and a leap second; also by so little that it could be a busy machine's.
TEST_F(SetBackClockTest, what_is_told_right_after_a_step_of_a_fraction_of_a_second_is_live) {
  for (const Milliseconds by :
       {Milliseconds(5), Milliseconds(130), Milliseconds(300), Milliseconds(999)}) {
    tell("before.example", "203.0.113.5");
    clock_.set_wall(clock_.wall() - by);
    tell("www.example", "203.0.113.5");
    v1::LookupRequest now;
    now.set_address("203.0.113.5");
    now.set_client("192.168.1.7");
    v1::LookupResponse found;
    ASSERT_TRUE(lookup(now, &found).ok());
    EXPECT_EQ(found.verdict(), v1::VERDICT_LIVE);
    ASSERT_GE(found.candidates_size(), 1);
    EXPECT_EQ(found.candidates(0).name(), "www.example") << by.count();
    clock_.advance(Seconds(5));
  }
}

TEST_F(SetBackClockTest, it_expires_by_the_time_that_passes_and_stands_behind_what_came_after) {
  tell("old.example", "203.0.113.5");
  set_back();
  answer("203.0.113.5", 0);
  clock_.advance(Seconds(5));
  tell("new.example", "203.0.113.5");
  const v1::LookupResponse both = answer("203.0.113.5", 0);
  ASSERT_EQ(both.candidates_size(), 2);
  EXPECT_EQ(both.candidates(0).name(), "new.example");
  clock_.advance(Seconds(56));
  const v1::LookupResponse later = answer("203.0.113.5", 0);
  EXPECT_EQ(later.verdict(), v1::VERDICT_LIVE);
  EXPECT_TRUE(later.candidates(1).has_expired_by());
}

TEST_F(SetBackClockTest, never_is_not_said_of_what_was_told_days_ahead_once_those_days_have_come) {
  const WallTime right = clock_.wall();
  clock_.set_wall(right + std::chrono::days(3));
  tell("www.example", "203.0.113.5");
  clock_.advance(Seconds(1));
  answer("203.0.113.5", 0);
  clock_.set_wall(right + Seconds(2));
  answer("203.0.113.5", 0);
  clock_.advance(std::chrono::days(4));
  answer("203.0.113.5", 0);
  const int64_t asked = std::chrono::floor<Seconds>(clock_.wall() - right).count() - 60;
  EXPECT_EQ(answer("203.0.113.5", asked).verdict(), v1::VERDICT_UNKNOWN);
  EXPECT_EQ(answer("203.0.113.6", asked).verdict(), v1::VERDICT_NEVER);
}

TEST_F(SetBackClockTest, a_name_told_ahead_keeps_another_ambiguous_once_those_times_have_come) {
  tell("old.example", "203.0.113.5");
  clock_.advance(Seconds(14));
  answer("203.0.113.5", 0);
  clock_.set_wall(clock_.wall() + Seconds(60));
  tell("new.example", "203.0.113.5");
  clock_.advance(Seconds(1));
  answer("203.0.113.5", 0);
  clock_.set_wall(clock_.wall() - Seconds(60));
  EXPECT_TRUE(answer("203.0.113.5", 0).ambiguous());
  clock_.advance(Seconds(120));
  const v1::LookupResponse later = answer("203.0.113.5", 119);
  EXPECT_TRUE(later.ambiguous());
  EXPECT_EQ(later.candidates(0).name(), "old.example");
}

TEST_F(SetBackClockTest, what_the_devices_other_address_was_told_seconds_before_is_live) {
  const WallTime now = clock_.wall();
  for (const char* address : {"192.168.1.7", "192.168.1.8"}) {
    const HostSighting seen{.device = "mac:02:00:00:00:00:07",
                            .address = IpAddress::from_text(address).value(),
                            .seen = {now - std::chrono::hours(2), now + std::chrono::hours(2)}};
    store_->learn({&seen, 1});
  }
  tell("old.example", "203.0.113.5");
  clock_.advance(Seconds(90));
  answer("203.0.113.5", 0);
  clock_.set_wall(clock_.wall() + std::chrono::hours(1));
  tell("www.example", "203.0.113.5", "192.168.1.8");
  set_back();
  const v1::LookupResponse found = answer("203.0.113.5", 0);
  EXPECT_EQ(found.verdict(), v1::VERDICT_LIVE);
  EXPECT_TRUE(found.ambiguous());
  ASSERT_EQ(found.candidates_size(), 2);
  EXPECT_EQ(found.candidates(0).name(), "www.example");
  EXPECT_EQ(found.candidates(0).client(), "192.168.1.8");
}

TEST_F(SetBackClockTest, what_was_told_to_nobody_is_never_all_the_same) {
  tell("www.example", "203.0.113.5");
  set_back();
  EXPECT_EQ(answer("203.0.113.6", 0).verdict(), v1::VERDICT_NEVER);
}

TEST_F(SetBackClockTest, what_others_were_told_is_known_as_theirs) {
  tell("www.example", "203.0.113.5");
  set_back();
  v1::LookupRequest request;
  request.set_address("203.0.113.5");
  request.set_client("192.168.1.99");
  v1::LookupResponse response;
  ASSERT_TRUE(lookup(request, &response).ok());
  EXPECT_EQ(response.verdict(), v1::VERDICT_OTHER_CLIENT);
}

TEST_F(SetBackClockTest, a_watch_that_goes_on_misses_nothing_of_what_was_told_since) {
  const v1::WatchRequest request = request_behind("a.example");
  set_back();
  tell("b.example", "203.0.113.5");
  Watching second;
  second.context.set_deadline(gpr_time_from_seconds(10, GPR_TIMESPAN));
  second.reader = provenance_->Watch(&second.context, request);
  ASSERT_TRUE(second.reader->Read(&second.message));
  clock_.advance(Seconds(1));
  tell("c.example", "203.0.113.5");
  EXPECT_TRUE(second.read_until("b.example"));
  EXPECT_TRUE(second.read_until("c.example"));
  second.context.TryCancel();
}

TEST_F(SetBackClockTest, a_watch_that_goes_on_later_misses_nothing_of_what_was_told_since) {
  const v1::WatchRequest request = request_behind("a.example");
  set_back();
  tell("b.example", "203.0.113.5");
  clock_.advance(std::chrono::hours(2));
  tell("c.example", "203.0.113.5");
  Watching second;
  second.context.set_deadline(gpr_time_from_seconds(10, GPR_TIMESPAN));
  second.reader = provenance_->Watch(&second.context, request);
  EXPECT_TRUE(second.read_until("c.example"));
  EXPECT_TRUE(second.names.contains("b.example"));
  second.context.TryCancel();
}

TEST_F(SetBackClockTest, a_watch_goes_on_while_the_clock_is_set_back) {
  Watching watching;
  watching.context.set_deadline(gpr_time_from_seconds(10, GPR_TIMESPAN));
  watching.reader = provenance_->Watch(&watching.context, {});
  ASSERT_TRUE(watching.reader->Read(&watching.message));
  tell("a.example", "203.0.113.5");
  EXPECT_TRUE(watching.read_until("a.example"));
  set_back();
  tell("b.example", "203.0.113.5");
  EXPECT_TRUE(watching.read_until("b.example"));
  watching.context.TryCancel();
}

}  // namespace
}  // namespace etymon::service
