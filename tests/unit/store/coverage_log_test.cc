// Coverage: every way in which recording begins and ends, and what of it is on disk.
#include "store/journal/coverage_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace etymon::store {
namespace {

constexpr WallTime kStart{Seconds(1'700'000'000)};

CoverageInterval interval(Seconds from, Seconds to, CoverageEdge began, CoverageEdge ended) {
  return {{kStart + from, kStart + to}, began, ended};
}

TimeSpan at(Seconds offset) {
  return {kStart + offset, kStart + offset};
}

std::vector<CoverageInterval> intervals(CoverageLog log, Seconds now) {
  return log.snapshot(kStart + now).coverage().intervals();
}

TEST(CoverageLog, lets_the_live_interval_end_at_the_present) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  EXPECT_EQ(
      intervals(log, Seconds(9)),
      std::vector{interval(Seconds(0), Seconds(9), CoverageEdge::kStart, CoverageEdge::kNow)});
}

TEST(CoverageLog, has_nothing_of_an_interval_that_was_withdrawn) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  log.end(kStart + Seconds(2), CoverageEdge::kStop);
  log.begin(kStart + Seconds(4), CoverageEdge::kStart);
  const auto rows = log.take_rows(kStart + Seconds(5));
  log.withdraw();
  EXPECT_FALSE(log.is_live());
  const std::vector before{
      interval(Seconds(0), Seconds(2), CoverageEdge::kStart, CoverageEdge::kStop)};
  EXPECT_EQ(intervals(log, Seconds(9)), before);

  const auto removed = log.take_rows(kStart + Seconds(6));
  ASSERT_EQ(removed.size(), 1U);
  EXPECT_EQ(removed.front().key, rows.back().key);
  EXPECT_EQ(removed.front().value, "") << "the row is to be removed from the disk";
}

TEST(CoverageLog, ends_a_crashed_interval_at_its_heartbeat_or_last_delivery) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  const auto rows = log.take_rows(kStart + Seconds(5));

  const auto by_heartbeat = CoverageLog::load(rows, kStart + Seconds(4));
  EXPECT_EQ(
      intervals(*by_heartbeat, Seconds(9)),
      std::vector{interval(Seconds(0), Seconds(5), CoverageEdge::kStart, CoverageEdge::kCrash)});
  const auto by_delivery = CoverageLog::load(rows, kStart + Seconds(6));
  EXPECT_EQ(
      intervals(*by_delivery, Seconds(9)),
      std::vector{interval(Seconds(0), Seconds(6), CoverageEdge::kStart, CoverageEdge::kCrash)});
}

// The delivery that is known to be the last may be of the time before: the crashed interval has
// none, or they are in the tables.
TEST(CoverageLog, a_crashed_interval_is_not_lengthened_by_what_came_before_the_clock_was_set_back) {
  constexpr Seconds kBack{-3559};
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  log.import({kStart - Seconds(9000), kStart + Seconds(9000)}, 0);
  log.end(kStart + Seconds(40), CoverageEdge::kClockStep);
  log.begin(kStart + kBack, CoverageEdge::kClockStep);
  const auto rows = log.take_rows(kStart + kBack + Seconds(19));
  const auto crashed_until = [&](Seconds last_delivery) {
    const auto told = intervals(*CoverageLog::load(rows, kStart + last_delivery), Seconds(0));
    const auto crashed = std::ranges::find(told, CoverageEdge::kCrash, &CoverageInterval::ended);
    return crashed->span.end - kStart;
  };
  EXPECT_EQ(crashed_until(Seconds(40)), kBack + Seconds(19));
  EXPECT_EQ(crashed_until(Seconds(41)), kBack + Seconds(19)) << "in the gap behind it";
  EXPECT_EQ(crashed_until(kBack + Seconds(20)), kBack + Seconds(20));
}

TEST(CoverageLog, ends_before_the_earliest_loss_even_when_told_of_a_later_one_first) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  log.lose(at(Seconds(7)));
  log.lose(at(Seconds(6)));
  log.begin(kStart + Seconds(8), CoverageEdge::kLoss);
  log.lose(at(Seconds(5)));
  const Coverage coverage = log.snapshot(kStart + Seconds(20)).coverage();
  EXPECT_FALSE(coverage.covers({kStart + Seconds(5), kStart + Seconds(5)}));
  EXPECT_TRUE(coverage.covers({kStart, kStart + Seconds(4)}));
  EXPECT_TRUE(coverage.covers({kStart + Seconds(8), kStart + Seconds(20)}));
}

// Two turns are given up at once: one is stamped before recording was resumed, one behind that.
TEST(CoverageLog, is_not_live_on_when_the_loss_reaches_over_its_beginning) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  log.lose(at(Seconds(5)));
  log.begin(kStart + Seconds(10), CoverageEdge::kLoss);
  log.lose({kStart + Seconds(9), kStart + Seconds(12)});
  EXPECT_FALSE(log.is_live());
  log.end(kStart + Seconds(20), CoverageEdge::kLoss);
  log.begin(kStart + Seconds(11), CoverageEdge::kLoss);
  const Coverage coverage = log.snapshot(kStart + Seconds(30)).coverage();
  EXPECT_TRUE(coverage.covers({kStart, kStart + Seconds(4)}));
  EXPECT_FALSE(coverage.covers({kStart + Seconds(11), kStart + Seconds(11)}));
  EXPECT_FALSE(coverage.covers({kStart + Seconds(12), kStart + Seconds(12)}));
  EXPECT_TRUE(coverage.covers({kStart + Seconds(13), kStart + Seconds(30)}));
}

TEST(CoverageLog, of_what_began_within_a_loss_and_ended_only_what_lies_behind_it_is_left) {
  CoverageLog log;
  log.begin(kStart + Seconds(10), CoverageEdge::kStart);
  log.end(kStart + Seconds(11), CoverageEdge::kClockStep);
  log.begin(kStart + Seconds(12), CoverageEdge::kClockStep);
  log.end(kStart + Seconds(20), CoverageEdge::kClockStep);
  log.lose({kStart + Seconds(9), kStart + Seconds(15)});
  const auto left = intervals(log, Seconds(30));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].span.start, kStart + Seconds(15) + Microseconds(1));
  EXPECT_EQ(left[0].span.end, kStart + Seconds(20));
  EXPECT_EQ(left[0].began, CoverageEdge::kLoss);
}

TEST(CoverageLog, begins_where_older_history_was_let_go) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  log.end(kStart + Seconds(5), CoverageEdge::kStop);
  log.begin(kStart + Seconds(10), CoverageEdge::kStart);
  log.end(kStart + Seconds(30), CoverageEdge::kStop);
  log.begin(kStart + Seconds(40), CoverageEdge::kStart);
  static_cast<void>(log.take_rows(kStart + Seconds(50)));
  log.cut_before(kStart + Seconds(20));
  const auto expected =
      std::vector{interval(Seconds(20), Seconds(30), CoverageEdge::kRetention, CoverageEdge::kStop),
                  interval(Seconds(40), Seconds(60), CoverageEdge::kStart, CoverageEdge::kNow)};
  EXPECT_EQ(intervals(log, Seconds(60)), expected);
  // Two rows are deleted, one is new, the live one goes on.
  EXPECT_EQ(log.take_rows(kStart + Seconds(60)).size(), 4U);
}

TEST(CoverageLog, stays_live_when_the_live_interval_is_cut_again_and_again) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  log.import({kStart, kStart + Seconds(500)}, 0);
  for (const Seconds cut : {Seconds(10), Seconds(20), Seconds(30)}) {
    log.cut_before(kStart + cut);
    EXPECT_TRUE(log.is_live());
    EXPECT_FALSE(
        log.snapshot(kStart + Seconds(60)).coverage().covered_since(kStart + cut - Seconds(1)));
    EXPECT_EQ(log.snapshot(kStart + Seconds(60)).coverage().covered_since(kStart + Seconds(60)),
              kStart + cut);
  }
  const auto rows = log.take_rows(kStart + Seconds(60));
  std::vector<CoverageRow> left;
  std::ranges::copy_if(rows, std::back_inserter(left),
                       [](const CoverageRow& row) { return !row.value.empty(); });
  auto loaded = CoverageLog::load(left, {});
  EXPECT_EQ(loaded->snapshot(kStart).coverage().intervals().size(), 2U);
}

TEST(CoverageLog, a_live_interval_stays_when_some_of_what_is_to_come_is_left_out) {
  CoverageLog log;
  log.begin(kStart + Seconds(100), CoverageEdge::kStart);
  log.end(kStart + Seconds(200), CoverageEdge::kClockStep);
  log.begin(kStart, CoverageEdge::kClockStep);
  const TimeSpan ahead{kStart + Seconds(150), kStart + Seconds(300)};
  log.leave_out({&ahead, 1}, kStart + Seconds(10));
  const std::vector<CoverageInterval> left = intervals(log, Seconds(10));
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0],
            interval(Seconds(0), Seconds(10), CoverageEdge::kClockStep, CoverageEdge::kNow));
  EXPECT_EQ(left[1].span.start, kStart + Seconds(100));
  EXPECT_EQ(left[1].span.end, ahead.start - Microseconds(1));
  EXPECT_TRUE(log.is_live());
}

TEST(CoverageLog, drops_what_was_covered_for_less_than_a_second_between_losses) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  for (int i = 0; i < 1000; ++i) {
    const WallTime now = kStart + Seconds(10) + Milliseconds(2 * i);
    log.lose({now, now});
    log.begin(now + Milliseconds(1), CoverageEdge::kLoss);
  }
  EXPECT_EQ(intervals(log, Seconds(60)).size(), 2U);
}

TEST(CoverageLog, does_not_multiply_an_imported_interval) {
  const auto import =
      interval(Seconds(0), Seconds(5), CoverageEdge::kImport, CoverageEdge::kImport);
  CoverageLog log;
  log.import(import.span, 0);
  log.take_rows(kStart);
  log.import(import.span, 0);
  EXPECT_FALSE(log.has_changes());
  EXPECT_EQ(intervals(log, Seconds(9)), std::vector{import});
}

// A sensor that hands over a second each second would fill the table with them.
TEST(CoverageLog, joins_imports_that_touch_or_overlap) {
  CoverageLog log;
  for (int i = 0; i < 1000; ++i) {
    log.import({kStart + Seconds(i), kStart + Seconds(i + 1)}, 0);
  }
  log.import({kStart + Seconds(2000), kStart + Seconds(2010)}, 0);
  log.import({kStart + Seconds(2005), kStart + Seconds(2020)}, 0);
  log.import({kStart - Seconds(5), kStart + Seconds(3)}, 0);
  const auto expected = std::vector{
      interval(Seconds(-5), Seconds(1000), CoverageEdge::kImport, CoverageEdge::kImport),
      interval(Seconds(2000), Seconds(2020), CoverageEdge::kImport, CoverageEdge::kImport)};
  EXPECT_EQ(intervals(log, Seconds(9)), expected);
  std::vector<CoverageRow> rows = log.take_rows(kStart);
  std::erase_if(rows, [](const CoverageRow& row) { return row.value.empty(); });
  EXPECT_EQ(intervals(*CoverageLog::load(rows, {}), Seconds(9)), expected);

  log.import({kStart + Seconds(900), kStart + Seconds(2015)}, 0);
  EXPECT_EQ(intervals(log, Seconds(9)),
            std::vector{interval(Seconds(-5), Seconds(2020), CoverageEdge::kImport,
                                 CoverageEdge::kImport)});
}

TEST(CoverageLog, what_is_imported_again_keeps_where_older_history_was_let_go) {
  CoverageLog log;
  log.import({kStart, kStart + Seconds(100)}, 0);
  log.cut_before(kStart + Seconds(50));
  log.import({kStart + Seconds(60), kStart + Seconds(120)}, 0);
  EXPECT_EQ(intervals(log, Seconds(9)),
            std::vector{interval(Seconds(50), Seconds(120), CoverageEdge::kRetention,
                                 CoverageEdge::kImport)});
}

TEST(CoverageLog, an_import_begins_where_older_history_was_let_go) {
  CoverageLog log;
  log.cut_before(kStart + Seconds(50));
  log.import({kStart, kStart + Seconds(40)}, 0);
  log.import({kStart, kStart + Seconds(100)}, 0);
  EXPECT_EQ(intervals(log, Seconds(9)),
            std::vector{interval(Seconds(50), Seconds(100), CoverageEdge::kRetention,
                                 CoverageEdge::kImport)});
}

// A watch that goes on, and a clock that was set back, are judged by our own recording alone.
TEST(CoverageLog, what_is_left_of_an_import_stays_one) {
  CoverageLog log;
  log.import({kStart, kStart + Seconds(100)}, 0);
  for (const Seconds out : {Seconds(80), Seconds(40), Seconds(60), Seconds(20)}) {
    const TimeSpan span = at(out);
    log.leave_out({&span, 1}, kStart);
  }
  log.cut_before(kStart + Seconds(10));
  const auto left = intervals(log, Seconds(9));
  ASSERT_EQ(left.size(), 5U);
  for (const CoverageInterval& one : left) {
    EXPECT_TRUE(one.is_imported()) << (one.span.start - kStart).count();
  }
  EXPECT_EQ(left[0].began, CoverageEdge::kRetention);
  EXPECT_EQ(left[2].began, CoverageEdge::kForgotten);
}

TEST(CoverageLog, an_import_that_is_cut_where_our_own_recording_is_cut_takes_nothing_of_it) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  log.end(kStart + Seconds(90), CoverageEdge::kStop);
  log.import({kStart - Seconds(5), kStart + Seconds(100)}, 0);
  const TimeSpan out = at(Seconds(20));
  log.leave_out({&out, 1}, kStart);
  log.cut_before(kStart + Seconds(10));
  const auto left = intervals(log, Seconds(9));
  ASSERT_EQ(left.size(), 4U);
  EXPECT_EQ(std::ranges::count_if(left, &CoverageInterval::is_imported), 2);
  EXPECT_EQ(std::ranges::count(left, CoverageEdge::kStop, &CoverageInterval::ended), 1);
}

TEST(CoverageLog, a_loss_takes_nothing_of_an_import_that_was_cut) {
  CoverageLog log;
  log.import({kStart, kStart + Seconds(100)}, 0);
  log.cut_before(kStart + Seconds(10));
  log.lose(at(Seconds(50)));
  EXPECT_TRUE(
      log.snapshot(kStart).coverage().covers({kStart + Seconds(10), kStart + Seconds(100)}));
}

TEST(CoverageLog, an_import_does_not_cover_what_was_left_out_since_it_began) {
  CoverageLog log;
  const uint64_t began = log.times_left_out();
  const std::vector<TimeSpan> spans{{kStart + Seconds(20), kStart + Seconds(29)},
                                    {kStart + Seconds(25), kStart + Seconds(39)}};
  log.leave_out(spans, kStart);
  const uint64_t later = log.times_left_out();
  log.import({kStart, kStart + Seconds(100)}, began);
  const auto left = intervals(log, Seconds(9));
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].span, (TimeSpan{kStart, kStart + Seconds(20) - Microseconds(1)}));
  EXPECT_EQ(left[0].ended, CoverageEdge::kForgotten);
  EXPECT_EQ(left[1].span,
            (TimeSpan{kStart + Seconds(39) + Microseconds(1), kStart + Seconds(100)}));
  EXPECT_EQ(left[1].began, CoverageEdge::kForgotten);
  log.import({kStart, kStart + Seconds(100)}, later);
  EXPECT_TRUE(log.snapshot(kStart).coverage().covers({kStart, kStart + Seconds(100)}));
}

TEST(CoverageLog, recording_goes_on_beside_an_import_of_which_something_was_left_out) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  const TimeSpan out = at(Seconds(10));
  log.leave_out({&out, 1}, kStart + Seconds(20));
  log.import({kStart - Seconds(9), kStart + Seconds(15)}, 0);
  EXPECT_TRUE(log.is_live());
  const Coverage coverage = log.snapshot(kStart + Seconds(60)).coverage();
  EXPECT_FALSE(coverage.covers(out));
  EXPECT_TRUE(coverage.covers({kStart + Seconds(11), kStart + Seconds(60)}));
}

// More than are remembered one by one.
TEST(CoverageLog, an_import_covers_nothing_of_very_much_that_was_left_out) {
  CoverageLog log;
  std::vector<TimeSpan> spans;
  for (int i = 0; i < 5000; ++i) {
    spans.push_back(at(Seconds(2 * i)));
  }
  log.leave_out(spans, kStart);
  log.import({kStart - Seconds(9), kStart + Seconds(20'000)}, 0);
  const Coverage coverage = log.snapshot(kStart).coverage();
  for (const TimeSpan& span : spans) {
    ASSERT_FALSE(coverage.covers(span));
  }
  EXPECT_TRUE(coverage.covers({kStart + Seconds(10'000), kStart + Seconds(20'000)}));
  EXPECT_LE(coverage.intervals().size(), 1001U);
}

// Loops wait for the lock that is held meanwhile. Looking at each interval for each span took some
// seconds here, and this takes hundredths of one.
TEST(CoverageLog, many_spans_are_left_out_of_many_intervals_at_once) {
  constexpr int kSpans = 20'000;
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  std::vector<TimeSpan> spans;
  for (int i = 0; i < kSpans; ++i) {
    spans.push_back(at(Seconds(2 * i + 1)));
  }
  const WallTime now = kStart + Seconds(2 * kSpans);
  const auto begin = std::chrono::steady_clock::now();
  log.leave_out(spans, now);
  log.leave_out(spans, now);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, Seconds(1));
  EXPECT_EQ(log.snapshot(now).coverage().intervals().size(), size_t{kSpans} + 1);
}

TEST(CoverageLog, writes_again_what_could_not_be_written) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  log.lose(at(Seconds(0)));  // Nothing was covered: the row goes.
  const auto rows = log.take_rows(kStart);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].value.empty());
  log.put_back(rows);
  EXPECT_EQ(log.take_rows(kStart), rows);
}

TEST(CoverageLog, comes_back_from_its_rows) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  log.end(kStart + Seconds(3), CoverageEdge::kClockStep);
  log.begin(kStart - Seconds(50), CoverageEdge::kClockStep);
  log.end(kStart - Seconds(40), CoverageEdge::kStop);
  auto loaded = CoverageLog::load(log.take_rows(kStart), kStart);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(intervals(*loaded, Seconds(0)), intervals(log, Seconds(0)));
  EXPECT_FALSE(CoverageLog::load({{"short", "row"}}, std::nullopt).ok());
}

// Lookups put their coverage together from it, while the log goes on.
TEST(CoverageLog, a_snapshot_stays_as_it_was) {
  CoverageLog log;
  log.begin(kStart, CoverageEdge::kStart);
  const CoverageSnapshot before = log.snapshot(kStart + Seconds(5));
  EXPECT_EQ(log.snapshot(kStart + Seconds(6)).intervals, before.intervals) << "nothing to copy";
  log.end(kStart + Seconds(7), CoverageEdge::kStop);
  log.begin(kStart + Seconds(8), CoverageEdge::kStart);
  EXPECT_EQ(
      before.coverage().intervals(),
      std::vector{interval(Seconds(0), Seconds(5), CoverageEdge::kStart, CoverageEdge::kNow)});
  EXPECT_EQ(
      log.snapshot(kStart + Seconds(9)).coverage().intervals(),
      (std::vector{interval(Seconds(0), Seconds(7), CoverageEdge::kStart, CoverageEdge::kStop),
                   interval(Seconds(8), Seconds(9), CoverageEdge::kStart, CoverageEdge::kNow)}));
}

TEST(ClockWatch, notices_steps_but_not_time_that_passes) {
  const auto monotonic = [](Seconds s) { return MonotonicTime(s); };
  ClockWatch watch;
  EXPECT_FALSE(watch.stepped(kStart, monotonic(Seconds(0))));
  EXPECT_FALSE(watch.stepped(kStart + Seconds(3600), monotonic(Seconds(3600))));
  EXPECT_TRUE(watch.stepped(kStart, monotonic(Seconds(3601))));
  EXPECT_EQ(watch.before(), kStart + Seconds(3600));
  EXPECT_TRUE(watch.stepped(kStart + Seconds(3600), monotonic(Seconds(3602))));
  EXPECT_FALSE(watch.stepped(kStart + Seconds(3600), monotonic(Seconds(3602))));
}

// What time daemons step by, and a leap second.
TEST(ClockWatch, notices_steps_of_a_fraction_of_a_second) {
  for (const Milliseconds step : {Milliseconds(400), Milliseconds(-400), Milliseconds(-1000)}) {
    ClockWatch watch;
    EXPECT_FALSE(watch.stepped(kStart, MonotonicTime(Seconds(0))));
    EXPECT_TRUE(watch.stepped(kStart + Seconds(1) + step, MonotonicTime(Seconds(1))));
  }
}

}  // namespace
}  // namespace etymon::store
