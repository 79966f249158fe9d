// The lines of a stream, whole, in pieces, and at its end.
#include "api/cli/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/cli/echo_stream.h"

namespace etymon::cli {
namespace {

using ::testing::ElementsAre;

// "TEXT|ENDING", a piece behind another with '+' before it.
std::vector<std::string> lines_of(std::string_view text, size_t line_max = 8) {
  Pipe pipe;
  pipe.write(text);
  pipe.end();
  LineReader reader(pipe.reading(), line_max);
  std::vector<std::string> all;
  while (*reader.fill() == LineReader::More::kYes) {
    while (const auto line = reader.next()) {
      std::string ending(line->ending);
      std::ranges::replace(ending, '\r', 'r');
      std::ranges::replace(ending, '\n', 'n');
      const char* sign = line->part == LineReader::Part::kNext    ? "+"
                         : line->part == LineReader::Part::kFirst ? "*"
                                                                  : "";
      all.push_back(sign + std::string(line->text) + "|" + ending);
    }
  }
  return all;
}

TEST(LineReader, lines_come_with_their_line_breaks) {
  EXPECT_THAT(lines_of("a\r\n\nb\n"), ElementsAre("a|rn", "|n", "b|n"));
}

TEST(LineReader, the_last_line_needs_none) {
  EXPECT_THAT(lines_of("a\nb"), ElementsAre("a|n", "b|"));
  EXPECT_THAT(lines_of("a\nb\r"), ElementsAre("a|n", "b\r|"));
}

TEST(LineReader, a_line_that_comes_in_two_reads_is_whole_after_the_second) {
  Pipe pipe;
  LineReader reader(pipe.reading(), 8);
  pipe.write("a\nbc");
  ASSERT_EQ(*reader.fill(), LineReader::More::kYes);
  EXPECT_EQ(reader.next()->text, "a");
  EXPECT_FALSE(reader.next().has_value());
  pipe.write("d\ne");
  ASSERT_EQ(*reader.fill(), LineReader::More::kYes);
  EXPECT_EQ(reader.next()->text, "bcd");
  EXPECT_FALSE(reader.next().has_value());
}

TEST(LineReader, a_longer_line_comes_in_pieces_without_loss) {
  EXPECT_THAT(lines_of("12345678\n"), ElementsAre("12345678|n"));
  EXPECT_THAT(lines_of("123456789\nx\n"), ElementsAre("*12345678|", "+9|n", "x|n"));
  EXPECT_THAT(lines_of("1234567812345678"), ElementsAre("*12345678|", "+12345678|"));
}

}  // namespace
}  // namespace etymon::cli
