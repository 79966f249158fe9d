#include "resolver/model/history.h"

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace etymon {
namespace {

WallTime at(int64_t us) {
  return WallTime(Microseconds(us));
}

CoverageInterval interval(int64_t start, int64_t end) {
  return {{at(start), at(end)}, CoverageEdge::kStart, CoverageEdge::kStop};
}

Coverage coverage(std::vector<CoverageInterval> intervals) {
  return Coverage(std::move(intervals));
}

TEST(TimeSpan, holds_both_its_ends) {
  const TimeSpan span = {at(10), at(20)};
  EXPECT_TRUE(span.contains(at(10)));
  EXPECT_TRUE(span.contains(at(20)));
  EXPECT_FALSE(span.contains(at(9)));
  EXPECT_FALSE(span.contains(at(21)));
}

TEST(Sighting, is_valid_for_the_seconds_it_was_served_with) {
  const Sighting sighting = {at(5), 60, Origin::kCache, Transport::kUdp};
  EXPECT_EQ(sighting.valid_until(), at(60'000'005));
}

TEST(Sighting, the_longest_ttl_does_not_overflow) {
  const Sighting sighting = {at(0), UINT32_MAX, Origin::kCache, Transport::kUdp};
  EXPECT_EQ(sighting.valid_until(), at(0) + Seconds(4'294'967'295));
}

TEST(Coverage, nothing_is_covered_when_nothing_was_recorded) {
  EXPECT_FALSE(Coverage().covered_since(at(0)));
  EXPECT_FALSE(Coverage().covers({at(0), at(0)}));
}

TEST(Coverage, reaches_back_to_the_start_of_its_interval) {
  const Coverage one = coverage({interval(10, 20)});
  EXPECT_EQ(one.covered_since(at(10)), at(10));
  EXPECT_EQ(one.covered_since(at(15)), at(10));
  EXPECT_EQ(one.covered_since(at(20)), at(10));
}

TEST(Coverage, outside_of_all_intervals_nothing_is_covered) {
  const Coverage two = coverage({interval(10, 20), interval(30, 40)});
  for (const int64_t moment : {9, 21, 29, 41}) {
    EXPECT_FALSE(two.covered_since(at(moment))) << moment;
  }
}

TEST(Coverage, a_gap_ends_what_can_be_said) {
  const Coverage two = coverage({interval(10, 20), interval(22, 40)});
  EXPECT_EQ(two.covered_since(at(35)), at(22));
  EXPECT_FALSE(two.covers({at(20), at(22)}));
}

TEST(Coverage, overlapping_sources_cover_each_others_gaps) {
  const Coverage sources = coverage({interval(10, 20), interval(15, 30), interval(25, 40)});
  EXPECT_EQ(sources.covered_since(at(40)), at(10));
  EXPECT_TRUE(sources.covers({at(10), at(40)}));
}

TEST(Coverage, intervals_that_share_a_microsecond_join) {
  const Coverage two = coverage({interval(10, 20), interval(20, 30)});
  EXPECT_EQ(two.covered_since(at(30)), at(10));
}

TEST(Coverage, a_short_interval_inside_a_long_one_does_not_end_it) {
  const Coverage nested = coverage({interval(10, 100), interval(20, 30)});
  EXPECT_EQ(nested.covered_since(at(90)), at(10));
}

TEST(Coverage, puts_its_intervals_in_order) {
  const Coverage mixed = coverage({interval(30, 40), interval(10, 20)});
  EXPECT_EQ(mixed.intervals(), (std::vector<CoverageInterval>{interval(10, 20), interval(30, 40)}));
}

TEST(Coverage, covers_only_spans_without_any_gap) {
  const Coverage two = coverage({interval(10, 20), interval(30, 40)});
  EXPECT_TRUE(two.covers({at(10), at(20)}));
  EXPECT_TRUE(two.covers({at(33), at(33)}));
  EXPECT_FALSE(two.covers({at(9), at(20)}));
  EXPECT_FALSE(two.covers({at(15), at(35)}));
  EXPECT_FALSE(two.covers({at(35), at(41)}));
}

TEST(Coverage, agrees_with_a_calendar_of_single_microseconds) {
  testing::SeededRandom random(6);
  for (int round = 0; round < 500; ++round) {
    std::vector<CoverageInterval> intervals;
    std::vector<bool> covered(70, false);  // [t]: the moment t
    std::vector<bool> joined(70, false);   // [t]: no gap between t and t + 1
    for (uint32_t n = random.below(8); n > 0; --n) {
      const int64_t start = random.below(50);
      const int64_t end = start + random.below(10);
      intervals.push_back(interval(start, end));
      for (int64_t t = start; t <= end; ++t) {
        covered[static_cast<size_t>(t)] = true;
        joined[static_cast<size_t>(t)] = joined[static_cast<size_t>(t)] || t < end;
      }
    }
    const Coverage tested(intervals);
    for (size_t t = 0; t < covered.size(); ++t) {
      size_t since = t;
      while (since > 0 && joined[since - 1]) {
        --since;
      }
      const auto expected =
          covered[t] ? std::optional(at(static_cast<int64_t>(since))) : std::nullopt;
      ASSERT_EQ(tested.covered_since(at(static_cast<int64_t>(t))), expected);
    }
  }
}

}  // namespace
}  // namespace etymon
