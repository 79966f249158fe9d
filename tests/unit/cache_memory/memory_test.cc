// What cached answers cost in all, from the daemon's allocator and as the operating system counts
// it: no bookkeeping of ours is believed here.
#include <gtest/gtest.h>
#include <jemalloc/jemalloc.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/unit/hot_path/cached_answers.h"

namespace etymon::hot_path {
namespace {

// Octets of memory that this process occupies. What it has freed goes back first, so that nothing
// can hide in there.
size_t resident_bytes() {
  static const std::string kPurge = "arena." + std::to_string(MALLCTL_ARENAS_ALL) + ".purge";
  EXPECT_EQ(mallctl(kPurge.c_str(), nullptr, nullptr, nullptr, 0), 0);
  size_t total = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

class CacheMemory : public ::testing::Test {
 protected:
  // By how much the process grows when a cache of `bytes_max` is given `names` names.
  size_t growth(size_t bytes_max, uint32_t names) {
    const size_t before = resident_bytes();
    cache::AnswerCache cache(bytes_max, 7);
    for (uint32_t number = 0; number < names; ++number) {
      keep_name(cache, number, clock_);
    }
    kept_ = cache.counters().entries;
    return resident_bytes() - before;
  }

  testing::ManualClock clock_;
  uint64_t kept_ = 0;
};

TEST_F(CacheMemory, an_ordinary_answer_costs_at_most_350_octets_in_all) {
  constexpr uint32_t kNames = 100'000;
  const size_t grown = growth(64 << 20, kNames);
  ASSERT_EQ(kept_, kNames);
  RecordProperty("octets_per_answer", std::to_string(grown / kNames));
  EXPECT_LE(grown / kNames, 350U);
  EXPECT_GE(grown / kNames, testing::numbered_answer(kNames).size());  // it was counted at all
}

TEST_F(CacheMemory, a_flood_of_names_grows_it_no_more_than_a_tenth_over_its_limit) {
  constexpr size_t kLimit = 16 << 20;
  const size_t grown = growth(kLimit, 1'000'000);
  RecordProperty("octets", std::to_string(grown));
  EXPECT_LE(grown, kLimit + kLimit / 10);
  EXPECT_GE(grown, kLimit / 2);  // a limit that is not used is no limit
  EXPECT_GE(kept_, kLimit / 350);
}

}  // namespace
}  // namespace etymon::hot_path
