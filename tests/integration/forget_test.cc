// Forgetting, as the owner of a LAN does it: the command asks the daemon, and what was told is gone
// from its answers and from its disk, before and after a restart.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"
#include "tests/support/octets_on_disk.h"
#include "tests/support/process.h"

namespace etymon::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kNotConfirmed = 1;
constexpr int kUsage = 2;
constexpr const char* kShop = "192.0.2.20";

class Forget : public ::testing::Test {
 protected:
  Forget() {
    etymond_.host("127.0.0.5").ask("shop.example.test");
    etymond_.host("127.0.0.5").ask("www.example.test");
    etymond_.host("127.0.0.6").ask("www.example.test");
    asked_ = clock_.wall();
  }

  std::vector<std::string> files_with(const char* octets) const {
    return files_with_octets(etymond_.store(), octets);
  }

  // script(1) gives the command a terminal, and types `answer` there.
  Finished at_a_terminal(const std::string& arguments, const char* answer) const {
    const std::string command = etymon_program() + " --server " + etymond_.api() + " " + arguments;
    return run({"script", "--quiet", "--return", "--command", command, "/dev/null"}, answer);
  }

  void expect_shop_to_be_gone() const {
    const Json shop = etymond_.lookup(kShop, "127.0.0.5", asked_);
    EXPECT_EQ(shop.at("verdict"), "VERDICT_UNKNOWN");
    EXPECT_FALSE(shop.contains("candidates") && !shop.at("candidates").empty());
    const Json www = etymond_.lookup("192.0.2.10", "127.0.0.6", asked_);
    EXPECT_EQ(www.at("verdict"), "VERDICT_LIVE");
    EXPECT_THAT(etymond_.command({"names", "shop.example.test"}).out, Not(HasSubstr("127.0.0.5")));
    EXPECT_THAT(files_with("\x04shop"), IsEmpty());
    EXPECT_EQ(etymond_.command({"verify"}).status, 0);
  }

  const SystemClock clock_;
  const Knot knot_;
  Etymond etymond_{{knot_.address()}};
  WallTime asked_;
};

TEST_F(Forget, a_name_is_gone_from_answers_and_from_the_disk_for_good) {
  EXPECT_EQ(etymond_.lookup(kShop, "127.0.0.5", asked_).at("verdict"), "VERDICT_LIVE");
  EXPECT_THAT(files_with("\x04shop"), Not(IsEmpty()));

  const Finished done = etymond_.command({"forget", "--name", "shop.example.test", "--yes"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("forgot 1 delivery in 1 hour"));
  EXPECT_TRUE(eventually([&] {
    return etymond_.said().find("asked for by unix, is done: 1 went") != std::string::npos;
  }));
  expect_shop_to_be_gone();

  etymond_.kill();
  etymond_.start();
  expect_shop_to_be_gone();
  EXPECT_EQ(etymond_.stop(), 0);
  etymond_.start();
  expect_shop_to_be_gone();
}

TEST_F(Forget, a_client_is_counted_first_and_then_gone) {
  const Finished counted =
      etymond_.command({"forget", "--client", "127.0.0.5", "--count", "--json"});
  EXPECT_EQ(Json::parse(counted.out).at("deliveries"), "2");
  EXPECT_EQ(etymond_.lookup(kShop, "127.0.0.5", asked_).at("verdict"), "VERDICT_LIVE");
  const Finished done = etymond_.command({"forget", "--client", "127.0.0.5", "--yes", "--json"});
  EXPECT_EQ(Json::parse(done.out).at("deliveries"), "2");
  expect_shop_to_be_gone();
}

TEST_F(Forget, nothing_goes_where_nobody_can_be_asked_and_nothing_was_named) {
  const Finished unasked = etymond_.command({"forget", "--client", "127.0.0.5"});
  EXPECT_EQ(unasked.status, kUsage);
  EXPECT_THAT(unasked.err, HasSubstr("--yes"));
  EXPECT_EQ(etymond_.command({"forget", "--yes"}).status, kUsage);
  EXPECT_EQ(etymond_.lookup(kShop, "127.0.0.5", asked_).at("verdict"), "VERDICT_LIVE");
}

TEST_F(Forget, whoever_sits_at_a_terminal_is_told_what_will_go_and_asked) {
  const auto answered = [&](const char* answer) {
    return at_a_terminal("forget --client 127.0.0.5", answer);
  };
  for (const char* no : {"n\n", "\n", "yesterday\n", "\x04"}) {
    const Finished kept = answered(no);
    EXPECT_EQ(kept.status, kNotConfirmed) << kept.out;
    EXPECT_THAT(kept.out, AllOf(HasSubstr("2 deliveries"), HasSubstr("cannot be undone"),
                                HasSubstr("nothing was forgotten")));
  }
  EXPECT_EQ(etymond_.lookup(kShop, "127.0.0.5", asked_).at("verdict"), "VERDICT_LIVE");
  const Finished done = answered("y\n");
  EXPECT_EQ(done.status, 0) << done.out;
  expect_shop_to_be_gone();
}

TEST_F(Forget, what_is_asked_for_again_is_known_again) {
  ASSERT_EQ(etymond_.command({"forget", "--name", "*.example.test", "--yes"}).status, 0);
  etymond_.host("127.0.0.5").ask("shop.example.test");
  const Json again = etymond_.lookup(kShop, "127.0.0.5");
  EXPECT_EQ(again.at("verdict"), "VERDICT_LIVE") << "its answer was in the cache all the time";
}

}  // namespace
}  // namespace etymon::testing
