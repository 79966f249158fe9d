#include "resolver/base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace etymon {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) {
    return Error{ErrorCode::kInvalidArgument, "odd"};
  }
  return number / 2;
}

TEST(Result, holds_a_value_or_an_error) {
  EXPECT_TRUE(half(4).ok());
  EXPECT_EQ(*half(4), 2);
  EXPECT_FALSE(half(3));
  EXPECT_EQ(half(3).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(half(3).error().message, "odd");
}

TEST(Result, gives_away_a_value_that_can_only_move) {
  Result<std::unique_ptr<int>> owner(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(owner);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, of_an_error_type_keeps_value_and_error_apart) {
  const Result<std::string> text(std::string("fine"));
  EXPECT_TRUE(text.ok());
  EXPECT_EQ(text->size(), 4U);
}

TEST(Status, is_success_unless_it_was_made_from_an_error) {
  EXPECT_TRUE(Status().ok());
  const Status failed = Error{ErrorCode::kIo, "disk"};
  EXPECT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "disk");
}

}  // namespace
}  // namespace etymon
