// The book alone, over tables that take nothing unless a test says so.
#include "store/journal/answer_book.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "store/tables/tables.h"
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

// What no row leads to any more, where room is wanted.
class WithdrawnTest : public AnswerBookTest {
 protected:
  WithdrawnTest() : book_(*tables_, 0, {.capacity = 10, .fresh_for = Seconds(60)}) {
    pass_time();
    number_ = book_.remember(numbered(0));
  }

  // As much as none is withdrawn in.
  void pass_time() {
    for (int i = 0; i < 2; ++i) {
      now_ += Seconds(60);
      book_.let_numbers_age(MonotonicTime(now_), [] { return std::vector<AnswerId>(); });
    }
  }

  AnswerBook book_;
  AnswerId number_ = 0;
};

TEST_F(WithdrawnTest, a_number_is_known_no_more_until_it_is_given_again) {
  pass_time();
  EXPECT_EQ(book_.withdraw({number_}), 1U);
  EXPECT_FALSE(book_.knows(number_));
  EXPECT_TRUE(book_.find(number_).ok()) << "a turn may be under way";
  EXPECT_EQ(book_.remember(numbered(0)), number_);
  EXPECT_TRUE(book_.knows(number_));
}

TEST_F(WithdrawnTest, a_number_stays_that_was_given_just_now_or_never) {
  EXPECT_EQ(book_.withdraw({number_, number_ + 1}), 0U);
  EXPECT_TRUE(book_.knows(number_));
}

TEST_F(WithdrawnTest, goes_with_a_sweep_that_squeezes_and_comes_back_under_another_number) {
  pass_time();
  std::unordered_set<AnswerId> leaving{number_};
  book_.begin_sweep(leaving, true);
  EXPECT_TRUE(leaving.empty()) << "it was not withdrawn yet";
  book_.end_sweep(leaving);
  book_.withdraw({number_});
  leaving = {number_};
  book_.begin_sweep(leaving, false);
  EXPECT_TRUE(leaving.empty()) << "somebody may still use it";
  book_.end_sweep(leaving);
  leaving = {number_};
  book_.begin_sweep(leaving, true);
  EXPECT_TRUE(leaving.contains(number_));
  EXPECT_EQ(book_.find(number_).error().code, ErrorCode::kNotFound);
  const AnswerId again = book_.remember(numbered(0));
  EXPECT_NE(again, number_);
  book_.end_sweep(leaving);
  EXPECT_TRUE(book_.knows(again));
}

TEST_F(WithdrawnTest, an_answer_is_under_each_of_its_numbers) {
  constexpr AnswerId kInTables = 1000;
  book_.note_stored(*book_.find(number_), kInTables);
  pass_time();
  EXPECT_EQ(book_.withdraw({kInTables}), 1U);
  EXPECT_FALSE(book_.knows(number_));
  EXPECT_FALSE(book_.knows(kInTables));
}

TEST_F(AnswerBookTest, all_that_no_table_has_is_looked_at_to_set_it_aside) {
  AnswerBook book(*tables_, 0, {.capacity = 10});
  for (int number = 0; number < 25; ++number) {
    book.remember(numbered(number));
  }
  book.set_unstored_aside(
      10, [](const Answer& answer) { return answer.question.name.text() != "n7.example"; });
  EXPECT_EQ(book.unstored_count(), 1U);
}

TEST_F(AnswerBookTest, gives_no_number_beyond_the_last_one) {
  AnswerBook book(*tables_, kAnswerIdMax - 1, {.capacity = 10});
  EXPECT_EQ(book.remember(numbered(1)), kAnswerIdMax);
  EXPECT_EQ(book.remember(numbered(2)), 0U);
  EXPECT_EQ(book.remember(numbered(1)), kAnswerIdMax) << "it is known";
  EXPECT_EQ(book.last_id(), kAnswerIdMax) << "records that name it are taken";
  EXPECT_EQ(book.unstored_count(), 1U);
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

TEST_F(AnswerBookTest, of_what_is_forgotten_so_much_stays_and_who_has_the_rest_asks_anew) {
  AnswerBook book(*tables_, 0, {.capacity = 10, .aside_max = 3});
  std::unordered_set<AnswerId> leaving;
  for (int number = 0; number < 5; ++number) {
    const AnswerId id = book.remember(numbered(number));
    book.note_stored(*book.find(id), id);
    leaving.insert(id);
  }
  EXPECT_TRUE(book.begin_forgetting(leaving).ok());
  book.end_forgetting(leaving);
  const auto can_be_told = [&](AnswerId id) { return book.find(id).ok(); };
  EXPECT_EQ(std::ranges::count_if(leaving, can_be_told), 3);
  for (const AnswerId id : leaving) {
    EXPECT_EQ(book.knows(id), can_be_told(id));
  }
}

TEST_F(AnswerBookTest, what_is_forgotten_goes_under_each_of_its_numbers) {
  AnswerBook book(*tables_, 0, {.capacity = 10, .aside_max = 0});
  const AnswerId second = book.remember(numbered(1));
  constexpr AnswerId kInTables = 1000;
  book.note_stored(*book.find(second), kInTables);
  EXPECT_TRUE(book.begin_forgetting({kInTables}).ok());
  book.end_forgetting({kInTables});
  EXPECT_FALSE(book.knows(second));
}

// Each takes a bit, and whoever asks for many names makes as many as he likes.
TEST_F(AnswerBookTest,
       of_very_many_numbers_the_first_are_known_no_more_until_they_are_given_again) {
  AnswerBook book(*tables_, 0, {.capacity = 10, .given_pages_max = 1});
  const AnswerId first = book.remember(numbered(0));
  AnswerId last = first;
  for (int number = 1; book.knows(first) && number < 200'000; ++number) {
    last = book.remember(numbered(number));
  }
  EXPECT_LT(last, AnswerId{200'000});
  EXPECT_FALSE(book.knows(first));
  EXPECT_TRUE(book.knows(last));
  EXPECT_TRUE(book.knows(last - 30'000)) << "one of the last spans";
  EXPECT_TRUE(book.knows(book.remember(numbered(0))));
}

// Of two answers the one always pushes the other out of the book, so each gets a new number again
// and again.
class SecondNumbersTest : public AnswerBookTest {
 protected:
  static constexpr AnswerId kStored = 1'000'000;  // of the first answer, and the next of the other
  static constexpr size_t kMax = 100;

  AnswerId tell_again(int answer) {
    const AnswerId id = book_.remember(numbered(answer));
    const KnownAnswerPtr known = *book_.find(id);
    book_.note_stored(known, kStored + static_cast<AnswerId>(answer));
    return id;
  }

  void bound() {
    book_.bound_second_numbers(++parts_begun_, [&] { return in_tail_; });
  }

  AnswerBook book_{
      *tables_, 0, {.capacity = 1, .packed_octets = 1 << 20, .second_numbers_max = kMax}};
  uint64_t parts_begun_ = 0;
  std::vector<AnswerId> in_tail_;
};

TEST_F(SecondNumbersTest, are_bounded_however_often_an_answer_falls_out_of_the_book) {
  const AnswerId first = tell_again(0);
  AnswerId last = first;
  for (int round = 1; round < 10'000; ++round) {
    last = tell_again(round % 2);
    bound();
    ASSERT_LE(book_.second_number_count(), kMax);
  }
  EXPECT_GT(last, 9000U) << "or nothing was tested";
  EXPECT_EQ(book_.true_id(last), kStored + 1);
  EXPECT_EQ(book_.find(first).error().code, ErrorCode::kNotFound) << "a turn that names it is lost";
}

TEST_F(SecondNumbersTest, that_the_tail_names_or_that_are_used_stay) {
  const AnswerId named = tell_again(0);
  const AnswerId used = tell_again(1);
  in_tail_ = {named};
  for (int round = 0; round < 1000; ++round) {
    tell_again(round % 2);
    EXPECT_TRUE(book_.find(used).ok());
    bound();
  }
  EXPECT_EQ(book_.true_id(named), kStored);
  EXPECT_EQ(book_.true_id(used), kStored + 1);
}

// A turn is looked up, and hangs on its way into the tail while other parts are folded.
TEST_F(SecondNumbersTest, stay_until_another_part_of_the_tail_begins) {
  const AnswerId hanging = tell_again(0);
  for (int round = 1; round < 1000; ++round) {
    tell_again(round % 2);
    book_.bound_second_numbers(1, [&] { return in_tail_; });
  }
  EXPECT_EQ(book_.true_id(hanging), kStored);
}

}  // namespace
}  // namespace etymon::store
