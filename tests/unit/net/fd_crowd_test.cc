// Descriptors that share one part of the loop's time, through FdWatch::open_in_crowd().
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "resolver/net/fd_watch.h"
#include "resolver/net/socket.h"
#include "tests/support/fakes.h"
#include "tests/support/loop_harness.h"

namespace etymon::net {
namespace {

// A descriptor that can always be read and written.
class Member {
 public:
  using OnCall = std::function<void(Member&, Interest)>;

  Member(EventLoop& loop, OnCall on_call)
      : watch_(FdWatch::open_in_crowd(
                   loop, fd_.get(),
                   [this, call = std::move(on_call)](Interest ready) { call(*this, ready); })
                   .value()) {
    watch_.want(Interest::kRead);
  }
  void want(Interest interest) { watch_.want(interest); }

 private:
  FileDescriptor fd_{eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)};
  FdWatch watch_;
};

class FdCrowdTest : public ::testing::Test {
 protected:
  void add_members(size_t count, const Member::OnCall& on_call) {
    for (size_t i = 0; i < count; ++i) {
      members_.push_back(std::make_unique<Member>(harness_.loop(), on_call));
    }
  }

  // Counts what is called between two looks at everything else; each takes a moment.
  void look_at_others() {
    others_.emplace(FdWatch::open(harness_.loop(), other_.get(), [this](Interest) {
                      most_ = std::max(most_, std::exchange(calls_, 0));
                      clock_.advance(Microseconds(10));
                    }).value());
    others_->want(Interest::kRead);
  }

  testing::ManualClock clock_;
  testing::LoopHarness harness_{&clock_};
  std::vector<std::unique_ptr<Member>> members_;
  FileDescriptor other_{eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)};
  size_t calls_ = 0;
  size_t most_ = 0;
  std::optional<FdWatch> others_;
};

TEST_F(FdCrowdTest, only_a_share_is_called_between_two_looks_and_each_has_its_turn) {
  look_at_others();
  std::map<const Member*, int> called;
  add_members(100, [&](Member& self, Interest) {
    ++calls_;
    ++called[&self];
  });
  ASSERT_TRUE(harness_.run_until([&] { return called.size() == members_.size(); }));
  EXPECT_EQ(most_, 16U);
}

TEST_F(FdCrowdTest, its_time_ends_its_share_and_who_was_not_called_is_called_next) {
  look_at_others();
  std::map<const Member*, int> called;
  add_members(64, [&](Member& self, Interest) {  // Were they forgotten, some never had a turn.
    ++calls_;
    ++called[&self];
    clock_.advance(Microseconds(70));
  });
  ASSERT_TRUE(harness_.run_until([&] { return called.size() == members_.size(); }));
  EXPECT_EQ(most_, 3U);
}

TEST_F(FdCrowdTest, a_member_is_called_for_what_it_wants_only) {
  std::vector<Interest> told;
  add_members(2, [&](Member&, Interest ready) {
    told.push_back(ready);
    for (const auto& member : members_) {
      member->want(told.size() == 1 ? Interest::kWrite : Interest::kNone);
    }
  });
  ASSERT_TRUE(harness_.run_until([&] { return told.size() == 2; }));
  harness_.run_for(Milliseconds(2));
  EXPECT_EQ(told, (std::vector<Interest>{Interest::kRead, Interest::kWrite}));
}

TEST_F(FdCrowdTest, a_member_that_another_one_or_itself_destroyed_is_not_called) {
  int called = 0;
  auto witness = std::make_shared<int>(7);
  int seen = 0;
  add_members(10, [&, witness](Member&, Interest) {
    ++called;
    members_.clear();
    seen = *witness;  // What the callback holds outlives the member until the callback is over.
  });
  ASSERT_TRUE(harness_.run_until([&] { return called > 0; }));
  harness_.run_for(Milliseconds(2));
  EXPECT_EQ(called, 1);
  EXPECT_EQ(seen, 7);
  EXPECT_EQ(witness.use_count(), 1) << "freed";
}

}  // namespace
}  // namespace etymon::net
