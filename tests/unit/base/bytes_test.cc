#include "resolver/base/bytes.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace etymon {
namespace {

using namespace std::string_view_literals;

TEST(ByteWriter, writes_numbers_most_significant_octet_first) {
  std::string out;
  ByteWriter writer(out);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090A0B0C0D0E0F);
  EXPECT_EQ(out, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"sv);
}

TEST(ByteReader, reads_back_what_was_written) {
  std::string out;
  ByteWriter writer(out);
  writer.u8(0xFE);
  writer.u16(0xFEDC);
  writer.u32(0xFEDCBA98);
  writer.u64(0xFEDCBA9876543210);
  writer.block(as_bytes("block"));
  ByteReader reader(out);
  EXPECT_EQ(reader.u8(), 0xFE);
  EXPECT_EQ(reader.u16(), 0xFEDC);
  EXPECT_EQ(reader.u32(), 0xFEDCBA98);
  EXPECT_EQ(reader.u64(), 0xFEDCBA9876543210);
  EXPECT_EQ(as_text(reader.block()), "block");
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.ok());
}

TEST(ByteReader, varints_of_every_length_come_back) {
  std::vector<uint64_t> numbers = {0, 1, std::numeric_limits<uint64_t>::max()};
  for (unsigned bits = 7; bits < 64; bits += 7) {
    numbers.push_back((uint64_t{1} << bits) - 1);
    numbers.push_back(uint64_t{1} << bits);
  }
  for (const uint64_t number : numbers) {
    std::string out;
    ByteWriter(out).varint(number);
    ByteReader reader(out);
    EXPECT_EQ(reader.varint(), number);
    EXPECT_TRUE(reader.ok() && reader.at_end()) << number;
  }
}

TEST(ByteReader, varint_takes_one_octet_for_seven_bits) {
  std::string out;
  ByteWriter(out).varint(300);
  EXPECT_EQ(out, "\xAC\x02"sv);
}

TEST(ByteReader, reading_past_the_end_gives_zero_and_marks_the_reader) {
  ByteReader reader("\x01\x02\x03"sv);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, stays_failed_after_a_read_that_would_fit) {
  ByteReader reader("\x01\x02"sv);
  reader.bytes(3);
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, a_varint_that_never_ends_is_an_error) {
  const std::string endless(20, '\xFF');
  ByteReader reader(endless);
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, a_block_longer_than_what_is_left_is_an_error) {
  ByteReader reader("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01 rest"sv);
  EXPECT_TRUE(reader.block().empty());
  EXPECT_FALSE(reader.ok());
}

TEST(Zigzag, small_numbers_of_either_sign_become_small_numbers) {
  EXPECT_EQ(zigzag(0), 0U);
  EXPECT_EQ(zigzag(-1), 1U);
  EXPECT_EQ(zigzag(1), 2U);
  EXPECT_EQ(zigzag(-2), 3U);
}

TEST(Zigzag, undoes_itself_at_the_ends_of_the_range) {
  for (const int64_t value : {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(),
                              std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(unzigzag(zigzag(value)), value);
  }
}

}  // namespace
}  // namespace etymon
