#include "tests/scenario/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace etymon::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Script, cuts_lines_into_words_and_keeps_their_numbers) {
  const auto steps = read_script("# a rule\n\nphone asks  a.example A # why\nwait 1s\n");
  ASSERT_TRUE(steps.ok());
  ASSERT_EQ(steps->size(), 2U);
  EXPECT_EQ((*steps)[0].line, 3U);
  EXPECT_THAT((*steps)[0].words, ElementsAre("phone", "asks", "a.example", "A"));
  EXPECT_EQ((*steps)[1].line, 4U);
}

TEST(Script, indented_lines_belong_to_the_step_above) {
  const auto steps = read_script("phone gets NOERROR\n  a 1 A 192.0.2.1\n\n  b 1 TXT \"# #\"\n");
  ASSERT_TRUE(steps.ok());
  ASSERT_EQ(steps->size(), 1U);
  EXPECT_THAT((*steps)[0].below, ElementsAre("a 1 A 192.0.2.1", "b 1 TXT \"# #\""));
}

TEST(Script, quotes_hold_blanks_together) {
  const auto steps = read_script("set identity.server \"the one in the hall\"\n");
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ((*steps)[0].words.at(2), "the one in the hall");
}

TEST(Script, tells_the_line_of_a_mistake) {
  EXPECT_THAT(read_script("  a 1 A 192.0.2.1\n").error().message, HasSubstr("1: an indented"));
  EXPECT_THAT(read_script("wait 1s\nset x \"y\n").error().message, HasSubstr("2: a quotation"));
}

}  // namespace
}  // namespace etymon::scenario
