#include "store/tables/packed_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace etymon::store {
namespace {

using ::testing::Eq;
using ::testing::Optional;

// Bytes of their own for each number, of the size that most answers have.
std::string bytes_of(AnswerId id) {
  return std::string(90, static_cast<char>(id)) + std::to_string(id);
}

PackedAnswers with(AnswerId count, size_t octets_max) {
  PackedAnswers answers(octets_max);
  for (AnswerId id = 1; id <= count; ++id) {
    answers.insert(id, bytes_of(id));
  }
  return answers;
}

TEST(PackedAnswers, each_is_found_by_its_number) {
  PackedAnswers answers = with(1000, 1 << 20);
  for (AnswerId id = 1; id <= 1000; ++id) {
    EXPECT_THAT(answers.find(id), Optional(bytes_of(id)));
  }
  EXPECT_THAT(answers.find(1001), Eq(std::nullopt));
}

TEST(PackedAnswers, an_answer_may_be_without_bytes) {
  PackedAnswers answers(1000);
  answers.insert(1, "");
  EXPECT_THAT(answers.find(1), Optional(std::string()));
  answers.erase(1);
  EXPECT_THAT(answers.find(1), Eq(std::nullopt));
}

TEST(PackedAnswers, the_first_bytes_of_a_number_stay) {
  PackedAnswers answers(1000);
  answers.insert(1, "first");
  answers.insert(1, "second");
  EXPECT_THAT(answers.find(1), Optional(std::string("first")));
  EXPECT_EQ(answers.size(), 1U);
}

TEST(PackedAnswers, what_is_erased_is_gone_and_leaves_its_room) {
  PackedAnswers answers = with(100, 1 << 20);
  const size_t octets = answers.octets();
  answers.insert(101, bytes_of(101));
  for (int i = 0; i < 2; ++i) {
    answers.erase(101);
    EXPECT_EQ(answers.size(), 100U);
    EXPECT_EQ(answers.octets(), octets);
  }
  EXPECT_THAT(answers.find(101), Eq(std::nullopt));
  EXPECT_THAT(answers.find(100), Optional(bytes_of(100)));
}

TEST(PackedAnswers, what_was_erased_takes_no_memory_for_years) {
  PackedAnswers answers(1 << 20);
  for (AnswerId id = 1; id <= 100'000; ++id) {
    answers.insert(id, bytes_of(id));
    answers.erase(id - 10);
  }
  EXPECT_EQ(answers.size(), 10U);
  EXPECT_LT(answers.turns(), 2'000U);
}

TEST(PackedAnswers, they_take_no_more_than_they_may) {
  const PackedAnswers answers = with(10'000, 100'000);
  EXPECT_LE(answers.octets(), 100'000U);
  EXPECT_GT(answers.octets(), 99'000U);
}

TEST(PackedAnswers, what_is_asked_for_now_and_then_outlives_what_is_not) {
  PackedAnswers answers = with(100, 20'000);
  for (AnswerId id = 101; id <= 1000; ++id) {
    EXPECT_THAT(answers.find(7), Optional(bytes_of(7))) << id;
    answers.insert(id, bytes_of(id));
  }
  EXPECT_THAT(answers.find(8), Eq(std::nullopt));
}

TEST(PackedAnswers, one_that_is_larger_than_all_room_pushes_nothing_out) {
  PackedAnswers answers = with(10, 20'000);
  answers.insert(11, std::string(20'000, 'x'));
  EXPECT_EQ(answers.size(), 10U);
  EXPECT_THAT(answers.find(11), Eq(std::nullopt));
}

TEST(PackedAnswers, without_room_there_is_nothing) {
  PackedAnswers answers = with(10, 0);
  EXPECT_EQ(answers.size(), 0U);
  EXPECT_THAT(answers.find(1), Eq(std::nullopt));
}

}  // namespace
}  // namespace etymon::store
