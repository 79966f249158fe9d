// Times, escapes and lines that fit.
#include "api/cli/terminal.h"

#include <gtest/gtest.h>

#include "api/cli/moments.h"
#include "api/cli/progress.h"
#include "resolver/base/time_text.h"

namespace etymon::cli {
namespace {

TEST(Printable, leaves_ascii_and_escapes_the_rest) {
  EXPECT_EQ(printable("a b~\\"), "a b~\\");
  EXPECT_EQ(printable(std::string("\0\t\x7f\xc3", 4)), "\\000\\009\\127\\195");
}

TEST(Moments, show_fractions_only_where_somebody_wrote_them) {
  const WallTime whole = parse_time("2026-11-23T07:20:10Z", WallTime())->start;
  EXPECT_EQ(describe_moment(whole), "2026-11-23 07:20:10 UTC");
  EXPECT_EQ(describe_moment(whole + Milliseconds(250)), "2026-11-23 07:20:10 UTC");
  EXPECT_EQ(describe_exact_moment(whole), "2026-11-23 07:20:10 UTC");
  EXPECT_EQ(describe_exact_moment(whole + Milliseconds(250)), "2026-11-23 07:20:10.25 UTC");
}

TEST(Moments, survive_the_way_through_the_api) {
  for (const int64_t us : {0LL, 1LL, 1'700'000'000'123'456LL, -1LL, -1'500'000LL}) {
    EXPECT_EQ(from_proto(to_proto(WallTime(Microseconds(us)))), WallTime(Microseconds(us)));
    EXPECT_EQ(from_proto(to_proto(Microseconds(us))), Microseconds(us));
  }
}

TEST(Ages, are_as_exact_as_anybody_reads) {
  EXPECT_EQ(describe_age(Milliseconds(2140)), "2 s");
  EXPECT_EQ(describe_age(Microseconds(850'900)), "850 ms");
  EXPECT_EQ(describe_age(Microseconds(900)), "900 us");
}

TEST(ProgressLine, draws_the_share_and_never_is_wider_than_the_terminal) {
  const Style narrow{.colour = false, .unicode = false, .width = 30};
  EXPECT_EQ(progress_line("a.pcap", 0.5, narrow), "a.pcap  [#######------]  50 %");
  EXPECT_EQ(progress_line("a.pcap", 1.5, narrow), "a.pcap  [#############]  100 %");
  EXPECT_EQ(progress_line(std::string(300, 'x'), 0.25, narrow), "25 %");
}

}  // namespace
}  // namespace etymon::cli
