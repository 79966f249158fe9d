#include "resolver/wire/client_subnet.h"

#include <gtest/gtest.h>

#include <string_view>

namespace etymon::wire {
namespace {

using std::string_view_literals::operator""sv;

// dig +subnet=0 sends family 0.
TEST(ClientSubnet, that_tells_nothing_is_of_ipv4_of_ipv6_or_of_no_family) {
  for (const auto data : {"\0\0\0\0"sv, "\0\1\0\0"sv, "\0\2\0\0"sv}) {
    EXPECT_TRUE(is_client_subnet(as_bytes(data)));
  }
  for (const auto data : {"\0\3\0\0"sv, "\1\1\0\0"sv, "\0\0\1\0\0"sv}) {
    EXPECT_FALSE(is_client_subnet(as_bytes(data)));
  }
}

}  // namespace
}  // namespace etymon::wire
