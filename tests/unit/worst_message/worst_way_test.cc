// What is done with the worst responses beside reading them costs no more than a millisecond
// either: all of the way to one client together, and each way that makes another answer of them.
#include <gtest/gtest.h>

#include <array>

#include "resolver/forward/dns64.h"
#include "resolver/forward/rebinding_guard.h"
#include "resolver/wire/alias.h"
#include "resolver/wire/response.h"
#include "tests/unit/worst_message/worst.h"

namespace etymon::forward {
namespace {

using namespace testing;

// Holds all messages that are written here.
using Room = std::array<uint8_t, 65'535>;

void expect_cheap(const char* what, std::chrono::microseconds took) {
  EXPECT_LE(took, kAllowed) << what;
  ::testing::Test::RecordProperty(what, std::to_string(took.count()));
}

// As many addresses as fit, of the longest name; one in `private_one_in` leads inside.
std::string addresses(uint32_t private_one_in, size_t size = kMessageMax) {
  return filled(longest_name(), size, [&](auto& out, uint32_t number, size_t) {
    std::string octets = address_of(number);
    octets[0] = number % private_one_in == 0 ? '\x0A' : '\x08';
    write_pointer(out, kQuestionAt);
    write_record(out, RecordType::kA, octets);
  });
}

TEST(WorstWay, through_the_filter_for_private_addresses_to_a_client) {
  const DomainName name = DomainName::from_text(longest_name()).value();
  const wire::AskedQuestion asked{.qname = as_bytes(name.wire())};
  const RebindingGuard guard({.policy = Rebinding::kFilter});
  Room room;
  for (const uint32_t private_one_in : {1U, 2U, 5'000U}) {
    const std::string message = addresses(private_one_in);
    const auto all_of_it = [&] {
      auto read =
          wire::parse_response_without(as_bytes(message), asked, guard.withheld_of(asked.qname));
      ASSERT_TRUE(read.ok());
      guard.judge(*read, asked.qname);
      ASSERT_FALSE(read->answer.withheld.empty());
      ASSERT_GT(
          wire::write_reply(read->stored.view(), {.qname = asked.qname}, room.data(), room.size()),
          0U);
    };
    expect_cheap(("private_one_in_" + std::to_string(private_one_in)).c_str(), shortest(all_of_it));
  }
}

TEST(WorstWay, from_addresses_to_those_behind_a_nat64) {
  const DomainName name = DomainName::from_text(longest_name()).value();
  const wire::AskedQuestion asked{.qname = as_bytes(name.wire()), .qtype = RecordType::kAaaa};
  const Dns64 dns64({.on = true});
  // All that fit, and as many as fit when each has 12 octets more.
  for (const size_t size : {kMessageMax, kMessageMax * 16 / 28}) {
    const std::string message = addresses(5'000, size);
    const auto took =
        shortest([&] { static_cast<void>(dns64.translate(asked, as_bytes(message), UINT32_MAX)); });
    expect_cheap(("translated_" + std::to_string(size)).c_str(), took);
  }
}

TEST(WorstWay, behind_an_alias_of_our_own) {
  const std::string own = DomainName::from_text("nas.lan").value().wire();
  const wire::OwnedRecord alias{own, RecordType::kCname, 300,
                                DomainName::from_text(longest_name()).value().wire()};
  const std::string message = addresses(5'000);
  const auto took = shortest([&] {
    static_cast<void>(
        wire::answer_behind({.qname = as_bytes(own)}, std::span(&alias, 1), as_bytes(message)));
  });
  expect_cheap("behind", took);
}

}  // namespace
}  // namespace etymon::forward
