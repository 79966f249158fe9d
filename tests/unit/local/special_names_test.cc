#include "resolver/local/special_names.h"

#include <gtest/gtest.h>

namespace etymon::local {
namespace {

std::string wire_name(const char* text) {
  return DomainName::from_text(text)->canonical().wire();
}

DomainName name(const char* text) {
  return DomainName::from_text(text).value();
}

TEST(SpecialNames, the_root_and_ordinary_names_are_not_among_them) {
  const SpecialNames special({});
  for (const char* text : {".", "example", "www.example", "arpa", "in-addr.arpa", "localhos",
                           "tests", "1.2.0.192.in-addr.arpa.example"}) {
    EXPECT_FALSE(special.answer(wire_name(text), RecordType::kA)) << text;
  }
}

TEST(SpecialNames, a_zone_passed_on_takes_with_it_what_is_below_and_leaves_what_is_above) {
  const SpecialNames special({.passed_on = {name("A.Local"), name("in-addr.arpa")}});
  EXPECT_FALSE(special.answer(wire_name("x.a.local"), RecordType::kA));
  EXPECT_FALSE(special.answer(wire_name("1.0.0.10.in-addr.arpa"), RecordType::kPtr));
  EXPECT_TRUE(special.answer(wire_name("b.local"), RecordType::kA));
}

TEST(SpecialNames, with_the_root_passed_on_none_is_left) {
  const SpecialNames special({.passed_on = {DomainName()}});
  EXPECT_FALSE(special.answer(wire_name("localhost"), RecordType::kA));
}

TEST(SpecialNames, the_zones_of_every_private_address_are_among_them) {
  const SpecialNames special({});
  for (const char* text :
       {"1.0.0.10.in-addr.arpa", "1.0.16.172.in-addr.arpa", "1.0.31.172.in-addr.arpa",
        "1.0.168.192.in-addr.arpa", "1.0.254.169.in-addr.arpa", "1.0.127.100.in-addr.arpa",
        "1.d.f.ip6.arpa", "1.8.e.f.ip6.arpa", "1.b.e.f.ip6.arpa"}) {
    const auto answer = special.answer(wire_name(text), RecordType::kPtr);
    ASSERT_TRUE(answer) << text;
    EXPECT_EQ(answer->said.rcode, Rcode::kNxDomain) << text;
  }
}

}  // namespace
}  // namespace etymon::local
