// Whose turn it is to read: that of another caller, as long as another waits.
#include "api/service/turns.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

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

TEST_F(TurnsTest, are_those_of_answers_before_those_of_streams_of_one_caller) {
  add("siem", Kind::kStream, "stream 1");
  add("siem", Kind::kStream, "stream 2");
  add("siem", Kind::kAnswer, "answer");
  take(3);
  EXPECT_THAT(done_, ElementsAre("answer", "stream 1", "stream 2"));
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
