// The order of the candidates and what each one tells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/attribution/past.h"

namespace etymon::attribution {
namespace {

using ::testing::ElementsAre;

TEST(Ranking, newest_live_name_first) {
  const LookupAnswer answer = lookup({{"older.example", -40}, {"newer.example", -2}});
  EXPECT_THAT(names(answer), ElementsAre("newer.example", "older.example"));
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kNewestLive, Reason::kOlderLive));
}

TEST(Ranking, live_before_expired_though_older) {
  const LookupAnswer answer = lookup({{.name = "short.example", .at = -20, .ttl = 5},
                                      {.name = "long.example", .at = -900, .ttl = 3600}});
  EXPECT_THAT(names(answer), ElementsAre("long.example", "short.example"));
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kNewestLive, Reason::kOlderExpired));
}

TEST(Ranking, newest_expired_first_where_none_is_live) {
  const LookupAnswer answer = lookup({{"a.example", -900}, {"b.example", -300}});
  EXPECT_THAT(names(answer), ElementsAre("b.example", "a.example"));
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kNewestExpired, Reason::kOlderExpired));
}

TEST(Ranking, is_the_same_in_whatever_order_evidence_comes) {
  const std::vector<Told> told = {{"b.example", -7}, {"a.example", -7}, {"c.example", -3}};
  const std::vector<Told> turned(told.rbegin(), told.rend());
  EXPECT_THAT(names(lookup(told)), ElementsAre("c.example", "a.example", "b.example"));
  EXPECT_EQ(names(lookup(told)), names(lookup(turned)));
}

// Answers of one name, told in one microsecond: with other chains, or other addresses of a block.
TEST(Ranking, tells_the_same_of_a_name_in_whatever_order_evidence_comes) {
  LookupQuestion asked = question();
  asked.address = IpPrefix::from_text("203.0.113.0/24").value();
  const std::vector<Told> told = {
      {.name = "a.example", .at = -7, .chain = {"x.example"}},
      {.name = "a.example", .at = -7, .chain = {"y.example"}},
      {.name = "a.example", .at = -7, .address = "203.0.113.9"},
      {.name = "a.example", .at = -7, .chain = {"x.example"}, .address = "203.0.113.9"}};
  const std::vector<Told> turned(told.rbegin(), told.rend());
  const Candidate one = lookup(told, asked).candidates.at(0);
  const Candidate other = lookup(turned, asked).candidates.at(0);
  EXPECT_EQ(one.chain(), other.chain());
  EXPECT_EQ(one.address, other.address);
  const std::vector<Told> chains(told.begin(), told.begin() + 2);
  const std::vector<Told> chains_turned(chains.rbegin(), chains.rend());
  EXPECT_EQ(lookup(chains).candidates.at(0).chain(),
            lookup(chains_turned).candidates.at(0).chain());
}

// A contact with UDP port 5060 of the server, right after two names led there.
LookupAnswer call_after(const Service& named_by_older, uint16_t port = 5060,
                        const std::string& proto = "udp") {
  LookupQuestion call = question();
  call.port = port;
  call.proto = proto;
  return lookup({{.name = "_sip._udp.example", .at = -40, .service = named_by_older},
                 {.name = "newer.example", .at = -2}},
                call);
}

constexpr const char* kFirst = "_sip._udp.example";
constexpr const char* kSecond = "newer.example";

TEST(NamedService, stands_before_a_newer_name_of_which_no_answer_did) {
  for (const Service& named : {Service{.port = 5060, .udp = true}, Service{.port = 5060},
                               Service{.udp = true}, Service{.tcp = true, .udp = true}}) {
    const LookupAnswer answer = call_after(named);
    EXPECT_THAT(names(answer), ElementsAre(kFirst, kSecond));
    EXPECT_THAT(reasons(answer), ElementsAre(Reason::kNamedService, Reason::kOlderLive));
    EXPECT_TRUE(answer.ambiguous) << "the newer name may have been meant all the same";
  }
}

TEST(NamedService, of_another_port_or_transport_is_no_evidence) {
  for (const Service& named : {Service{}, Service{.port = 5061, .udp = true}, Service{.tcp = true},
                               Service{.port = 5060, .tcp = true}}) {
    EXPECT_THAT(names(call_after(named)), ElementsAre(kSecond, kFirst));
  }
}

TEST(NamedService, is_no_evidence_where_the_contact_tells_neither) {
  EXPECT_THAT(names(call_after({.port = 5060, .udp = true}, 0, "")), ElementsAre(kSecond, kFirst));
  EXPECT_THAT(names(call_after({.port = 5060, .udp = true}, 5060, "")),
              ElementsAre(kFirst, kSecond));
  EXPECT_THAT(names(call_after({.port = 5060, .udp = true}, 0, "udp")),
              ElementsAre(kFirst, kSecond));
}

TEST(NamedService, does_not_bring_an_expired_name_before_a_live_one) {
  LookupQuestion call = question();
  call.port = 5060;
  const LookupAnswer answer = lookup(
      {{.name = kFirst, .at = -90, .service = {.port = 5060}}, {.name = kSecond, .at = -2}}, call);
  EXPECT_THAT(names(answer), ElementsAre(kSecond, kFirst));
}

TEST(Candidate, merges_the_answers_of_one_name) {
  const LookupAnswer answer = lookup({
      {.name = "a.example", .at = -50, .ttl = 3600, .deliveries = 3},
      {.name = "a.example", .at = -5, .ttl = 20, .chain = {"cdn.example"}, .deliveries = 2},
  });
  ASSERT_EQ(answer.candidates.size(), 1U);
  const Candidate& only = answer.candidates[0];
  EXPECT_EQ(only.deliveries, 5U);
  EXPECT_EQ(only.answered_at, noon_plus(-5));
  EXPECT_EQ(only.valid_until, noon_plus(3550));
  EXPECT_THAT(only.chain(), ElementsAre(name("a.example"), name("cdn.example")));
}

TEST(Candidate, tells_how_long_it_has_been_expired) {
  EXPECT_EQ(lookup({{"a.example", -90}}).candidates.at(0).expired_by, Seconds(30));
  EXPECT_FALSE(lookup({{"a.example", -9}}).candidates.at(0).expired_by.has_value());
}

TEST(Candidate, carries_its_evidence) {
  Evidence row = evidence({"a.example", -5});
  auto answer = std::make_shared<Answer>(*row.answer);
  answer->upstream = Endpoint::from_text("192.0.2.53:53").value();
  row.answer = answer;
  row.address.via = Via::kSvcbHint;
  row.newest.origin = Origin::kCache;
  row.newest.transport = Transport::kTcp;
  const LookupAnswer told = attribute(question(), {std::span(&row, 1), covered(), {}});
  const Candidate& only = told.candidates.at(0);
  EXPECT_EQ(only.upstream().text(), "192.0.2.53:53");
  EXPECT_EQ(only.via, Via::kSvcbHint);
  EXPECT_EQ(only.origin, Origin::kCache);
  EXPECT_EQ(only.transport, Transport::kTcp);
  EXPECT_EQ(only.address, ip(kServer));
}

TEST(OtherClients, are_listed_newest_first_with_their_host) {
  const LookupAnswer answer = lookup({{.name = "a.example", .at = -9, .client = kPhone},
                                      {.name = "b.example", .at = -3, .client = "192.168.1.9"}});
  EXPECT_THAT(names(answer), ElementsAre("b.example", "a.example"));
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kOtherClient, Reason::kOtherClient));
  EXPECT_EQ(answer.candidates[1].client, ip(kPhone));
  EXPECT_FALSE(answer.ambiguous);
}

TEST(OtherClients, are_left_out_where_the_host_itself_was_told) {
  const LookupAnswer answer =
      lookup({{"mine.example", -500}, {.name = "theirs.example", .client = kPhone}});
  EXPECT_THAT(names(answer), ElementsAre("mine.example"));
}

TEST(AllHosts, give_one_candidate_for_each_host_and_name) {
  LookupQuestion asked = question();
  asked.client.reset();
  const LookupAnswer answer = lookup({{.name = "a.example", .at = -9, .client = kPhone},
                                      {.name = "a.example", .at = -3, .client = kLaptop}},
                                     asked);
  EXPECT_THAT(names(answer), ElementsAre("a.example", "a.example"));
  EXPECT_EQ(answer.candidates[0].client, ip(kLaptop));
}

TEST(Prefix, gives_one_candidate_for_each_name_with_its_newest_address) {
  LookupQuestion asked = question();
  asked.address = IpPrefix::from_text("203.0.113.0/24").value();
  const LookupAnswer answer = lookup({{.name = "a.example", .at = -9, .address = "203.0.113.1"},
                                      {.name = "a.example", .at = -3, .address = "203.0.113.2"}},
                                     asked);
  ASSERT_THAT(names(answer), ElementsAre("a.example"));
  EXPECT_EQ(answer.candidates[0].address, ip("203.0.113.2"));
  EXPECT_EQ(answer.candidates[0].deliveries, 2U);
}

TEST(Prefix, counts_a_delivery_of_several_addresses_once) {
  LookupQuestion asked = question();
  asked.address = IpPrefix::from_text("203.0.113.0/24").value();
  const std::vector<std::string> both = {"203.0.113.1", "203.0.113.2"};
  const LookupAnswer answer =
      lookup({{.name = "a.example", .address = both[0], .all_addresses = both, .deliveries = 4},
              {.name = "a.example", .address = both[1], .all_addresses = both, .deliveries = 4}},
             asked);
  EXPECT_EQ(answer.candidates.at(0).deliveries, 4U);
}

TEST(Hints, name_what_was_answered_only_after_the_moment) {
  const std::vector<Evidence> rows = {told_later("b.example", 9), told_later("a.example", 4),
                                      told_later("a.example", 12)};
  const LookupAnswer answer = attribute(question(), {rows, covered(), {}});
  EXPECT_EQ(answer.verdict, Verdict::kNever);
  ASSERT_EQ(answer.hints.size(), 2U);
  EXPECT_EQ(answer.hints[0].name.text(), "a.example");
  EXPECT_EQ(answer.hints[0].at, noon_plus(4));
  EXPECT_EQ(answer.hints[1].name.text(), "b.example");
}

TEST(Hints, are_the_same_in_whatever_order_evidence_comes) {
  std::vector<Evidence> rows;
  for (const char* const address : {"203.0.113.7", kServer, "203.0.113.9"}) {
    for (const char* const asked : {"b.example", "a.example"}) {
      rows.push_back(told_later(asked, 4));
      rows.back().address.address = ip(address);
    }
  }
  const std::vector<Evidence> turned(rows.rbegin(), rows.rend());
  const auto one = attribute(question(), {rows, covered(), {}}).hints;
  const auto other = attribute(question(), {turned, covered(), {}}).hints;
  ASSERT_EQ(one.size(), 2U);
  ASSERT_EQ(other.size(), 2U);
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].name, other[i].name);
    EXPECT_EQ(one[i].address, other[i].address);
  }
}

TEST(Hints, leave_out_candidates_and_other_hosts) {
  Evidence again = told_later("a.example", 9);
  Evidence theirs = told_later("b.example", 9);
  theirs.client = ip(kPhone);
  const std::vector<Evidence> rows = {evidence({"a.example", -9}), again, theirs};
  EXPECT_TRUE(attribute(question(), {rows, covered(), {}}).hints.empty());
}

TEST(Hints, are_bounded) {
  std::vector<Evidence> rows;
  for (int i = 0; i < 100; ++i) {
    rows.push_back(told_later("n" + std::to_string(i) + ".example", 1 + i));
  }
  EXPECT_EQ(attribute(question(), {rows, covered(), {}}).hints.size(), kHintsMax);
}

}  // namespace
}  // namespace etymon::attribution
