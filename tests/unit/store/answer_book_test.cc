// The book alone, over tables that take nothing unless a test says so.
#include "store/answer_book.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include "store/tables.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

class AnswerBookTest : public ::testing::Test {
 protected:
  AnswerBookTest() {
    auto tables = Tables::open(folder_.path() + "/tables", *rocksdb::Env::Default(), 1 << 20);
    EXPECT_TRUE(tables.ok()) << tables.error().message;
    tables_ = std::move(*tables);
  }

  static Answer numbered(int number) {
    return answer_of("n" + std::to_string(number) + ".example", {"192.0.2.1"});
  }

  testing::TemporaryFolder folder_;
  Seconds now_{0};
  std::unique_ptr<Tables> tables_;
};

TEST_F(AnswerBookTest, holds_so_many_answers_that_no_table_takes_and_lets_the_oldest_go) {
  AnswerBook book(*tables_, 0, {.capacity = 10, .unstored_max = 50});
  const AnswerId first = book.remember(numbered(0));
  AnswerId last = first;
  for (int number = 1; number < 1000; ++number) {
    last = book.remember(numbered(number));
  }
  EXPECT_EQ(book.unstored_count(), 50U);
  EXPECT_TRUE(book.find(last).ok());
  EXPECT_EQ(book.find(first).error().code, ErrorCode::kNotFound);
  EXPECT_GT(book.remember(numbered(0)), last) << "it is a new one";
}

TEST_F(AnswerBookTest, keeps_what_the_tail_names_however_many_come_after_it) {
  AnswerBook book(*tables_, 0, {.capacity = 10, .unstored_max = 50});
  std::vector<KnownAnswerPtr> in_tail;
  for (int number = 0; number < 40; ++number) {
    in_tail.push_back(*book.find(book.remember(numbered(number))));
  }
  for (int number = 40; number < 1000; ++number) {
    book.remember(numbered(number));
  }
  EXPECT_EQ(book.unstored_count(), 50U);
  for (const KnownAnswerPtr& known : in_tail) {
    EXPECT_FALSE(book.stored_id(known)) << "the fold would take it for stored";
  }
}

TEST_F(AnswerBookTest, a_second_number_of_an_answer_goes_when_nobody_can_use_it) {
  AnswerBook book(*tables_, 0, {.capacity = 10, .held_for = Seconds(60)});
  const AnswerId known_as = book.remember(numbered(1));
  const KnownAnswerPtr named = *book.find(known_as);
  constexpr AnswerId kStored = 4711;
  book.note_stored(named, kStored);
  std::vector<AnswerId> in_tail{known_as};
  const auto age = [&](int minutes) {
    for (int minute = 0; minute < minutes; ++minute) {
      book.let_numbers_age(MonotonicTime(now_ += Seconds(60)), [&] { return in_tail; });
    }
  };
  age(5);
  EXPECT_EQ(book.true_id(known_as), kStored) << "the tail names it";
  in_tail.clear();
  age(2);
  EXPECT_EQ(book.true_id(known_as), known_as);
}

TEST_F(AnswerBookTest, what_is_set_aside_stays_while_the_tail_names_it) {
  AnswerBook book(*tables_, 0, {.capacity = 10, .held_for = Seconds(60)});
  const KnownAnswerPtr known = *book.find(book.remember(numbered(1)));
  book.set_unstored_aside(10, [](const Answer&) { return true; });
  for (int minute = 0; minute < 5; ++minute) {
    book.let_numbers_age(MonotonicTime(now_ += Seconds(60)),
                         [&] { return std::vector<AnswerId>{known->id()}; });
  }
  EXPECT_FALSE(book.stored_id(known)) << "the fold would take it for stored";
}

}  // namespace
}  // namespace etymon::store
