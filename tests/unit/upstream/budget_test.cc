#include "resolver/upstream/budget.h"

#include <gtest/gtest.h>

namespace etymon::upstream {
namespace {

// How many messages leave until it is spent.
unsigned spend(Budget& budget) {
  unsigned spent = 0;
  for (; !budget.spent(); ++spent) {
    budget.take();
  }
  return spent;
}

TEST(Budget, is_one_message_and_the_retries_of_each_upstream) {
  Budget lone(2, 1);
  Budget three(1, 3);
  EXPECT_EQ(spend(lone), 3U);
  EXPECT_EQ(spend(three), 4U);
}

TEST(Budget, each_way_has_one_message_more_once_it_is_spent) {
  Budget budget(1, 1);
  budget.allow_way(Path::kStream, Edns::kYes);
  EXPECT_EQ(spend(budget), 2U) << "there were messages left";
  for (const Path path : {Path::kUdp, Path::kStream}) {
    for (const Edns edns : {Edns::kYes, Edns::kNo}) {
      budget.allow_way(path, edns);
      EXPECT_EQ(spend(budget), 1U);
      budget.allow_way(path, edns);
      EXPECT_TRUE(budget.spent());
    }
  }
}

TEST(Budget, messages_that_were_left_behind_are_given_back_so_many_times) {
  Budget budget(1, 1);
  unsigned sent = spend(budget);
  while (budget.may_move()) {
    budget.move();
    sent += spend(budget);
  }
  EXPECT_EQ(sent, 2U + Budget::kMovesMax);
}

}  // namespace
}  // namespace etymon::upstream
