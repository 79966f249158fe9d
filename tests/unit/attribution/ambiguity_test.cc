// What a firewall trusts: an answer that is not ambiguous must be right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/attribution/past.h"

namespace etymon::attribution {
namespace {

using ::testing::ElementsAre;

constexpr double kDay = 86'400;

struct Case {
  const char* rule;
  std::vector<Told> told;
  bool ambiguous;
};

TEST(Ambiguous, when_another_name_could_be_meant) {
  const Case cases[] = {
      {"one name", {{"a.example", -5}}, false},
      {"one name, several answers", {{"a.example", -5}, {"a.example", -50}}, false},
      {"two live names", {{"a.example", -5}, {"b.example", -50}}, true},
      {"one live, one that has just expired", {{"a.example", -5}, {"b.example", -61}}, true},
      {"one live, one that expired yesterday", {{"a.example", -5}, {"b.example", -kDay}}, true},
      {"one live, one that expired last week",
       {{"a.example", -5}, {"b.example", -7 * kDay}},
       false},
      {"one expired today, one last week", {{"a.example", -900}, {"b.example", -7 * kDay}}, false},
      {"two expired last week", {{"a.example", -7 * kDay}, {"b.example", -8 * kDay}}, true},
      {"two names of another host",
       {{.name = "a.example", .client = kPhone}, {.name = "b.example", .client = kPhone}},
       false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(lookup(c.told).ambiguous, c.ambiguous) << c.rule;
  }
}

TEST(Ambiguous, not_where_all_hosts_asked_one_name) {
  LookupQuestion asked = question();
  asked.client.reset();
  const Told mine{"a.example", -5};
  const Told theirs{.name = "a.example", .at = -9, .client = kPhone};
  const Told theirs_alone{.name = "b.example", .at = -9, .client = kPhone};
  EXPECT_FALSE(lookup({mine, theirs}, asked).ambiguous);
  EXPECT_TRUE(lookup({mine, theirs_alone}, asked).ambiguous);
}

TEST(Ambiguous, where_older_evidence_was_not_read) {
  const std::vector<Evidence> read = past({{"a.example", -5}});
  const auto answer_of = [&](bool is_cut) {
    return attribute(
        question(),
        {.evidence = read, .coverage = covered(), .host = HostIdentity(), .is_cut = is_cut});
  };
  EXPECT_FALSE(answer_of(false).ambiguous);
  EXPECT_TRUE(answer_of(true).ambiguous);
  EXPECT_LT(answer_of(true).candidates.at(0).confidence, 0.9);
}

// Recorded until `until`, and again from `from` on, around a gap of these edges.
Coverage with_gap(double until, CoverageEdge ended, CoverageEdge began, double from) {
  return Coverage({{.span = {noon_plus(-kDay), noon_plus(until)}, .ended = ended},
                   {.span = {noon_plus(from), noon_plus(kDay)}, .began = began}});
}

// It would be newer than the one that is known.
TEST(Ambiguous, where_a_name_told_since_may_be_lost) {
  const std::vector<Evidence> told = past({{"a.example", -50}});
  const auto answer_of = [&](const Coverage& coverage) {
    return attribute(question(), {told, coverage, HostIdentity()});
  };
  using enum CoverageEdge;
  const LookupAnswer lost = answer_of(with_gap(-40, kLoss, kLoss, -10));
  EXPECT_TRUE(lost.ambiguous);
  EXPECT_LT(lost.candidates.at(0).confidence, 0.9);
  EXPECT_TRUE(answer_of(with_gap(-40, kDamage, kStart, -10)).ambiguous);
  EXPECT_TRUE(answer_of(with_gap(-60, kLoss, kLoss, 10)).ambiguous) << "in the midst of it";
  EXPECT_FALSE(answer_of(with_gap(-90, kLoss, kLoss, -60)).ambiguous) << "before it was told";
  EXPECT_FALSE(answer_of(with_gap(10, kLoss, kLoss, 60)).ambiguous) << "after the moment";
}

// Else each restart would make all names ambiguous that were told before.
TEST(Ambiguous, not_where_nothing_was_told_in_a_gap) {
  const std::vector<Evidence> told = past({{"a.example", -50}});
  const auto answer_of = [&](const Coverage& coverage) {
    return attribute(question(), {told, coverage, HostIdentity()});
  };
  using enum CoverageEdge;
  EXPECT_FALSE(answer_of(with_gap(-40, kStop, kStart, -10)).ambiguous);
  EXPECT_FALSE(answer_of(with_gap(-40, kCrash, kStart, -10)).ambiguous);
  EXPECT_FALSE(answer_of(with_gap(-40, kForgotten, kForgotten, -10)).ambiguous) << "of others";
  EXPECT_FALSE(answer_of(with_gap(-40, kClockStep, kClockStep, -10)).ambiguous);
  EXPECT_FALSE(answer_of(with_gap(-40, kImport, kImport, -10)).ambiguous) << "of two captures";
  EXPECT_FALSE(answer_of(Coverage()).ambiguous) << "of a record without coverage";
}

TEST(Rejoin, the_typed_name_stands_before_the_target_that_was_asked_right_after_it) {
  const LookupAnswer answer = lookup(
      {{.name = "www.example", .at = -6, .chain = {"edge.cdn.example"}}, {"edge.cdn.example", -5}});
  EXPECT_THAT(names(answer), ElementsAre("www.example", "edge.cdn.example"));
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kChainHead, Reason::kChainTarget));
  EXPECT_FALSE(answer.ambiguous);
}

TEST(Rejoin, has_a_time_limit) {
  const Told head{.name = "www.example", .at = -8, .chain = {"edge.example"}};
  EXPECT_THAT(names(lookup({head, {"edge.example", -6}})),
              ElementsAre("www.example", "edge.example"));
  const LookupAnswer too_late = lookup({head, {"edge.example", -5.9}});
  EXPECT_THAT(names(too_late), ElementsAre("edge.example", "www.example"));
  EXPECT_TRUE(too_late.ambiguous);
}

TEST(Rejoin, does_not_look_forward) {
  const LookupAnswer answer =
      lookup({{"edge.example", -6}, {.name = "www.example", .at = -5, .chain = {"edge.example"}}});
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kNewestLive, Reason::kOlderLive));
  EXPECT_TRUE(answer.ambiguous);
}

TEST(Rejoin, outlives_the_ttl_of_the_chain) {
  const LookupAnswer answer =
      lookup({{.name = "www.example", .at = -21, .ttl = 1, .chain = {"edge.example"}},
              {"edge.example", -20}});
  EXPECT_THAT(names(answer), ElementsAre("www.example", "edge.example"));
  EXPECT_EQ(answer.verdict, Verdict::kLive);
  EXPECT_EQ(answer.candidates[0].expired_by, Seconds(20));
}

TEST(Rejoin, belongs_to_one_host) {
  LookupQuestion asked = question();
  asked.client.reset();
  const LookupAnswer answer =
      lookup({{.name = "www.example", .at = -6, .client = kPhone, .chain = {"edge.example"}},
              {"edge.example", -5}},
             asked);
  EXPECT_THAT(names(answer), ElementsAre("edge.example", "www.example"));
}

TEST(Rejoin, follows_a_chain_asked_step_by_step) {
  const LookupAnswer answer =
      lookup({{.name = "a.example", .at = -9, .chain = {"b.example", "c.example"}},
              {.name = "b.example", .at = -7.5, .chain = {"c.example"}},
              {"c.example", -6}});
  EXPECT_THAT(names(answer), ElementsAre("a.example", "b.example", "c.example"));
  EXPECT_FALSE(answer.ambiguous);
}

TEST(Rejoin, leaves_another_live_name_ambiguous_behind_it) {
  const LookupAnswer answer = lookup({{.name = "www.example", .at = -6, .chain = {"edge.example"}},
                                      {"other.example", -5.5},
                                      {"edge.example", -5}});
  EXPECT_THAT(names(answer), ElementsAre("www.example", "edge.example", "other.example"));
  EXPECT_TRUE(answer.ambiguous);
}

TEST(Rejoin, a_target_that_was_also_asked_on_its_own_may_be_meant) {
  const LookupAnswer answer =
      lookup({{.name = "www.example",
               .at = -6,
               .chain = {"edge.example"},
               .deliveries = 2,
               .first_before = 300},
              {.name = "edge.example", .at = -5, .deliveries = 2, .first_before = 600}});
  EXPECT_THAT(names(answer), ElementsAre("www.example", "edge.example"));
  EXPECT_TRUE(answer.ambiguous);
}

TEST(Rejoin, a_target_asked_more_often_than_its_heads_led_there_may_be_meant) {
  const Told head{.name = "www.example",
                  .at = -6,
                  .chain = {"edge.example"},
                  .deliveries = 2,
                  .first_before = 600};
  Told target{.name = "edge.example", .at = -5, .deliveries = 2, .first_before = 600};
  EXPECT_FALSE(lookup({head, target}).ambiguous);
  target.deliveries = 3;
  EXPECT_TRUE(lookup({head, target}).ambiguous);
}

// A browser asks for A and HTTPS at one time, and both answers may hold the address.
TEST(Rejoin, a_head_led_to_its_target_once_for_all_the_types_it_was_asked_for) {
  const Told head{.name = "www.example",
                  .at = -6,
                  .chain = {"edge.example"},
                  .deliveries = 2,
                  .first_before = 600};
  Told head_https = head;
  head_https.type = RecordType::kHttps;
  Told target{.name = "edge.example", .at = -5, .deliveries = 2, .first_before = 600};
  EXPECT_FALSE(lookup({head, head_https, target}).ambiguous);
  target.deliveries = 3;
  EXPECT_TRUE(lookup({head, head_https, target}).ambiguous);
}

TEST(Rejoin, a_target_asked_for_several_types_at_one_time_was_asked_once) {
  const Told head{.name = "www.example", .at = -6, .chain = {"edge.example"}};
  Told target_https{.name = "edge.example", .at = -5};
  target_https.type = RecordType::kHttps;
  EXPECT_FALSE(lookup({head, {"edge.example", -5}, target_https}).ambiguous);
}

TEST(Rejoin, a_head_led_to_its_target_once_for_all_its_addresses_in_a_prefix) {
  LookupQuestion asked = question();
  asked.address = IpPrefix::from_text("203.0.113.0/24").value();
  const std::vector<std::string> both{"203.0.113.5", "203.0.113.6"};
  const auto answer_to = [&](uint64_t asked_for_target) {
    std::vector<Told> told;
    for (const std::string& address : both) {
      told.push_back({.name = "www.example",
                      .at = -6,
                      .chain = {"edge.example"},
                      .address = address,
                      .all_addresses = both,
                      .deliveries = 2,
                      .first_before = 600});
      told.push_back({.name = "edge.example",
                      .at = -5,
                      .address = address,
                      .all_addresses = both,
                      .deliveries = asked_for_target,
                      .first_before = 600});
    }
    return lookup(told, asked);
  };
  EXPECT_FALSE(answer_to(2).ambiguous);
  EXPECT_TRUE(answer_to(3).ambiguous);
}

TEST(Rejoin, the_bare_name_of_a_site_may_be_meant_though_its_www_leads_there) {
  const LookupAnswer answer =
      lookup({{.name = "www.site.example", .at = -6, .chain = {"site.example"}},
              {.name = "site.example", .at = -5}});
  EXPECT_THAT(names(answer), ElementsAre("www.site.example", "site.example"));
  EXPECT_TRUE(answer.ambiguous);
}

TEST(Rejoin, a_chain_that_comes_from_elsewhere_explains_its_steps_below_one_another) {
  const LookupAnswer answer =
      lookup({{.name = "www.example", .at = -7, .chain = {"a.cdn.example", "cdn.example"}},
              {.name = "a.cdn.example", .at = -6, .chain = {"cdn.example"}},
              {.name = "cdn.example", .at = -5}});
  EXPECT_THAT(names(answer), ElementsAre("www.example", "a.cdn.example", "cdn.example"));
  EXPECT_FALSE(answer.ambiguous);
}

TEST(Confidence, is_high_for_the_only_contender_and_shared_among_several) {
  EXPECT_GT(lookup({{"a.example", -5}}).candidates.at(0).confidence, 0.98);
  const LookupAnswer three = lookup({{"a.example", -5}, {"b.example", -6}, {"c.example", -7}});
  double sum = 0;
  for (const Candidate& candidate : three.candidates) {
    sum += candidate.confidence;
  }
  EXPECT_DOUBLE_EQ(sum, 1);
  EXPECT_GT(three.candidates[0].confidence, three.candidates[1].confidence);
  EXPECT_GT(three.candidates[2].confidence, 0);
}

}  // namespace
}  // namespace etymon::attribution
