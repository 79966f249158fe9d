// What goes from an answer for the sake of an address, and what stays.
#include <gmock/gmock.h>

#include "tests/unit/wire/records.h"

namespace etymon::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::response;

constexpr auto kAnswer = MessageBuilder::kAnswer;
constexpr auto kAdditional = MessageBuilder::kAdditional;
constexpr uint16_t kIpv4Hint = 4;  // RFC 9460 section 14.3.2

// 10.0.0.0/8 stands for what is not wanted.
bool is_unwanted(const IpAddress& address) {
  return address.is_v4() && address.v4_host_order() >> 24 == 10;
}

ParsedResponse without(MessageBuilder& message, RecordType type) {
  const std::string asked = wire_name("a.example");
  const AddressTest unwanted(is_unwanted);
  auto parsed = parse_response_without(as_bytes(message.wire()),
                                       {as_bytes(asked), type, RecordClass::kIn}, &unwanted);
  EXPECT_TRUE(parsed.ok());
  return *std::move(parsed);
}

TEST(Withholding, leaves_an_answer_without_such_addresses_as_it_is) {
  auto message = response("a.example", RecordType::kA).a("a.example", 60, "192.0.2.1");
  const ParsedResponse plain = *parse(message, "a.example", RecordType::kA);
  const ParsedResponse guarded = without(message, RecordType::kA);
  EXPECT_EQ(guarded.stored.message, plain.stored.message);
  EXPECT_EQ(guarded.answer, plain.answer);
  EXPECT_EQ(guarded.cache_ttl_s, plain.cache_ttl_s);
}

TEST(Withholding, takes_the_records_and_tells_the_addresses_once_and_sorted) {
  auto message = response("a.example", RecordType::kA)
                     .a("a.example", 60, "10.0.0.2")
                     .a("a.example", 60, "192.0.2.1")
                     .a("a.example", 60, "10.0.0.1")
                     .a("a.example", 60, "10.0.0.2");
  const ParsedResponse left = without(message, RecordType::kA);
  EXPECT_EQ(header_of(left).ancount, 1U);
  EXPECT_THAT(left.answer.addresses, ElementsAre(AnswerAddress{ip("192.0.2.1"), Via::kA}));
  EXPECT_THAT(left.answer.withheld, ElementsAre(ip("10.0.0.1"), ip("10.0.0.2")));
  EXPECT_FALSE(left.negative);
  EXPECT_EQ(left.validity_s, 60U);
}

TEST(Withholding, of_all_leaves_no_data_that_is_kept_as_long) {
  auto message = response("a.example", RecordType::kA)
                     .cname("a.example", 300, "b.example")
                     .a("b.example", 60, "10.0.0.2");
  const ParsedResponse left = without(message, RecordType::kA);
  EXPECT_EQ(left.rcode, Rcode::kNoError);
  EXPECT_EQ(header_of(left).ancount, 1U);
  EXPECT_THAT(chain_of(left), ElementsAre("a.example", "b.example"));
  EXPECT_THAT(left.answer.addresses, IsEmpty());
  EXPECT_TRUE(left.negative);
  EXPECT_EQ(left.cache_ttl_s, 60U);
  EXPECT_EQ(left.validity_s, 0U);
}

TEST(Withholding, takes_the_signature_and_ad_along_but_not_those_of_other_sets) {
  auto message =
      response("a.example", RecordType::kA)
          .flags(kFlagQr | kFlagAd)
          .cname("a.example", 60, "b.example")
          .record(kAnswer, "a.example", RecordType::kRrsig, 60, rrsig_data(RecordType::kCname))
          .a("b.example", 60, "10.0.0.2")
          .a("b.example", 60, "192.0.2.1")
          .record(kAnswer, "b.example", RecordType::kRrsig, 60, rrsig_data(RecordType::kA));
  const ParsedResponse left = without(message, RecordType::kA);
  EXPECT_EQ(header_of(left).ancount, 3U);
  EXPECT_EQ(header_of(left).flags & kFlagAd, 0);
}

TEST(Withholding, takes_a_whole_record_with_such_a_hint) {
  const std::string both = svcb_param(kIpv4Hint, v4_data("10.0.0.1") + v4_data("192.0.2.1"));
  auto message = response("a.example", RecordType::kHttps)
                     .record(kAnswer, "a.example", RecordType::kHttps, 60, svcb_data(1, ".", both));
  const ParsedResponse left = without(message, RecordType::kHttps);
  EXPECT_EQ(header_of(left).ancount, 0U);
  EXPECT_THAT(left.answer.withheld, ElementsAre(ip("10.0.0.1"), ip("192.0.2.1")));
}

TEST(Withholding, takes_additional_records_of_the_answers_targets) {
  auto message = response("a.example", RecordType::kMx)
                     .record(kAnswer, "a.example", RecordType::kMx, 60, mx_data("mx.example"))
                     .record(kAdditional, "mx.example", RecordType::kA, 60, v4_data("10.0.0.1"))
                     .record(kAdditional, "mx.example", RecordType::kA, 60, v4_data("192.0.2.1"));
  const ParsedResponse left = without(message, RecordType::kMx);
  EXPECT_EQ(header_of(left).ancount, 1U);
  EXPECT_EQ(header_of(left).arcount, 1U);
  EXPECT_THAT(left.answer.addresses, ElementsAre(AnswerAddress{ip("192.0.2.1"), Via::kAdditional}));
  EXPECT_THAT(left.answer.withheld, ElementsAre(ip("10.0.0.1")));
}

TEST(Withholding, of_a_record_takes_the_addresses_of_its_target) {
  auto message = response("a.example", RecordType::kHttps)
                     .record(kAnswer, "a.example", RecordType::kHttps, 60,
                             svcb_data(1, "t.example", svcb_param(kIpv4Hint, v4_data("10.0.0.1"))))
                     .record(kAdditional, "t.example", RecordType::kA, 60, v4_data("192.0.2.1"));
  const ParsedResponse left = without(message, RecordType::kHttps);
  EXPECT_EQ(header_of(left).ancount, 0U);
  EXPECT_EQ(header_of(left).arcount, 0U);
  EXPECT_THAT(left.answer.addresses, IsEmpty());
  EXPECT_THAT(left.answer.withheld, ElementsAre(ip("10.0.0.1"), ip("192.0.2.1")));
}

TEST(Withholding, of_what_another_record_brings_as_well_tells_nothing) {
  const std::string both = svcb_param(kIpv4Hint, v4_data("10.0.0.1") + v4_data("192.0.2.1"));
  auto message = response("a.example", RecordType::kHttps)
                     .record(kAnswer, "a.example", RecordType::kHttps, 60, svcb_data(1, ".", both))
                     .record(kAnswer, "a.example", RecordType::kHttps, 60,
                             svcb_data(2, ".", svcb_param(kIpv4Hint, v4_data("192.0.2.1"))));
  const ParsedResponse left = without(message, RecordType::kHttps);
  EXPECT_THAT(left.answer.withheld, ElementsAre(ip("10.0.0.1")));
}

}  // namespace
}  // namespace etymon::wire
