#include "resolver/net/frame_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace etymon::net {
namespace {

std::string frame(std::string_view message) {
  std::string out;
  ByteWriter writer(out);
  writer.u16(static_cast<uint16_t>(message.size()));
  writer.bytes(as_bytes(message));
  return out;
}

// Gives the reader as much of `stream` as it has room for, and collects what comes out.
void feed(FrameReader& reader, std::string_view stream, std::vector<std::string>& messages) {
  while (!stream.empty()) {
    const std::span<uint8_t> room = reader.room();
    ASSERT_FALSE(room.empty());
    const size_t size = std::min(room.size(), stream.size());
    std::memcpy(room.data(), stream.data(), size);
    reader.filled(size);
    stream.remove_prefix(size);
    while (const auto message = reader.next()) {
      messages.emplace_back(as_text(*message));
    }
  }
}

TEST(FrameReader, finds_the_same_messages_wherever_the_stream_is_split) {
  const std::vector<std::string> expected = {"first", "", std::string(600, 'x'), "last"};
  std::string stream;
  for (const std::string& message : expected) {
    stream += frame(message);
  }
  for (size_t split = 0; split <= stream.size(); ++split) {
    FrameReader reader(1000);
    std::vector<std::string> messages;
    feed(reader, std::string_view(stream).substr(0, split), messages);
    feed(reader, std::string_view(stream).substr(split), messages);
    ASSERT_EQ(messages, expected) << "split at " << split;
    ASSERT_FALSE(reader.inside_message());
  }
}

TEST(FrameReader, finds_messages_that_come_octet_by_octet) {
  FrameReader reader(100);
  std::vector<std::string> messages;
  for (const char octet : frame("one") + frame("two")) {
    feed(reader, std::string_view(&octet, 1), messages);
  }
  EXPECT_EQ(messages, (std::vector<std::string>{"one", "two"}));
}

TEST(FrameReader, takes_the_largest_message_there_is) {
  FrameReader reader(65'535);
  std::vector<std::string> messages;
  feed(reader, frame(std::string(65'535, 'm')), messages);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].size(), 65'535U);
}

TEST(FrameReader, knows_an_oversized_message_by_its_length_alone) {
  FrameReader reader(100);
  std::vector<std::string> messages;
  feed(reader, std::string_view("\0\x65", 2), messages);  // 101
  EXPECT_TRUE(reader.oversized());
  EXPECT_FALSE(reader.next().has_value());
}

TEST(FrameReader, is_inside_a_message_from_its_first_octet_to_its_last) {
  FrameReader reader(100);
  std::vector<std::string> messages;
  EXPECT_FALSE(reader.inside_message());
  feed(reader, std::string_view("\0", 1), messages);
  EXPECT_TRUE(reader.inside_message());
  feed(reader, std::string_view("\x01", 1), messages);
  EXPECT_TRUE(reader.inside_message());
  feed(reader, "m", messages);
  EXPECT_FALSE(reader.inside_message());
}

TEST(FrameReader, after_a_long_message_no_more_is_taken_at_once_than_before_it) {
  FrameReader reader(4096);
  const size_t usual = reader.room().size();
  std::vector<std::string> messages;
  feed(reader, frame(std::string(4096, 'x')), messages);
  EXPECT_EQ(messages.size(), 1U);
  EXPECT_EQ(reader.room().size(), usual);
}

}  // namespace
}  // namespace etymon::net
