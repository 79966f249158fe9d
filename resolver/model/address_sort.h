// Sorting by address, without comparing: a message may bring thousands in the worst of orders, and
// comparing those took a quarter of the time that it may cost. Any thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "resolver/model/ip_address.h"

namespace etymon {

// Octet by octet from the last, through those in which the addresses differ. Equal ones stay in
// their order. `room`: as large as `items`.
template <class Item, class AddressOf>
void sort_by_octets(std::span<Item> items, std::span<Item> room, AddressOf address_of) {
  using Words = std::array<uint64_t, 2>;
  const auto words_of = [&](const Item& item) {
    return std::bit_cast<Words>(address_of(item).octets());
  };
  Words differing{};
  for (const Item& item : items) {
    differing[0] |= words_of(item)[0] ^ words_of(items[0])[0];
    differing[1] |= words_of(item)[1] ^ words_of(items[0])[1];
  }
  const auto differs = std::bit_cast<IpAddress::Octets>(differing);
  auto from = items;
  auto to = room.first(items.size());
  for (size_t octet = differs.size(); octet-- > 0;) {
    if (differs[octet] == 0) {
      continue;
    }
    const auto value_of = [&](const Item& item) { return address_of(item).octets()[octet]; };
    std::array<size_t, 257> begins{};  // behind each value, until they are added up
    for (const Item& item : from) {
      ++begins[value_of(item) + size_t{1}];
    }
    for (size_t value = 1; value < begins.size(); ++value) {
      begins[value] += begins[value - 1];
    }
    for (const Item& item : from) {
      to[begins[value_of(item)]++] = item;
    }
    std::swap(from, to);
  }
  if (from.data() != items.data()) {
    std::ranges::copy(from, items.begin());
  }
}

// Sorts `items` by the address that `address_of(item)` gives; equal ones in any order. Where both
// families are, as behind DNS64, they are sorted apart: each then differs in few octets.
template <class Item, class AddressOf>
void sort_by_address(std::vector<Item>& items, AddressOf address_of) {
  constexpr size_t kFew = 64;  // are sorted faster by comparing
  if (items.size() <= kFew) {
    std::ranges::sort(items, {}, address_of);
    return;
  }
  const auto is_v4 = [&](const Item& item) { return address_of(item).is_v4(); };
  const auto v6 = std::partition(items.begin(), items.end(), is_v4);
  std::vector<Item> room(items.size());
  sort_by_octets(std::span<Item>(items.begin(), v6), std::span<Item>(room), address_of);
  sort_by_octets(std::span<Item>(v6, items.end()), std::span<Item>(room), address_of);
  // IPv4 stands among the others, in its mapped form.
  const auto behind = std::find_if(
      v6, items.end(), [&](const Item& item) { return address_of(item) > IpAddress::v4(0); });
  std::rotate(items.begin(), v6, behind);
}

}  // namespace etymon
