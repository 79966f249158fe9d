// Addresses and answers are chosen by outsiders: none of them can choose such as share a place in
// the tables in memory.
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <vector>

#include "resolver/model/address_hash.h"
#include "store/journal/answer_book.h"
#include "store/tables/tables.h"
#include "tests/support/fakes.h"

namespace etymon::store {
namespace {

constexpr uint64_t kSeed = 7;

Answer answer_with(const std::vector<IpAddress>& addresses) {
  Answer answer;
  answer.question = {*DomainName::from_text("www.example"), RecordType::kAaaa, RecordClass::kIn};
  answer.chain = {answer.question.name};
  for (const IpAddress& address : addresses) {
    answer.addresses.push_back({.address = address});
  }
  return answer;
}

// Such as have the same place among `places` for whoever knows the seed.
std::vector<IpAddress> addresses_chosen_for(uint64_t seed, size_t places, size_t count) {
  std::vector<IpAddress> chosen;
  for (uint32_t i = 0; chosen.size() < count; ++i) {
    const IpAddress address = IpAddress::v4(i);
    if (SeededAddressHash{seed}(address) % places == 0) {
      chosen.push_back(address);
    }
  }
  return chosen;
}

// The most of them that share a place, where there are `places`.
size_t most_alike(const std::vector<IpAddress>& addresses, uint64_t seed, size_t places) {
  std::vector<size_t> held(places);
  for (const IpAddress& address : addresses) {
    ++held[SeededAddressHash{seed}(address) % places];
  }
  return std::ranges::max(held);
}

TEST(TableSeed, addresses_that_share_a_place_by_one_seed_do_not_by_another) {
  constexpr size_t kAddresses = 300;
  constexpr size_t kPlaces = 541;
  const auto addresses = addresses_chosen_for(kSeed, kPlaces, kAddresses);
  EXPECT_EQ(most_alike(addresses, kSeed, kPlaces), kAddresses) << "who knows the seed can";
  EXPECT_LE(most_alike(addresses, kSeed + 1, kPlaces), 12U);
}

TEST(TableSeed, where_an_answer_stands_in_the_book_depends_on_it_and_what_is_stored_does_not) {
  const testing::TemporaryFolder folder;
  const auto tables =
      std::move(*Tables::open(folder.path() + "/tables", *rocksdb::Env::Default(), 1 << 20));
  const Answer answer = answer_with({IpAddress::v4(1)});
  std::vector<KnownAnswerPtr> known;
  for (const uint64_t seed : {kSeed, kSeed, kSeed + 1}) {
    AnswerBook book(*tables, 0, {.capacity = 10, .seed = seed});
    const AnswerId id = book.remember(answer);
    EXPECT_EQ(book.remember(answer), id);
    known.push_back(*book.find(id));
  }
  EXPECT_EQ(known[0]->mark(), known[1]->mark());
  EXPECT_NE(known[0]->mark(), known[2]->mark());
  EXPECT_EQ(known[0]->hash(), known[2]->hash());
}

}  // namespace
}  // namespace etymon::store
