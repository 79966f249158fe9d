// How a lookup's answer looks, letter by letter.
#include "api/cli/lookup_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "api/cli/moments.h"
#include "resolver/base/time_text.h"
#include "tests/unit/cli/told_lookup.h"

namespace etymon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

WallTime at(const char* text) {
  return parse_time(text, WallTime())->start;
}

constexpr Style kPlain{.colour = false, .unicode = true, .width = 0};

ToldLookup lookup(v1::Verdict verdict) {
  ToldLookup lookup;
  lookup.question.set_address("93.184.216.34");
  lookup.question.set_client("192.168.1.7");
  *lookup.question.mutable_at() = to_proto(at("2026-11-23T07:20:14Z"));
  lookup.answer.set_verdict(verdict);
  lookup.answer.mutable_coverage()->set_covered(verdict != v1::VERDICT_UNKNOWN);
  return lookup;
}

v1::Candidate& add_candidate(ToldLookup& lookup, const std::string& name) {
  v1::Candidate& candidate = *lookup.answer.add_candidates();
  candidate.set_name(name);
  candidate.add_chain(name);
  candidate.set_client("192.168.1.7");
  candidate.set_address("93.184.216.34");
  *candidate.mutable_answered_at() = to_proto(at("2026-11-23T07:20:12Z"));
  *candidate.mutable_valid_until() = to_proto(at("2026-11-23T07:21:12Z"));
  candidate.set_origin(v1::ORIGIN_CACHE);
  candidate.set_upstream("127.0.0.1:53");
  candidate.set_transport(v1::TRANSPORT_UDP);
  candidate.set_deliveries(12);
  candidate.set_via(v1::VIA_A);
  candidate.set_reason(v1::REASON_NEWEST_LIVE);
  candidate.set_confidence(0.97);
  return candidate;
}

v1::CoverageInterval interval(const char* start, const char* end) {
  v1::CoverageInterval covered;
  *covered.mutable_span()->mutable_start() = to_proto(at(start));
  *covered.mutable_span()->mutable_end() = to_proto(at(end));
  return covered;
}

TEST(LookupText, live_draws_the_chain_and_tells_the_ages) {
  ToldLookup live = lookup(v1::VERDICT_LIVE);
  v1::Candidate& candidate = add_candidate(live, "www.example.com");
  candidate.add_chain("cdn.example.net");
  candidate.add_chain("edge.example.org");
  EXPECT_EQ(lookup_text(live, kPlain),
            "LIVE  93.184.216.34 for 192.168.1.7 at 2026-11-23 07:20:14 UTC\n"
            "  www.example.com\n"
            "  └─ cdn.example.net\n"
            "     └─ edge.example.org → 93.184.216.34\n"
            "  answered 2 s before · valid 58 s more · from the cache of 127.0.0.1:53 · udp · "
            "12 deliveries\n");
}

TEST(LookupText, several_candidates_are_numbered_and_told_apart) {
  ToldLookup ambiguous = lookup(v1::VERDICT_LIVE);
  ambiguous.answer.set_ambiguous(true);
  add_candidate(ambiguous, "a.example");
  v1::Candidate& older = add_candidate(ambiguous, "b.example");
  older.add_chain("edge.example");
  older.set_reason(v1::REASON_OLDER_LIVE);
  older.set_confidence(0.03);
  older.set_deliveries(1);
  EXPECT_EQ(lookup_text(ambiguous, kPlain),
            "LIVE  AMBIGUOUS  93.184.216.34 for 192.168.1.7 at 2026-11-23 07:20:14 UTC\n"
            "  Several names fit and nothing separates them; the likeliest comes first.\n"
            "  1. a.example → 93.184.216.34\n"
            "     answered 2 s before · valid 58 s more · from the cache of 127.0.0.1:53 · udp · "
            "12 deliveries · newest live answer · right in 97 % of such cases\n"
            "  2. b.example\n"
            "     └─ edge.example → 93.184.216.34\n"
            "     answered 2 s before · valid 58 s more · from the cache of 127.0.0.1:53 · udp · "
            "1 delivery · older live answer · right in 3 % of such cases\n");
}

TEST(LookupText, of_any_host_no_share_is_told_for_it_was_measured_for_one) {
  ToldLookup any = lookup(v1::VERDICT_LIVE);
  any.question.clear_client();
  add_candidate(any, "a.example");
  add_candidate(any, "b.example").set_client("192.168.1.8");
  EXPECT_THAT(lookup_text(any, kPlain), Not(HasSubstr("right in")));
}

TEST(LookupText, one_name_for_several_hosts_is_told_once_with_the_hosts) {
  ToldLookup any = lookup(v1::VERDICT_LIVE);
  any.question.clear_client();
  for (const char* host : {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"}) {
    add_candidate(any, "a.example").set_client(host);
  }
  add_candidate(any, "b.example").set_client("10.0.0.1");
  v1::Candidate& other_way = add_candidate(any, "a.example");
  other_way.add_chain("edge.example");
  const std::string text = lookup_text(any, kPlain);
  EXPECT_THAT(text, HasSubstr("  1. a.example → 93.184.216.34\n"
                              "     answered to 10.0.0.1 2 s before · also to 10.0.0.2, 10.0.0.3 "
                              "and 2 more · valid 58 s more"));
  EXPECT_THAT(text, HasSubstr("  2. b.example → 93.184.216.34\n     answered to 10.0.0.1 2 s"));
  EXPECT_THAT(text, HasSubstr("  3. a.example\n     └─ edge.example"));
  EXPECT_THAT(text, Not(HasSubstr("4. ")));
}

TEST(LookupText, a_host_of_which_something_else_is_true_stands_by_itself) {
  const std::function<void(v1::Candidate&)> differences[] = {
      [](v1::Candidate& it) { *it.mutable_expired_by() = to_proto(Microseconds(Seconds(7))); },
      [](v1::Candidate& it) { it.set_rebinding(true); },
      [](v1::Candidate& it) { it.set_forwarder("192.0.2.1"); },
      [](v1::Candidate& it) { it.set_origin(v1::ORIGIN_STALE); },
      [](v1::Candidate& it) { it.set_upstream("192.0.2.9:53"); },
      [](v1::Candidate& it) { it.set_transport(v1::TRANSPORT_TLS); },
      [](v1::Candidate& it) { it.set_via(v1::VIA_SVCB_HINT); }};
  for (const auto& differ : differences) {
    ToldLookup any = lookup(v1::VERDICT_LIVE);
    any.question.clear_client();
    add_candidate(any, "a.example").set_client("10.0.0.1");
    differ(add_candidate(any, "a.example"));
    any.answer.mutable_candidates(1)->set_client("10.0.0.2");
    add_candidate(any, "a.example").set_client("10.0.0.3");
    const std::string text = lookup_text(any, kPlain);
    EXPECT_THAT(text, HasSubstr("answered to 10.0.0.1 2 s before · also to 10.0.0.3 · valid"));
    EXPECT_THAT(text, HasSubstr("  2. a.example → 93.184.216.34\n     answered to 10.0.0.2"));
  }
}

TEST(LookupText, a_name_that_led_inside_is_told_to_have) {
  ToldLookup live = lookup(v1::VERDICT_LIVE);
  EXPECT_THAT((add_candidate(live, "a.example"), lookup_text(live, kPlain)),
              Not(HasSubstr("rebinding")));
  live.answer.mutable_candidates(0)->set_rebinding(true);
  EXPECT_THAT(lookup_text(live, kPlain), HasSubstr("udp · rebinding · 12 deliveries"));
}

TEST(LookupText, a_forwarder_is_told_beside_the_transport) {
  ToldLookup live = lookup(v1::VERDICT_LIVE);
  add_candidate(live, "a.example").set_forwarder("192.0.2.1");
  EXPECT_THAT(lookup_text(live, kPlain), HasSubstr("udp via 192.0.2.1 · 12 deliveries"));
}

TEST(LookupText, expired_tells_by_how_long) {
  ToldLookup expired = lookup(v1::VERDICT_EXPIRED);
  v1::Candidate& candidate = add_candidate(expired, "www.example.com");
  *candidate.mutable_expired_by() = to_proto(Seconds(180));
  EXPECT_THAT(lookup_text(expired, kPlain), HasSubstr("expired 3 min before"));
  EXPECT_THAT(lookup_text(expired, kPlain), Not(HasSubstr("valid")));
}

TEST(LookupText, other_client_names_the_hosts) {
  ToldLookup other = lookup(v1::VERDICT_OTHER_CLIENT);
  add_candidate(other, "www.example.com").set_client("192.168.1.9");
  EXPECT_EQ(lookup_text(other, kPlain),
            "OTHER CLIENT  93.184.216.34 for 192.168.1.7 at 2026-11-23 07:20:14 UTC\n"
            "  Never delivered to 192.168.1.7, but to others:\n"
            "  www.example.com → 93.184.216.34\n"
            "  answered to 192.168.1.9 2 s before · valid 58 s more · from the cache of "
            "127.0.0.1:53 · udp · 12 deliveries\n");
}

TEST(LookupText, names_of_a_moment_that_was_not_recorded_come_with_a_warning) {
  const std::string warning = "This moment was not recorded; other names may have led here.\n";
  for (const v1::Verdict verdict :
       {v1::VERDICT_LIVE, v1::VERDICT_EXPIRED, v1::VERDICT_OTHER_CLIENT}) {
    ToldLookup told = lookup(verdict);
    add_candidate(told, "www.example.com");
    EXPECT_THAT(lookup_text(told, kPlain), Not(HasSubstr(warning)));
    told.answer.mutable_coverage()->set_covered(false);
    EXPECT_THAT(lookup_text(told, kPlain), HasSubstr(warning));
    EXPECT_THAT(lookup_text(told, kPlain), Not(HasSubstr("Never delivered")));
  }
}

TEST(LookupText, a_name_that_is_ambiguous_alone_says_that_the_clock_was_set_back) {
  ToldLookup ambiguous = lookup(v1::VERDICT_EXPIRED);
  ambiguous.answer.set_ambiguous(true);
  add_candidate(ambiguous, "www.example.com");
  EXPECT_THAT(lookup_text(ambiguous, kPlain), HasSubstr("The clock was set back"));
}

TEST(LookupText, a_name_that_is_ambiguous_alone_says_that_there_is_more_than_was_read) {
  ToldLookup ambiguous = lookup(v1::VERDICT_LIVE);
  ambiguous.answer.set_ambiguous(true);
  ambiguous.answer.set_truncated(true);
  ambiguous.question.clear_client();
  add_candidate(ambiguous, "www.example.com");
  add_candidate(ambiguous, "www.example.com").set_client("10.0.0.2");
  EXPECT_THAT(lookup_text(ambiguous, kPlain), HasSubstr("more than is read at once"));
}

TEST(LookupText, a_name_that_is_ambiguous_alone_says_that_what_was_told_since_is_missing) {
  ToldLookup ambiguous = lookup(v1::VERDICT_LIVE);
  ambiguous.answer.set_ambiguous(true);
  add_candidate(ambiguous, "www.example.com");
  *ambiguous.answer.mutable_coverage()->mutable_covered_from() =
      to_proto(at("2026-11-23T07:20:13Z"));
  EXPECT_THAT(lookup_text(ambiguous, kPlain), HasSubstr("since then has a gap"));
}

TEST(LookupText, no_share_of_right_answers_is_told_of_the_names_of_other_hosts) {
  ToldLookup other = lookup(v1::VERDICT_OTHER_CLIENT);
  for (const char* const name : {"a.example", "b.example"}) {
    add_candidate(other, name).set_reason(v1::REASON_OTHER_CLIENT);
  }
  EXPECT_THAT(lookup_text(other, kPlain), HasSubstr("2. b.example"));
  EXPECT_THAT(lookup_text(other, kPlain), Not(HasSubstr("right in")));
}

TEST(LookupText, never_tells_since_when_everything_is_on_record) {
  ToldLookup never = lookup(v1::VERDICT_NEVER);
  never.answer.mutable_coverage()->set_covered(true);
  *never.answer.mutable_coverage()->mutable_covered_from() = to_proto(at("2026-11-20T07:20:14Z"));
  EXPECT_EQ(lookup_text(never, kPlain),
            "NEVER  93.184.216.34 for 192.168.1.7 at 2026-11-23 07:20:14 UTC\n"
            "  No name ever led here: every answer is on record since 2026-11-20 07:20:14 UTC "
            "(3 d before).\n");
}

TEST(LookupText, unknown_tells_the_nearest_recorded_time) {
  ToldLookup unknown = lookup(v1::VERDICT_UNKNOWN);
  EXPECT_THAT(lookup_text(unknown, kPlain), HasSubstr("Nothing has been recorded yet."));

  unknown.coverage = {interval("2026-11-23T08:20:14Z", "2026-11-23T09:00:00Z"),
                      interval("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")};
  EXPECT_EQ(lookup_text(unknown, kPlain),
            "UNKNOWN  93.184.216.34 for 192.168.1.7 at 2026-11-23 07:20:14 UTC\n"
            "  No name is known, but this moment was not recorded.\n"
            "  Recording began 1 h later, at 2026-11-23 08:20:14 UTC.\n");

  unknown.coverage.push_back(interval("2026-11-01T00:00:00Z", "2026-11-23T07:20:00Z"));
  EXPECT_THAT(lookup_text(unknown, kPlain),
              HasSubstr("Recording had ended 14 s before, at 2026-11-23 07:20:00 UTC."));
}

TEST(LookupText, unknown_for_want_of_earlier_coverage_says_so) {
  ToldLookup unknown = lookup(v1::VERDICT_UNKNOWN);
  *unknown.question.mutable_min_coverage() = to_proto(Seconds(3600));
  unknown.answer.mutable_coverage()->set_covered(true);
  *unknown.answer.mutable_coverage()->mutable_covered_from() = to_proto(at("2026-11-23T07:15:14Z"));
  EXPECT_THAT(lookup_text(unknown, kPlain),
              HasSubstr("recording runs only since 2026-11-23 07:15:14 UTC (5 min before)"));
}

TEST(LookupText, unknown_in_spite_of_coverage_says_that_the_clock_was_set_back) {
  ToldLookup unknown = lookup(v1::VERDICT_UNKNOWN);
  unknown.answer.mutable_coverage()->set_covered(true);
  *unknown.answer.mutable_coverage()->mutable_covered_from() = to_proto(at("2026-11-23T07:15:14Z"));
  EXPECT_THAT(lookup_text(unknown, kPlain), HasSubstr("the clock was set back"));
}

TEST(LookupText, a_moment_written_coarsely_is_a_span) {
  ToldLookup live = lookup(v1::VERDICT_LIVE);
  *live.question.mutable_tolerance() = to_proto(Seconds(60) - Microseconds(1));
  v1::Candidate& candidate = add_candidate(live, "www.example.com");
  *candidate.mutable_answered_at() = to_proto(at("2026-11-23T07:20:30Z"));
  const std::string text = lookup_text(live, kPlain);
  EXPECT_THAT(text, HasSubstr("within 1 min from 2026-11-23 07:20:14 UTC"));
  EXPECT_THAT(text, HasSubstr("answered at that moment"));
}

TEST(LookupText, without_a_client_each_candidate_names_its_host) {
  ToldLookup any = lookup(v1::VERDICT_LIVE);
  any.question.clear_client();
  add_candidate(any, "www.example.com");
  const std::string text = lookup_text(any, kPlain);
  EXPECT_THAT(text, HasSubstr("93.184.216.34 for any host"));
  EXPECT_THAT(text, HasSubstr("answered to 192.168.1.7 2 s before"));
}

TEST(LookupText, near_misses_stand_apart) {
  ToldLookup never = lookup(v1::VERDICT_NEVER);
  v1::Hint& hint = *never.answer.add_hints();
  hint.set_kind(v1::HINT_KIND_ANSWERED_AFTER);
  hint.set_name("late.example");
  hint.set_client("192.168.1.7");
  *hint.mutable_at() = to_proto(at("2026-11-23T07:20:19Z"));
  EXPECT_THAT(lookup_text(never, kPlain),
              HasSubstr("  near miss: late.example was answered to 192.168.1.7 5 s after\n"));
}

TEST(LookupText, nothing_from_the_network_reaches_the_terminal_unescaped) {
  ToldLookup hostile = lookup(v1::VERDICT_LIVE);
  const std::string evil = "evil\x1b[2Jx\n\r\x07\xff.example";
  v1::Candidate& candidate = add_candidate(hostile, evil);
  candidate.add_chain(evil);
  candidate.set_client(evil);
  candidate.set_address(evil);
  candidate.set_upstream(evil);
  v1::Hint& hint = *hostile.answer.add_hints();
  hint.set_name(evil);
  hint.set_client(evil);
  const std::string text = lookup_text(hostile, {.colour = false, .unicode = false, .width = 0});
  for (const char c : text) {
    EXPECT_TRUE((c >= 0x20 && c < 0x7F) || c == '\n');
  }
  EXPECT_THAT(text, HasSubstr("evil\\027[2Jx\\010\\013\\007\\255.example"));
}

TEST(LookupText, wraps_between_facts_where_the_terminal_ends) {
  ToldLookup live = lookup(v1::VERDICT_LIVE);
  add_candidate(live, "www.example.com");
  EXPECT_EQ(lookup_text(live, {.colour = false, .unicode = true, .width = 50}),
            "LIVE  93.184.216.34 for 192.168.1.7\n"
            "  at 2026-11-23 07:20:14 UTC\n"
            "  www.example.com → 93.184.216.34\n"
            "  answered 2 s before · valid 58 s more\n"
            "  from the cache of 127.0.0.1:53 · udp\n"
            "  12 deliveries\n");
}

TEST(LookupText, without_unicode_draws_in_ascii) {
  ToldLookup live = lookup(v1::VERDICT_LIVE);
  add_candidate(live, "www.example.com").add_chain("edge.example");
  EXPECT_THAT(lookup_text(live, {.colour = false, .unicode = false, .width = 0}),
              HasSubstr("  www.example.com\n  `- edge.example -> 93.184.216.34\n"
                        "  answered 2 s before, valid 58 s more, "));
}

TEST(LookupText, colours_only_where_they_are_wanted) {
  ToldLookup live = lookup(v1::VERDICT_LIVE);
  add_candidate(live, "www.example.com");
  EXPECT_THAT(lookup_text(live, {.colour = true, .unicode = true, .width = 0}),
              HasSubstr("\x1b[1;32mLIVE\x1b[0m"));
  EXPECT_THAT(lookup_text(live, kPlain), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace etymon::cli
