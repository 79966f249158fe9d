// For how long a response may be kept, and for how long what it says is valid.
#include <gmock/gmock.h>

#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using ::testing::ElementsAre;
using testing::response;

constexpr auto kAnswer = MessageBuilder::kAnswer;
constexpr auto kAuthority = MessageBuilder::kAuthority;
constexpr auto kAdditional = MessageBuilder::kAdditional;
constexpr uint16_t kNxDomain = 3;

std::vector<uint32_t> ttls_of(const StoredResponse& stored) {
  std::vector<uint32_t> ttls;
  for (const uint16_t at : stored.ttl_offsets) {
    ttls.push_back(load_u32(as_bytes(stored.message).data() + at));
  }
  return ttls;
}

TEST(Ttl, of_a_positive_answer_is_the_smallest_of_the_answer_section) {
  const auto parsed = parse(response("a", RecordType::kA)
                                .cname("a", 300, "b")
                                .a("b", 60, "192.0.2.1")
                                .a("b", 90, "192.0.2.2")
                                .record(kAuthority, "b", RecordType::kNs, 5, wire_name("ns")),
                            "a", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cache_ttl_s, 60U);
  EXPECT_EQ(parsed->validity_s, 60U);
  EXPECT_THAT(ttls_of(parsed->stored), ElementsAre(300, 60, 90, 5));
}

TEST(Ttl, of_a_short_alias_bounds_the_whole_chain) {
  const auto parsed =
      parse(response("a", RecordType::kA).cname("a", 7, "b").a("b", 60, "192.0.2.1"), "a",
            RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cache_ttl_s, 7U);
  EXPECT_EQ(parsed->validity_s, 7U);
}

TEST(Ttl, of_dropped_records_does_not_count) {
  const auto parsed =
      parse(response("a", RecordType::kA).a("a", 60, "192.0.2.1").a("victim", 1, "192.0.2.2"), "a",
            RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cache_ttl_s, 60U);
}

TEST(Ttl, of_a_signature_bounds_keeping_but_not_validity) {
  const auto parsed =
      parse(response("a", RecordType::kA)
                .a("a", 60, "192.0.2.1")
                .record(kAnswer, "a", RecordType::kRrsig, 30, rrsig_data(RecordType::kA)),
            "a", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cache_ttl_s, 30U);
  EXPECT_EQ(parsed->validity_s, 60U);
}

TEST(Ttl, of_a_targets_address_bounds_validity) {
  const auto parsed = parse(response("a", RecordType::kSrv)
                                .record(kAnswer, "a", RecordType::kSrv, 300, srv_data("t"))
                                .record(kAdditional, "t", RecordType::kA, 20, v4_data("192.0.2.1")),
                            "a", RecordType::kSrv);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cache_ttl_s, 300U);
  EXPECT_EQ(parsed->validity_s, 20U);
}

TEST(Ttl, with_the_top_bit_set_counts_as_zero_by_rfc_2181) {
  const auto parsed =
      parse(response("a", RecordType::kA).a("a", 0x8000'0001, "192.0.2.1"), "a", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cache_ttl_s, 0U);
  EXPECT_THAT(ttls_of(parsed->stored), ElementsAre(0));
}

TEST(NegativeTtl, is_the_smaller_of_soa_ttl_and_minimum_by_rfc_2308) {
  for (const auto& [ttl, minimum] : {std::pair{900U, 60U}, std::pair{60U, 900U}}) {
    const auto parsed =
        parse(response("a.example", RecordType::kA, kNxDomain).soa("example", ttl, minimum),
              "a.example", RecordType::kA);
    ASSERT_TRUE(parsed.ok());
    EXPECT_TRUE(parsed->negative);
    EXPECT_EQ(parsed->rcode, Rcode::kNxDomain);
    EXPECT_EQ(parsed->cache_ttl_s, 60U);
    EXPECT_EQ(parsed->validity_s, 60U);
    EXPECT_THAT(ttls_of(parsed->stored), ElementsAre(60)) << "the SOA ages with the answer";
  }
}

TEST(NegativeTtl, of_a_chain_that_leads_nowhere_is_bounded_by_the_chain) {
  const auto parsed = parse(response("a.example", RecordType::kA)
                                .cname("a.example", 10, "b.example")
                                .soa("example", 900, 900),
                            "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->negative);
  EXPECT_EQ(parsed->cache_ttl_s, 10U);
}

TEST(NegativeTtl, is_zero_without_an_soa) {
  const auto parsed =
      parse(response("a.example", RecordType::kA, kNxDomain), "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->negative);
  EXPECT_EQ(parsed->cache_ttl_s, 0U);
}

TEST(NegativeTtl, does_not_come_from_the_soa_of_another_zone) {
  const auto parsed = parse(response("a.example", RecordType::kA, kNxDomain).soa("other", 900, 900),
                            "a.example", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cache_ttl_s, 0U);
}

TEST(Ttl, of_a_failure_is_zero_and_it_parses_well) {
  constexpr uint16_t kFailures[] = {2, 5};  // SERVFAIL, REFUSED
  for (const uint16_t rcode : kFailures) {
    const auto parsed = parse(response("a", RecordType::kA, rcode), "a", RecordType::kA);
    ASSERT_TRUE(parsed.ok());
    EXPECT_FALSE(parsed->negative);
    EXPECT_EQ(parsed->cache_ttl_s, 0U);
    EXPECT_EQ(parsed->answer.rcode, Rcode{rcode});
  }
}

TEST(Ttl, of_a_truncated_response_is_zero) {
  const auto parsed = parse(response("a", RecordType::kA).flags(0x8380).a("a", 60, "192.0.2.1"),
                            "a", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->truncated);
  EXPECT_EQ(parsed->cache_ttl_s, 0U);
}

TEST(ExtendedRcode, is_read_whole_and_becomes_servfail_for_the_client) {
  constexpr uint32_t kBadVersUpper = 1U << 24;
  const auto parsed =
      parse(response("a", RecordType::kA).opt(1232, kBadVersUpper), "a", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->rcode, Rcode::kBadVers);
  EXPECT_EQ(parsed->answer.rcode, Rcode::kServFail);
  EXPECT_EQ(rcode_of(header_of(*parsed).flags), 2U);
}

TEST(ClampTtls, keeps_records_keeping_and_validity_in_step) {
  auto parsed = parse(response("a", RecordType::kA).cname("a", 5, "b").a("b", 90'000, "192.0.2.1"),
                      "a", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  clamp_ttls(*parsed, {.floor_s = 30, .cap_s = 600});
  EXPECT_THAT(ttls_of(parsed->stored), ElementsAre(30, 600));
  EXPECT_EQ(parsed->cache_ttl_s, 30U);
  EXPECT_EQ(parsed->validity_s, 30U);
}

TEST(ClampTtls, leaves_zero_alone) {
  auto parsed = parse(response("a", RecordType::kA).a("a", 0, "192.0.2.1"), "a", RecordType::kA);
  ASSERT_TRUE(parsed.ok());
  clamp_ttls(*parsed, {.floor_s = 30, .cap_s = 600});
  EXPECT_THAT(ttls_of(parsed->stored), ElementsAre(0));
  EXPECT_EQ(parsed->cache_ttl_s, 0U);
  EXPECT_EQ(parsed->validity_s, 0U);
}

}  // namespace
}  // namespace etymon::wire
