#include "resolver/base/few_map.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace etymon {
namespace {

using Counts = FewMap<std::string, int>;

std::vector<std::string> keys_of(const Counts& counts) {
  std::vector<std::string> keys;
  for (const auto& [key, count] : counts) {
    keys.push_back(key);
  }
  return keys;
}

TEST(FewMap, has_one_entry_for_each_key_however_many_there_are) {
  constexpr int kKeys = 100;
  Counts counts;
  for (int round = 1; round <= 3; ++round) {
    for (int i = 0; i < kKeys; ++i) {
      EXPECT_EQ(++counts["key " + std::to_string(i)], round) << i;
    }
  }
  EXPECT_EQ(counts.size(), size_t{kKeys});
}

TEST(FewMap, keeps_the_order_in_which_the_keys_came) {
  Counts counts;
  std::vector<std::string> came;
  for (int i = 20; i > 0; --i) {
    came.push_back("key " + std::to_string(i));
    counts[came.back()] = i;
    counts[came.front()] = i;
    EXPECT_EQ(keys_of(counts), came);
  }
}

TEST(FewMap, knows_nothing_of_what_was_there_before_it_was_cleared) {
  Counts counts;
  for (int i = 0; i < 20; ++i) {
    counts["key " + std::to_string(i)] = 7;
  }
  counts.clear();
  EXPECT_EQ(counts.size(), 0U);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(counts["key " + std::to_string(i)], 0) << i;
  }
}

}  // namespace
}  // namespace etymon
