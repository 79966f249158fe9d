// JSON as it is written. That it is what protobuf writes is held against protobuf where its
// messages are written.
#include "api/cli/json/write.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace etymon::cli::json {
namespace {

std::string string(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

TEST(JsonWrite, no_string_ends_before_its_end) {
  EXPECT_EQ(string("a\"b\\c\n\t\x01\x7F"), R"("a\"b\\c\n\t\u0001\u007f")");
  EXPECT_EQ(string("<b>"), R"("\u003cb\u003e")");
}

TEST(JsonWrite, characters_stay_and_octets_that_are_none_are_replaced) {
  EXPECT_EQ(string("é€😀"), "\"é€😀\"");
  EXPECT_EQ(string("a\xFFz\xC3"), R"("a\ufffdz\ufffd")");
  EXPECT_EQ(string("\xC0\x80"), R"("\ufffd\ufffd")");            // overlong
  EXPECT_EQ(string("\xED\xA0\x80"), R"("\ufffd\ufffd\ufffd")");  // a surrogate
  EXPECT_EQ(string("\xF4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");
}

TEST(JsonWrite, what_is_invisible_or_turns_the_text_around_is_escaped) {
  EXPECT_EQ(string("\u202E\u200B\uFEFF"), R"("\u202e\u200b\ufeff")");
}

TEST(JsonWrite, the_dns_form_shows_octets_as_numbers_and_leaves_markup) {
  std::string out;
  append_dns_string(out, "<b>\"\\\t\x7F\xC3\xA9 ~");
  EXPECT_EQ(out, R"("<b>\"\\\\009\\127\\195\\169 ~")");
}

TEST(JsonWrite, times_have_as_many_digits_as_they_need) {
  std::string out;
  append_timestamp(out, 1'795'443'706, 0);
  append_timestamp(out, 1'795'443'706, 5'000'000);
  append_timestamp(out, 1'795'443'706, 5'000);
  append_timestamp(out, -1, 999'999'999);
  EXPECT_EQ(out, R"("2026-11-23T14:21:46Z""2026-11-23T14:21:46.005Z""2026-11-23T14:21:46.000005Z")"
                 R"("1969-12-31T23:59:59.999999999Z")");
}

TEST(JsonWrite, a_number_has_the_15_or_17_digits_that_read_back) {
  std::mt19937 engine(1);
  for (int i = 0; i < 20'000; ++i) {
    // All exponents, and numbers of few digits.
    const double tame = static_cast<double>(engine() % 1'000'000) /
                        std::pow(10, static_cast<double>(engine() % 12));
    const double number =
        i % 2 == 0 ? tame : std::bit_cast<double>(uint64_t{engine()} << 32 | engine());
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", number);
    if (std::strtod(text, nullptr) != number) {
      std::snprintf(text, sizeof text, "%.17g", number);
    }
    std::string out;
    append_number(out, number);
    ASSERT_TRUE(out == text || !std::isfinite(number)) << out << " " << text;
  }
}

TEST(JsonWrite, durations_have_one_sign) {
  std::string out;
  append_duration(out, 0, -5'000'000);
  append_duration(out, 3, 0);
  append_duration(out, -3, -1'000);
  EXPECT_EQ(out, R"("-0.005s""3s""-3.000001s")");
}

}  // namespace
}  // namespace etymon::cli::json
