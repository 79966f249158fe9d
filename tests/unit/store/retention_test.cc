// Retention: what is too old or too much is let go, and nothing is told of it but that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <random>
#include <thread>

#include "store/store.h"
#include "store/store_opener.h"
#include "tests/support/covered_import.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

using std::chrono::days;
using std::chrono::hours;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RetentionTest : public ::testing::Test {
 protected:
  RetentionTest() {
    options_.path = folder_.path() + "/store";
    options_.record_wait = Milliseconds(1000);  // A busy machine must not fail these tests.
    options_.answers_held_for = hours(12);
    reopen();
  }

  void reopen() {
    store_.reset();
    auto opened = Store::open(options_, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }

  void deliver_now(const std::string& name, const std::string& client = "10.0.0.1") {
    ASSERT_EQ(deliver(*store_, answer_of(name, {"192.0.2.1", "192.0.2.2"}), client, clock_.wall()),
              Recorded::kYes);
  }

  // One delivery a day, each of another name.
  void record_days(int count) {
    for (int day = 0; day < count; ++day) {
      deliver_now("day" + std::to_string(day) + ".example");
      ASSERT_TRUE(store_->fold().ok());
      clock_.advance(days(1));
    }
  }

  // Each day 1000 deliveries of the same few answers to one client, and 300 of long names that
  // nobody knows, as a tunnel asks for, to another.
  void record_days_of_new_names(int count) {
    std::mt19937_64 dice(1);
    const auto label = [&dice] {
      std::string text;
      while (text.size() < 60) {
        text.push_back(static_cast<char>('a' + dice() % 26));
      }
      return text;
    };
    for (int day = 0; day < count; ++day) {
      std::vector<Delivery> turn;
      for (int i = 0; i < 1000; ++i) {
        const Answer known =
            answer_of("known" + std::to_string(i % 10) + ".example", {"192.0.2.1"});
        turn.push_back({clock_.wall() + Seconds(i), ip("10.0.0.1"), store_->remember(known)});
      }
      for (int i = 0; i < 300; ++i) {
        const Answer fresh = answer_of(label() + "." + label() + "." + label() + ".example",
                                       {"198.51.100.1", "198.51.100.2"});
        turn.push_back({clock_.wall() + Seconds(i), ip("10.0.0.66"), store_->remember(fresh)});
      }
      ASSERT_EQ(store_->record(turn), Recorded::kYes);
      ASSERT_TRUE(store_->fold().ok());
      let_go();
      clock_.advance(days(1));
    }
  }

  void keep(Seconds span) {
    ASSERT_TRUE(store_->change_retention({.keep = span}).ok());
    let_go();
  }

  void let_go() { StoreOpener::let_go(*store_); }

  std::vector<std::string> found(const std::string& address = "192.0.2.1") const {
    return names(store_->evidence(about(address, clock_.wall())));
  }

  std::vector<RecordedDelivery> listed(const DeliveryQuery& query) const {
    return *store_->deliveries(query);
  }

  DeliveryQuery everything() const {
    return {.span = {WallTime(), clock_.wall()}, .limit = 10'000};
  }

  void expect_sound(uint64_t deliveries) const {
    const auto report = store_->verify();
    ASSERT_TRUE(report.ok());
    EXPECT_THAT(report->findings, IsEmpty());
    EXPECT_EQ(report->deliveries, deliveries);
  }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  Options options_;
  std::unique_ptr<Store> store_;
};

TEST_F(RetentionTest, a_start_with_a_clock_a_year_ahead_lets_nothing_go) {
  options_.retention.keep = days(90);
  record_days(10);
  store_.reset();
  clock_.set_wall(clock_.wall() + days(365));
  reopen();
  let_go();
  clock_.set_wall(clock_.wall() - days(365));
  deliver_now("after.example");
  let_go();
  EXPECT_THAT(found(), SizeIs(11));
  EXPECT_THAT(listed(everything()), SizeIs(11));
}

// What the first of them records is on record when the second one starts.
TEST_F(RetentionTest, nor_does_another_start_before_the_clock_is_right) {
  options_.retention.keep = days(90);
  record_days(10);
  clock_.set_wall(clock_.wall() + days(365));
  for (int start = 0; start < 3; ++start) {
    reopen();
    let_go();
    clock_.advance(hours(1));
    deliver_now("ahead.example");
  }
  clock_.set_wall(clock_.wall() - days(365));
  deliver_now("after.example");
  let_go();
  EXPECT_THAT(found(), SizeIs(11));
  EXPECT_TRUE(store_->coverage().covers({clock_.wall(), clock_.wall()}));
}

TEST_F(RetentionTest, after_a_long_pause_a_day_of_recording_lets_go_however_many_starts_it_takes) {
  options_.retention.keep = days(90);
  record_days(10);
  store_.reset();
  clock_.advance(days(200));
  for (int start = 0; start < 2; ++start) {
    reopen();
    let_go();
    EXPECT_THAT(found(), SizeIs(10));
    clock_.advance(hours(13));
  }
  reopen();
  let_go();
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(RetentionTest, what_is_too_old_is_told_by_no_index) {
  record_days(10);
  keep(days(4));
  EXPECT_THAT(found(), ElementsAre("day9.example", "day8.example", "day7.example", "day6.example"));
  EXPECT_THAT(found("192.0.2.2"), SizeIs(4));
  EXPECT_THAT(listed(everything()), SizeIs(4));
  DeliveryQuery query = everything();
  query.client = ip("10.0.0.1");
  EXPECT_THAT(listed(query), SizeIs(4));
  query = everything();
  query.address = *IpPrefix::from_text("192.0.2.0/24");
  EXPECT_THAT(listed(query), SizeIs(4));
  query = everything();
  query.name = *DomainName::from_text("example");
  query.match = NameMatch::kSubtree;
  EXPECT_THAT(listed(query), SizeIs(4));
  expect_sound(4);
}

TEST_F(RetentionTest, the_kept_span_has_no_gap_and_nothing_before_it_is_covered) {
  const WallTime start = clock_.wall();
  record_days(10);
  keep(days(4));
  const WallTime now = clock_.wall();
  const WallTime floor = *store_->statistics().kept_since;
  EXPECT_GT(floor, now - days(4) - hours(1));
  EXPECT_LE(floor, now - days(4));
  EXPECT_THAT(
      store_->coverage().intervals(),
      ElementsAre(CoverageInterval{{floor, now}, CoverageEdge::kRetention, CoverageEdge::kNow}));
  EXPECT_FALSE(store_->coverage().covered_since(start + days(1)).has_value());
  EXPECT_EQ(store_->statistics().oldest, floor);
}

TEST_F(RetentionTest, floors_rise_as_time_goes_on_and_outlive_a_restart) {
  options_.retention.keep = days(2);
  reopen();
  record_days(5);
  let_go();
  EXPECT_THAT(found(), ElementsAre("day4.example", "day3.example"));
  options_.retention.keep = days(1000);  // What is gone does not come back.
  reopen();
  EXPECT_THAT(found(), ElementsAre("day4.example", "day3.example"));
  EXPECT_EQ(store_->coverage().intervals().front().began, CoverageEdge::kRetention);
  expect_sound(2);
}

TEST_F(RetentionTest, floors_outlive_a_kill) {
  record_days(5);
  keep(days(2));
  clock_.advance(Seconds(1));
  deliver_now("after.example");  // The cut coverage is written with it, or before.
  const std::string killed = folder_.path() + "/killed";
  ASSERT_TRUE(store_->backup(killed).ok());  // What a kill would leave.
  options_.path = killed;
  reopen();
  EXPECT_THAT(found(), ElementsAre("after.example", "day4.example", "day3.example"));
  EXPECT_EQ(store_->coverage().intervals().front().span.start, store_->statistics().kept_since);
  ASSERT_TRUE(store_->fold().ok());
  expect_sound(3);
}

TEST_F(RetentionTest, what_a_clock_behind_the_floor_stamps_is_told_or_not_covered) {
  record_days(10);
  keep(days(2));
  clock_.set_wall(clock_.wall() - days(3));
  deliver_now("late.example");
  const WallTime now = clock_.wall();
  EXPECT_THAT(found(), Not(Contains("late.example"))) << "else it may be covered";
  EXPECT_FALSE(store_->coverage().covers({now, now}));
  clock_.advance(days(1) + hours(2));
  deliver_now("later.example");
  clock_.advance(Seconds(1));
  const WallTime later = clock_.wall();
  EXPECT_THAT(found(), Contains("later.example"));
  EXPECT_TRUE(store_->coverage().covers({later - Seconds(2), later}));
}

TEST_F(RetentionTest, is_decided_by_itself_as_the_clock_goes_on) {
  options_.retention.keep = days(2);
  reopen();
  record_days(5);
  deliver_now("last.example");
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_TRUE(testing::eventually(
      [&] { return store_->statistics().kept_since >= clock_.wall() - days(2) - hours(1); }));
  EXPECT_THAT(found(), ElementsAre("last.example", "day4.example", "day3.example"));
}

TEST_F(RetentionTest, space_comes_back) {
  for (int day = 0; day < 10; ++day) {
    for (int i = 0; i < 2000; ++i) {
      deliver_now("n" + std::to_string(i) + ".day" + std::to_string(day) + ".example");
    }
    ASSERT_TRUE(store_->fold().ok());
    clock_.advance(days(1));
  }
  ASSERT_TRUE(StoreOpener::compact(*store_).ok());
  const uint64_t before = store_->statistics().table_bytes;
  keep(days(2) + hours(1));
  expect_sound(4000);
  EXPECT_LT(store_->statistics().table_bytes, before / 2);
}

TEST_F(RetentionTest, a_limit_in_octets_holds_and_costs_the_noisy_client_alone) {
  options_.retention.keep_bytes = 1 << 20;
  reopen();
  constexpr int kHours = 20;
  std::mt19937 dice(1);
  for (int hour = 0; hour < kHours; ++hour) {
    for (int quiet = 1; quiet <= 5; ++quiet) {
      deliver_now("q" + std::to_string(quiet) + "h" + std::to_string(hour) + ".example",
                  "10.0.0." + std::to_string(quiet));
    }
    for (int i = 0; i < 200; ++i) {
      const Answer answer = answer_of("x" + std::to_string(i) + ".example", {});
      const WallTime began = clock_.wall() - Seconds(1);  // of a turn that is over
      std::vector<Delivery> turn(200, {began, ip("10.0.0.66"), store_->remember(answer)});
      for (size_t n = 1; n < turn.size(); ++n) {
        turn[n].at = turn[n - 1].at + Microseconds(1 + dice() % 4000);
      }
      ASSERT_EQ(store_->record(turn), Recorded::kYes);
      clock_.advance(Seconds(2));
    }
    ASSERT_TRUE(store_->fold().ok());
    let_go();
    clock_.advance(hours(1));
  }
  EXPECT_LT(store_->statistics().table_bytes, options_.retention.keep_bytes * 11 / 10);
  DeliveryQuery query = everything();
  for (int quiet = 1; quiet <= 5; ++quiet) {
    query.client = ip("10.0.0." + std::to_string(quiet));
    EXPECT_THAT(listed(query), SizeIs(kHours)) << quiet;
  }
  // Of the noisy one its newest hours are there, each whole.
  query.client = ip("10.0.0.66");
  query.span.start = clock_.wall() - hours(2);
  EXPECT_EQ(listed(query).size(), query.limit);
  const store::Statistics statistics = store_->statistics();
  EXPECT_FALSE(statistics.kept_since.has_value());
  EXPECT_GT(statistics.complete_since, clock_.wall() - hours(kHours));
  EXPECT_EQ(store_->coverage().intervals().front().span.start, statistics.complete_since);
  EXPECT_THAT(store_->verify()->findings, IsEmpty());
}

// Deliveries of the same few answers cost little; a name that nobody knows, as a tunnel asks for,
// costs its octets. The one who makes them loses, although the other was told more.
TEST_F(RetentionTest, a_limit_in_octets_costs_who_asks_for_long_new_names) {
  options_.retention.keep_bytes = 1 << 20;
  reopen();
  constexpr int kDays = 20;
  record_days_of_new_names(kDays);
  EXPECT_LT(store_->statistics().table_bytes, options_.retention.keep_bytes * 11 / 10);
  DeliveryQuery query = everything();
  query.client = ip("10.0.0.66");
  const size_t left = listed(query).size();
  EXPECT_LT(left, 300U * kDays * 3 / 4);
  EXPECT_GE(left, 300U * 3) << "nor is it let go of for answers that nothing leads to any more";
  EXPECT_EQ(found("198.51.100.1").size(), left);
  EXPECT_EQ(found("198.51.100.2").size(), left);
  query.address = IpPrefix(ip("198.51.100.2"));
  EXPECT_EQ(listed(query).size(), left);
  query = everything();
  query.client = ip("10.0.0.1");
  query.span.end = clock_.wall() - days(kDays / 2);
  EXPECT_THAT(listed(query), SizeIs(query.limit));
  EXPECT_THAT(store_->verify()->findings, IsEmpty());
}

// Whoever was last to ask for something may never ask again: nothing waits for that.
TEST_F(RetentionTest, a_limit_that_is_lowered_holds_while_nobody_asks) {
  options_.retention.keep_bytes = 2 << 20;
  reopen();
  record_days_of_new_names(20);
  constexpr uint64_t kLower = 1 << 20;
  ASSERT_GT(store_->statistics().table_bytes, kLower * 11 / 10);
  ASSERT_TRUE(store_->change_retention({.keep_bytes = kLower}).ok());
  for (int minute = 0; minute < 5; ++minute) {
    let_go();
    clock_.advance(std::chrono::minutes(1));
  }
  EXPECT_LT(store_->statistics().table_bytes, kLower * 11 / 10);
  EXPECT_THAT(store_->verify()->findings, IsEmpty());
}

TEST_F(RetentionTest, imports_from_before_what_is_kept_are_counted_and_left_out) {
  keep(days(4));
  const Answer answer = answer_of("old.example", {"192.0.2.1"});
  const std::vector<Observed> seen = {{clock_.wall() - days(9), ip("10.0.0.1"), answer, 60},
                                      {clock_.wall() - days(1), ip("10.0.0.1"), answer, 60},
                                      {clock_.wall() - days(8), ip("10.0.0.1"), answer, 60}};
  const TimeSpan covered{clock_.wall() - days(9), clock_.wall() - days(1)};
  const Result<Ingested> ingested = import_covered(*store_, seen, covered);
  ASSERT_TRUE(ingested.ok());
  EXPECT_EQ(ingested->added, 1U);
  EXPECT_EQ(ingested->too_old, 2U);
  EXPECT_EQ(store_->statistics().too_old, 2U);
  EXPECT_EQ(store_->evidence(about("192.0.2.1", clock_.wall()))->at(0).deliveries, 1U);
  EXPECT_FALSE(store_->coverage().covers(covered));
  EXPECT_TRUE(store_->coverage().covers({clock_.wall() - days(4), covered.end}));
}

TEST_F(RetentionTest, answers_go_with_the_last_delivery_that_named_them) {
  record_days(10);
  deliver_now("day3.example");  // of which a delivery is kept, in the tail
  keep(days(4));
  const auto report = store_->verify();
  EXPECT_THAT(report->findings, IsEmpty());
  EXPECT_EQ(report->answers, 5U);
  const auto remembered = listed(everything());
  EXPECT_EQ(remembered.front().answer->question.name.text(), "day3.example");
}

TEST_F(RetentionTest, an_answer_that_a_cache_may_still_hold_can_be_delivered) {
  options_.answers_held_for = days(14);
  reopen();
  const AnswerId id = store_->remember(answer_of("held.example", {"192.0.2.7"}));
  const Delivery first{clock_.wall(), ip("10.0.0.1"), id, 300};
  ASSERT_EQ(store_->record({&first, 1}), Recorded::kYes);
  record_days(10);
  keep(days(4));
  EXPECT_THAT(found("192.0.2.7"), IsEmpty());
  const Delivery again{clock_.wall(), ip("10.0.0.1"), id, 300};
  ASSERT_EQ(store_->record({&again, 1}), Recorded::kYes);
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_THAT(found("192.0.2.7"), ElementsAre("held.example"));
  expect_sound(5);
}

TEST_F(RetentionTest, an_answer_that_was_let_go_can_be_remembered_again) {
  record_days(10);
  keep(days(4));
  deliver_now("day1.example");
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_THAT(found().front(), "day1.example");
  expect_sound(5);
}

TEST_F(RetentionTest, limits_out_of_range_are_refused) {
  EXPECT_EQ(store_->change_retention({.keep = Seconds(60)}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->change_retention({.keep_bytes = 1000}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->statistics().retention, options_.retention);
}

TEST_F(RetentionTest, two_who_change_a_limit_each_at_the_same_time_both_have_their_way) {
  constexpr int kChanges = 500'000;
  std::latch both(2);
  const std::jthread other([&] {
    both.arrive_and_wait();
    for (int i = 0; i < kChanges; ++i) {
      const uint64_t wanted = RetentionLimits::kBytesMin + static_cast<uint64_t>(i);
      ASSERT_TRUE(store_->change_retention({.keep_bytes = wanted}).ok());
      ASSERT_EQ(store_->change_retention({})->keep_bytes, wanted);
    }
  });
  both.arrive_and_wait();
  for (int i = 0; i < kChanges; ++i) {
    const Seconds wanted = RetentionLimits::kKeepMin + Seconds(i);
    ASSERT_TRUE(store_->change_retention({.keep = wanted}).ok());
    ASSERT_EQ(store_->change_retention({})->keep, wanted);
  }
}

TEST_F(RetentionTest, verify_and_lookups_find_nothing_wrong_while_rows_go) {
  record_days(6);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      EXPECT_THAT(store_->verify()->findings, IsEmpty());
      EXPECT_TRUE(store_->evidence(about("192.0.2.0/24", clock_.wall())).ok());
      EXPECT_TRUE(store_->deliveries(everything()).ok());
    }
  });
  for (int kept = 6 * 24; kept > 24; kept -= 5) {
    keep(hours(kept));
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace etymon::store
