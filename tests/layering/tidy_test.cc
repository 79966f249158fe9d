#include "tests/layering/tidy_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace etymon::layering {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kGoodHeader = "// A thing.\n#pragma once\n";

std::vector<std::string> departures(std::string path, std::string text) {
  return departures_in({std::move(path), std::move(text)});
}

TEST(Tidy, every_source_keeps_the_house_style) {
  const auto sources = read_sources({"resolver", "store", "api", "proto", "tests"});
  ASSERT_FALSE(sources.empty());
  for (const SourceFile& source : sources) {
    EXPECT_THAT(departures_in(source), IsEmpty());
  }
}

TEST(Tidy, a_good_header_is_left_alone) {
  EXPECT_THAT(departures("a/x.h", kGoodHeader), IsEmpty());
}

TEST(Tidy, a_line_may_have_100_columns_whatever_its_octets) {
  std::string umlauts = "// ";
  for (size_t i = 3; i < kColumnsMax; ++i) {
    umlauts += "\xC3\xBC";
  }
  EXPECT_THAT(departures("a/x.cc", umlauts + "\n"), IsEmpty());
  EXPECT_THAT(departures("a/x.cc", umlauts + "!\n"), ElementsAre(HasSubstr("x.cc:1: longer")));
}

TEST(Tidy, a_file_may_have_700_lines) {
  std::string text;
  for (size_t i = 0; i < kLinesMax; ++i) {
    text += "\n";
  }
  EXPECT_THAT(departures("a/x.cc", text), IsEmpty());
  EXPECT_THAT(departures("a/x.cc", text + "\n"), ElementsAre(HasSubstr("x.cc:701: the file")));
}

TEST(Tidy, blanks_at_the_end_and_tabs_are_found) {
  EXPECT_THAT(departures("a/x.cc", "int a; \n\tint b;\n"),
              ElementsAre(HasSubstr("x.cc:1: blanks"), HasSubstr("x.cc:2: blanks")));
}

TEST(Tidy, a_last_line_without_end_is_found) {
  EXPECT_THAT(departures("a/x.cc", "int a;"), ElementsAre(HasSubstr("x.cc:1: the last line")));
}

TEST(Tidy, words_that_leave_work_for_later_are_found) {
  const std::string word =
      "TO"
      "DO";
  EXPECT_THAT(departures("a/x.cc", "// " + word + ": later\n"), ElementsAre(HasSubstr(word)));
  EXPECT_THAT(departures("a/x.cc", "int " + word + "_count;\n"), IsEmpty());
}

TEST(Tidy, a_header_without_comment_or_guard_is_found) {
  EXPECT_THAT(departures("a/x.h", "#pragma once\n"), ElementsAre(HasSubstr("does not open")));
  EXPECT_THAT(departures("a/x.h", "// A thing.\n"), ElementsAre(HasSubstr("#pragma once")));
}

TEST(Tidy, clocks_are_read_in_base_alone) {
  const std::string line =
      "auto now = std::chrono::steady_"
      "clock::now();\n";
  EXPECT_THAT(departures("resolver/cache/x.cc", line), ElementsAre(HasSubstr("reads a clock")));
  EXPECT_THAT(departures("resolver/base/clock.cc", line), IsEmpty());
}

}  // namespace
}  // namespace etymon::layering
