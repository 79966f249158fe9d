// One look for several questions: the past as it is at one moment.
#include "store/reading/look.h"

#include <gmock/gmock.h>

#include "tests/unit/store/store_fixture.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LookTest : public StoreTest {
 protected:
  std::vector<std::string> names_of(Look& look, const std::string& address) const {
    return names(look.evidence(about(address, clock_.wall())));
  }
};

TEST_F(LookTest, answers_as_many_questions_as_there_are) {
  deliver_now(answer_of("a.example", {"192.0.2.1"}), "10.0.0.1");
  ASSERT_TRUE(store_->fold().ok());
  deliver_now(answer_of("b.example", {"192.0.2.2"}), "10.0.0.1");
  Look look = store_->look();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(names_of(look, "192.0.2.1"), ElementsAre("a.example"));
    EXPECT_THAT(names_of(look, "192.0.2.2"), ElementsAre("b.example"));
    EXPECT_THAT(names_of(look, "192.0.2.3"), IsEmpty());
  }
}

TEST_F(LookTest, what_is_folded_meanwhile_is_told_once) {
  deliver_now(answer_of("a.example", {"192.0.2.1"}), "10.0.0.1");
  Look look = store_->look();
  for (int i = 0; i < 3; ++i) {
    const auto found = look.evidence(about("192.0.2.1", clock_.wall()));
    ASSERT_EQ(found.value().size(), 1U);
    EXPECT_EQ(found.value().front().deliveries, 1U);
    ASSERT_TRUE(store_->fold().ok());
  }
}

TEST_F(LookTest, the_next_one_sees_what_came_meanwhile) {
  Look before = store_->look();
  EXPECT_THAT(names_of(before, "192.0.2.1"), IsEmpty());
  deliver_now(answer_of("a.example", {"192.0.2.1"}), "10.0.0.1");
  ASSERT_TRUE(store_->fold().ok());
  Look after = store_->look();
  EXPECT_THAT(names_of(after, "192.0.2.1"), ElementsAre("a.example"));
}

// Else what was told after the look, and is not seen, would have been told to nobody.
TEST_F(LookTest, does_not_cover_what_came_after_it) {
  Look look = store_->look();
  EXPECT_THAT(names_of(look, "192.0.2.1"), IsEmpty());
  const WallTime looked = clock_.wall();
  EXPECT_TRUE(look.coverage()->covers({looked, looked}));
  deliver_now(answer_of("a.example", {"192.0.2.1"}), "10.0.0.1");
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_FALSE(look.coverage()->covers({clock_.wall(), clock_.wall()}));
}

}  // namespace
}  // namespace etymon::store
