#include "store/journal/tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <string>

#include "store/tables/answer_codec.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr size_t kMany = 10'000;  // more than are copied at once
constexpr WallTime kStart{Seconds(1'700'000'000)};

KnownAnswerPtr known(AnswerId id, const std::string& name, const std::string& address) {
  return std::make_shared<const KnownAnswer>(id, encode_answer(answer_of(name, {address})));
}

// The i-th of many: two clients in turn.
Delivery delivery(size_t i, AnswerId answer = 1) {
  return {kStart + Microseconds(i), ip(i % 2 == 0 ? "192.168.1.7" : "192.168.1.8"), answer, 300};
}

std::vector<Delivery> deliveries(size_t count, AnswerId answer = 1) {
  std::vector<Delivery> all;
  for (size_t i = 0; i < count; ++i) {
    all.push_back(delivery(i, answer));
  }
  return all;
}

const TailPart::Wanted kAll{IpPrefix(ip("203.0.113.83")), std::nullopt};

TEST(TailPart, a_visit_of_many_deliveries_sees_each_once_in_their_order) {
  TailPart part;
  const KnownAnswerPtr answer = known(1, "www.example", "203.0.113.83");
  part.append({&answer, 1}, deliveries(kMany));
  for (const auto& client : {std::optional<IpAddress>(), std::optional(ip("192.168.1.8"))}) {
    std::vector<WallTime> seen;
    std::vector<WallTime> told;
    part.visit({kAll.address, client}, [&](const TailPart::Seen& one) {
      seen.push_back(one.sighting.at);
      return true;
    });
    for (const Delivery& one : deliveries(kMany)) {
      if (!client || one.client == *client) {
        told.push_back(one.at);
      }
    }
    EXPECT_EQ(seen, told);
  }
}

TEST(TailPart, an_answer_is_found_under_all_of_its_numbers) {
  TailPart part;
  const KnownAnswerPtr sought = known(kMany + 7, "www.example", "203.0.113.83");
  EXPECT_THAT(part.numbers_of(*sought), IsEmpty());
  for (const AnswerId id : {1U, 2U, 3U}) {
    const KnownAnswerPtr same = known(id, "www.example", "203.0.113.83");
    const KnownAnswerPtr other = known(id + 10, "other.example", "203.0.113.83");
    part.append({&same, 1}, deliveries(1, id));
    part.append({&other, 1}, deliveries(1, id + 10));
  }
  EXPECT_THAT(part.numbers_of(*sought), UnorderedElementsAre(0U, 2U, 4U));
  for (AnswerId id = 100; id < kMany; ++id) {
    const KnownAnswerPtr other = known(id, "n" + std::to_string(id) + ".example", "203.0.113.83");
    part.append({&other, 1}, deliveries(1, id));
  }
  part.append({&sought, 1}, deliveries(1, sought->id()));
  EXPECT_THAT(part.numbers_of(*sought), UnorderedElementsAre(0U, 2U, 4U, 6 + kMany - 100));
}

TEST(TailPart, a_visit_of_a_prefix_sees_its_addresses_alone) {
  TailPart part;
  for (AnswerId id = 1; id <= 3'000; ++id) {
    const std::string address =
        "203.0." + std::to_string(id / 200) + "." + std::to_string(id % 200);
    const KnownAnswerPtr answer = known(id, "www.example", address);
    part.append({&answer, 1}, deliveries(2, id));
  }
  size_t seen = 0;
  part.visit({*IpPrefix::from_text("203.0.8.0/21"), std::nullopt}, [&](const TailPart::Seen& one) {
    EXPECT_TRUE(IpPrefix::from_text("203.0.8.0/21")->contains(one.address));
    ++seen;
    return true;
  });
  EXPECT_EQ(seen, 2U * (3'000 - 8 * 200 + 1));
}

TEST(TailPart, whoever_visits_lets_the_writer_in) {
  TailPart part;
  const KnownAnswerPtr answer = known(1, "www.example", "203.0.113.83");
  part.append({&answer, 1}, deliveries(kMany));
  std::future<void> appended;
  part.visit(kAll, [&](const TailPart::Seen&) {
    appended = std::async(std::launch::async, [&] {
      const Delivery one_more = delivery(kMany);
      part.append({}, {&one_more, 1});
    });
    EXPECT_EQ(appended.wait_for(Seconds(10)), std::future_status::ready);
    return false;
  });
}

TEST(TailPart, a_visit_sees_what_was_appended_before_it_while_others_read) {
  TailPart part;
  const KnownAnswerPtr answer = known(1, "www.example", "203.0.113.83");
  part.append({&answer, 1}, deliveries(1));
  std::atomic<size_t> appended = 1;
  const auto visits = [&] {
    for (size_t before = 0; before < kMany; before = appended) {
      size_t seen = 0;
      part.visit(kAll, [&](const TailPart::Seen& one) {
        EXPECT_EQ(one.sighting.at, delivery(seen).at);
        ++seen;
        return true;
      });
      EXPECT_GE(seen, before);
    }
  };
  const auto one = std::async(std::launch::async, visits);
  const auto other = std::async(std::launch::async, visits);
  while (appended < kMany) {
    const Delivery one_more = delivery(appended);
    part.append({}, {&one_more, 1});
    ++appended;
  }
}

// A loop asks with each turn whether there is room, and must not wait for whoever reads.
TEST(Tail, knows_what_is_in_all_its_parts) {
  Tail tail(0);
  const KnownAnswerPtr answer = known(1, "www.example", "203.0.113.83");
  tail.append({&answer, 1}, deliveries(3));
  const size_t first = tail.octets();
  EXPECT_GT(first, 0U);
  tail.freeze(1);
  tail.append({&answer, 1}, deliveries(4));
  EXPECT_EQ(tail.delivery_count(), 7U);
  EXPECT_EQ(tail.octets(), first + tail.active().octets());
  const auto held = tail.parts();
  tail.drop(1);
  EXPECT_EQ(tail.delivery_count(), 4U);
  EXPECT_EQ(tail.octets(), tail.active().octets());
  EXPECT_EQ(tail.parts()->size(), 1U);
  EXPECT_EQ(held->size(), 2U);
  EXPECT_EQ(held->front()->last(), 1U);
  EXPECT_EQ(held->back()->last(), std::nullopt);
}

// The folder drops a part as soon as it sees that it is frozen, and looks for the next one.
TEST(Tail, always_has_a_part_however_soon_a_frozen_one_goes) {
  constexpr Sequence kParts = 2'000;
  Tail tail(0);
  auto folder = std::async(std::launch::async, [&] {
    Sequence dropped = 0;
    while (dropped < kParts) {
      if (const auto frozen = tail.oldest_frozen()) {
        dropped = *frozen->last();
        tail.drop(dropped);
      }
    }
  });
  const KnownAnswerPtr answer = known(1, "www.example", "203.0.113.83");
  const Delivery one = delivery(0);
  for (Sequence part = 1; part <= kParts; ++part) {
    tail.append({&answer, 1}, {&one, 1});
    tail.freeze(part);
    while (tail.oldest_frozen() != nullptr) {
    }
  }
  folder.get();
  EXPECT_EQ(tail.parts()->size(), 1U);
}

}  // namespace
}  // namespace etymon::store
