// A lookup's answer as rows and as names.
#include "api/cli/lookup_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "api/cli/moments.h"
#include "resolver/base/time_text.h"
#include "tests/unit/cli/told_lookup.h"

namespace etymon::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

google::protobuf::Timestamp at(const char* text) {
  return to_proto(parse_time(text, WallTime())->start);
}

ToldLookup lookup(v1::Verdict verdict) {
  ToldLookup lookup;
  lookup.question.set_address("192.0.2.0/24");
  lookup.question.set_client("10.0.0.7");
  *lookup.question.mutable_at() = at("2026-11-23T07:20:14Z");
  lookup.answer.set_verdict(verdict);
  return lookup;
}

void add_candidate(ToldLookup& lookup, const std::string& name, const std::string& step = "") {
  v1::Candidate& candidate = *lookup.answer.add_candidates();
  candidate.set_name(name);
  candidate.add_chain(name);
  if (!step.empty()) {
    candidate.add_chain(step);
    candidate.add_chain("edge.example");
  }
  candidate.set_client("10.0.0.7");
  candidate.set_address("192.0.2.1");
  *candidate.mutable_answered_at() = at("2026-11-23T07:20:12Z");
  *candidate.mutable_valid_until() = at("2026-11-23T07:21:12.5Z");
  candidate.set_origin(v1::ORIGIN_CACHE);
  candidate.set_deliveries(12);
}

TEST(LookupCsv, has_a_row_for_each_name) {
  ToldLookup two = lookup(v1::VERDICT_LIVE);
  two.answer.set_ambiguous(true);
  add_candidate(two, "www.example", "cdn.example");
  add_candidate(two, "a\"b,c.example");
  EXPECT_EQ(lookup_csv(two),
            "2026-11-23T07:20:14.000000Z,10.0.0.7,192.0.2.1,LIVE,true,www.example,"
            "cdn.example edge.example,10.0.0.7,2026-11-23T07:20:12.000000Z,"
            "2026-11-23T07:21:12.500000Z,cache,12,false,\n"
            "2026-11-23T07:20:14.000000Z,10.0.0.7,192.0.2.1,LIVE,true,\"a\"\"b,c.example\",,"
            "10.0.0.7,2026-11-23T07:20:12.000000Z,2026-11-23T07:21:12.500000Z,cache,12,false,\n");
}

TEST(LookupCsv, says_who_passed_the_question_on_and_that_it_may_be_rebinding) {
  ToldLookup guarded = lookup(v1::VERDICT_LIVE);
  add_candidate(guarded, "www.example");
  guarded.answer.mutable_candidates(0)->set_rebinding(true);
  guarded.answer.mutable_candidates(0)->set_forwarder("10.0.0.2");
  EXPECT_TRUE(lookup_csv(guarded).ends_with(",cache,12,true,10.0.0.2\n")) << lookup_csv(guarded);
}

TEST(LookupCsv, every_row_has_the_columns_of_the_head) {
  const auto commas = [](std::string_view row) { return std::ranges::count(row, ','); };
  ToldLookup live = lookup(v1::VERDICT_LIVE);
  add_candidate(live, "www.example");
  EXPECT_EQ(commas(lookup_csv(live)), commas(kLookupCsvHead));
  EXPECT_EQ(commas(lookup_csv(lookup(v1::VERDICT_NEVER))), commas(kLookupCsvHead));
  EXPECT_EQ(commas(lookup_csv_error({})), commas(kLookupCsvHead));
}

TEST(LookupCsv, a_verdict_without_a_name_has_a_row_too) {
  EXPECT_EQ(lookup_csv(lookup(v1::VERDICT_NEVER)),
            "2026-11-23T07:20:14.000000Z,10.0.0.7,192.0.2.0/24,NEVER,false,,,,,,,,,\n");
  ToldLookup now = lookup(v1::VERDICT_UNKNOWN);
  now.question.clear_at();
  now.asked_at = from_proto(at("2026-11-23T08:00:00Z"));
  EXPECT_EQ(lookup_csv(now),
            "2026-11-23T08:00:00.000000Z,10.0.0.7,192.0.2.0/24,UNKNOWN,false,,,,,,,,,\n");
}

TEST(LookupCsv, an_error_has_the_question_in_its_row) {
  ToldLookup wrong = lookup(v1::VERDICT_UNSPECIFIED);
  EXPECT_EQ(lookup_csv_error(wrong.question),
            "2026-11-23T07:20:14.000000Z,10.0.0.7,192.0.2.0/24,ERROR,false,,,,,,,,,\n");
  wrong.question.clear_at();
  wrong.question.set_client("me, myself");
  EXPECT_EQ(lookup_csv_error(wrong.question),
            ",\"me, myself\",192.0.2.0/24,ERROR,false,,,,,,,,,\n");
}

TEST(LookupCsv, hosts_are_written_in_one_way) {
  ToldLookup mapped = lookup(v1::VERDICT_NEVER);
  mapped.question.set_client("::ffff:10.0.0.7");
  mapped.question.set_address("2001:DB8:0::/32");
  EXPECT_EQ(lookup_csv(mapped),
            "2026-11-23T07:20:14.000000Z,10.0.0.7,2001:db8::/32,NEVER,false,,,,,,,,,\n");
}

TEST(LookupNames, are_those_that_led_this_host_there) {
  ToldLookup two = lookup(v1::VERDICT_EXPIRED);
  add_candidate(two, "b.example");
  add_candidate(two, "a.example");
  EXPECT_THAT(names_of(two.answer), ElementsAre("b.example", "a.example"));
  two.answer.set_verdict(v1::VERDICT_OTHER_CLIENT);
  EXPECT_THAT(names_of(two.answer), IsEmpty());
}

TEST(LookupRows, nothing_from_the_network_is_printed_as_it_is) {
  ToldLookup evil = lookup(v1::VERDICT_LIVE);
  add_candidate(evil, "a\x1b[31m\x9b", "b\n\x07");
  evil.answer.mutable_candidates(0)->set_client("c\r");
  evil.answer.mutable_candidates(0)->set_address("d\x1b");
  evil.answer.mutable_candidates(0)->set_forwarder("e\n");
  for (const std::string& text : {lookup_csv(evil), names_of(evil.answer).front() + "\n"}) {
    EXPECT_EQ(text.find_first_of("\x1b\x9b\r\x07"), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
  }
}

}  // namespace
}  // namespace etymon::cli
