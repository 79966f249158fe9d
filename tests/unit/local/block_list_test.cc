#include "resolver/local/block_list.h"

#include <gtest/gtest.h>

#include "resolver/model/domain_name.h"

namespace etymon::local {
namespace {

constexpr uint64_t kSeed = 7;

std::string wire_name(const std::string& text) {
  return DomainName::from_text(text)->canonical().wire();
}

// As long as those of public lists on average.
std::string numbered_name(size_t i) {
  return "tracker-" + std::to_string(i) + ".ads.example";
}

TEST(NameSet, finds_a_name_and_the_closest_above_it) {
  NameSet set(kSeed);
  set.add(wire_name("example"));
  set.add(wire_name("b.example"));
  EXPECT_EQ(set.closest(wire_name("example")), wire_name("example"));
  EXPECT_EQ(set.closest(wire_name("a.example")), wire_name("example"));
  EXPECT_EQ(set.closest(wire_name("a.b.example")), wire_name("b.example"));
  EXPECT_EQ(set.closest(wire_name("xexample")), "");
  EXPECT_EQ(set.closest(std::string(1, '\0')), "");
}

TEST(NameSet, takes_all_names_of_another) {
  NameSet set(kSeed);
  NameSet other(kSeed);
  for (size_t i = 0; i < 1'000; ++i) {
    (i % 3 == 0 ? set : other).add(wire_name(numbered_name(i)));
  }
  other.add(wire_name(numbered_name(0)));
  set.add_all(other);
  EXPECT_EQ(set.size(), 1'000U);
  EXPECT_EQ(set.closest(wire_name(numbered_name(7))), wire_name(numbered_name(7)));
}

TEST(NameSet, keeps_each_name_once_through_all_growing) {
  NameSet set(kSeed);
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < 10'000; ++i) {
      set.add(wire_name(numbered_name(i)));
    }
  }
  EXPECT_EQ(set.size(), 10'000U);
  for (size_t i = 0; i < 10'000; ++i) {
    ASSERT_FALSE(set.closest(wire_name(numbered_name(i))).empty()) << i;
  }
  EXPECT_EQ(set.closest(wire_name(numbered_name(10'000))), "");
}

TEST(NameSet, a_million_names_take_no_more_than_stated) {
  NameSet set(kSeed);
  for (size_t i = 0; i < 1'000'000; ++i) {
    set.add(wire_name(numbered_name(i)));
  }
  set.shrink();
  EXPECT_EQ(set.size(), 1'000'000U);
  EXPECT_LE(set.bytes(), size_t{45} << 20);
}

TEST(NameList, lines_that_make_no_sense_are_counted) {
  NameSet set(kSeed);
  EXPECT_EQ(read_name_list("ads.example\n||abp.example^ x\n\n# comment\nbad..name\n"
                           "0.0.0.0 localhost two.example 0.0.0.0\nnot-an-address name.example\n",
                           set)
                .lines,
            3U);
  EXPECT_EQ(set.size(), 2U);
}

TEST(NameList, the_first_line_that_makes_no_sense_is_told_as_it_stands_there) {
  NameSet set(kSeed);
  const PassedOver passed_over =
      read_name_list("# ours\n\nads.example\n  @@||ok.example^ # why\r\nbad..name\n", set);
  EXPECT_EQ(passed_over.lines, 2U);
  EXPECT_EQ(passed_over.first, 4U);
  EXPECT_EQ(passed_over.text, "  @@||ok.example^ # why");
  EXPECT_EQ(read_name_list(std::string(5000, '.'), set).text.size(), PassedOver::kTextMax);
}

TEST(NameList, rules_of_browsers_that_mean_a_name_and_all_below_are_read) {
  NameSet set(kSeed);
  EXPECT_EQ(read_name_list("[Adblock Plus 2.0]\n! Title: ads\n||Ads.example^\n||_t.example^\n", set)
                .lines,
            0U);
  EXPECT_EQ(set.size(), 2U);
  EXPECT_FALSE(set.closest(wire_name("www.ads.example")).empty());
  EXPECT_FALSE(set.closest(wire_name("_t.example")).empty());
}

TEST(NameList, what_would_block_nothing_or_too_much_is_counted_and_left_out) {
  for (const char* line :
       {"@@||good.example^", "||ads.example^$third-party", "||ads.example", "|ads.example^",
        "||ads*.example^", "||ads.example/banner^", "||^", "/^ads[0-9]/", "&ad_box_",
        "news.example##.ad", "news.example#@#.ad", "address=/ads.example/", "https://ads.example/x",
        "ads.example:443", "192.0.2.1", "||192.0.2.1^"}) {
    NameSet set(kSeed);
    EXPECT_EQ(read_name_list(line, set).lines, 1U) << line;
    EXPECT_EQ(set.size(), 0U) << line;
  }
}

TEST(NameList, a_comment_may_stand_right_behind_a_name) {
  NameSet set(kSeed);
  EXPECT_EQ(read_name_list("ads.example#bad\nmore.example ## worse\n# none\n", set).lines, 0U);
  EXPECT_EQ(set.size(), 2U);
}

TEST(BlockList, what_is_allowed_wins_at_any_height) {
  BlockList list({}, kSeed);
  list.blocked().add(wire_name("a.b.example"));
  list.allowed().add(wire_name("b.example"));
  EXPECT_FALSE(list.answer(wire_name("x.a.b.example"), RecordType::kA));
}

}  // namespace
}  // namespace etymon::local
