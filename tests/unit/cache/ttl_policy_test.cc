// For how long answers are kept, within the limits that the operator sets.
#include <gtest/gtest.h>

#include "resolver/cache/answer_cache.h"
#include "tests/support/dns_messages.h"

namespace etymon::cache {
namespace {

using testing::MessageBuilder;
using testing::response;

constexpr TtlPolicy kPolicy{.floor_s = 10, .cap_s = 1000, .negative_cap_s = 100, .failure_s = 5};

wire::ParsedResponse parsed(const MessageBuilder& message) {
  const std::string qname = DomainName::from_text("a.example").value().wire();
  return wire::parse_response(message.bytes(), {as_bytes(qname), RecordType::kA}).value();
}

wire::ParsedResponse positive(uint32_t ttl_s) {
  return parsed(response("a.example", RecordType::kA).a("a.example", ttl_s, "192.0.2.1"));
}

wire::ParsedResponse negative(uint32_t ttl_s) {
  constexpr uint16_t kNxDomain = 3;
  return parsed(response("a.example", RecordType::kA, kNxDomain).soa("example", ttl_s, ttl_s));
}

// What is kept for `keep_s` says the same to clients and to the record.
void expect_kept(wire::ParsedResponse answer, uint32_t keep_s) {
  EXPECT_EQ(apply_policy(kPolicy, answer), keep_s);
  EXPECT_EQ(answer.validity_s, keep_s);
  const auto* bytes = as_bytes(answer.stored.message).data();
  EXPECT_EQ(load_u32(bytes + answer.stored.ttl_offsets.front()), keep_s);
}

TEST(TtlPolicy, a_ttl_within_the_limits_stays) {
  expect_kept(positive(60), 60);
}

TEST(TtlPolicy, a_ttl_below_the_floor_is_raised) {
  expect_kept(positive(1), 10);
}

TEST(TtlPolicy, a_ttl_above_the_cap_is_lowered) {
  expect_kept(positive(5000), 1000);
}

TEST(TtlPolicy, zero_is_not_raised_and_not_kept) {
  expect_kept(positive(0), 0);
}

TEST(TtlPolicy, a_negative_answer_has_its_own_cap) {
  expect_kept(negative(500), 100);
}

TEST(TtlPolicy, a_floor_above_the_cap_gives_way) {
  auto answer = negative(1);
  EXPECT_EQ(apply_policy({.floor_s = 3600, .cap_s = 86'400, .negative_cap_s = 60}, answer), 60U);
}

TEST(TtlPolicy, a_negative_answer_without_soa_is_not_kept) {
  auto answer = parsed(response("a.example", RecordType::kA));
  EXPECT_EQ(apply_policy(kPolicy, answer), 0U);
}

TEST(TtlPolicy, a_failure_is_kept_for_a_moment_by_rfc_9520) {
  constexpr uint16_t kFailures[] = {1, 2, 4, 5};  // FORMERR, SERVFAIL, NOTIMP, REFUSED
  for (const uint16_t rcode : kFailures) {
    auto answer = parsed(response("a.example", RecordType::kA, rcode));
    EXPECT_EQ(apply_policy(kPolicy, answer), kPolicy.failure_s);
    EXPECT_EQ(answer.validity_s, 0U);
  }
}

TEST(TtlPolicy, a_truncated_response_is_not_kept) {
  constexpr uint16_t kTruncated[] = {0x8380, 0x8382};
  for (const uint16_t flags : kTruncated) {
    auto answer = parsed(response("a.example", RecordType::kA).flags(flags));
    EXPECT_EQ(apply_policy(kPolicy, answer), 0U);
  }
}

}  // namespace
}  // namespace etymon::cache
