// Sizes, numbers and durations as operators write them.
#include "api/daemon/values.h"

#include <gtest/gtest.h>

namespace etymon::daemon {
namespace {

using namespace std::chrono_literals;

TEST(Values, the_range_is_told_to_whoever_misses_it) {
  EXPECT_EQ(parse_size_within("512KiB", 1 << 20, 1 << 30).error().message,
            "'512KiB' is out of range: 1 MiB to 1 GiB");
  EXPECT_EQ(parse_number("65", 1, 64).error().message, "'65' is out of range: 1 to 64");
  EXPECT_EQ(parse_duration_within("2s", 1ms, 1s).error().message,
            "'2s' is out of range: 1 ms to 1 s");
}

TEST(Values, both_ends_of_a_range_belong_to_it) {
  EXPECT_EQ(*parse_number("1", 1, 64), 1U);
  EXPECT_EQ(*parse_number("64", 1, 64), 64U);
  EXPECT_EQ(*parse_duration_within("1ms", 1ms, 1s), 1ms);
  EXPECT_EQ(*parse_duration_within("1s", 1ms, 1s), 1s);
}

TEST(Values, a_number_is_whole_and_nothing_follows_it) {
  for (const char* text : {"", "x", "1x", "1.0", "-1", "+1", " 1", "99999999999999999999"}) {
    EXPECT_FALSE(parse_number(text, 0, UINT64_MAX).ok()) << text;
  }
}

}  // namespace
}  // namespace etymon::daemon
