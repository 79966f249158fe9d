// What failed is tried again soon, and then less and less often.
#include "store/model/retry_wait.h"

#include <gtest/gtest.h>

namespace etymon::store {
namespace {

TEST(RetryWait, doubles_with_each_failure_up_to_its_longest) {
  RetryWait wait(Milliseconds(100), Milliseconds(500));
  EXPECT_EQ(wait.get(), Milliseconds(0));
  for (const int expected : {100, 200, 400, 500, 500}) {
    wait.lengthen();
    EXPECT_EQ(wait.get(), Milliseconds(expected));
  }
}

TEST(RetryWait, begins_anew_after_what_went_well) {
  RetryWait wait(Milliseconds(100), Milliseconds(500));
  wait.lengthen();
  wait.lengthen();
  wait.end();
  EXPECT_EQ(wait.get(), Milliseconds(0));
  wait.lengthen();
  EXPECT_EQ(wait.get(), Milliseconds(100));
}

}  // namespace
}  // namespace etymon::store
