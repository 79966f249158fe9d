// The ports that tests listen on: tests run beside each other, and one that is told of a port which
// another takes before it listens fails for nothing it is about.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <set>
#include <stdexcept>

#include "tests/support/process.h"

namespace etymon::testing {
namespace {

class BoundSocket {
 public:
  BoundSocket(const char* address, uint16_t port)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    is_bound_ = inet_pton(AF_INET, address, &to.sin_addr) == 1 &&
                bind(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~BoundSocket() { close(socket_); }
  BoundSocket(const BoundSocket&) = delete;
  BoundSocket& operator=(const BoundSocket&) = delete;

  bool is_bound() const { return is_bound_; }

 private:
  int socket_;
  bool is_bound_ = false;
};

bool is_free_row(uint16_t first, uint16_t count) {
  for (uint16_t port = first; port < first + count; ++port) {
    if (!BoundSocket("0.0.0.0", port).is_bound()) {
      return false;
    }
  }
  return true;
}

// The first of `count` ports in a row that nobody listens on, of those from `from` on: below
// those that other tests are given, which would count as in use without a listener, too.
uint16_t free_row(uint16_t count, uint16_t from) {
  std::random_device dice;
  std::uniform_int_distribution<int> ports(from, from + 2'500 - count);
  for (int i = 0; i < 1'000; ++i) {
    const auto first = static_cast<uint16_t>(ports(dice));
    if (is_free_row(first, count)) {
      return first;
    }
  }
  throw std::runtime_error("no row of ports is free");
}

TEST(PortsOfTests, none_is_given_twice_though_nobody_listens_on_it_yet) {
  constexpr uint16_t kCount = 16;
  const uint16_t first = free_row(kCount, 5'000);
  std::set<uint16_t> given;
  for (int asked = 0; asked < kCount; ++asked) {
    given.insert(free_port(first, first + kCount - 1));
  }
  EXPECT_EQ(given.size(), kCount);
  EXPECT_THROW(free_port(first, first + kCount - 1), std::runtime_error) << "all are given";
}

// As one at 0.0.0.0 would need it.
TEST(PortsOfTests, one_in_use_at_any_address_of_this_machine_is_not_given) {
  const uint16_t taken = free_row(2, 7'500);
  const BoundSocket other("127.0.0.5", taken);
  ASSERT_TRUE(other.is_bound());
  EXPECT_EQ(free_port(taken, taken + 1), taken + 1);
}

}  // namespace
}  // namespace etymon::testing
