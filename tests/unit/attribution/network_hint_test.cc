// Near misses in the same network: never candidates, and only where no name is live.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/attribution/past.h"

namespace etymon::attribution {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kNeighbour = "203.0.113.9";  // in the /24 of kServer

// Asked for kServer, of which only `direct` is known; `nearby` led into its network.
std::vector<std::string> hinted(const std::vector<Told>& nearby,
                                const std::vector<Told>& direct = {}) {
  const std::vector<Evidence> around = past(nearby);
  const std::vector<Evidence> evidence = past(direct);
  const LookupAnswer answer = attribute(question(), {evidence, covered(), {}, around});
  std::vector<std::string> names;
  for (const Hint& hint : answer.hints) {
    EXPECT_EQ(hint.kind, HintKind::kSameNetwork);
    names.push_back(hint.name.text());
  }
  return names;
}

Told near(const std::string& name, double at, const std::string& address = kNeighbour) {
  return {.name = name, .at = at, .ttl = 60, .address = address};
}

TEST(NetworkHint, a_live_name_that_led_into_the_same_network_is_a_hint_and_no_candidate) {
  const std::vector<Evidence> around = past({near("a.example", -5)});
  const LookupAnswer answer = attribute(question(), {{}, covered(), {}, around});
  EXPECT_EQ(answer.verdict, Verdict::kNever);
  EXPECT_THAT(answer.candidates, IsEmpty());
  ASSERT_EQ(answer.hints.size(), 1U);
  EXPECT_EQ(answer.hints[0].address, ip(kNeighbour));
  EXPECT_EQ(answer.hints[0].at, noon_plus(-5));
}

TEST(NetworkHint, a_name_whose_time_is_over_is_none) {
  EXPECT_THAT(hinted({near("a.example", -61)}), IsEmpty());
}

TEST(NetworkHint, another_hosts_name_is_none) {
  Told other = near("a.example", -5);
  other.client = kPhone;
  EXPECT_THAT(hinted({other}), IsEmpty());
}

TEST(NetworkHint, beside_a_live_name_there_is_none) {
  EXPECT_THAT(hinted({near("a.example", -5)}, {{"b.example", -5, 60}}), IsEmpty());
  EXPECT_THAT(hinted({near("a.example", -5)}, {{"b.example", -500, 60}}), ElementsAre("a.example"));
}

TEST(NetworkHint, the_address_itself_is_no_neighbour) {
  EXPECT_THAT(hinted({near("a.example", -5, kServer)}), IsEmpty());
}

TEST(NetworkHint, each_name_is_told_once_the_newest_of_them_and_the_earliest_first) {
  std::vector<Told> many = {near("a.example", -5), near("a.example", -4, "203.0.113.10")};
  for (int i = 0; i < 20; ++i) {
    many.push_back(near("n" + std::to_string(i) + ".example", -10 - i));
  }
  const std::vector<std::string> names = hinted(many);
  EXPECT_EQ(names.size(), kNetworkHintsMax);
  EXPECT_EQ(names.back(), "a.example");
  EXPECT_EQ(names.front(), "n6.example");
}

TEST(NetworkHint, a_network_is_a_24_of_ipv4_or_a_48_of_ipv6) {
  EXPECT_EQ(network_of(ip("203.0.113.5")).text(), "203.0.113.0/24");
  EXPECT_EQ(network_of(ip("2001:db8:1:2::5")).text(), "2001:db8:1::/48");
}

}  // namespace
}  // namespace etymon::attribution
