#include "resolver/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

namespace etymon {
namespace {

// Deals the 32-bit numbers it was given, in order.
class DealtNumbers final : public Random {
 public:
  explicit DealtNumbers(std::deque<uint32_t> numbers) : numbers_(std::move(numbers)) {}
  void fill(std::span<uint8_t> out) override {
    ASSERT_EQ(out.size(), sizeof(uint32_t));
    ASSERT_FALSE(numbers_.empty());
    const auto* raw = reinterpret_cast<const uint8_t*>(&numbers_.front());
    std::copy_n(raw, out.size(), out.begin());
    numbers_.pop_front();
  }
  size_t left() const { return numbers_.size(); }

 private:
  std::deque<uint32_t> numbers_;
};

TEST(Random, below_stays_below_its_bound_and_reaches_every_value) {
  SystemRandom random;
  std::set<uint32_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(random.below(6));
  }
  EXPECT_EQ(seen, (std::set<uint32_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Random, below_draws_again_where_the_remainder_would_favour_small_values) {
  // 2^32 = 3 * 1431655765 + 1: one number must be left out for three results to be equally likely.
  DealtNumbers random({0, 7, 99});
  EXPECT_EQ(random.below(3), 1U);
  EXPECT_EQ(random.left(), 1U);
}

TEST(Random, below_one_is_zero) {
  DealtNumbers random({0xFFFFFFFF});
  EXPECT_EQ(random.below(1), 0U);
}

TEST(SystemRandom, two_sources_do_not_repeat_each_other) {
  SystemRandom a;
  SystemRandom b;
  EXPECT_NE(a.u64(), b.u64());
}

TEST(SystemRandom, does_not_repeat_itself_across_refills_of_its_buffer) {
  SystemRandom random;
  std::set<uint64_t> seen;
  for (int i = 0; i < 10'000; ++i) {
    seen.insert(random.u64());
  }
  EXPECT_EQ(seen.size(), 10'000U);
}

TEST(SystemRandom, fills_spans_larger_than_its_buffer) {
  std::vector<uint8_t> octets(10'000, 0);
  SystemRandom().fill(octets);
  const auto zeros = std::count(octets.begin() + 5'000, octets.end(), 0);
  EXPECT_LT(zeros, 200);  // About 20 of 5000 octets are zero by chance.
}

}  // namespace
}  // namespace etymon
