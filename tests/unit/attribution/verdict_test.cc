// The verdict table: what is said of a moment, given what was delivered and what was watched.
#include <gtest/gtest.h>

#include "tests/unit/attribution/past.h"

namespace etymon::attribution {
namespace {

struct Case {
  const char* rule;
  std::vector<Told> told;
  Coverage coverage;
  double min_coverage = 0;
  Verdict verdict;
};

TEST(Verdict, follows_the_table) {
  const Case cases[] = {
      {"within its validity", {{"a.example", -59}}, covered(), 0, Verdict::kLive},
      {"at the very moment of the answer", {{"a.example", 0}}, covered(), 0, Verdict::kLive},
      {"at the last moment of its validity", {{"a.example", -60}}, covered(), 0, Verdict::kLive},
      {"after its validity", {{"a.example", -61}}, covered(), 0, Verdict::kExpired},
      {"TTL 0, a second later",
       {{.name = "a.example", .at = -1, .ttl = 0}},
       covered(),
       0,
       Verdict::kExpired},
      {"one live, one expired",
       {{"a.example", -90}, {"b.example", -9}},
       covered(),
       0,
       Verdict::kLive},
      {"only another host",
       {{.name = "a.example", .at = -5, .client = kPhone}},
       covered(),
       0,
       Verdict::kOtherClient},
      {"another host, but expired here",
       {{"a.example", -500}, {.name = "a.example", .client = kPhone}},
       covered(),
       0,
       Verdict::kExpired},
      {"known, though recording has a gap",
       {{"a.example", -5}},
       covered(-9, -1),
       0,
       Verdict::kLive},
      {"nobody, all watched", {}, covered(-10, 10), 0, Verdict::kNever},
      {"nobody, the moment unwatched", {}, covered(-10, -1), 0, Verdict::kUnknown},
      {"nobody, never watched", {}, Coverage(), 0, Verdict::kUnknown},
      {"nobody, watched for long enough", {}, covered(-3600, 10), 3600, Verdict::kNever},
      {"nobody, not watched for long enough", {}, covered(-3599, 10), 3600, Verdict::kUnknown},
  };
  for (const Case& c : cases) {
    LookupQuestion asked = question();
    asked.min_coverage = Microseconds(static_cast<int64_t>(c.min_coverage * 1e6));
    EXPECT_EQ(attribute(asked, {past(c.told), c.coverage, {}}).verdict, c.verdict) << c.rule;
  }
}

TEST(Verdict, never_is_not_said_of_the_future) {
  LookupQuestion asked = question();
  asked.at = asked.asked_at + Seconds(1);
  const LookupAnswer answer = attribute(asked, {{}, covered(), {}});
  EXPECT_EQ(answer.verdict, Verdict::kUnknown);
  EXPECT_FALSE(answer.covered);
}

TEST(Verdict, never_needs_all_of_a_tolerant_moment_covered) {
  LookupQuestion asked = question();
  asked.tolerance = Seconds(60);
  EXPECT_EQ(attribute(asked, {{}, covered(-10, 60), {}}).verdict, Verdict::kNever);
  EXPECT_EQ(attribute(asked, {{}, covered(-10, 59), {}}).verdict, Verdict::kUnknown);
}

// A line that is asked about as it is written, with its time to the second.
TEST(Verdict, never_is_said_of_a_moment_that_has_begun_and_is_covered_up_to_now) {
  LookupQuestion asked = question();
  asked.asked_at = asked.at + Milliseconds(300);
  asked.tolerance = Seconds(1);
  const LookupAnswer answer = attribute(asked, {{}, covered(-10, 0.3), {}});
  EXPECT_EQ(answer.verdict, Verdict::kNever);
  EXPECT_TRUE(answer.covered);
  EXPECT_EQ(answer.covered_from, noon_plus(-10));
  EXPECT_EQ(attribute(asked, {{}, covered(-10, 0.2), {}}).verdict, Verdict::kUnknown);
}

TEST(Verdict, live_means_valid_at_any_instant_of_a_tolerant_moment) {
  LookupQuestion asked = question();
  asked.tolerance = Seconds(60);
  EXPECT_EQ(lookup({{"early.example", -60}}, asked).verdict, Verdict::kLive);
  EXPECT_EQ(lookup({{"late.example", 60}}, asked).verdict, Verdict::kLive);
  EXPECT_EQ(lookup({{"gone.example", -61}}, asked).verdict, Verdict::kExpired);
}

TEST(Verdict, absence_has_no_candidates) {
  EXPECT_TRUE(attribute(question(), {{}, covered(), {}}).candidates.empty());
  EXPECT_FALSE(attribute(question(), {{}, covered(), {}}).ambiguous);
}

TEST(Verdict, all_hosts_are_meant_where_no_client_is_named) {
  LookupQuestion asked = question();
  asked.client.reset();
  const LookupAnswer answer = lookup({{.name = "a.example", .client = kPhone}}, asked);
  EXPECT_EQ(answer.verdict, Verdict::kLive);
  EXPECT_EQ(answer.candidates.at(0).client, ip(kPhone));
}

TEST(Covered, says_since_when_up_to_the_moment) {
  const Coverage two_runs(
      {{.span = {noon_plus(-900), noon_plus(-600)}}, {.span = {noon_plus(-300), noon_plus(900)}}});
  const LookupAnswer answer = attribute(question(), {{}, two_runs, {}});
  EXPECT_TRUE(answer.covered);
  EXPECT_EQ(answer.covered_from, noon_plus(-300));
}

TEST(Covered, a_gap_is_told_even_where_a_name_is_known) {
  const LookupAnswer answer =
      attribute(question(), {past({{"a.example", -5}}), covered(-9, -1), {}});
  EXPECT_FALSE(answer.covered);
  EXPECT_FALSE(answer.covered_from.has_value());
}

}  // namespace
}  // namespace etymon::attribution
