#include "resolver/net/fd_group.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <memory>
#include <vector>

#include "resolver/net/socket.h"
#include "tests/support/loop_harness.h"

namespace etymon::net {
namespace {

// A descriptor that can be read from the start.
class Member final : public FdGroup::Member {
 public:
  Member(FdGroup& group, std::function<void(Member&)> on_call)
      : group_(group), on_call_(std::move(on_call)) {
    EXPECT_TRUE(group.add(fd_.get(), *this));
  }
  ~Member() override { group_.remove(*this); }
  void on_readable() override {
    const auto call = on_call_;
    call(*this);
  }
  void make_unreadable() {
    eventfd_t value = 0;
    EXPECT_EQ(eventfd_read(fd_.get(), &value), 0);
  }

 private:
  FdGroup& group_;
  FileDescriptor fd_{eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::function<void(Member&)> on_call_;
};

TEST(FdGroup, calls_every_member_that_can_be_read_until_it_is_read) {
  testing::LoopHarness harness;
  FdGroup group(harness.loop());
  int calls = 0;
  std::vector<std::unique_ptr<Member>> members;
  for (int i = 0; i < 200; ++i) {
    members.push_back(std::make_unique<Member>(group, [&](Member& self) {
      self.make_unreadable();
      ++calls;
    }));
  }
  ASSERT_TRUE(harness.run_until([&] { return calls == 200; }));
  harness.run_for(Milliseconds(2));
  EXPECT_EQ(calls, 200);
}

TEST(FdGroup, a_member_that_another_one_destroyed_is_not_called) {
  testing::LoopHarness harness;
  FdGroup group(harness.loop());
  int calls = 0;
  std::vector<std::unique_ptr<Member>> members;
  for (int i = 0; i < 10; ++i) {
    members.push_back(std::make_unique<Member>(group, [&](Member&) {
      ++calls;
      members.clear();
    }));
  }
  ASSERT_TRUE(harness.run_until([&] { return calls > 0; }));
  harness.run_for(Milliseconds(2));
  EXPECT_EQ(calls, 1);
}

TEST(FdGroup, may_go_away_while_it_calls) {
  testing::LoopHarness harness;
  auto group = std::make_unique<FdGroup>(harness.loop());
  int calls = 0;
  std::vector<std::unique_ptr<Member>> members;
  for (int i = 0; i < 10; ++i) {
    members.push_back(std::make_unique<Member>(*group, [&](Member&) {
      ++calls;
      members.clear();
      group.reset();
    }));
  }
  ASSERT_TRUE(harness.run_until([&] { return calls > 0; }));
  harness.run_for(Milliseconds(2));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace etymon::net
