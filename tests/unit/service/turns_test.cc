// Whose turn it is to read: that of another caller, as long as another waits.
#include "api/service/turns.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "api/service/stint.h"

namespace etymon::service {
namespace {

using ::testing::ElementsAre;
using Kind = Turns::Kind;

class TurnsTest : public ::testing::Test {
 protected:
  void add(const std::string& caller, Kind kind, const std::string& what) {
    turns_.add(caller, kind, [this, what] { done_.push_back(what); });
  }
  void take(int count) {
    for (int i = 0; i < count; ++i) {
      turns_.take()();
    }
  }

  Turns turns_;
  std::vector<std::string> done_;
};

TEST_F(TurnsTest, are_in_the_order_in_which_one_caller_came) {
  add("siem", Kind::kStream, "first");
  add("siem", Kind::kStream, "second");
  take(2);
  EXPECT_THAT(done_, ElementsAre("first", "second"));
}

TEST_F(TurnsTest, are_the_callers_one_after_the_other_however_much_one_of_them_wants) {
  add("siem", Kind::kAnswer, "siem 1");
  add("siem", Kind::kAnswer, "siem 2");
  add("siem", Kind::kAnswer, "siem 3");
  add("desk", Kind::kStream, "desk 1");
  add("tap", Kind::kAnswer, "tap 1");
  add("desk", Kind::kStream, "desk 2");
  take(6);
  EXPECT_THAT(done_, ElementsAre("siem 1", "desk 1", "tap 1", "siem 2", "desk 2", "siem 3"));
}

TEST_F(TurnsTest, of_one_caller_are_an_answers_and_a_streams_one_after_the_other) {
  add("siem", Kind::kStream, "stream 1");
  add("siem", Kind::kStream, "stream 2");
  for (const char* answer : {"answer 1", "answer 2", "answer 3"}) {
    add("siem", Kind::kAnswer, answer);
  }
  take(5);
  EXPECT_THAT(done_, ElementsAre("answer 1", "stream 1", "answer 2", "stream 2", "answer 3"));
}

TEST(Stint, is_longer_only_for_the_page_that_took_longer) {
  Stint stint(Milliseconds(1000), Milliseconds(30'000));
  const Error late{ErrorCode::kUnavailable, "stopped"};
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(stint.lengthen_after(late));
  }
  EXPECT_EQ(stint.time(), Milliseconds(16'000));
  for (int i = 0; i < 5; ++i) {
    stint.shorten();
  }
  EXPECT_EQ(stint.time(), Milliseconds(1000));
}

TEST_F(TurnsTest, of_who_comes_again_are_behind_those_who_wait) {
  add("siem", Kind::kStream, "siem 1");
  add("desk", Kind::kStream, "desk");
  take(1);
  add("siem", Kind::kStream, "siem 2");
  take(2);
  EXPECT_THAT(done_, ElementsAre("siem 1", "desk", "siem 2"));
}

}  // namespace
}  // namespace etymon::service
