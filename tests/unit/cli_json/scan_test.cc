// JSON read in place.
#include "api/cli/json/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace etymon::cli::json {
namespace {

using ::testing::ElementsAre;

bool is_object(std::string_view text) {
  Members members(text);
  while (members.next()) {
  }
  return members.whole();
}

std::string string_in(std::string_view text) {
  Members members(text);
  const auto member = members.next();
  std::string scratch;
  return std::string(string_of(member->value, scratch).value_or("none"));
}

TEST(JsonScan, members_come_in_their_order_with_views_of_the_text) {
  std::vector<std::string> seen;
  Members members(R"( {"a": "x", "b" : -1.5e3,"c":{"d":[1,"]"]}, "e":null,"f":true,"g":[]} )");
  while (const auto member = members.next()) {
    seen.push_back(std::string(member->key.text) + "=" + std::string(member->value.text));
  }
  EXPECT_TRUE(members.whole());
  EXPECT_THAT(seen,
              ElementsAre("a=x", "b=-1.5e3", R"(c={"d":[1,"]"]})", "e=null", "f=true", "g=[]"));
}

TEST(JsonScan, what_is_not_one_whole_object_is_known) {
  for (const char* text : {"",
                           "x",
                           "[]",
                           "{",
                           "{}}",
                           "{} x",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a":1,})",
                           R"({,"a":1})",
                           R"({"a":1 "b":2})",
                           R"({a:1})",
                           R"({"a":01})",
                           R"({"a":1.})",
                           R"({"a":+1})",
                           R"({"a":1e})",
                           R"({"a":tru})",
                           R"({"a":"b)",
                           R"({"a":"\x"})",
                           R"({"a":"\u12g4"})",
                           R"({"a":[1,]})",
                           R"({"a":{"b":1]})",
                           "{\"a\":\"\n\"}",
                           R"({"a":.5})",
                           R"({"a":-})",
                           R"({"a":nul)"}) {
    EXPECT_FALSE(is_object(text)) << text;
  }
  for (const char* text : {"{}", " { } ", R"({"a":0})", R"({"a":-0.5E-7,"a":2})",
                           R"({"":"\"\\\/\b\f\n\r\t\u00e9"})"}) {
    EXPECT_TRUE(is_object(text)) << text;
  }
}

TEST(JsonScan, nesting_has_an_end) {
  const auto nested = [](int depth) {
    return R"({"a":)" + std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']') + "}";
  };
  EXPECT_TRUE(is_object(nested(kDepthMax - 1)));
  EXPECT_FALSE(is_object(nested(kDepthMax)));
  EXPECT_FALSE(is_object(R"({"a":)" + std::string(1'000'000, '[')));
}

TEST(JsonScan, escapes_become_the_octets_they_stand_for) {
  EXPECT_EQ(string_in(R"({"a":"x\"\\\/\b\f\n\r\ty"})"), "x\"\\/\b\f\n\r\ty");
  EXPECT_EQ(string_in(R"({"a":"\u00e9\u20AC\ud83d\ude00\u0041"})"), "é€😀A");
  EXPECT_EQ(string_in(R"({"a":"\ud83d"})"), "none");
  EXPECT_EQ(string_in(R"({"a":"\ud83dx"})"), "none");
  EXPECT_EQ(string_in(R"({"a":"\ude00"})"), "none");
  EXPECT_EQ(string_in(R"({"a":1})"), "none");
}

TEST(JsonScan, picking_takes_the_last_of_several_and_needs_the_whole_object) {
  constexpr std::string_view kKeys[] = {"a", "b", "c"};
  std::array<Value, 3> values;
  EXPECT_TRUE(pick(R"({"b":1,"a":"x","b":2,"d":{"c":3}})", kKeys, values));
  EXPECT_EQ(values[0].text, "x");
  EXPECT_EQ(plain_of(values[1]), "2");
  EXPECT_EQ(values[2].kind, Kind::kNone);
  EXPECT_FALSE(pick(R"({"b":1)", kKeys, values));
}

}  // namespace
}  // namespace etymon::cli::json
