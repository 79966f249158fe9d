// Times as logs write them, and what is done about what they leave out.
#include "api/cli/logs/log_time.h"

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace etymon::cli::logs {
namespace {

struct Surroundings {
  const char* now = "2026-11-25T12:00:00Z";
  const char* zone = "UTC";
  std::optional<int> year = {};
};

std::optional<WrittenTime> time_of(std::string_view text, const Surroundings& around = {}) {
  testing::ManualClock clock(parse_time(around.now, WallTime())->start);
  return LogTimes(clock, *Zone::from_text(around.zone), around.year).whole(text);
}

// "2026-11-23T14:21:46.000000Z +1 s", or "none".
std::string read(std::string_view text, const Surroundings& around = {}) {
  const auto time = time_of(text, around);
  return time ? format_time(time->start) + " +" + describe_duration(time->precision) : "none";
}

TEST(LogTime, the_precision_is_what_was_written) {
  EXPECT_EQ(read("2026-11-23T14:21:46Z"), "2026-11-23T14:21:46.000000Z +1 s");
  EXPECT_EQ(read("2026-11-23T14:21:46.5Z"), "2026-11-23T14:21:46.500000Z +100 ms");
  EXPECT_EQ(read("2026-11-23T14:21:46.123456789Z"), "2026-11-23T14:21:46.123456Z +1 us");
}

TEST(LogTime, zones_are_minded_in_all_their_spellings) {
  EXPECT_EQ(read("2026-11-23T14:21:46+01:00"), "2026-11-23T13:21:46.000000Z +1 s");
  EXPECT_EQ(read("2026-11-23T14:21:46-0530"), "2026-11-23T19:51:46.000000Z +1 s");
  EXPECT_EQ(read("2026-11-23 14:21:46", {.zone = "+02:00"}), "2026-11-23T12:21:46.000000Z +1 s");
}

TEST(LogTime, utc_and_gmt_are_zones_and_other_words_are_none) {
  for (const char* text :
       {"Nov 23 14:21:46 UTC", "Nov 23 2026 14:21:46 GMT", "nov/23/2026 14:21:46UTC",
        "2026-11-23 14:21:46 UTC", "2026/11/23 14:21:46.000 GMT", "Nov 23 14:21:46Z"}) {
    EXPECT_EQ(read(text, {.zone = "+02:00"}).substr(0, 27), "2026-11-23T14:21:46.000000Z") << text;
  }
  EXPECT_EQ(read("Nov 26 11:30:00 UTC", {.zone = "+02:00"}), "2026-11-26T11:30:00.000000Z +1 s");
  EXPECT_EQ(read("Nov 26 12:30:00 UTC", {.zone = "+02:00"}), "2025-11-26T12:30:00.000000Z +1 s")
      << "more than a day in the future";
  for (const char* text : {"Nov 23 14:21:46 CET", "Nov 23 14:21:46 UTC1", "Nov 23 14:21:46  UTC",
                           "2026-11-23 14:21:46 gmt", "2026-11-23 14:21:46 UT"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

TEST(LogTime, an_offset_may_stand_behind_a_blank) {
  EXPECT_EQ(read("2026-11-23 14:21:46 +0100"), "2026-11-23T13:21:46.000000Z +1 s");
  EXPECT_EQ(read("2026/11/23 14:21:46.5 -05:30"), "2026-11-23T19:51:46.500000Z +100 ms");
  EXPECT_EQ(read("Nov 23 14:21:46 +0100"), "2026-11-23T13:21:46.000000Z +1 s");
  for (const char* no_offset : {"2026-11-23 14:21:46 +01", "2026-11-23 14:21:46 -0100a",
                                "2026-11-23 14:21:46  +0100", "2026-11-23 14:21:46 -1234567"}) {
    EXPECT_EQ(read(no_offset), "none") << no_offset << ": a host may be called so";
  }
}

TEST(LogTime, a_weekday_may_stand_before_a_date) {
  EXPECT_EQ(read("Mon 2026-11-23 14:21:46 UTC", {.zone = "+02:00"}),
            "2026-11-23T14:21:46.000000Z +1 s");
  EXPECT_EQ(read("Mon 2026-11-23 14:21:46.123456 UTC", {.zone = "+02:00"}),
            "2026-11-23T14:21:46.123456Z +1 us");
}

TEST(LogTime, epochs_by_their_number_of_digits) {
  EXPECT_EQ(read("1795443706"), "2026-11-23T14:21:46.000000Z +1 s");
  EXPECT_EQ(read("1795443706.25"), "2026-11-23T14:21:46.250000Z +10 ms");
  EXPECT_EQ(read("1795443706123"), "2026-11-23T14:21:46.123000Z +1 ms");
  EXPECT_EQ(read("1795443706123456"), "2026-11-23T14:21:46.123456Z +1 us");
  EXPECT_EQ(read("1795443706123456789"), "2026-11-23T14:21:46.123456Z +1 us");
  EXPECT_EQ(read("99999999999999999999"), "none");
}

TEST(LogTime, other_orders_of_a_date) {
  EXPECT_EQ(read("2026/11/23 14:21:46"), "2026-11-23T14:21:46.000000Z +1 s");
  EXPECT_EQ(read("Nov 23 2026 14:21:46"), "2026-11-23T14:21:46.000000Z +1 s");
  EXPECT_EQ(read("nov/23/2026 14:21:46"), "2026-11-23T14:21:46.000000Z +1 s");
}

TEST(LogTime, the_zone_behind_a_fraction_with_a_comma_counts) {
  EXPECT_EQ(read("2026-11-23T14:21:46,123456+01:00"), "2026-11-23T13:21:46.123456Z +1 us");
  EXPECT_EQ(read("1795443706,25"), "none") << "which may be the next field";
}

TEST(LogTime, behind_a_weekday_the_year_stands_at_the_end) {
  EXPECT_EQ(read("Mon Nov 23 14:21:46 2026"), "2026-11-23T14:21:46.000000Z +1 s");
  EXPECT_EQ(read("[Sat Nov 23 14:21:46 2024"), "2024-11-23T14:21:46.000000Z +1 s");
  EXPECT_EQ(read("Mon Nov  2 14:21:46"), "2026-11-02T14:21:46.000000Z +1 s");
  EXPECT_EQ(read("Nov 23 14:21:46 2024"), "none") << "a host may be called so";
}

TEST(LogTime, without_a_year_it_is_the_newest_that_is_at_most_a_day_in_the_future) {
  EXPECT_EQ(read("Nov 25 11:59:59"), "2026-11-25T11:59:59.000000Z +1 s");
  EXPECT_EQ(read("Nov 26 11:59:59"), "2026-11-26T11:59:59.000000Z +1 s");
  EXPECT_EQ(read("Nov 27 00:00:00"), "2025-11-27T00:00:00.000000Z +1 s");
  EXPECT_EQ(read("Jan  1 00:00:05", {.now = "2026-12-31T23:59:59Z"}),
            "2027-01-01T00:00:05.000000Z +1 s");
  EXPECT_EQ(read("Feb 29 10:00:00"), "2024-02-29T10:00:00.000000Z +1 s");
  EXPECT_EQ(read("Nov 27 00:00:00", {.year = 2026}), "2026-11-27T00:00:00.000000Z +1 s");
  EXPECT_EQ(read("Feb 29 10:00:00", {.year = 2025}), "none");
}

TEST(LogTime, without_a_date_it_is_the_newest_that_is_at_most_five_minutes_in_the_future) {
  EXPECT_EQ(read("12:04:59"), "2026-11-25T12:04:59.000000Z +1 s");
  EXPECT_EQ(read("12:05:01"), "2026-11-24T12:05:01.000000Z +1 s");
  EXPECT_EQ(read("23:00:00", {.zone = "+14:00"}), "2026-11-25T09:00:00.000000Z +1 s");
  EXPECT_EQ(read("23:00:00", {.zone = "-12:00"}), "2026-11-25T11:00:00.000000Z +1 s");
  EXPECT_EQ(read("01:00:00", {.zone = "-12:00"}), "2026-11-24T13:00:00.000000Z +1 s");
}

TEST(LogTime, a_zone_of_the_system_changes_with_the_season) {
  EXPECT_EQ(read("2026-07-01 12:00:00", {.zone = "Europe/Berlin"}),
            "2026-07-01T10:00:00.000000Z +1 s");
  EXPECT_EQ(read("2026-11-23 12:00:00", {.zone = "Europe/Berlin"}),
            "2026-11-23T11:00:00.000000Z +1 s");
  EXPECT_EQ(read("2026-10-25 03:00:00", {.zone = "Europe/Berlin"}),
            "2026-10-25T02:00:00.000000Z +1 s");
  // What was skipped counts as before.
  EXPECT_EQ(read("2026-03-29 02:30:00", {.zone = "Europe/Berlin"}),
            "2026-03-29T01:30:00.000000Z +1 s");
}

TEST(LogTime, an_hour_that_occurs_twice_is_either_of_the_two) {
  const Surroundings berlin{.zone = "Europe/Berlin"};
  EXPECT_EQ(read("2026-10-25 01:59:59", berlin), "2026-10-24T23:59:59.000000Z +1 s");
  EXPECT_EQ(read("2026-10-25 02:00:00", berlin), "2026-10-25T00:00:00.000000Z +1 h");
  EXPECT_EQ(read("2026-10-25 02:30:00", berlin), "2026-10-25T00:30:00.000000Z +1 h");
  EXPECT_EQ(time_of("2026-10-25 02:30:00", berlin)->precision, Seconds(3601));
  EXPECT_EQ(read("Oct 25 02:59:59", berlin), "2026-10-25T00:59:59.000000Z +1 h");
  EXPECT_EQ(read("2026-10-25 02:30:00+01:00", berlin), "2026-10-25T01:30:00.000000Z +1 s");
  // Read while it occurs for the second time.
  EXPECT_EQ(read("02:30:00", {.now = "2026-10-25T01:30:05Z", .zone = "Europe/Berlin"}),
            "2026-10-25T00:30:00.000000Z +1 h");
  EXPECT_EQ(read("02:30:00", {.now = "2026-10-25T00:30:05Z", .zone = "Europe/Berlin"}),
            "2026-10-25T00:30:00.000000Z +1 s")
      << "the second is to come";
  // Half an hour, on Lord Howe Island.
  EXPECT_EQ(read("2026-04-05 01:45:00", {.zone = "Australia/Lord_Howe"}),
            "2026-04-04T14:45:00.000000Z +30 min 1 s");
}

TEST(LogTime, what_is_no_time_is_none) {
  for (const char* text :
       {"", "now", "Foo 23 14:21:46", "Nov 32 14:21:46", "2026-13-01 00:00:00",
        "2026-02-30 00:00:00", "25:00:00", "14:60:00", "14:21", "2026-11-23", "Nov 23",
        "Nov 23 14:21:46 and more", "12345678", "2026-11-23X14:21:46"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

TEST(LogTime, without_seconds_it_is_any_moment_of_the_minute_where_it_is_known_to_be_a_time) {
  testing::ManualClock clock(parse_time("2026-11-25T12:00:00Z", WallTime())->start);
  const LogTimes times(clock, *Zone::from_text("+02:00"), std::nullopt);
  for (const char* text :
       {"2026-11-23T14:21Z", "2026-11-23 16:21", "2026/11/23 14:21 UTC", "2026-11-23 15:21 +0100",
        "\"2026-11-23T15:21+01:00\"", "Nov 23 16:21", "Nov 23 2026 16:21", "nov/23/2026 16:21"}) {
    const auto time = times.described(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format_time(time->start), "2026-11-23T14:21:00.000000Z") << text;
    EXPECT_EQ(time->precision, Seconds(60)) << text;
    EXPECT_FALSE(times.whole(text)) << text;
  }
  EXPECT_EQ(times.described("2026-11-23 16:21:46")->precision, Seconds(1));
  for (const char* text : {"", ":", "14", "2026-11-23", "2026-11-23 14:2", "2026-11-23 14:21:4",
                           "2026-11-23 14:21.5", "2026-11-23 24:21", "2026-11-23 14:21 and more"}) {
    EXPECT_FALSE(times.described(text)) << text;
  }
}

TEST(LogTime, what_ended_began_before) {
  const WrittenTime end{WallTime(Seconds(100)), Seconds(1)};
  const WrittenTime start = LogTimes::start_of(end, Seconds(30));
  // From 29 to 31 seconds before some moment of that second.
  EXPECT_EQ(start.start, WallTime(Seconds(69)));
  EXPECT_EQ(start.precision, Seconds(2));
  EXPECT_EQ(LogTimes::start_of(end, Seconds(0)).start, end.start);
}

}  // namespace
}  // namespace etymon::cli::logs
