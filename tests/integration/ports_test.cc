// The ports that tests listen on: tests run beside each other, and one that is told of a port which
// another takes before it listens fails for nothing it is about.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "tests/support/process.h"

namespace etymon::testing {
namespace {

constexpr uint16_t kFirst = 9'200;

TEST(PortsOfTests, none_is_given_twice_though_nobody_listens_on_it_yet) {
  constexpr uint16_t kCount = 16;
  std::set<uint16_t> given;
  for (int asked = 0; asked < kCount; ++asked) {
    given.insert(free_port(kFirst, kFirst + kCount - 1));
  }
  EXPECT_EQ(given.size(), kCount);
}

// As one at 0.0.0.0 would need it.
TEST(PortsOfTests, one_in_use_at_any_address_of_this_machine_is_not_given) {
  constexpr uint16_t kTaken = kFirst + 100;
  const int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kTaken);
  ASSERT_EQ(inet_pton(AF_INET, "127.0.0.5", &address.sin_addr), 1);
  ASSERT_EQ(bind(other, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(free_port(kTaken, kTaken + 1), kTaken + 1);
  close(other);
}

}  // namespace
}  // namespace etymon::testing
