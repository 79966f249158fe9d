#include "resolver/forward/dns64.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/dns_messages.h"

namespace etymon::forward {
namespace {

IpAddress address(std::string_view text) {
  return IpAddress::from_text(text).value();
}

Dns64 with_prefix(std::string_view text) {
  return Dns64({.on = true, .prefix = Nat64Prefix::from(*IpPrefix::from_text(text)).value()});
}

const std::string kName = DomainName::from_text("www.example").value().wire();
const wire::AskedQuestion kAsked{.qname = as_bytes(kName), .qtype = RecordType::kAaaa};

Answer translated(const Dns64& dns64) {
  const std::string told = testing::response("www.example", RecordType::kA)
                               .cname("www.example", 300, "cdn.example")
                               .a("cdn.example", 300, "192.0.2.33")
                               .a("cdn.example", 300, "10.0.0.1")
                               .wire();
  return dns64.translate(kAsked, as_bytes(told), 600).value().answer;
}

TEST(Dns64, the_record_has_what_was_delivered_and_where_the_flow_comes_out) {
  for (const auto& [prefix, made] : {std::pair("64:ff9b::/96", "64:ff9b::192.0.2.33"),
                                     std::pair("2001:db8::/32", "2001:db8:c000:221::")}) {
    const Answer answer = translated(with_prefix(prefix));
    EXPECT_EQ(answer.question.type, RecordType::kAaaa);
    EXPECT_EQ(answer.chain.size(), 2U);
    EXPECT_THAT(answer.addresses, ::testing::IsSupersetOf({
                                      AnswerAddress{address(made), Via::kAaaa, {}},
                                      AnswerAddress{address("192.0.2.33"), Via::kMapped, {}},
                                  }));
  }
}

TEST(Dns64, the_well_known_prefix_is_for_public_addresses_only) {
  EXPECT_EQ(translated(with_prefix("64:ff9b::/96")).addresses.size(), 2U);
  EXPECT_EQ(translated(with_prefix("2001:db8::/32")).addresses.size(), 4U);
}

}  // namespace
}  // namespace etymon::forward
