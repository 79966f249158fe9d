// Gaps: what is left of a coverage when something may be missing.
#include "store/upkeep/gaps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace etymon::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

WallTime at(int64_t microseconds) {
  return WallTime(Microseconds(microseconds));
}

std::vector<CoverageInterval> left_of_100_to_200(const Gaps& gaps) {
  const CoverageInterval whole{{at(100), at(200)}, CoverageEdge::kStart, CoverageEdge::kStop};
  return gaps.cut({&whole, 1});
}

TEST(Gaps, one_in_the_middle_leaves_both_ends) {
  Gaps gaps;
  gaps.add({at(150), at(160)});
  EXPECT_THAT(
      left_of_100_to_200(gaps),
      ElementsAre(
          CoverageInterval{{at(100), at(149)}, CoverageEdge::kStart, CoverageEdge::kDamage},
          CoverageInterval{{at(161), at(200)}, CoverageEdge::kDamage, CoverageEdge::kStop}));
}

TEST(Gaps, what_two_leave_of_an_import_between_them_stays_one) {
  Gaps gaps;
  gaps.add({at(120), at(130)});
  gaps.add({at(150), at(160)});
  const CoverageInterval whole{{at(100), at(200)}, CoverageEdge::kImport, CoverageEdge::kImport};
  for (const CoverageInterval& left : gaps.cut({&whole, 1})) {
    EXPECT_TRUE(left.is_imported()) << left.span.start.time_since_epoch().count();
  }
}

TEST(Gaps, one_over_all_leaves_nothing) {
  Gaps gaps;
  gaps.add({Gaps::kAlways, Gaps::kForever});
  EXPECT_THAT(left_of_100_to_200(gaps), IsEmpty());
}

TEST(Gaps, one_elsewhere_changes_nothing) {
  Gaps gaps;
  gaps.add({at(1), at(99)});
  gaps.add({at(201), at(300)});
  EXPECT_THAT(
      left_of_100_to_200(gaps),
      ElementsAre(CoverageInterval{{at(100), at(200)}, CoverageEdge::kStart, CoverageEdge::kStop}));
}

TEST(Gaps, those_that_touch_are_one) {
  Gaps gaps;
  gaps.add({at(10), at(20)});
  gaps.add({at(30), at(40)});
  gaps.add({at(41), at(50)});
  gaps.add({at(15), at(29)});
  EXPECT_THAT(gaps.list(), ElementsAre(TimeSpan{at(10), at(50)}));
}

}  // namespace
}  // namespace etymon::store
