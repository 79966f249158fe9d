#include "resolver/model/address_sort.h"

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace etymon {
namespace {

struct Item {
  IpAddress address;
  size_t number = 0;

  friend bool operator==(const Item&, const Item&) = default;
};

IpAddress address_of(const Item& item) {
  return item.address;
}

// Some of each family, from few enough blocks that there are equal ones.
std::vector<Item> items(size_t count) {
  testing::SeededRandom random(1);
  std::vector<Item> items;
  for (size_t i = 0; i < count; ++i) {
    IpAddress::Octets octets{};
    octets.front() = static_cast<uint8_t>(random.below(3));
    octets.back() = static_cast<uint8_t>(random.below(200));
    const bool is_v4 = random.below(2) == 0;
    items.push_back(
        {is_v4 ? IpAddress::v4(0xC0000200U + random.below(600)) : IpAddress::v6(octets), i});
  }
  return items;
}

TEST(SortByAddress, orders_as_comparing_does_and_loses_nothing) {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{64}, size_t{65}, size_t{5'000}}) {
    std::vector<Item> sorted = items(count);
    sort_by_address(sorted, address_of);
    EXPECT_TRUE(std::ranges::is_sorted(sorted, {}, address_of)) << count;
    std::ranges::sort(sorted, {}, &Item::number);
    EXPECT_EQ(sorted, items(count));
  }
}

TEST(SortByAddress, leaves_many_of_one_address_alone) {
  std::vector<Item> same(100, Item{IpAddress::v4(1)});
  for (size_t i = 0; i < same.size(); ++i) {
    same[i].number = i;
  }
  const std::vector<Item> before = same;
  sort_by_address(same, address_of);
  EXPECT_EQ(same, before);
}

}  // namespace
}  // namespace etymon
