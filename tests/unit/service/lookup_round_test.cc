// The questions of one request, all answered from one look at the store.
#include <gmock/gmock.h>

#include "api/service/lookups.h"
#include "store/store.h"
#include "tests/support/fakes.h"

namespace etymon::service {
namespace {

using ::testing::ElementsAre;

class LookupRoundTest : public ::testing::Test {
 protected:
  void tell(const std::string& name, const std::vector<std::string>& cnames = {}) {
    tell_in_memory(name, cnames);
    ASSERT_TRUE(store_->fold().ok());
  }
  void tell_in_memory(const std::string& name, const std::vector<std::string>& cnames = {}) {
    Answer told;
    told.question.name = DomainName::from_text(name).value();
    told.chain = {told.question.name};
    for (const std::string& cname : cnames) {
      told.chain.push_back(DomainName::from_text(cname).value());
    }
    for (const char* address : {"203.0.113.4", "203.0.113.5"}) {
      told.addresses.push_back({IpAddress::from_text(address).value(), Via::kA});
    }
    clock_.advance(Milliseconds(1));
    const Delivery delivery{clock_.wall(), IpAddress::from_text(host_).value(),
                            store_->remember(told), 60};
    ASSERT_EQ(store_->record({&delivery, 1}), Recorded::kYes);
  }

  attribution::LookupAnswer answer(LookupRound& round) const {
    v1::LookupRequest question;
    question.set_address("203.0.113.5");
    question.set_client(host_);
    return std::get<attribution::LookupAnswer>(round.answer(question, {}));
  }
  std::vector<std::string> names(LookupRound& round) const {
    std::vector<std::string> names;
    const attribution::LookupAnswer found = answer(round);
    for (const attribution::Candidate& candidate : found.candidates) {
      names.push_back(candidate.name().text());
    }
    return names;
  }

  LookupRound round() const { return Lookups(*store_, clock_).round(); }

  const testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  std::string host_ = "192.168.1.7";  // that is told, and asked about
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

// By the time that it takes, whoever may only know whether others were told would hear how many.
TEST_F(LookupRoundTest, reads_one_of_many_others_for_who_may_only_know_whether_there_are_any) {
  constexpr int kHosts = 1000;
  for (int host = 0; host < kHosts; ++host) {
    host_ = "10.0." + std::to_string(host / 200) + "." + std::to_string(host % 200);
    tell_in_memory("www.example");
  }
  ASSERT_TRUE(store_->fold().ok());
  v1::LookupRequest question;
  question.set_address("203.0.113.5");
  question.set_client("192.168.1.7");
  const auto times_asked_to_stop = [&](LookupBounds::Others others) {
    int times = 0;
    const auto found = round().answer(
        question, {.others = others, .should_stop = [&times] { return ++times < 0; }});
    EXPECT_EQ(std::get<attribution::LookupAnswer>(found).verdict,
              attribution::Verdict::kOtherClient);
    return times;
  };
  EXPECT_EQ(times_asked_to_stop(LookupBounds::Others::kWhether), 0);
  EXPECT_GT(times_asked_to_stop(LookupBounds::Others::kTold), 0);
}

class SteppedRoundTest : public LookupRoundTest, public ::testing::WithParamInterface<Seconds> {};

// The coverage that it reads behind its rows knows of the step, and it was asked before.
TEST_P(SteppedRoundTest, sees_nothing_of_what_is_told_while_it_reads_and_the_clock_steps) {
  constexpr int kHosts = 300;  // more than are read in one go
  for (int host = 0; host < kHosts; ++host) {
    host_ = "10.0." + std::to_string(host / 200) + "." + std::to_string(host % 200);
    tell_in_memory("early.example");
    if (host < 2) {  // It is not the first step of this clock.
      clock_.set_wall(clock_.wall() + Seconds(60));
    }
  }
  bool is_told = false;
  const auto tell_late = [&] {
    if (!std::exchange(is_told, true)) {
      tell_in_memory("late.example");
      clock_.set_wall(clock_.wall() + GetParam());
    }
    return false;
  };
  v1::LookupRequest question;
  question.set_address("203.0.113.0/24");
  LookupRound round = this->round();
  const auto found =
      std::get<attribution::LookupAnswer>(round.answer(question, {.should_stop = tell_late}));
  EXPECT_TRUE(is_told);
  EXPECT_EQ(found.candidates.size(), size_t{kHosts});
  for (const attribution::Candidate& candidate : found.candidates) {
    EXPECT_EQ(candidate.name().text(), "early.example");
  }
}

INSTANTIATE_TEST_SUITE_P(ByAnHour, SteppedRoundTest,
                         ::testing::Values(std::chrono::hours(1), -std::chrono::hours(1)));

// What a host was first told of a name lies days back, in a row that no other lookup reads.
TEST_F(LookupRoundTest, knows_that_a_step_of_a_chain_was_asked_for_by_itself_long_ago) {
  constexpr int kDays = 6;
  const auto a_day_of_steps = [this] {
    clock_.advance(std::chrono::days(1));
    tell("www.example", {"edge.example.net"});
    tell("www.example", {"edge.example.net"});
    tell("edge.example.net");
  };
  for (int day = 0; day < kDays; ++day) {
    a_day_of_steps();
  }
  LookupRound only_steps = this->round();
  EXPECT_FALSE(answer(only_steps).ambiguous);

  host_ = "192.168.1.8";
  tell("edge.example.net");
  for (int day = 0; day < kDays; ++day) {
    a_day_of_steps();
  }
  LookupRound asked_before = this->round();
  EXPECT_TRUE(answer(asked_before).ambiguous);
}

}  // namespace
}  // namespace etymon::service
