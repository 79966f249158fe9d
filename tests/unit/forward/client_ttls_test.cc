// Whose TTLs are limited, and by which rule.
#include "resolver/forward/client_ttls.h"

#include <gtest/gtest.h>

namespace etymon::forward {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::from_text(text).value();
}

IpPrefix prefix(std::string_view text) {
  return IpPrefix::from_text(text).value();
}

uint32_t cap_of(const ClientTtls& ttls, std::string_view client) {
  const wire::TtlRange* const range = ttls.find(ip(client));
  return range == nullptr ? 0 : range->cap_s;
}

TEST(ClientTtls, are_nobodys_unless_set) {
  EXPECT_EQ(ClientTtls().find(ip("192.168.1.7")), nullptr);
}

TEST(ClientTtls, are_those_of_the_longest_prefix) {
  const ClientTtls ttls({{prefix("192.168.0.0/16"), {.cap_s = 1}},
                         {prefix("192.168.1.7"), {.cap_s = 2}},
                         {prefix("192.168.1.0/24"), {.cap_s = 3}},
                         {prefix("2001:db8::/32"), {.cap_s = 4}}});
  EXPECT_EQ(cap_of(ttls, "192.168.2.1"), 1U);
  EXPECT_EQ(cap_of(ttls, "192.168.1.7"), 2U);
  EXPECT_EQ(cap_of(ttls, "192.168.1.8"), 3U);
  EXPECT_EQ(cap_of(ttls, "2001:db8::1"), 4U);
  EXPECT_EQ(cap_of(ttls, "10.0.0.1"), 0U);
}

}  // namespace
}  // namespace etymon::forward
