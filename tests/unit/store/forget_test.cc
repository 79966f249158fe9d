// Forget: what was asked to be forgotten is in no index and in no file, and nothing claims that it
// never was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>

#include "resolver/base/guarded.h"
#include "store/store_opener.h"
#include "store/tables/keys.h"
#include "tests/support/covered_import.h"
#include "tests/support/fakes.h"
#include "tests/support/octets_on_disk.h"
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
using ::testing::UnorderedElementsAreArray;
using Stage = ForgetNews::Stage;

// An address whose octets stand nowhere by chance.
constexpr const char* kHost = "2001:db8:5ec3:e7a1:d0b5:9c4f:3e21:77aa";

std::string octets_of(const std::string& address) {
  std::string key;
  append_address(key, ip(address));
  return key.substr(1);
}

class ForgetTest : public ::testing::Test {
 protected:
  ForgetTest() {
    options_.path = folder_.path() + "/store";
    options_.record_wait = Milliseconds(1000);  // A busy machine must not fail these tests.
    options_.on_forget = [this](const ForgetNews& news) { news_.lock()->push_back(news); };
    reopen();
  }

  void reopen() {
    store_.reset();
    auto opened = Store::open(options_, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
    ASSERT_TRUE(StoreOpener::write_plainly(*store_).ok());  // Else octets could not be looked for.
  }

  // Two clients, three names, an hour apart.
  void record_a_past() {
    for (const char* name : {"www.secret.example", "open.example", "mail.secret.example"}) {
      for (const char* client : {kHost, "10.0.0.2"}) {
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

  Result<ForgetReport> ask(const ForgetQuery& query, ForgetMode mode,
                           const Oversight& oversight = {}) {
    return with_patience(clock_, [&] {
      return store_->forget({.query = query, .mode = mode, .by = by_}, oversight);
    });
  }

  ForgetReport forget(const ForgetQuery& query) {
    const auto report = ask(query, ForgetMode::kForget);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report ? *report : ForgetReport();
  }

  // Name and client of all that is told, by the listing without an index and by address.
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    const auto all = store_->deliveries({.span = {WallTime(), clock_.wall() + days(1)}});
    for (const RecordedDelivery& one : all.value()) {
      lines.push_back(one.answer->question.name.text() + " " + one.client.text());
    }
    for (const char* address : {"192.0.2.1", "192.0.2.2"}) {
      std::vector<std::string> by_address;
      const auto evidence = store_->evidence(about(address, clock_.wall()));
      for (const Evidence& one : evidence.value()) {
        by_address.push_back(one.answer->question.name.text() + " " + one.client.text());
      }
      EXPECT_THAT(by_address, UnorderedElementsAreArray(lines));
    }
    return lines;
  }

  std::vector<std::string> files_with(const std::string& octets) const {
    return testing::files_with_octets(options_.path, octets);
  }

  void expect_sound(uint64_t deliveries) const {
    const auto report = store_->verify();
    EXPECT_THAT(report->findings, IsEmpty());
    EXPECT_EQ(report->deliveries, deliveries);
  }

  std::vector<Stage> stages() const {
    std::vector<Stage> stages;
    auto told_so_far = news_.lock();
    for (const ForgetNews& news : *told_so_far) {
      stages.push_back(news.stage);
    }
    return stages;
  }

  std::string by_ = "192.0.2.77";
  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  Options options_;
  Guarded<std::vector<ForgetNews>> news_;
  std::unique_ptr<Store> store_;
};

TEST_F(ForgetTest, a_subtree_goes_from_all_indexes) {
  record_a_past();
  const ForgetReport report = forget(below("secret.example"));
  EXPECT_EQ(report.deliveries, 4U);
  EXPECT_EQ(report.answers, 2U);
  EXPECT_EQ(report.hours, 4U);
  EXPECT_THAT(told(),
              UnorderedElementsAre(std::string("open.example ") + kHost, "open.example 10.0.0.2"));
  expect_sound(2);
}

TEST_F(ForgetTest, no_octet_of_a_name_stays_on_the_disk) {
  record_a_past();
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_THAT(files_with("secret"), Not(IsEmpty()));
  forget(below("secret.example"));
  EXPECT_THAT(files_with("secret"), IsEmpty());
  EXPECT_THAT(files_with("open"), Not(IsEmpty()));
  reopen();
  EXPECT_THAT(files_with("secret"), IsEmpty());
}

TEST_F(ForgetTest, what_is_in_the_journal_alone_goes_too) {
  deliver(*store_, answer("www.secret.example"), "10.0.0.1", clock_.wall());
  EXPECT_THAT(files_with("secret"), Not(IsEmpty()));
  EXPECT_EQ(forget(below("secret.example")).deliveries, 1U);
  EXPECT_THAT(files_with("secret"), IsEmpty());
}

TEST_F(ForgetTest, a_name_within_a_chain_goes_with_the_deliveries_that_it_led_to) {
  record_a_past();
  forget({.name = *DomainName::from_text("cdn-of-www.secret.example")});
  EXPECT_THAT(told(), SizeIs(4));
  EXPECT_THAT(files_with("www"), IsEmpty());
  expect_sound(4);
}

TEST_F(ForgetTest, the_name_alone_leaves_those_below_it) {
  deliver(*store_, answer("secret.example"), "10.0.0.1", clock_.wall());
  deliver(*store_, answer("www.secret.example"), "10.0.0.1", clock_.wall());
  EXPECT_EQ(forget({.name = *DomainName::from_text("SECRET.example.")}).deliveries, 1U);
  EXPECT_THAT(told(), ElementsAre("www.secret.example 10.0.0.1"));
}

TEST_F(ForgetTest, a_client_goes_and_what_others_were_told_stays) {
  record_a_past();
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_THAT(files_with(octets_of(kHost)), Not(IsEmpty()));
  const ForgetReport report = forget({.client = IpPrefix(ip(kHost))});
  EXPECT_EQ(report.deliveries, 3U);
  EXPECT_EQ(report.answers, 0U);
  EXPECT_THAT(told(), UnorderedElementsAre("www.secret.example 10.0.0.2", "open.example 10.0.0.2",
                                           "mail.secret.example 10.0.0.2"));
  EXPECT_THAT(files_with(octets_of(kHost)), IsEmpty());
  EXPECT_THAT(files_with(kHost), IsEmpty());
  EXPECT_THAT(files_with(octets_of("10.0.0.2")), Not(IsEmpty()));
  expect_sound(3);
}

TEST_F(ForgetTest, all_clients_of_a_prefix_go) {
  record_a_past();
  EXPECT_EQ(forget({.client = *IpPrefix::from_text("10.0.0.0/8")}).deliveries, 3U);
  EXPECT_THAT(told(), SizeIs(3));
  EXPECT_THAT(files_with(octets_of("10.0.0.2")), IsEmpty());
  expect_sound(3);
}

TEST_F(ForgetTest, a_forwarder_is_no_client_of_what_it_passed_on_and_goes_with_that) {
  record_a_past();
  ASSERT_EQ(deliver_through(*store_, "10.0.0.2", answer("open.example"), kHost, clock_.wall()),
            Recorded::kYes);
  EXPECT_EQ(forget({.client = IpPrefix(ip("10.0.0.2"))}).deliveries, 3U);
  const auto left = store_->deliveries({.span = {WallTime(), clock_.wall() + days(1)}});
  ASSERT_THAT(*left, SizeIs(4));
  EXPECT_EQ(left->front().client, ip(kHost));
  EXPECT_EQ(left->front().sighting.forwarder, ip("10.0.0.2")) << "what is left is written anew";
  expect_sound(4);
  EXPECT_EQ(forget({.client = IpPrefix(ip(kHost))}).deliveries, 4U);
  EXPECT_THAT(files_with(octets_of("10.0.0.2")), IsEmpty());
}

TEST_F(ForgetTest, a_client_s_identities_go_with_it) {
  record_a_past();
  const TimeSpan seen{clock_.wall() - hours(1), clock_.wall()};
  store_->learn(std::vector<HostSighting>{
      {.device = "mac:02:00:00:00:00:01", .address = ip(kHost), .seen = seen},
      {.device = "mac:02:00:00:00:00:02", .address = ip("10.0.0.2"), .seen = seen}});
  ASSERT_TRUE(store_->save_hosts().ok());
  ForgetQuery of_a_name = below("secret.example");
  of_a_name.client = IpPrefix(ip(kHost));
  EXPECT_EQ(forget(of_a_name).hosts, 0U);
  EXPECT_EQ(forget({.client = IpPrefix(ip(kHost))}).hosts, 1U);
  EXPECT_THAT(files_with("02:00:00:00:00:01"), IsEmpty());
  EXPECT_THAT(files_with("02:00:00:00:00:02"), SizeIs(1));
  EXPECT_THAT(files_with(octets_of(kHost)), IsEmpty());
}

TEST_F(ForgetTest, a_span_goes_to_the_microsecond) {
  const WallTime start = clock_.wall();
  for (int i = 0; i < 10; ++i) {
    clock_.advance(Seconds(10));
    deliver(*store_, answer("www.example"), "10.0.0.1", clock_.wall());
  }
  const ForgetReport report = forget({.start = start + Seconds(30), .end = start + Seconds(50)});
  EXPECT_EQ(report.deliveries, 3U);
  const auto evidence = store_->evidence(about("192.0.2.1", clock_.wall()));
  EXPECT_EQ(evidence->at(0).deliveries, 7U);
  EXPECT_FALSE(store_->coverage().covers({start + Seconds(30), start + Seconds(30)}));
  EXPECT_TRUE(store_->coverage().covers({start, start + Seconds(29)}));
  expect_sound(7);
}

TEST_F(ForgetTest, what_comes_later_is_not_meant_by_a_span_that_reaches_beyond_now) {
  record_a_past();
  const auto report = ask({.end = clock_.wall() + days(1)}, ForgetMode::kForget);
  EXPECT_EQ(report->deliveries, 6U);
  EXPECT_EQ(store_->forgotten().back().span.end, clock_.wall());
}

// Each as the whole of a past that a clock a day ahead has stamped.
TEST_F(ForgetTest, what_a_clock_that_was_ahead_has_stamped_is_meant_too) {
  clock_.set_wall(clock_.wall() + days(1));
  for (const char* client : {kHost, "10.0.0.2", "10.0.0.3"}) {
    clock_.advance(Seconds(1));
    ASSERT_EQ(deliver(*store_, answer("www.example"), client, clock_.wall()), Recorded::kYes);
  }
  clock_.set_wall(clock_.wall() - days(1));
  clock_.advance(hours(2));
  EXPECT_EQ(forget({.client = IpPrefix(ip(kHost))}).deliveries, 1U);
  EXPECT_THAT(files_with(octets_of(kHost)), IsEmpty());
  expect_sound(2);
  // Of that hour nothing is covered any more.
  EXPECT_EQ(forget({.client = IpPrefix(ip("10.0.0.2"))}).deliveries, 1U);
  EXPECT_EQ(
      forget({.client = IpPrefix(ip("10.0.0.3")), .end = clock_.wall() + hours(1)}).deliveries, 0U)
      << "an end that is given is meant";
  const auto left = store_->deliveries({.span = {WallTime(), clock_.wall() + days(2)}});
  ASSERT_THAT(*left, SizeIs(1));
  EXPECT_EQ(left->at(0).client, ip("10.0.0.3"));
}

TEST_F(ForgetTest, what_a_clock_that_was_ahead_had_stamped_leaves_nothing_covered_that_is_to_come) {
  clock_.set_wall(clock_.wall() + days(1));
  const WallTime ahead = clock_.wall();
  ASSERT_EQ(deliver(*store_, answer("www.example"), kHost, ahead), Recorded::kYes);
  clock_.advance(Seconds(10));
  clock_.set_wall(clock_.wall() - days(1));
  forget({.client = IpPrefix(ip(kHost))});
  const WallTime now = clock_.wall();
  EXPECT_FALSE(store_->coverage().covers({now + hours(2), now + hours(2)}));
  EXPECT_FALSE(store_->coverage().covers({ahead, ahead}));
  ASSERT_EQ(deliver(*store_, answer("www.example"), kHost, now), Recorded::kYes);
  clock_.advance(Seconds(1));
  EXPECT_TRUE(store_->coverage().covers({now, clock_.wall()}));
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(ForgetTest, conditions_hold_together) {
  record_a_past();
  ForgetQuery query = below("example");
  query.client = IpPrefix(ip("10.0.0.2"));
  query.end = clock_.wall() - hours(3);
  EXPECT_EQ(forget(query).deliveries, 2U);
  EXPECT_THAT(told(), Contains("mail.secret.example 10.0.0.2"));
  expect_sound(4);
}

TEST_F(ForgetTest, nothing_is_claimed_of_the_hours_in_which_something_was_forgotten) {
  const WallTime start = clock_.wall();
  deliver(*store_, answer("www.example"), "10.0.0.1", start);
  clock_.advance(hours(3));
  forget({.client = IpPrefix(ip("10.0.0.1"))});
  const Coverage coverage = store_->coverage();
  EXPECT_FALSE(coverage.covers({start, start}));
  EXPECT_TRUE(coverage.covers({start + hours(2), clock_.wall()}));
  EXPECT_EQ(coverage.intervals().back().began, CoverageEdge::kForgotten);
  reopen();
  EXPECT_FALSE(store_->coverage().covers({start, start}));
}

TEST_F(ForgetTest, nothing_is_claimed_either_by_an_import_that_was_going_on) {
  const WallTime then = clock_.wall() - days(3);
  const Observed secret{then, ip("10.0.0.1"), answer("www.secret.example"), 300};
  const Observed other{then + hours(2), ip("10.0.0.2"), answer("www.example"), 300};
  const TimeSpan all{then - hours(1), then + hours(3)};
  const uint64_t began = store_->begin_import();
  ASSERT_TRUE(store_->ingest({&secret, 1}).ok());
  EXPECT_EQ(forget({.client = IpPrefix(ip("10.0.0.1"))}).deliveries, 1U);
  ASSERT_TRUE(store_->ingest({&other, 1}).ok());
  store_->cover(all, began);
  EXPECT_FALSE(store_->coverage().covers({then, then}));
  EXPECT_TRUE(store_->coverage().covers({other.at, all.end}));
  reopen();
  EXPECT_FALSE(store_->coverage().covers({then, then}));
  ASSERT_TRUE(import_covered(*store_, std::vector{secret, other}, all).ok());
  EXPECT_TRUE(store_->coverage().covers(all)) << "imported anew";
}

TEST_F(ForgetTest, recording_goes_on_within_the_hour_in_which_something_is_forgotten) {
  deliver(*store_, answer("www.example"), "10.0.0.1", clock_.wall());
  clock_.advance(Seconds(5));
  forget({.client = IpPrefix(ip("10.0.0.1"))});
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

TEST_F(ForgetTest, an_answer_that_nobody_was_told_is_not_stored_later) {
  store_->remember(answer("www.secret.example"));
  forget(below("secret.example"));
  deliver(*store_, answer("open.example"), "10.0.0.1", clock_.wall());
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_THAT(files_with("secret"), IsEmpty());
}

TEST_F(ForgetTest, numbers_of_forgotten_answers_may_come_again_after_a_start) {
  deliver(*store_, answer("open.example"), "10.0.0.1", clock_.wall());
  deliver(*store_, answer("www.secret.example"), "10.0.0.1", clock_.wall());
  forget(below("secret.example"));
  reopen();
  clock_.advance(Seconds(1));
  deliver(*store_, answer("other.example"), "10.0.0.1", clock_.wall());
  deliver(*store_, answer("open.example"), "10.0.0.1", clock_.wall());
  ASSERT_TRUE(store_->fold().ok());
  const auto found = names(store_->evidence(about("192.0.2.1", clock_.wall())));
  EXPECT_THAT(found, UnorderedElementsAre("open.example", "other.example"));
  expect_sound(3);
}

TEST_F(ForgetTest, names_of_the_strangest_octets_are_found) {
  deliver(*store_, answer("\\255\\255.\\255"), "10.0.0.1", clock_.wall());
  EXPECT_EQ(forget({.client = IpPrefix(ip("10.0.0.1"))}).deliveries, 1U);
  expect_sound(0);
}

TEST_F(ForgetTest, counting_tells_the_same_and_changes_nothing) {
  record_a_past();
  const auto counted = ask(below("secret.example"), ForgetMode::kCount);
  EXPECT_EQ(counted->deliveries, 4U);
  EXPECT_EQ(counted->hours, 4U);
  EXPECT_THAT(told(), SizeIs(6));
  EXPECT_EQ(store_->coverage().intervals().size(), 1U);
  EXPECT_THAT(store_->forgotten(), IsEmpty());
  EXPECT_THAT(stages(), IsEmpty());
}

TEST_F(ForgetTest, everything_at_once_is_refused) {
  EXPECT_EQ(ask({}, ForgetMode::kForget).error().code, ErrorCode::kInvalidArgument);
  const WallTime now = clock_.wall();
  EXPECT_EQ(ask({.start = now, .end = now - Seconds(1)}, ForgetMode::kForget).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(ForgetTest, the_store_says_that_it_forgot_but_not_what) {
  record_a_past();
  const WallTime asked = clock_.wall();
  const ForgetReport report = forget(below("secret.example"));
  const auto check = [&] {
    const auto records = store_->forgotten();
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].asked, asked);
    EXPECT_EQ(records[0].by, "192.0.2.77");
    EXPECT_TRUE(records[0].by_name);
    EXPECT_FALSE(records[0].by_client);
    EXPECT_EQ(records[0].match, NameMatch::kSubtree);
    EXPECT_EQ(records[0].span, (TimeSpan{WallTime(), asked}));
    EXPECT_EQ(records[0].report, report);
  };
  check();
  reopen();
  check();
  forget({.client = IpPrefix(ip("10.0.0.2"))});
  EXPECT_THAT(store_->forgotten(), SizeIs(2));
}

TEST_F(ForgetTest, a_client_that_asked_is_not_named_by_the_records_once_it_is_forgotten) {
  record_a_past();
  by_ = kHost;
  forget(below("open.example"));
  EXPECT_EQ(store_->forgotten()[0].by, kHost);
  forget({.client = IpPrefix(ip(kHost))});
  EXPECT_EQ(store_->forgotten()[0].by, kByItself);
  EXPECT_EQ(store_->forgotten()[1].by, kByItself);
  EXPECT_THAT(files_with(kHost), IsEmpty());
  EXPECT_THAT(files_with(octets_of(kHost)), IsEmpty());
}

TEST_F(ForgetTest, a_client_that_had_a_floor_of_its_own_leaves_none) {
  options_.retention.keep_bytes = RetentionLimits::kBytesMin;
  options_.answers_held_for = Seconds(0);
  reopen();
  uint32_t number = 0;
  while (store_->statistics().complete_since == store_->statistics().kept_since) {
    ASSERT_LT(number, 2'000'000U) << "no floor rose";
    for (int i = 0; i < 20'000; ++i) {
      deliver(*store_, answer_of("n" + std::to_string(++number) + ".example", {"192.0.2.1"}), kHost,
              clock_.wall());
    }
    deliver(*store_, answer("open.example"), "10.0.0.2", clock_.wall());
    ASSERT_TRUE(store_->fold().ok());
    clock_.advance(hours(5));
    StoreOpener::let_go(*store_);
  }
  const auto of_host = store_->deliveries({{WallTime(), clock_.wall()}, ip(kHost)});
  ASSERT_THAT(of_host.value(), IsEmpty()) << "its floor alone is left";
  ASSERT_THAT(files_with(octets_of(kHost)), Not(IsEmpty()));
  forget({.client = IpPrefix(ip(kHost))});
  EXPECT_THAT(files_with(octets_of(kHost)), IsEmpty());
  const auto report = store_->verify();
  EXPECT_THAT(report->findings, IsEmpty());
}

TEST_F(ForgetTest, what_retention_let_go_within_a_day_is_forgotten_but_not_counted) {
  for (int i = 0; i < 20; ++i) {
    deliver(*store_, answer("www.secret.example"), kHost, clock_.wall());
    clock_.advance(hours(1));
  }
  ASSERT_TRUE(store_->fold().ok());
  ASSERT_TRUE(store_->change_retention({.keep = hours(5)}).ok());
  StoreOpener::let_go(*store_);
  const size_t told_before = store_->deliveries({.span = {WallTime(), clock_.wall()}})->size();
  EXPECT_EQ(forget({.client = IpPrefix(ip(kHost))}).deliveries, told_before);
  EXPECT_THAT(files_with("secret"), IsEmpty());
  EXPECT_THAT(files_with(octets_of(kHost)), IsEmpty());
  expect_sound(0);
}

TEST_F(ForgetTest, more_than_one_step_takes_all_of_it) {
  std::vector<Delivery> turn;
  for (uint32_t i = 0; i < 30'000; ++i) {
    clock_.advance(Seconds(1));
    const Answer answer = answer_of("n" + std::to_string(i) + ".secret.example", {"192.0.2.1"});
    turn.push_back({clock_.wall(), ip(kHost), store_->remember(answer), 300});
    if (turn.size() == 1000) {  // One by one they took longer than all that is tested here.
      ASSERT_EQ(store_->record(turn), Recorded::kYes);
      turn.clear();
    }
  }
  uint64_t shown = 0;
  const auto on_progress = [&](uint64_t done, uint64_t total) {
    EXPECT_GE(done, shown);
    EXPECT_LE(done, total);
    shown = done;
  };
  const auto report = ask(below("secret.example"), ForgetMode::kForget, {{}, on_progress});
  EXPECT_EQ(report->deliveries, 30'000U);
  EXPECT_EQ(report->answers, 30'000U);
  EXPECT_THAT(report->hours, ::testing::AnyOf(9U, 10U));
  EXPECT_GT(shown, 0U);
  EXPECT_THAT(files_with("secret"), IsEmpty());
  expect_sound(0);
}

TEST_F(ForgetTest, a_caller_that_leaves_changes_nothing) {
  record_a_past();
  std::stop_source leave;
  leave.request_stop();
  const auto left = ask(below("secret.example"), ForgetMode::kForget, {leave.get_token(), {}});
  EXPECT_EQ(left.error().code, ErrorCode::kUnavailable);
  forget({.client = IpPrefix(ip("10.0.0.9"))});  // behind it, if it had begun
  const size_t done = store_->forgotten().size();
  EXPECT_THAT(told(), SizeIs(done == 2 ? 2 : 6));
}

TEST_F(ForgetTest, the_log_is_told_what_and_by_whom) {
  record_a_past();
  ForgetQuery query = below("secret.example");
  query.client = IpPrefix(ip(kHost));
  forget(query);
  ASSERT_THAT(stages(), ElementsAre(Stage::kBegun, Stage::kDone));
  const ForgetNews begun = news_.lock()->front();
  EXPECT_EQ(begun.client, IpPrefix(ip(kHost)));
  EXPECT_EQ(begun.name->text(), "secret.example");
  EXPECT_EQ(begun.record.by, "192.0.2.77");
  EXPECT_EQ(news_.lock()->back().record.report.deliveries, 2U);
}

}  // namespace
}  // namespace etymon::store
