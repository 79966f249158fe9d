// How the daemon's status looks, letter by letter.
#include "api/cli/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/cli/moments.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Style kPlain{.colour = false, .unicode = true, .width = 0};

WallTime at(const char* text) {
  return parse_time(text, WallTime())->start;
}

WallTime now() {
  return at("2026-11-23T07:20:14Z");
}

void add_coverage(v1::GetStatusResponse& status, const char* start, const char* end,
                  v1::CoverageEdge ended) {
  v1::CoverageInterval& interval = *status.add_coverage();
  *interval.mutable_span()->mutable_start() = to_proto(at(start));
  *interval.mutable_span()->mutable_end() = to_proto(at(end));
  interval.set_began(v1::COVERAGE_EDGE_START);
  interval.set_ended(ended);
}

v1::GetStatusResponse healthy() {
  v1::GetStatusResponse status;
  status.set_version("0.1.0");
  *status.mutable_started_at() = to_proto(at("2026-11-23T03:20:14Z"));
  status.set_queries(1'234'567);
  status.set_malformed(3);
  status.mutable_answering()->set_local(17);
  status.mutable_answering()->set_blocked(1'200);
  status.mutable_asking()->set_mismatches(5);
  status.mutable_asking()->set_exhausted(12);
  status.mutable_connections()->set_accepted(9);
  status.mutable_api()->set_connections(5);
  status.mutable_api()->set_connections_over_limit(1);
  status.mutable_api()->set_lookup_streams(2);
  status.mutable_deliveries()->set_answered(1'234'567);
  status.mutable_deliveries()->set_recorded(1'234'567);
  add_coverage(status, "2026-11-20T07:20:14Z", "2026-11-22T07:20:14Z", v1::COVERAGE_EDGE_CRASH);
  add_coverage(status, "2026-11-23T03:20:14Z", "2026-11-23T07:20:14Z", v1::COVERAGE_EDGE_NOW);
  v1::StoreStatus& store = *status.mutable_store();
  store.set_disk_bytes(3 << 19);
  store.set_table_bytes(1 << 20);
  store.set_keep_bytes(uint64_t{8} << 30);
  store.set_answers(4321);
  store.set_tail_deliveries(12);
  store.set_folds(7);
  store.set_recording(true);
  v1::UpstreamStatus& first = *status.add_upstreams();
  first.set_address("192.0.2.1:53");
  first.set_state(v1::UPSTREAM_STATE_UP);
  *first.mutable_srtt() = to_proto(Milliseconds(12));
  first.set_queries(1000);
  first.set_answers(998);
  first.set_timeouts(2);
  v1::UpstreamStatus& second = *status.add_upstreams();
  second.set_address("[2001:db8::1]:53");
  second.set_state(v1::UPSTREAM_STATE_UNTRIED);
  v1::CacheStatus& cache = *status.mutable_cache();
  cache.set_hits(800);
  cache.set_misses(200);
  cache.set_entries(150);
  cache.set_bytes(65'536);
  return status;
}

TEST(StatusText, is_one_aligned_table_in_groups) {
  EXPECT_EQ(status_text(healthy(), now(), kPlain),
            "etymond 0.1.0, up 4 h\n"
            "questions   understood  1 234 567\n"
            "            malformed           3\n"
            "answers     local       17\n"
            "            blocked  1 200\n"
            "TCP         accepted  9\n"
            "deliveries  answered  1 234 567\n"
            "            recorded  1 234 567\n"
            "            lost              0\n"
            "coverage    2026-11-20 07:20:14 UTC  started  to  2026-11-22 07:20:14 UTC  died       "
            "2 d\n"
            "            2026-11-23 03:20:14 UTC  started  to  now                      recording  "
            "4 h\n"
            "store       on disk     1.5 MiB\n"
            "            tables      1.0 MiB  of 8.0 GiB\n"
            "            answers       4 321\n"
            "            not folded       12\n"
            "            folds             7\n"
            "upstreams   192.0.2.1:53      up       12 ms  1 000  asked  998  answered  2  timed "
            "out\n"
            "            [2001:db8::1]:53  untried      -      0  asked    0  answered  0  timed "
            "out\n"
            "asking      mismatches   5\n"
            "            exhausted   12\n"
            "cache       hits     800      80 %\n"
            "            misses   200\n"
            "            entries  150  64.0 KiB\n"
            "API         connections     5\n"
            "            over limit      1\n"
            "            lookup streams  2\n");
}

TEST(StatusText, trouble_is_told_and_stands_out) {
  v1::GetStatusResponse status = healthy();
  status.mutable_deliveries()->set_lost(5);
  status.mutable_store()->set_recording(false);
  status.mutable_store()->set_last_error("no space\x1b[2J left");
  EXPECT_THAT(status_text(status, now(), kPlain), HasSubstr("NO: deliveries are being lost"));
  EXPECT_THAT(status_text(status, now(), kPlain), HasSubstr("no space\\027[2J left"));
  const std::string coloured =
      status_text(status, now(), {.colour = true, .unicode = true, .width = 0});
  EXPECT_THAT(coloured, HasSubstr("\x1b[1;31m5\x1b[0m"));
}

TEST(StatusText, cookies_of_upstreams_are_told_when_they_were_not_as_they_should_be) {
  v1::GetStatusResponse status = healthy();
  status.mutable_upstreams(0)->set_wrong_cookies(4);
  status.mutable_upstreams(1)->set_missing_cookies(1'000);
  const std::string text = status_text(status, now(), kPlain);
  EXPECT_THAT(text, HasSubstr("timed out      4  wrong cookie\n"));
  EXPECT_THAT(text, HasSubstr("timed out  1 000  no cookie\n"));
}

TEST(StatusText, that_there_is_nobody_to_ask_is_told) {
  v1::GetStatusResponse status = healthy();
  status.clear_upstreams();
  EXPECT_THAT(status_text(status, now(), kPlain), HasSubstr("\nupstreams   none\n"));
}

TEST(StatusText, a_long_past_is_cut_to_the_newest) {
  v1::GetStatusResponse status = healthy();
  status.clear_coverage();
  add_coverage(status, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", v1::COVERAGE_EDGE_STOP);
  for (int i = 0; i < 5; ++i) {
    add_coverage(status, "2026-11-23T03:20:14Z", "2026-11-23T07:20:14Z", v1::COVERAGE_EDGE_NOW);
  }
  const std::string text = status_text(status, now(), kPlain);
  EXPECT_THAT(text, HasSubstr("1 older spans: status --json has them"));
  EXPECT_THAT(text, Not(HasSubstr("2026-01-01")));
  status.set_older_coverage(39'000);
  EXPECT_THAT(status_text(status, now(), kPlain),
              HasSubstr("39 001 older spans: status --json has the newest 1\n"));
}

TEST(StatusText, what_was_let_go_is_told) {
  v1::GetStatusResponse status = healthy();
  v1::StoreStatus& store = *status.mutable_store();
  *store.mutable_kept_since() = to_proto(at("2026-01-01T00:00:00Z"));
  *store.mutable_complete_since() = to_proto(at("2026-02-01T00:00:00Z"));
  store.set_too_old(17);
  const std::string text = status_text(status, now(), kPlain);
  EXPECT_THAT(text, HasSubstr("kept since      2026-01-01 00:00:00 UTC"));
  EXPECT_THAT(text, HasSubstr("complete since  2026-02-01 00:00:00 UTC"));
  EXPECT_THAT(text, HasSubstr("17  imported, not kept"));
}

TEST(StatusText, figures_that_a_limited_caller_is_not_told_are_left_out) {
  v1::GetStatusResponse status;
  status.set_limited(true);
  status.set_version("0.1.0");
  *status.mutable_started_at() = to_proto(at("2026-11-23T03:20:14Z"));
  status.mutable_store()->set_recording(true);
  *status.mutable_store()->mutable_keep() = to_proto(std::chrono::days(90));
  status.mutable_store()->set_keep_bytes(uint64_t{8} << 30);
  add_coverage(status, "2026-11-20T07:20:14Z", "2026-11-22T07:20:14Z",
               v1::COVERAGE_EDGE_UNSPECIFIED);
  add_coverage(status, "2026-11-23T03:20:14Z", "2026-11-23T07:20:14Z", v1::COVERAGE_EDGE_NOW);
  for (v1::CoverageInterval& interval : *status.mutable_coverage()) {
    interval.clear_began();
  }
  EXPECT_EQ(status_text(status, now(), kPlain),
            "etymond 0.1.0, up 4 h\n"
            "coverage  2026-11-20 07:20:14 UTC  to  2026-11-22 07:20:14 UTC             2 d\n"
            "          2026-11-23 03:20:14 UTC  to  now                      recording  4 h\n"
            "store     keeps   90 d\n"
            "          tables  of 8.0 GiB\n"
            "more      is told to those who may ask about all clients\n");
  status.mutable_store()->set_recording(false);
  EXPECT_THAT(status_text(status, now(), kPlain), HasSubstr("NO: deliveries are being lost"));
}

TEST(StatusText, an_empty_memory_says_so) {
  v1::GetStatusResponse status = healthy();
  status.clear_coverage();
  EXPECT_THAT(status_text(status, now(), kPlain), HasSubstr("nothing recorded yet"));
}

TEST(Numbers, are_grouped_by_thousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1 000");
  EXPECT_EQ(grouped(12'345'678), "12 345 678");
}

TEST(Numbers, of_octets_keep_a_few_digits) {
  EXPECT_EQ(describe_bytes(0), "0 B");
  EXPECT_EQ(describe_bytes(1023), "1023 B");
  EXPECT_EQ(describe_bytes(1536), "1.5 KiB");
  EXPECT_EQ(describe_bytes(200 << 20), "200 MiB");
}

}  // namespace
}  // namespace etymon::cli
