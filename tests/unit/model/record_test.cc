#include "resolver/model/record.h"

#include <gtest/gtest.h>

namespace etymon {
namespace {

TEST(RecordType, has_its_mnemonic_as_text) {
  EXPECT_EQ(to_text(RecordType::kA), "A");
  EXPECT_EQ(to_text(RecordType::kAaaa), "AAAA");
  EXPECT_EQ(to_text(RecordType::kHttps), "HTTPS");
  EXPECT_EQ(to_text(RecordType{43}), "DS");
}

// RFC 3597 section 5.
TEST(RecordType, unknown_types_are_told_by_number) {
  EXPECT_EQ(to_text(RecordType{65280}), "TYPE65280");
  EXPECT_EQ(to_text(RecordType{0}), "TYPE0");
}

TEST(RecordType, every_type_is_read_back_from_its_text) {
  for (uint32_t number = 0; number <= 0xFFFF; ++number) {
    const RecordType type{static_cast<uint16_t>(number)};
    const auto back = record_type_from_text(to_text(type));
    ASSERT_TRUE(back.ok()) << to_text(type);
    ASSERT_EQ(*back, type);
  }
}

TEST(RecordType, text_may_be_of_any_case_or_a_number_for_a_known_type) {
  EXPECT_EQ(*record_type_from_text("aaaa"), RecordType::kAaaa);
  EXPECT_EQ(*record_type_from_text("cName"), RecordType::kCname);
  EXPECT_EQ(*record_type_from_text("type28"), RecordType::kAaaa);
}

TEST(RecordType, refuses_text_that_names_none) {
  for (const char* text : {"", "B", "A ", "28", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "TYPE 1",
                           "TYPE99999999999"}) {
    const auto refused = record_type_from_text(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(RecordClass, has_its_mnemonic_or_number_as_text) {
  EXPECT_EQ(to_text(RecordClass::kIn), "IN");
  EXPECT_EQ(to_text(RecordClass::kChaos), "CH");
  EXPECT_EQ(to_text(RecordClass{7}), "CLASS7");
}

TEST(Rcode, every_code_is_read_back_from_its_text) {
  for (uint16_t number = 0; number <= 0xFFF; ++number) {
    const Rcode rcode{number};
    const auto back = rcode_from_text(to_text(rcode));
    ASSERT_TRUE(back.ok()) << to_text(rcode);
    ASSERT_EQ(*back, rcode);
  }
}

TEST(Rcode, has_its_mnemonic_or_number_as_text) {
  EXPECT_EQ(to_text(Rcode::kNxDomain), "NXDOMAIN");
  EXPECT_EQ(to_text(Rcode::kBadVers), "BADVERS");
  EXPECT_EQ(to_text(Rcode{30}), "RCODE30");
  EXPECT_EQ(*rcode_from_text("servfail"), Rcode::kServFail);
  EXPECT_EQ(*rcode_from_text("3"), Rcode::kNxDomain);
}

TEST(Rcode, refuses_more_than_twelve_bits) {
  EXPECT_TRUE(rcode_from_text("RCODE4095").ok());
  EXPECT_FALSE(rcode_from_text("RCODE4096").ok());
  EXPECT_FALSE(rcode_from_text("4096").ok());
  EXPECT_FALSE(rcode_from_text("").ok());
}

}  // namespace
}  // namespace etymon
