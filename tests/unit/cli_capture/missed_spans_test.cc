#include "api/cli/capture/missed_spans.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace etymon::capture {
namespace {

constexpr WallTime kStart{Seconds(1'700'000'000)};

WallTime at(int64_t us) {
  return kStart + Microseconds(us);
}

TimeSpan span(int64_t from_us, int64_t to_us) {
  return {at(from_us), at(to_us)};
}

// Of [0, 100].
std::vector<TimeSpan> known_without(const std::vector<TimeSpan>& all) {
  MissedSpans missed;
  for (const TimeSpan& one : all) {
    missed.add(one);
  }
  return missed.known_of(span(0, 100));
}

using Pieces = std::vector<TimeSpan>;

TEST(MissedSpans, without_any_all_is_known) {
  EXPECT_EQ(known_without({}), Pieces{span(0, 100)});
}

TEST(MissedSpans, a_moment_is_left_out_and_what_lies_just_before_and_behind_it_is_not) {
  EXPECT_EQ(known_without({span(50, 50)}), (Pieces{span(0, 49), span(51, 100)}));
}

TEST(MissedSpans, at_the_ends_there_is_no_piece_beyond) {
  EXPECT_EQ(known_without({span(0, 0), span(100, 100)}), Pieces{span(1, 99)});
  EXPECT_EQ(known_without({span(-50, 9), span(91, 200)}), Pieces{span(10, 90)});
  EXPECT_EQ(known_without({span(0, 100)}), Pieces());
  EXPECT_EQ(known_without({span(-9, -1), span(101, 109)}), Pieces{span(0, 100)});
}

TEST(MissedSpans, those_that_overlap_or_touch_are_one_in_whatever_order_they_come) {
  EXPECT_EQ(known_without({span(40, 50), span(20, 45), span(51, 60), span(30, 31)}),
            (Pieces{span(0, 19), span(61, 100)}));
}

TEST(MissedSpans, too_many_become_fewer_and_never_less_is_missed) {
  MissedSpans missed;
  constexpr int64_t kMany = 10 * MissedSpans::kSpansMax;
  for (int64_t i = 0; i < kMany; ++i) {
    missed.add(span(10 * i, 10 * i));
  }
  missed.add(span(1'000'000, 1'000'000));  // far from all others
  const Pieces pieces = missed.known_of(span(-10, 2'000'000));
  EXPECT_LE(pieces.size(), MissedSpans::kSpansMax + 1);
  EXPECT_EQ(pieces.back(), span(1'000'001, 2'000'000));
  EXPECT_EQ(pieces[pieces.size() - 2], span(10 * kMany - 9, 999'999));
  for (int64_t i = 0; i < kMany; i += 7) {
    EXPECT_TRUE(std::ranges::none_of(pieces, [&](const TimeSpan& piece) {
      return piece.contains(at(10 * i));
    })) << i;
  }
}

}  // namespace
}  // namespace etymon::capture
