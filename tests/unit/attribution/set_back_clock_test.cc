// What a clock that was set back makes of times.
#include "store/attribution/set_back_clock.h"

#include <gtest/gtest.h>

#include "tests/unit/attribution/past.h"

namespace etymon::attribution {
namespace {

using enum CoverageEdge;

CoverageInterval interval(double start, double end, CoverageEdge began, CoverageEdge ended) {
  return {{noon_plus(start), noon_plus(end)}, began, ended};
}

// At noon the clock was set back by an hour; ten minutes have passed since.
const Coverage kSetBack({interval(-9'000, 0, kStart, kClockStep),
                         interval(-3'600, -3'000, kClockStep, kNow)});
const WallTime kPresent = noon_plus(-3'000);

TEST(SetBackClock, what_bears_times_to_come_was_told_before_it_was_set_back) {
  const auto ahead = told_ahead(kSetBack, kPresent, kPresent);
  ASSERT_TRUE(ahead);
  EXPECT_EQ(ahead->span, (TimeSpan{kPresent + Microseconds(1), kNoon}));
  Evidence row = evidence({.name = "a.example", .at = -2, .ttl = 60, .first_before = 5});
  set_back(row, *ahead);
  EXPECT_EQ(row.newest.at, noon_plus(-3'602));
  EXPECT_EQ(row.first.at, noon_plus(-3'607));
  EXPECT_EQ(row.valid_until, noon_plus(-3'542));
}

TEST(SetBackClock, counts_for_no_moment_before_it_was_set_back) {
  EXPECT_FALSE(told_ahead(kSetBack, kPresent, noon_plus(-3'601)));
  EXPECT_TRUE(told_ahead(kSetBack, kPresent, noon_plus(-3'600)));
}

TEST(SetBackClock, is_over_when_the_clock_has_come_so_far_again) {
  EXPECT_FALSE(told_ahead(kSetBack, kNoon, kNoon));
}

TEST(SetBackClock, a_loss_or_a_restart_since_changes_nothing) {
  const Coverage lost({interval(-9'000, 0, kStart, kClockStep),
                       interval(-3'600, -3'500, kClockStep, kLoss),
                       interval(-3'400, -3'000, kLoss, kNow)});
  EXPECT_EQ(told_ahead(lost, kPresent, kPresent)->by, Seconds(-3'600));
  const Coverage restarted(
      {interval(-9'000, 0, kStart, kStop),  // and the clock set right while off
       interval(-3'600, -3'000, kStart, kNow)});
  EXPECT_EQ(told_ahead(restarted, kPresent, kPresent)->by, Seconds(-3'600));
}

TEST(SetBackClock, what_was_ahead_is_told_by_the_step_that_set_it_back_whatever_began_since) {
  const CoverageInterval ahead = interval(-9'000, 0, kStart, kClockStep);
  const CoverageInterval set_back = interval(-3'600, -3'300, kClockStep, kStop);
  const Coverage restarted({ahead, set_back, interval(-3'290, -3'000, kStart, kNow)});
  ASSERT_TRUE(told_ahead(restarted, kPresent, kPresent));
  EXPECT_EQ(told_ahead(restarted, kPresent, kPresent)->by, Seconds(-3'600));
  EXPECT_TRUE(told_ahead(restarted, kPresent, noon_plus(-3'400)));
  const Coverage stepped({ahead, interval(-3'600, -3'300, kClockStep, kClockStep),
                          interval(-3'290, -3'000, kClockStep, kNow)});
  EXPECT_EQ(told_ahead(stepped, kPresent, kPresent)->by, Seconds(-3'600));
}

// It was ahead from the start, and what it was set back to lies before all of that.
TEST(SetBackClock, what_was_ahead_from_a_start_on_is_told_by_the_step_that_set_it_back) {
  const Coverage restarted({interval(-3'600, -3'300, kClockStep, kStop),
                            interval(-3'290, -3'000, kStart, kNow),
                            interval(-300, 0, kStart, kClockStep)});
  ASSERT_TRUE(told_ahead(restarted, kPresent, kPresent));
  EXPECT_EQ(told_ahead(restarted, kPresent, kPresent)->by, Seconds(-3'600));
}

// Forward by an hour, and an hour later back by two.
TEST(SetBackClock, a_step_forward_is_none_that_set_it_back) {
  const Coverage there_and_back({interval(-9'000, -7'200, kStart, kClockStep),
                                 interval(-7'200, -3'500, kClockStep, kNow),
                                 interval(-3'600, 0, kClockStep, kClockStep)});
  const auto ahead = told_ahead(there_and_back, noon_plus(-3'500), noon_plus(-3'500));
  ASSERT_TRUE(ahead);
  EXPECT_EQ(ahead->by, Seconds(-7'200));
}

TEST(SetBackClock, an_import_is_no_clock) {
  const Coverage imported(
      {interval(-9'000, 0, kStart, kNow), interval(-10, 3'600, kImport, kImport)});
  EXPECT_FALSE(told_ahead(imported, kNoon, kNoon));
  EXPECT_FALSE(is_shown_twice(imported, noon_plus(-5)));
  EXPECT_FALSE(may_have_been_ahead_before(imported, noon_plus(-10'000)));
}

TEST(SetBackClock, never_is_not_said_of_a_moment_shown_twice_when_something_came_later_or_before) {
  LookupQuestion asked = question(-3'000);
  EXPECT_TRUE(is_shown_twice(kSetBack, asked.at));
  EXPECT_EQ(attribute(asked, {{}, kSetBack, {}}).verdict, Verdict::kNever);
  const std::vector<Evidence> later{told_later("a.example", -2'000)};
  EXPECT_EQ(attribute(asked, {later, kSetBack, {}}).verdict, Verdict::kUnknown);
  asked = question(-4'000);  // shown once
  EXPECT_EQ(attribute(asked, {later, kSetBack, {}}).verdict, Verdict::kNever);
}

// A start with a clock that was two hours ahead, for five minutes.
TEST(SetBackClock, never_is_not_said_when_a_clock_that_was_ahead_has_passed_that_time_since) {
  const CoverageInterval ahead = interval(-300, 0, kStart, kClockStep);
  const std::vector<Evidence> later{told_later("a.example", -10)};
  LookupQuestion asked = question(-5'400);
  asked.asked_at = noon_plus(1'800);
  const Coverage passed({interval(-7'200, 3'600, kClockStep, kNow), ahead});
  EXPECT_EQ(attribute(asked, {later, passed, {}}).verdict, Verdict::kUnknown);
  EXPECT_EQ(attribute(asked, {{}, passed, {}}).verdict, Verdict::kNever);
  const Coverage stopped(
      {interval(-7'200, 1'000, kClockStep, kStop), ahead, interval(1'010, 3'600, kStart, kNow)});
  EXPECT_EQ(attribute(asked, {later, stopped, {}}).verdict, Verdict::kUnknown);
}

// Else every clock that was ever set right by a second would take "never" from all that was before.
TEST(SetBackClock, never_is_said_of_a_moment_before_the_clock_was_seen_to_be_set_back) {
  const std::vector<Evidence> later{told_later("a.example", -2'000)};
  const Coverage stopped({interval(-9'000, 0, kStart, kClockStep),
                          interval(-3'600, 300, kClockStep, kStop),
                          interval(310, 3'600, kStart, kNow)});
  EXPECT_EQ(attribute(question(-4'000), {later, stopped, {}}).verdict, Verdict::kNever);
}

// As above, but switched off before it came so far again, or set forward over it.
TEST(SetBackClock, never_is_not_said_when_nothing_was_recorded_as_those_times_came_again) {
  const CoverageInterval ahead = interval(-300, 0, kStart, kClockStep);
  const std::vector<Evidence> told{evidence({.name = "a.example", .at = -10})};
  LookupQuestion asked = question(-5'400);
  for (const Coverage& coverage : {Coverage({interval(-7'200, -3'000, kClockStep, kStop), ahead,
                                             interval(1'800, 3'600, kStart, kNow)}),
                                   Coverage({interval(-7'200, -3'000, kClockStep, kClockStep),
                                             ahead, interval(1'800, 3'600, kClockStep, kNow)})}) {
    EXPECT_EQ(spans_shown_before(coverage, asked.at), std::vector{ahead.span});
    EXPECT_EQ(attribute(asked, {{}, coverage, {}, {}, told}).verdict, Verdict::kUnknown);
    EXPECT_EQ(attribute(asked, {{}, coverage, {}}).verdict, Verdict::kNever);
    EXPECT_TRUE(spans_shown_before(coverage, noon_plus(-8'000)).empty()) << "before all of it";
  }
}

TEST(SetBackClock, days_ahead_are_looked_at_as_hours_are) {
  const Coverage passed(
      {interval(-300'000, 3'600, kClockStep, kNow), interval(-300, 0, kStart, kClockStep)});
  EXPECT_EQ(spans_shown_before(passed, noon_plus(-200'000)),
            (std::vector<TimeSpan>{{noon_plus(-300), kNoon}}));
}

TEST(SetBackClock, steps_forward_show_nothing_before) {
  const Coverage forward(
      {interval(-9'000, -8'000, kStart, kClockStep), interval(-7'000, -6'000, kClockStep, kStop),
       interval(-5'000, -4'900, kStart, kClockStep),
       interval(-4'000, -3'900, kClockStep, kClockStep), interval(-3'000, 0, kClockStep, kNow)});
  for (const double moment : {-8'500, -7'500, -6'500, -4'950, -4'500, -3'950, -10}) {
    EXPECT_TRUE(spans_shown_before(forward, noon_plus(moment)).empty()) << moment;
  }
}

TEST(SetBackClock, a_step_back_tells_nothing_of_moments_from_before_it_and_of_what_came_since) {
  const Coverage coverage(
      {interval(-9'000, -8'000, kStart, kClockStep), interval(-8'100, -7'000, kClockStep, kStop),
       interval(-5'000, -4'900, kStart, kClockStep), interval(-4'000, 0, kClockStep, kNow)});
  EXPECT_TRUE(spans_shown_before(coverage, noon_plus(-8'500)).empty());
  EXPECT_TRUE(spans_shown_before(coverage, noon_plus(-7'500)).empty());
  EXPECT_EQ(spans_shown_before(coverage, noon_plus(-8'050)),
            (std::vector<TimeSpan>{{noon_plus(-8'050) + Microseconds(1), noon_plus(-8'000)}}));
}

TEST(SetBackClock, a_clock_that_is_set_back_time_and_again_is_looked_at_in_bounded_pieces) {
  std::vector<CoverageInterval> all{interval(-100, 9'000, kClockStep, kNow)};
  for (size_t i = 0; i < 2 * kSpansBeforeMax; ++i) {
    const auto start = static_cast<double>(100 * i);
    all.push_back(interval(start, start + 10, kStart, kClockStep));
  }
  const auto spans = spans_shown_before(Coverage(all), noon_plus(-50));
  EXPECT_EQ(spans.size(), kSpansBeforeMax);
  EXPECT_EQ(spans.back().end, all.back().span.end);
}

// Told one name, and fourteen seconds ahead another; now those seconds have come again.
TEST(SetBackClock, a_name_told_ahead_makes_another_ambiguous) {
  const std::vector<Evidence> before = past({{.name = "a.example", .at = -10, .ttl = 1}});
  const std::vector<Evidence> ahead = past({{.name = "b.example", .at = 4, .ttl = 600}});
  const LookupAnswer answer = attribute(question(), {before, covered(), {}, {}, ahead});
  EXPECT_EQ(answer.verdict, Verdict::kExpired);
  EXPECT_TRUE(answer.ambiguous);
  EXPECT_LT(answer.candidates.at(0).confidence, 0.9);
  EXPECT_FALSE(attribute(question(), {before, covered(), {}, {}, before}).ambiguous);
}

TEST(SetBackClock, a_name_told_ahead_makes_those_of_others_ambiguous_when_it_is_the_hosts) {
  const std::vector<Evidence> others = past({{.name = "a.example", .at = -10, .client = kPhone}});
  const std::vector<Evidence> own = past({{.name = "b.example", .at = 4}});
  const LookupAnswer answer = attribute(question(), {others, covered(), {}, {}, own});
  EXPECT_EQ(answer.verdict, Verdict::kOtherClient);
  EXPECT_TRUE(answer.ambiguous);
  EXPECT_FALSE(attribute(question(), {others, covered(), {}, {}, others}).ambiguous);
}

// At noon it was set back by ten seconds, and has come further since.
TEST(SetBackClock, who_goes_on_behind_a_moment_shown_twice_goes_back_to_where_it_was_set) {
  const Coverage coverage(
      {interval(-9'000, 0, kStart, kClockStep), interval(-10, 60, kClockStep, kNow)});
  EXPECT_EQ(set_back_to(coverage, noon_plus(-2)), noon_plus(-10));
  EXPECT_FALSE(set_back_to(coverage, noon_plus(-11))) << "both are told from there on";
  EXPECT_FALSE(set_back_to(coverage, noon_plus(1))) << "it was shown once";
  EXPECT_EQ(set_back_to(kSetBack, noon_plus(-2)), noon_plus(-3'600)) << "it has not come so far";
}

TEST(SetBackClock, who_goes_on_goes_back_to_the_first_of_several_places_where_it_was_set) {
  const Coverage coverage({interval(-9'000, 0, kStart, kClockStep),
                           interval(-10, -1, kClockStep, kClockStep),
                           interval(-5, 60, kClockStep, kNow)});
  EXPECT_EQ(set_back_to(coverage, noon_plus(-2)), noon_plus(-10));
}

TEST(SetBackClock, who_goes_on_goes_back_to_before_all_that_the_clock_had_shown) {
  const Coverage coverage({interval(-3'600, -3'000, kClockStep, kLoss),
                           interval(-2'900, 60, kLoss, kNow),
                           interval(-10, 0, kStart, kClockStep)});
  EXPECT_EQ(set_back_to(coverage, noon_plus(-2)), noon_plus(-3'600));
}

TEST(SetBackClock, who_goes_on_behind_what_a_gap_has_taken_goes_back_as_well) {
  const Coverage lost({interval(-9'000, 0, kStart, kClockStep),
                       interval(-10, -4, kClockStep, kLoss), interval(-1, 60, kLoss, kNow)});
  EXPECT_EQ(set_back_to(lost, noon_plus(-2)), noon_plus(-10));
  const Coverage restarted(  // after a power loss, without a battery for the clock
      {interval(-9'000, 0, kStart, kCrash), interval(-3'600, -3'500, kStart, kClockStep),
       interval(30, 60, kClockStep, kNow)});
  EXPECT_EQ(set_back_to(restarted, noon_plus(1)), noon_plus(-3'600));
}

TEST(SetBackClock, who_goes_on_goes_back_for_no_loss_no_restart_and_no_import) {
  const Coverage coverage({interval(-9'000, -8'000, kStart, kLoss),
                           interval(-7'900, -7'000, kLoss, kStop),
                           interval(-6'900, 0, kStart, kNow), interval(-10, 5, kImport, kImport)});
  for (const double moment : {-8'500, -8'000, -7'950, -7'000, -6'950, -2, 3}) {
    EXPECT_FALSE(set_back_to(coverage, noon_plus(moment))) << moment;
  }
  const Coverage cut({interval(-9'000, 5, kRetention, kImport), interval(-6'900, 0, kStart, kNow)});
  EXPECT_FALSE(set_back_to(cut, noon_plus(-2))) << "an import of which the oldest was let go";
}

}  // namespace
}  // namespace etymon::attribution
