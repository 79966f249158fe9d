// What goes wrong, on one line that does nothing to a terminal.
#include <gtest/gtest.h>

#include "api/command_line.h"

namespace etymon::api {
namespace {

TEST(ErrorLine, says_who_and_what) {
  EXPECT_EQ(error_line("etymon", "no verb"), "etymon: no verb\n");
  EXPECT_EQ(error_line("etymon", ""), "etymon: \n");
}

TEST(ErrorLine, is_one_line_without_control_characters) {
  EXPECT_EQ(error_line("etymon", "a\nb\tc\x1b[31md\x7f"), "etymon: a b c [31md \n");
  EXPECT_EQ(error_line("etymon", std::string("a\0b", 3)), "etymon: a b\n");
}

TEST(ErrorLine, leaves_what_people_write) {
  for (const std::string text : {"Müller.log", "ログ", "\U0001F4BE", "\u00a0", "\ud7ff\ue000"}) {
    EXPECT_EQ(error_line("etymon", text), "etymon: " + text + "\n");
  }
}

TEST(ErrorLine, escapes_octets_that_a_terminal_may_take_for_commands) {
  EXPECT_EQ(error_line("etymon", "a\x9b[31m"), "etymon: a\\155[31m\n") << "CSI in one octet";
  EXPECT_EQ(error_line("etymon", "a\xc2\x9b[31m"), "etymon: a\\194\\155[31m\n") << "as UTF-8";
  EXPECT_EQ(error_line("etymon", "\xff"), "etymon: \\255\n");
}

TEST(ErrorLine, escapes_what_only_looks_like_utf_8) {
  EXPECT_EQ(error_line("etymon", "\xe2\x82"), "etymon: \\226\\130\n") << "cut off";
  EXPECT_EQ(error_line("etymon", "\xe2\x82z"), "etymon: \\226\\130z\n") << "broken off";
  EXPECT_EQ(error_line("etymon", "\xc0\x9b"), "etymon: \\192\\155\n") << "longer than needed";
  EXPECT_EQ(error_line("etymon", "\xe0\x82\x9b"), "etymon: \\224\\130\\155\n");
  EXPECT_EQ(error_line("etymon", "\xf0\x80\x82\x9b"), "etymon: \\240\\128\\130\\155\n");
  EXPECT_EQ(error_line("etymon", "\xed\xa0\x80"), "etymon: \\237\\160\\128\n") << "half a pair";
  EXPECT_EQ(error_line("etymon", "\xf4\x90\x80\x80"), "etymon: \\244\\144\\128\\128\n");
}

}  // namespace
}  // namespace etymon::api
