// Forget: what was asked to be forgotten is in no index and in no file, and nothing claims that it
// never was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/store.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

using std::chrono::days;
using std::chrono::hours;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class ForgetTest : public ::testing::Test {
 protected:
  ForgetTest() {
    options_.path = folder_.path() + "/store";
    options_.record_wait = Milliseconds(1000);  // A busy machine must not fail these tests.
    reopen();
  }

  void reopen() {
    store_.reset();
    auto opened = Store::open(options_, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }

  // Two clients, three names, an hour apart.
  void record_a_past() {
    for (const char* name : {"www.secret.example", "open.example", "mail.secret.example"}) {
      for (const char* client : {"10.0.0.1", "10.0.0.2"}) {
        clock_.advance(hours(1));
        ASSERT_EQ(deliver(*store_, answer(name), client, clock_.wall()), Recorded::kYes);
      }
    }
    clock_.advance(hours(1));
  }

  static Answer answer(const std::string& name) {
    return answer_of(name, {"192.0.2.1", "192.0.2.2"}, {"cdn-of-" + name});
  }

  static ForgetQuery below(const char* name) {
    return {.name = *DomainName::from_text(name), .match = NameMatch::kSubtree};
  }

  ForgetReport forget(const ForgetQuery& query) {
    const auto report = store_->forget(query, ForgetMode::kForget);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report ? *report : ForgetReport();
  }

  // Name and client of all that is told, by the listing without an index and by address.
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    const auto all = store_->deliveries({.span = {WallTime(), clock_.wall() + days(1)}});
    for (const RecordedDelivery& one : *all) {
      lines.push_back(one.answer->question.name.text() + " " + one.client.text());
    }
    for (const char* address : {"192.0.2.1", "192.0.2.2"}) {
      std::vector<std::string> by_address;
      for (const Evidence& one : *store_->evidence(about(address, clock_.wall()))) {
        by_address.push_back(one.answer->question.name.text() + " " + one.client.text());
      }
      EXPECT_THAT(by_address, ::testing::UnorderedElementsAreArray(lines));
    }
    return lines;
  }

  // The files of the store in which these octets stand.
  std::vector<std::string> files_with(const std::string& octets) const {
    std::vector<std::string> files;
    for (const auto& file : std::filesystem::recursive_directory_iterator(options_.path)) {
      std::ifstream stream(file.path(), std::ios::binary);
      const std::string all{std::istreambuf_iterator<char>(stream), {}};
      if (all.find(octets) != std::string::npos) {
        files.push_back(file.path());
      }
    }
    return files;
  }

  void expect_sound(uint64_t deliveries) const {
    const auto report = store_->verify();
    EXPECT_THAT(report->findings, IsEmpty());
    EXPECT_EQ(report->deliveries, deliveries);
  }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  Options options_;
  std::unique_ptr<Store> store_;
};

TEST_F(ForgetTest, a_subtree_goes_from_all_indexes) {
  record_a_past();
  const ForgetReport report = forget(below("secret.example"));
  EXPECT_EQ(report.deliveries, 4U);
  EXPECT_EQ(report.answers, 2U);
  EXPECT_EQ(report.hours, 4U);
  EXPECT_THAT(told(), UnorderedElementsAre("open.example 10.0.0.1", "open.example 10.0.0.2"));
  expect_sound(2);
}

TEST_F(ForgetTest, no_octet_of_the_name_stays_on_the_disk) {
  record_a_past();
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_THAT(files_with("secret"), Not(IsEmpty()));
  forget(below("secret.example"));
  EXPECT_THAT(files_with("secret"), IsEmpty());
  EXPECT_THAT(files_with("open"), Not(IsEmpty()));
  reopen();
  EXPECT_THAT(files_with("secret"), IsEmpty());
}

TEST_F(ForgetTest, a_client_goes_and_what_others_were_told_stays) {
  record_a_past();
  const ForgetReport report = forget({.client = ip("10.0.0.1")});
  EXPECT_EQ(report.deliveries, 3U);
  EXPECT_EQ(report.answers, 0U);
  EXPECT_THAT(told(), UnorderedElementsAre("www.secret.example 10.0.0.2", "open.example 10.0.0.2",
                                           "mail.secret.example 10.0.0.2"));
  expect_sound(3);
}

TEST_F(ForgetTest, a_span_goes_to_the_microsecond) {
  const WallTime start = clock_.wall();
  for (int i = 0; i < 10; ++i) {
    clock_.advance(Seconds(10));
    deliver(*store_, answer("www.example"), "10.0.0.1", clock_.wall());
  }
  const ForgetReport report = forget({.span = TimeSpan{start + Seconds(30), start + Seconds(50)}});
  EXPECT_EQ(report.deliveries, 3U);
  EXPECT_EQ(store_->evidence(about("192.0.2.1", clock_.wall()))->at(0).deliveries, 7U);
  expect_sound(7);
}

TEST_F(ForgetTest, conditions_hold_together) {
  record_a_past();
  ForgetQuery query = below("example");
  query.client = ip("10.0.0.2");
  query.span = TimeSpan{WallTime(), clock_.wall() - hours(3)};
  EXPECT_EQ(forget(query).deliveries, 2U);
  EXPECT_THAT(told(), Contains("mail.secret.example 10.0.0.2"));
  expect_sound(4);
}

TEST_F(ForgetTest, nothing_is_claimed_of_the_hours_in_which_something_was_forgotten) {
  const WallTime start = clock_.wall();
  deliver(*store_, answer("www.example"), "10.0.0.1", start);
  clock_.advance(hours(3));
  forget({.client = ip("10.0.0.1")});
  const Coverage coverage = store_->coverage();
  EXPECT_FALSE(coverage.covers({start, start}));
  EXPECT_TRUE(coverage.covers({start + hours(2), clock_.wall()}));
  EXPECT_EQ(coverage.intervals().back().began, CoverageEdge::kForgotten);
  reopen();
  EXPECT_FALSE(store_->coverage().covers({start, start}));
}

TEST_F(ForgetTest, recording_goes_on_within_the_hour_in_which_something_is_forgotten) {
  deliver(*store_, answer("www.example"), "10.0.0.1", clock_.wall());
  clock_.advance(Seconds(5));
  forget({.client = ip("10.0.0.1")});
  EXPECT_FALSE(store_->coverage().covers({clock_.wall(), clock_.wall()}));
  const WallTime after = clock_.wall() + Seconds(1);
  clock_.advance(Seconds(9));
  EXPECT_TRUE(store_->coverage().covers({after, clock_.wall()}));
}

TEST_F(ForgetTest, an_answer_that_a_cache_still_holds_is_recorded_when_it_is_delivered_again) {
  const AnswerId id = store_->remember(answer("www.secret.example"));
  const Delivery first{clock_.wall(), ip("10.0.0.1"), id, 300};
  ASSERT_EQ(store_->record({&first, 1}), Recorded::kYes);
  forget(below("secret.example"));
  EXPECT_THAT(told(), IsEmpty());
  clock_.advance(Seconds(10));
  EXPECT_THAT(files_with("secret"), IsEmpty());
  const Delivery again{clock_.wall(), ip("10.0.0.1"), id, 290};
  ASSERT_EQ(store_->record({&again, 1}), Recorded::kYes);
  EXPECT_THAT(told(), ElementsAre("www.secret.example 10.0.0.1"));
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_THAT(told(), ElementsAre("www.secret.example 10.0.0.1"));
  EXPECT_EQ(forget(below("secret.example")).deliveries, 1U);
  EXPECT_THAT(files_with("secret"), IsEmpty());
  expect_sound(0);
}

TEST_F(ForgetTest, counting_tells_the_same_and_changes_nothing) {
  record_a_past();
  const auto counted = store_->forget(below("secret.example"), ForgetMode::kCount);
  EXPECT_EQ(counted->deliveries, 4U);
  EXPECT_EQ(counted->hours, 4U);
  EXPECT_THAT(told(), SizeIs(6));
  EXPECT_EQ(store_->coverage().intervals().size(), 1U);
}

TEST_F(ForgetTest, everything_at_once_is_refused) {
  EXPECT_EQ(store_->forget({}, ForgetMode::kForget).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace etymon::store
