// Outlines: of each hour the first and the last sighting stay, and what was between is counted.
#include "store/tables/outlines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "store/tables/keys.h"
#include "store/tables/runs.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

constexpr WallTime kDay = WallTime(std::chrono::days(20'000));
constexpr Seconds kHour{3'600};

Sighting at(Seconds after, uint32_t validity_s, Origin origin = Origin::kCache) {
  return {kDay + after, validity_s, origin, Transport::kUdp};
}

// Four in the first hour, of which the second is valid the longest; one in the third; two in the
// last, of one moment.
std::vector<Sighting> some_sightings() {
  std::vector<Sighting> all = {at(Seconds(5), 300, Origin::kUpstream),
                               at(Seconds(65), 9'000),
                               at(Seconds(70), 235),
                               at(Seconds(500), 0, Origin::kStale),
                               at(2 * kHour, 60),
                               at(23 * kHour, 60),
                               at(23 * kHour, 90)};
  all[3].forwarder = ip("10.0.0.2");
  all[4].forwarder = ip("10.0.0.2");
  return all;
}

std::string outline_of(std::span<const Sighting> sightings) {
  std::string bytes;
  append_outline(bytes, kDay, hours_of(sightings));
  return bytes;
}

// As it stood under an address before format 8.
std::string run_of(std::span<const Sighting> sightings) {
  std::string bytes;
  append_run(bytes, kDay, sightings);
  return bytes;
}

std::vector<Outlined> read(const std::string& bytes) {
  std::vector<Outlined> all;
  EXPECT_TRUE(read_outline(bytes, kDay, all));
  return all;
}

TEST(Outlines, leave_out_what_lies_within_an_hour) {
  const std::vector<Sighting> all = some_sightings();
  const std::vector<Outlined> outlined = read(outline_of(all));
  ASSERT_EQ(outlined.size(), 5U);
  EXPECT_EQ(outlined[0], Outlined{all[0]});
  EXPECT_EQ(outlined[1].sighting, all[3]);
  EXPECT_EQ(outlined[1].skipped, 2U);
  EXPECT_EQ(outlined[2], Outlined{all[4]});
  EXPECT_EQ(outlined[3], Outlined{all[5]});
  EXPECT_EQ(outlined[4], Outlined{all[6]});
}

TEST(Outlines, tell_how_long_the_longest_of_an_hour_was_valid) {
  const std::vector<Sighting> all = some_sightings();
  const std::vector<HourOutline> hours = hours_of(read(outline_of(all)));
  ASSERT_EQ(hours.size(), 3U);
  EXPECT_EQ(hours[0].valid_until, all[1].valid_until()) << "of one that is left out";
  EXPECT_EQ(hours[2].valid_until, all[6].valid_until()) << "of one that stands there";
}

TEST(Outlines, are_of_the_same_hours_as_the_sightings) {
  EXPECT_EQ(hours_of(read(outline_of(some_sightings()))), hours_of(some_sightings()));
}

TEST(Outlines, of_before_format_8_leave_nothing_out) {
  const std::vector<Sighting> all = some_sightings();
  const std::vector<Outlined> outlined = read(run_of(all));
  ASSERT_EQ(outlined.size(), all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(outlined[i], Outlined{all[i]});
  }
  EXPECT_EQ(hours_of(outlined), hours_of(all));
}

TEST(Outlines, do_not_grow_with_the_sightings_of_an_hour) {
  std::vector<Sighting> all;
  while (all.size() < 1'000) {
    all.push_back(at(Seconds(3 * all.size()), 300));
  }
  EXPECT_LE(outline_of(all).size(), 24U);
  EXPECT_EQ(read_head(outline_of(all))->count, all.size());
}

TEST(Outlines, merge_into_the_same_whatever_is_merged_first) {
  const std::vector<Sighting> all = some_sightings();
  const std::string a = outline_of(std::span(all).subspan(3));
  const std::string b = outline_of(std::span(all).first(1));
  const std::string c = run_of(std::span(all).subspan(1, 2));
  const std::string once = merge_outlines(a + b + c);
  EXPECT_EQ(once, outline_of(all));
  EXPECT_EQ(merge_outlines(merge_outlines(a + b) + c), once);
  EXPECT_EQ(merge_outlines(a + merge_outlines(b + c)), once);
  EXPECT_EQ(merge_outlines(once), once);
}

// Of one moment, the fold before comes first.
TEST(Outlines, keep_the_order_in_which_those_of_one_moment_came) {
  const Sighting first = at(Seconds(5), 300, Origin::kUpstream);
  const Sighting second = at(Seconds(5), 200);
  const std::vector<Outlined> both =
      read(merge_outlines(outline_of({&first, 1}) + outline_of({&second, 1})));
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].sighting, first);
  EXPECT_EQ(both[1].sighting, second);
}

TEST(Outlines, agree_with_the_sightings_however_these_are_folded) {
  std::mt19937 generator(20'261'127);
  const auto dice = [&] { return static_cast<uint32_t>(generator()); };
  for (int round = 0; round < 300; ++round) {
    std::vector<Sighting> all;
    for (uint32_t count = 1 + dice() % 60; count > 0; --count) {
      all.push_back(at(Seconds(dice() % 86'400), dice() % 400 * (dice() % 9 == 0 ? 1'000 : 1),
                       static_cast<Origin>(1 + dice() % 6)));
    }
    std::string folds;
    for (size_t begin = 0; begin < all.size();) {
      const size_t size = std::min<size_t>(1 + dice() % 20, all.size() - begin);
      std::vector<Sighting> fold(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                 all.begin() + static_cast<std::ptrdiff_t>(begin + size));
      std::ranges::stable_sort(fold, {}, &Sighting::at);
      const std::string outline = dice() % 4 == 0 ? run_of(fold) : outline_of(fold);
      folds = dice() % 3 == 0 ? merge_outlines(folds + outline) : folds + outline;
      begin += size;
    }
    std::ranges::stable_sort(all, {}, &Sighting::at);
    ASSERT_EQ(merge_outlines(folds), outline_of(all)) << round;
  }
}

TEST(Outlines, tell_their_number_and_their_first_without_the_rest) {
  const std::vector<Sighting> all = some_sightings();
  const std::string bytes = outline_of(all);
  EXPECT_EQ(read_head(bytes), (RunHead{.count = all.size()}));
  EXPECT_EQ(read_first(bytes, kDay), all[0]);
}

TEST(Outlines, say_when_a_validity_reaches_beyond_the_next_day) {
  std::vector<Sighting> all = some_sightings();
  all[2].validity_s = 3 * 86'400;
  EXPECT_TRUE(read_head(outline_of(all))->is_long) << "also of one that is left out";
}

TEST(Outlines, are_read_up_to_the_first_sighting_after_a_moment) {
  const std::vector<Outlined> all = read(outline_of(some_sightings()));
  for (const WallTime moment :
       {kDay - Seconds(1), kDay, all[0].sighting.at, all[1].sighting.at - Microseconds(1),
        all[3].sighting.at, all.back().sighting.at, WallTime::max()}) {
    const auto past = std::ranges::count_if(
        all, [&](const Outlined& one) { return one.sighting.at <= std::max(moment, kDay); });
    const size_t wanted = std::min(static_cast<size_t>(past) + 1, all.size());
    std::vector<Outlined> read;
    ASSERT_TRUE(read_outline(outline_of(some_sightings()), kDay, moment, read));
    EXPECT_THAT(read, ::testing::SizeIs(::testing::Ge(wanted)));
    read.resize(wanted);
    EXPECT_EQ(read, std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(wanted)));
  }
}

TEST(Outlines, are_damaged_when_they_are_cut) {
  const std::string bytes = outline_of(some_sightings());
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::vector<Outlined> read;
    EXPECT_FALSE(size > 0 && read_outline(bytes.substr(0, size), kDay, read)) << size;
  }
}

// What would follow tells that something was left out before the moment.
TEST(Outlines, are_damaged_without_the_mark_behind_the_moment) {
  const std::vector<Sighting> all = some_sightings();
  std::string bytes = outline_of(std::span(all).first(4));
  std::vector<Outlined> read;
  ASSERT_TRUE(read_outline(bytes, kDay, all[1].at, read));
  EXPECT_EQ(read.back().skipped, 2U);
  const size_t mark = bytes.find(std::string("\x01\0", 2));
  ASSERT_NE(mark, std::string::npos);
  EXPECT_FALSE(read_outline(bytes.substr(0, mark), kDay, all[1].at, read));
}

TEST(Outlines, without_anything_in_them_are_damaged) {
  std::vector<Outlined> read;
  EXPECT_FALSE(read_outline(std::string(1, '\0'), kDay, read));
  EXPECT_FALSE(read_outline("", kDay, kDay, read));
}

TEST(Outlines, that_leave_out_more_than_there_are_are_damaged) {
  const std::vector<Sighting> all = some_sightings();
  std::string bytes = outline_of(std::span(all).first(4));
  std::vector<Outlined> read;
  bytes[0] = static_cast<char>(3 << 2);
  EXPECT_FALSE(read_outline(bytes, kDay, read));
}

// The example of FORMAT.md.
TEST(Outlines, are_of_these_bytes) {
  const WallTime day = start_of_day(19'675);
  const WallTime first = day + Seconds(80'000);
  const std::vector<Sighting> told = {{first, 300, Origin::kUpstream, Transport::kUdp},
                                      {first + Seconds(30), 270, Origin::kCache, Transport::kUdp},
                                      {first + Seconds(60), 240, Origin::kCache, Transport::kUdp}};
  std::string bytes;
  append_outline(bytes, day, hours_of(told));
  EXPECT_EQ(bytes, std::string("\x0c\x83\x80\xf2\x8b\xa8\x09\x11\xd8\x04"
                               "\x81\xb8\xb8\x72\x21\x01\x00\x01\x00",
                               19));
}

TEST(Outlines, stand_for_as_many_under_the_other_addresses) {
  const std::vector<Sighting> all = some_sightings();
  std::string a;
  std::string b;
  append_alias(a, kDay, hours_of(std::span(all).first(3)));
  append_alias(b, kDay, hours_of(all));
  const std::string once = merge_outlines(a + b);
  EXPECT_EQ(merge_outlines(b + a), once);
  EXPECT_EQ(read_head(once), (RunHead{.count = 3 + all.size(), .is_alias = true}));
  EXPECT_EQ(read_first(once, kDay), std::nullopt);
  std::vector<Outlined> none;
  EXPECT_FALSE(read_outline(once, kDay, none));
}

}  // namespace
}  // namespace etymon::store
