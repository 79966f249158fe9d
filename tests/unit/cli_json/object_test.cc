// Objects as they are written.
#include "api/cli/json/object.h"

#include <gtest/gtest.h>

#include <vector>

namespace etymon::cli::json {
namespace {

TEST(JsonObject, without_members_is_one_all_the_same) {
  std::string out;
  Object object(out);
  object.close();
  EXPECT_EQ(out, "{}");
}

TEST(JsonObject, has_commas_between_members_and_between_items_only) {
  std::string out;
  Object object(out);
  object.text("name", "a\"b");
  object.dns_text("owner", "a\xFF");
  object.list("none", std::vector<std::string>(), append_string);
  object.list("some", std::vector<std::string>{"c", "<"}, append_string);
  object.number("count", uint64_t{7});
  object.boolean("whole", false);
  object.close();
  EXPECT_EQ(out, R"({"name":"a\"b","owner":"a\\255","none":[],"some":["c","\u003c"],"count":7,)"
                 R"("whole":false})");
}

TEST(JsonObject, may_be_the_value_of_a_member_behind_what_the_string_has) {
  std::string out = "[";
  Object outer(out);
  Object inner(outer.key("covered"));
  inner.number("start", int64_t{-1});
  inner.close();
  outer.number("confidence", 0.5);
  outer.close();
  EXPECT_EQ(out, R"([{"covered":{"start":-1},"confidence":0.5})");
}

}  // namespace
}  // namespace etymon::cli::json
