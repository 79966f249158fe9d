#include "resolver/base/time_text.h"

#include <gtest/gtest.h>

namespace etymon {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;

constexpr sys_days kToday = std::chrono::year(2026) / 11 / 23;
constexpr WallTime kNow = kToday + hours(15) + minutes(4) + Seconds(5);

WallTime start_of(std::string_view text) {
  const auto written = parse_time(text, kNow);
  EXPECT_TRUE(written.ok()) << text;
  return written ? written->start : WallTime::min();
}

Microseconds precision_of(std::string_view text) {
  const auto written = parse_time(text, kNow);
  EXPECT_TRUE(written.ok()) << text;
  return written ? written->precision : Microseconds(0);
}

Microseconds duration_of(std::string_view text) {
  const auto duration = parse_duration(text);
  EXPECT_TRUE(duration.ok()) << text;
  return duration ? *duration : Microseconds(-1);
}

TEST(FormatTime, is_rfc_3339_in_utc_with_six_digits_always) {
  EXPECT_EQ(format_time(kToday + hours(7) + minutes(20) + Seconds(14) + Microseconds(123)),
            "2026-11-23T07:20:14.000123Z");
  EXPECT_EQ(format_time(WallTime{}), "1970-01-01T00:00:00.000000Z");
}

TEST(FormatTime, a_year_of_five_digits_has_them_all) {
  EXPECT_EQ(format_time(std::chrono::sys_days(std::chrono::year(12026) / 11 / 23)),
            "12026-11-23T00:00:00.000000Z");
  EXPECT_EQ(format_time(std::chrono::sys_days(std::chrono::year(-1) / 1 / 1)),
            "-001-01-01T00:00:00.000000Z");
}

TEST(FormatTime, goes_on_before_1970) {
  EXPECT_EQ(format_time(WallTime(Microseconds(-1))), "1969-12-31T23:59:59.999999Z");
}

TEST(FormatTime, is_read_back_as_the_same_microsecond) {
  for (const int64_t us :
       {int64_t{0}, int64_t{1}, int64_t{1'700'000'000'123'456}, int64_t{253'402'300'799'999'999}}) {
    const WallTime time{Microseconds(us)};
    EXPECT_EQ(start_of(format_time(time)), time);
    EXPECT_EQ(precision_of(format_time(time)), Microseconds(1));
  }
}

TEST(ParseTime, tells_whether_a_zone_was_written) {
  for (const char* text : {"2026-11-23T14:21:46Z", "2026-11-23T14:21:46z", "14:21+01:00",
                           "1700000000", "now", "-2h"}) {
    EXPECT_TRUE(parse_time(text, kNow)->has_zone) << text;
  }
  for (const char* text : {"2026-11-23T14:21:46", "2026-11-23", "14:21", "today"}) {
    EXPECT_FALSE(parse_time(text, kNow)->has_zone) << text;
  }
}

TEST(ParseTime, tells_whether_it_was_relative_to_now) {
  for (const char* text : {"now", "-2h", "1w2d", "-3600"}) {
    EXPECT_TRUE(parse_time(text, kNow)->is_relative) << text;
  }
  for (const char* text : {"today", "14:21", "2026-11-23T14:21:46.123456z", "1700000000"}) {
    EXPECT_FALSE(parse_time(text, kNow)->is_relative) << text;
  }
}

TEST(ParseTime, reads_rfc_3339_with_t_or_blank) {
  const WallTime expected = kToday + hours(14) + minutes(21) + Seconds(46);
  EXPECT_EQ(start_of("2026-11-23T14:21:46Z"), expected);
  EXPECT_EQ(start_of("2026-11-23t14:21:46z"), expected);
  EXPECT_EQ(start_of("2026-11-23 14:21:46"), expected);
  EXPECT_EQ(start_of("2026-11-23T14:21:46.5Z"), expected + Milliseconds(500));
  EXPECT_EQ(start_of("2026-11-23T14:21Z"), expected - Seconds(46));
}

TEST(ParseTime, a_zone_says_how_far_local_time_is_ahead_of_utc) {
  const WallTime expected = kToday + hours(13) + minutes(21) + Seconds(46);
  EXPECT_EQ(start_of("2026-11-23 14:21:46+01:00"), expected);
  EXPECT_EQ(start_of("2026-11-23T07:51:46-05:30"), expected);
  EXPECT_EQ(start_of("2026-11-24T00:21+11:00"), kToday + hours(13) + minutes(21));
  EXPECT_EQ(start_of("2026-11-23T14:21:46+0100"), expected);  // as date +%z writes it
  EXPECT_EQ(start_of("2026-11-23 07:51:46-0530"), expected);
}

TEST(ParseTime, a_time_alone_is_today_in_utc) {
  EXPECT_EQ(start_of("14:21"), kToday + hours(14) + minutes(21));
  EXPECT_EQ(start_of("14:21:46"), kToday + hours(14) + minutes(21) + Seconds(46));
  EXPECT_EQ(start_of("23:59"), kToday + hours(23) + minutes(59));
}

TEST(ParseTime, a_time_alone_with_a_zone_is_today_over_there) {
  // At 15:04 UTC it is already the 24th where clocks are ten hours ahead.
  EXPECT_EQ(start_of("01:00+10:00"), kToday + hours(15));
}

TEST(ParseTime, precision_is_that_of_the_last_digit_written) {
  EXPECT_EQ(precision_of("2026-11-23"), days(1));
  EXPECT_EQ(precision_of("14:21"), minutes(1));
  EXPECT_EQ(precision_of("14:21:46"), Seconds(1));
  EXPECT_EQ(precision_of("14:21:46.5"), Milliseconds(100));
  EXPECT_EQ(precision_of("14:21:46.50"), Milliseconds(10));
  EXPECT_EQ(precision_of("14:21:46.123456"), Microseconds(1));
  EXPECT_EQ(precision_of("2026-11-23T14:21:46.123Z"), Milliseconds(1));
}

TEST(ParseTime, digits_beyond_the_microsecond_are_dropped) {
  EXPECT_EQ(start_of("1700000000.123456789"), WallTime(Microseconds(1'700'000'000'123'456)));
  EXPECT_EQ(precision_of("1700000000.123456789"), Microseconds(1));
}

TEST(ParseTime, a_number_is_seconds_since_1970) {
  EXPECT_EQ(start_of("1700000000"), WallTime(Seconds(1'700'000'000)));
  EXPECT_EQ(precision_of("1700000000"), Seconds(1));
  EXPECT_EQ(start_of("1700000000.25"), WallTime(Milliseconds(1'700'000'000'250)));
  EXPECT_EQ(precision_of("1700000000.25"), Milliseconds(10));
  EXPECT_EQ(start_of("0"), WallTime{});
}

TEST(ParseTime, relative_times_are_exact) {
  EXPECT_EQ(start_of("now"), kNow);
  EXPECT_EQ(start_of("-2h"), kNow - hours(2));
  EXPECT_EQ(start_of("-1d12h"), kNow - hours(36));
  EXPECT_EQ(start_of("-90s"), kNow - Seconds(90));
  EXPECT_EQ(start_of("-250ms"), kNow - Milliseconds(250));
  EXPECT_EQ(precision_of("now"), Microseconds(1));
  EXPECT_EQ(precision_of("-2h"), Microseconds(1));
}

TEST(ParseTime, relative_times_may_be_written_as_for_dnsdbq) {
  EXPECT_EQ(start_of("1w2d"), kNow - days(9));
  EXPECT_EQ(start_of("-1w2d"), kNow - days(9));
  EXPECT_EQ(start_of("1w2d3h4m5s"), kNow - days(9) - hours(3) - minutes(4) - Seconds(5));
  EXPECT_EQ(start_of("2h"), kNow - hours(2));
  EXPECT_EQ(start_of("-3600"), kNow - hours(1));
  EXPECT_EQ(start_of("3600"), WallTime(hours(1))) << "a number is seconds since 1970";
}

TEST(ParseTime, today_and_yesterday_are_whole_days_in_utc) {
  EXPECT_EQ(start_of("today"), kToday);
  EXPECT_EQ(start_of("yesterday"), kToday - days(1));
  EXPECT_EQ(precision_of("today"), days(1));
  EXPECT_EQ(precision_of("yesterday"), days(1));
  EXPECT_EQ(parse_time("today", kToday)->start, kToday) << "at its first microsecond";
}

TEST(ParseTime, a_leap_second_is_the_second_that_follows) {
  EXPECT_EQ(start_of("2016-12-31T23:59:60Z"), start_of("2017-01-01T00:00:00Z"));
}

TEST(ParseTime, knows_which_years_leap) {
  EXPECT_TRUE(parse_time("2024-02-29", kNow).ok());
  EXPECT_TRUE(parse_time("2000-02-29", kNow).ok());
  EXPECT_FALSE(parse_time("2026-02-29", kNow).ok());
  EXPECT_FALSE(parse_time("2100-02-29", kNow).ok());
}

TEST(ParseTime, refuses_what_is_no_time) {
  for (const std::string_view text : {"",
                                      " ",
                                      "noon",
                                      "Now",
                                      "Today",
                                      "tomorrow",
                                      "1e9",
                                      "14:",
                                      "14:2",
                                      "1:21",
                                      "24:00",
                                      "14:60",
                                      "14:21:61",
                                      "14:21:46.",
                                      "14:21:46 ",
                                      " 14:21",
                                      "14:21:46+1:00",
                                      "14:21:46+01",
                                      "+2h",
                                      "-",
                                      "--2h",
                                      "-2x",
                                      "-h",
                                      "2x",
                                      "1h30",
                                      "1 h",
                                      "2026-13-01",
                                      "2026-00-01",
                                      "2026-11-00",
                                      "2026-11-31",
                                      "26-11-23",
                                      "2026/11/23",
                                      "2026-11-23T",
                                      "2026-11-23T14",
                                      "2026-11-23Z",
                                      "1700000000.",
                                      ".5",
                                      "2026-11-23T14:21:46Z trailing"}) {
    EXPECT_FALSE(parse_time(text, kNow).ok()) << text;
  }
}

TEST(ParseTime, refuses_seconds_beyond_the_year_9999) {
  EXPECT_TRUE(parse_time("253402300799", kNow).ok());
  EXPECT_FALSE(parse_time("253402300800", kNow).ok());
  EXPECT_FALSE(parse_time("1700000000000", kNow).ok());  // milliseconds, by the looks of it
  EXPECT_FALSE(parse_time(std::string(1000, '9'), kNow).ok());
}

TEST(ParseTime, the_error_names_the_text_and_the_accepted_forms) {
  const auto refused = parse_time("tomorrow", kNow);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  for (const char* part : {"\"tomorrow\"", "2026-11-23T14:21:46Z", "yesterday", "now", "-2h30m"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << part;
  }
}

TEST(ParseDuration, adds_up_what_is_written_with_units) {
  EXPECT_EQ(duration_of("1w2d3h4m5s"), days(9) + hours(3) + minutes(4) + Seconds(5));
  EXPECT_EQ(duration_of("500ms"), Milliseconds(500));
  EXPECT_EQ(duration_of("20us"), Microseconds(20));
  EXPECT_EQ(duration_of("0s"), Microseconds(0));
}

TEST(ParseDuration, a_bare_number_is_seconds) {
  EXPECT_EQ(duration_of("90"), Seconds(90));
  EXPECT_EQ(duration_of("0"), Seconds(0));
  EXPECT_EQ(duration_of("1.5"), Milliseconds(1500));
}

TEST(ParseDuration, a_fraction_counts_in_its_unit) {
  EXPECT_EQ(duration_of("1.5s"), Milliseconds(1500));
  EXPECT_EQ(duration_of("0.25h"), minutes(15));
  EXPECT_EQ(duration_of("1.5d"), hours(36));
}

TEST(ParseDuration, refuses_what_is_no_duration) {
  for (const std::string_view text :
       {"", "s", "-5s", "+5s", "5 s", "5x", "1h30", "30 1h", "1..5s", "1.s", ".5s", "5S", "h1"}) {
    EXPECT_FALSE(parse_duration(text).ok()) << text;
  }
}

TEST(ParseDuration, refuses_more_than_all_years_that_can_be_written) {
  EXPECT_TRUE(parse_duration("253402300799s").ok());
  EXPECT_FALSE(parse_duration("253402300800s").ok());
  EXPECT_FALSE(parse_duration("200000000000s200000000000s").ok());
  EXPECT_FALSE(parse_duration("99999999999999999999w").ok());
}

TEST(DescribeDuration, tells_the_largest_two_units) {
  EXPECT_EQ(describe_duration(days(3) + hours(4) + minutes(59)), "3 d 4 h");
  EXPECT_EQ(describe_duration(minutes(2) + Seconds(5)), "2 min 5 s");
  EXPECT_EQ(describe_duration(hours(1) + minutes(30)), "1 h 30 min");
  EXPECT_EQ(describe_duration(Milliseconds(1500)), "1 s 500 ms");
}

TEST(DescribeDuration, leaves_out_a_second_unit_that_is_zero) {
  EXPECT_EQ(describe_duration(Milliseconds(850)), "850 ms");
  EXPECT_EQ(describe_duration(days(3) + minutes(59)), "3 d");
  EXPECT_EQ(describe_duration(Microseconds(7)), "7 us");
}

TEST(DescribeDuration, nothing_is_zero_seconds) {
  EXPECT_EQ(describe_duration(Microseconds(0)), "0 s");
}

TEST(DescribeDuration, keeps_the_sign) {
  EXPECT_EQ(describe_duration(-Seconds(65)), "-1 min 5 s");
}

}  // namespace
}  // namespace etymon
