// Which addresses are private, and whose names may lead to them.
#include "resolver/forward/rebinding_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/dns_messages.h"

namespace etymon::forward {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::response;

IpAddress ip(std::string_view text) {
  return IpAddress::from_text(text).value();
}

DomainName name(std::string_view text) {
  return DomainName::from_text(text).value();
}

Answer read(const RebindingGuard& guard, std::string_view of, std::string_view address) {
  const std::string qname = name(of).wire();
  const RecordType type = ip(address).is_v4() ? RecordType::kA : RecordType::kAaaa;
  auto reply = response(of, type);
  const auto message =
      (type == RecordType::kA ? reply.a(of, 60, address) : reply.aaaa(of, 60, address)).wire();
  const wire::AskedQuestion asked{as_bytes(qname), type};
  auto parsed =
      wire::parse_response_without(as_bytes(message), asked, guard.withheld_of(asked.qname))
          .value();
  guard.judge(parsed, asked.qname);
  return parsed.answer;
}

TEST(IsPrivate, is_what_leads_nowhere_on_the_internet) {
  for (const char* text : {"10.0.0.0",
                           "10.255.255.255",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.168.0.0",
                           "192.168.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "0.0.0.0",
                           "0.255.255.255",
                           "169.254.0.1",
                           "100.64.0.0",
                           "100.127.255.255",
                           "::",
                           "::1",
                           "fc00::",
                           "fdff::1",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "feff::1",
                           "255.255.255.255",
                           "::127.0.0.1",
                           "::192.168.1.1",
                           "2002:c0a8:101::1",
                           "2002:7f00:1::",
                           "::ffff:10.0.0.1",
                           "64:ff9b::192.168.1.1"}) {
    EXPECT_TRUE(is_private(ip(text))) << text;
  }
  for (const char* text : {"9.255.255.255",
                           "11.0.0.0",
                           "172.15.255.255",
                           "172.32.0.0",
                           "192.167.255.255",
                           "192.169.0.0",
                           "126.255.255.255",
                           "128.0.0.0",
                           "1.0.0.0",
                           "169.253.255.255",
                           "100.63.255.255",
                           "100.128.0.0",
                           "255.255.255.254",
                           "fbff::1",
                           "fe00::1",
                           "ff00::1",
                           "2001:db8::1",
                           "::ffff:192.0.2.1",
                           "64:ff9b::192.0.2.1",
                           "::192.0.2.1",
                           "2002:c000:201::1",
                           "2001:c0a8:101::1",
                           "2003:c0a8:101::1"}) {
    EXPECT_FALSE(is_private(ip(text))) << text;
  }
}

TEST(RebindingGuard, flags_by_default_and_passes_the_answer_on) {
  const Answer answer = read(RebindingGuard({}), "evil.example", "10.0.0.1");
  EXPECT_TRUE(answer.rebinding);
  EXPECT_THAT(answer.withheld, IsEmpty());
  EXPECT_EQ(answer.addresses.size(), 1U);
  EXPECT_FALSE(read(RebindingGuard({}), "www.example", "192.0.2.1").rebinding);
}

TEST(RebindingGuard, withholds_where_it_is_to) {
  const RebindingGuard guard({.policy = Rebinding::kFilter});
  const Answer answer = read(guard, "evil.example", "10.0.0.1");
  EXPECT_TRUE(answer.rebinding);
  EXPECT_THAT(answer.withheld, ElementsAre(ip("10.0.0.1")));
  EXPECT_THAT(answer.addresses, IsEmpty());
}

TEST(RebindingGuard, does_nothing_where_it_is_not_to) {
  EXPECT_FALSE(
      read(RebindingGuard({.policy = Rebinding::kPass}), "evil.example", "10.0.0.1").rebinding);
}

TEST(RebindingGuard, trusts_a_zone_with_all_below_in_any_spelling) {
  const RebindingGuard guard({.trusted = {name("Corp.Example")}});
  EXPECT_FALSE(read(guard, "corp.example", "10.0.0.1").rebinding);
  EXPECT_FALSE(read(guard, "a.b.CORP.example", "10.0.0.1").rebinding);
  EXPECT_TRUE(read(guard, "xcorp.example", "10.0.0.1").rebinding);
  EXPECT_TRUE(read(guard, "example", "10.0.0.1").rebinding);
  EXPECT_FALSE(read(RebindingGuard({.trusted = {name(".")}}), "a", "10.0.0.1").rebinding);
}

TEST(RebindingGuard, can_let_what_leads_to_the_machine_itself_pass) {
  const RebindingGuard guard({.loopback = RebindingGuard::Loopback::kPass});
  EXPECT_FALSE(read(guard, "2.0.0.127.list.example", "127.0.0.2").rebinding);
  EXPECT_FALSE(read(guard, "zero.example", "0.0.0.0").rebinding);
  EXPECT_TRUE(read(guard, "ten.example", "10.0.0.1").rebinding);
}

TEST(RebindingGuard, what_leads_inside_through_our_own_nat64_is_private) {
  const auto prefix = Nat64Prefix::from(IpPrefix::from_text("2001:db8:64::/96").value()).value();
  const RebindingGuard guard({.policy = Rebinding::kFilter, .translator = prefix});
  EXPECT_THAT(read(guard, "evil.example", "2001:db8:64::192.168.1.1").addresses, IsEmpty());
  EXPECT_EQ(read(guard, "good.example", "2001:db8:64::192.0.2.1").addresses.size(), 1U);
  const RebindingGuard elsewhere({.policy = Rebinding::kFilter});
  EXPECT_EQ(read(elsewhere, "evil.example", "2001:db8:64::192.168.1.1").addresses.size(), 1U);
}

}  // namespace
}  // namespace etymon::forward
