// Sizes as operators write them, and as they are told.
#include "resolver/base/size_text.h"

#include <gtest/gtest.h>

namespace etymon {
namespace {

TEST(SizeText, sizes_have_binary_units_or_are_octets) {
  EXPECT_EQ(*parse_size("64MiB"), 64ULL << 20);
  EXPECT_EQ(*parse_size("512KiB"), 512ULL << 10);
  EXPECT_EQ(*parse_size("2GiB"), 2ULL << 30);
  EXPECT_EQ(*parse_size("17B"), 17U);
  EXPECT_EQ(*parse_size("1000"), 1000U);
}

TEST(SizeText, a_size_that_is_none_is_refused_by_its_text) {
  for (const char* text : {"", "MiB", "5MB", "-1MiB", "1.5MiB", "1 MiB", "99999999999999GiB"}) {
    const Result<uint64_t> size = parse_size(text);
    ASSERT_FALSE(size.ok()) << text;
    EXPECT_EQ(size.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(size.error().message.find(std::string("'") + text + "'"), std::string::npos);
  }
}

TEST(SizeText, a_size_is_told_in_the_largest_unit_that_divides_it) {
  EXPECT_EQ(describe_size(uint64_t{8} << 30), "8 GiB");
  EXPECT_EQ(describe_size(3 << 19), "1536 KiB");
  EXPECT_EQ(describe_size(1000), "1000 B");
  EXPECT_EQ(describe_size(0), "0 B");
}

}  // namespace
}  // namespace etymon
