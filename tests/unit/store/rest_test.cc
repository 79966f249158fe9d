// When the tables are brought to rest: in quiet moments, and when enough has gathered.
#include "store/folding/rest.h"

#include <gmock/gmock.h>

#include <map>
#include <vector>

#include "tests/support/fakes.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kEnough = 2 * Rest::kShare;

class RestTest : public ::testing::Test {
 protected:
  std::vector<Table> brought_by_a_step() {
    brought_.clear();
    rest_.step();
    return brought_;
  }

  testing::ManualClock clock_;
  std::map<Table, double> shares_;
  std::vector<Table> brought_;
  Rest rest_{{.clock = clock_,
              .restless_share = [this](Table table) { return shares_[table]; },
              .bring_to_rest = [this](Table table) { brought_.push_back(table); }}};
};

TEST_F(RestTest, comes_when_nothing_was_folded_for_a_minute) {
  shares_[Table::kByAddress] = kEnough;
  rest_.note_fold();
  clock_.advance(Rest::kQuietFor - Microseconds(1));
  EXPECT_THAT(brought_by_a_step(), IsEmpty());
  clock_.advance(Microseconds(1));
  EXPECT_THAT(brought_by_a_step(), ElementsAre(Table::kByAddress));
}

TEST_F(RestTest, does_not_come_while_folds_follow_each_other) {
  shares_[Table::kByAddress] = kEnough;
  for (int fold = 0; fold < 10; ++fold) {
    clock_.advance(Rest::kQuietFor / 2);
    rest_.note_fold();
    EXPECT_THAT(brought_by_a_step(), IsEmpty());
  }
}

TEST_F(RestTest, does_not_come_to_a_start_at_once) {
  shares_[Table::kByAddress] = kEnough;
  EXPECT_THAT(brought_by_a_step(), IsEmpty());
}

TEST_F(RestTest, is_for_tables_of_which_enough_is_restless) {
  shares_ = {{Table::kDeliveries, kEnough}, {Table::kByName, Rest::kShare}, {Table::kByClient, 1}};
  clock_.advance(Rest::kQuietFor);
  EXPECT_THAT(brought_by_a_step(), ElementsAre(Table::kDeliveries, Table::kByClient));
}

TEST_F(RestTest, is_asked_for_until_it_has_come) {
  shares_[Table::kByAddress] = kEnough;
  clock_.advance(Rest::kQuietFor);
  EXPECT_THAT(brought_by_a_step(), ElementsAre(Table::kByAddress));
  EXPECT_THAT(brought_by_a_step(), IsEmpty());
  clock_.advance(Rest::kAgainFirst);
  EXPECT_THAT(brought_by_a_step(), ElementsAre(Table::kByAddress));
  shares_[Table::kByAddress] = 0;
  clock_.advance(Rest::kAgainMax);
  EXPECT_THAT(brought_by_a_step(), IsEmpty());
}

TEST_F(RestTest, that_does_not_come_is_asked_for_less_and_less_often) {
  shares_[Table::kByAddress] = kEnough;
  clock_.advance(Rest::kQuietFor);
  size_t asked = 0;
  for (Seconds passed{0}; passed < Rest::kAgainMax; passed += Seconds(1)) {
    asked += brought_by_a_step().size();
    clock_.advance(Seconds(1));
  }
  EXPECT_EQ(asked, 12U) << "after 0, 1, 3, 7 ... 2047 seconds";
  clock_.advance(Rest::kAgainMax);
  EXPECT_THAT(brought_by_a_step(), ElementsAre(Table::kByAddress)) << "but it is";
}

TEST_F(RestTest, once_it_has_come_is_looked_after_when_more_was_folded) {
  clock_.advance(Rest::kQuietFor);
  EXPECT_THAT(brought_by_a_step(), IsEmpty());
  shares_[Table::kByAddress] = kEnough;
  clock_.advance(Rest::kAgainMax);
  EXPECT_THAT(brought_by_a_step(), IsEmpty());
  rest_.note_fold();
  clock_.advance(Rest::kQuietFor);
  EXPECT_THAT(brought_by_a_step(), ElementsAre(Table::kByAddress));
}

}  // namespace
}  // namespace etymon::store
