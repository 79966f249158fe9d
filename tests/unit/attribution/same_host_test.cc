// One device, many addresses: what was told to one of them counts for all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/attribution/past.h"

namespace etymon::attribution {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kTemporary = "2001:db8::abcd";

// The laptop had `address` from `from` to `to`.
HostIdentity laptop_also_at(const char* address, double from, double to) {
  return {.device = "mac:02:00:00:00:00:01",
          .own_since = {},
          .elsewhere = {{ip(address), {noon_plus(from), noon_plus(to)}}}};
}

TEST(SameHost, a_name_told_to_another_address_of_the_device_is_its_own) {
  const LookupAnswer answer = lookup({{"a.example", -5, 60, kTemporary}}, question(),
                                     laptop_also_at(kTemporary, -100, 100));
  EXPECT_EQ(answer.verdict, Verdict::kLive);
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kSameHost));
  EXPECT_EQ(answer.candidates[0].client, ip(kTemporary));
  EXPECT_GT(answer.candidates[0].confidence, 0.9);
}

TEST(SameHost, without_identity_it_is_another_clients) {
  const LookupAnswer answer = lookup({{"a.example", -5, 60, kTemporary}});
  EXPECT_EQ(answer.verdict, Verdict::kOtherClient);
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kOtherClient));
}

TEST(SameHost, it_may_have_expired) {
  const LookupAnswer answer = lookup({{"a.example", -500, 60, kTemporary}}, question(),
                                     laptop_also_at(kTemporary, -1000, 100));
  EXPECT_EQ(answer.verdict, Verdict::kExpired);
  EXPECT_EQ(answer.candidates[0].expired_by, Seconds(440));
}

TEST(SameHost, a_name_told_while_the_address_was_not_the_devices_is_not_its_own) {
  for (const double at : {-101, -49}) {
    const LookupAnswer answer = lookup({{"a.example", at, 60, kTemporary}}, question(),
                                       laptop_also_at(kTemporary, -100, -50));
    EXPECT_EQ(answer.verdict, Verdict::kOtherClient) << at;
  }
}

TEST(SameHost, names_of_both_addresses_rival_each_other) {
  const LookupAnswer answer =
      lookup({{"old.example", -50, 60}, {"new.example", -5, 60, kTemporary}}, question(),
             laptop_also_at(kTemporary, -100, 100));
  EXPECT_TRUE(answer.ambiguous);
  EXPECT_THAT(names(answer), ElementsAre("new.example", "old.example"));
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kSameHost, Reason::kOlderLive));
}

TEST(SameHost, one_name_told_to_both_addresses_is_one_candidate) {
  const LookupAnswer answer = lookup({{"a.example", -50, 60, kTemporary}, {"a.example", -5, 60}},
                                     question(), laptop_also_at(kTemporary, -100, 100));
  EXPECT_FALSE(answer.ambiguous);
  EXPECT_THAT(reasons(answer), ElementsAre(Reason::kNewestLive));
  EXPECT_EQ(answer.candidates[0].deliveries, 2U);
}

TEST(SameHost, a_chain_is_followed_from_one_address_to_the_other) {
  const LookupAnswer answer =
      lookup({{"www.example", -5, 60, kTemporary, {"edge.example"}}, {"edge.example", -4.9, 60}},
             question(), laptop_also_at(kTemporary, -100, 100));
  EXPECT_FALSE(answer.ambiguous);
  EXPECT_THAT(names(answer), ElementsAre("www.example", "edge.example"));
}

TEST(SameHost, what_the_address_was_told_under_its_former_owner_is_another_hosts) {
  HostIdentity host = laptop_also_at(kTemporary, -100, 100);
  host.own_since = noon_plus(-20);
  const LookupAnswer answer = lookup({{"a.example", -30, 60}}, question(), host);
  EXPECT_EQ(answer.verdict, Verdict::kOtherClient);
  EXPECT_EQ(lookup({{"a.example", -20, 60}}, question(), host).verdict, Verdict::kLive);
}

TEST(SameHost, a_name_told_to_another_address_after_the_moment_is_a_hint) {
  Evidence row = told_later("a.example", 5);
  row.client = ip(kTemporary);
  const HostIdentity host = laptop_also_at(kTemporary, -100, 100);
  const LookupAnswer answer = attribute(question(), {std::span(&row, 1), covered(), host});
  EXPECT_THAT(answer.candidates, IsEmpty());
  ASSERT_EQ(answer.hints.size(), 1U);
  EXPECT_EQ(answer.hints[0].client, ip(kTemporary));
}

}  // namespace
}  // namespace etymon::attribution
