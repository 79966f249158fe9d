// The questions of one request, all answered from one look at the store.
#include <gmock/gmock.h>

#include "api/service/lookups.h"
#include "store/store.h"
#include "tests/support/fakes.h"

namespace etymon::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LookupRoundTest : public ::testing::Test {
 protected:
  void tell(const std::string& name) {
    Answer told;
    told.question.name = DomainName::from_text(name).value();
    told.chain = {told.question.name};
    told.addresses = {{IpAddress::from_text("203.0.113.5").value(), Via::kA}};
    clock_.advance(Milliseconds(1));
    const Delivery delivery{clock_.wall(), IpAddress::from_text("192.168.1.7").value(),
                            store_->remember(told), 60};
    ASSERT_EQ(store_->record({&delivery, 1}), Recorded::kYes);
    ASSERT_TRUE(store_->fold().ok());
  }

  static std::vector<std::string> names(LookupRound& round) {
    v1::LookupRequest question;
    question.set_address("203.0.113.5");
    question.set_client("192.168.1.7");
    v1::LookupResponse answer;
    EXPECT_FALSE(round.answer(question, {}, answer));
    std::vector<std::string> names;
    for (const v1::Candidate& candidate : answer.candidates()) {
      names.push_back(candidate.name());
    }
    return names;
  }

  LookupRound round() const { return Lookups(*store_, clock_).round(); }

  const testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  std::unique_ptr<store::Store> store_ = std::move(*store::Store::open(
      {.path = folder_.path() + "/store", .record_wait = Milliseconds(1000)}, clock_));
};

TEST_F(LookupRoundTest, sees_the_past_as_it_was_when_it_began) {
  tell("a.example");
  LookupRound round = this->round();
  EXPECT_THAT(names(round), ElementsAre("a.example"));
  tell("b.example");
  EXPECT_THAT(names(round), ElementsAre("a.example"));
  LookupRound next = this->round();
  EXPECT_THAT(names(next), ElementsAre("b.example", "a.example"));
}

// It keeps files that are to go, and what was forgotten.
TEST_F(LookupRoundTest, that_takes_long_looks_again) {
  LookupRound round = this->round();
  EXPECT_THAT(names(round), IsEmpty());
  tell("a.example");
  clock_.advance(Milliseconds(100));
  EXPECT_THAT(names(round), ElementsAre("a.example"));
}

}  // namespace
}  // namespace etymon::service
