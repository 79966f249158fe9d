// What is known of devices outlives the process, and a damaged file is told in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "store/store.h"
#include "tests/support/fakes.h"

namespace etymon::store {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class HostsOfAStore : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Store>> open() {
    Options options;
    options.path = folder_.path() + "/store";
    return Store::open(options, clock_);
  }
  void see(Store& store, const char* address) {
    const HostSighting sighting{.device = "mac:02:00:00:00:00:07",
                                .address = IpAddress::from_text(address).value(),
                                .seen = {clock_.wall(), clock_.wall()}};
    store.learn({&sighting, 1});
  }
  std::string file() const { return folder_.path() + "/store/hosts"; }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
};

TEST_F(HostsOfAStore, outlive_the_process) {
  {
    auto store = open();
    ASSERT_TRUE(store.ok());
    see(**store, "192.168.1.7");
    see(**store, "fd00::7");
  }
  const auto store = open();
  ASSERT_TRUE(store.ok()) << store.error().message;
  const HostIdentity host =
      (*store)->identity(IpAddress::from_text("fd00::7").value(), {clock_.wall(), clock_.wall()});
  EXPECT_EQ(host.device, "mac:02:00:00:00:00:07");
  EXPECT_THAT(host.elsewhere, SizeIs(1));
}

TEST_F(HostsOfAStore, are_written_at_most_once_a_minute) {
  auto store = open();
  see(**store, "192.168.1.7");
  ASSERT_TRUE((*store)->save_hosts().ok());
  const auto size = std::filesystem::file_size(file());
  see(**store, "fd00::7");
  ASSERT_TRUE((*store)->save_hosts().ok());
  EXPECT_EQ(std::filesystem::file_size(file()), size);
  clock_.advance(Seconds(61));
  ASSERT_TRUE((*store)->save_hosts().ok());
  EXPECT_GT(std::filesystem::file_size(file()), size);
}

TEST_F(HostsOfAStore, are_in_a_backup) {
  auto store = open();
  see(**store, "192.168.1.7");
  ASSERT_TRUE((*store)->backup(folder_.path() + "/backup").ok());
  EXPECT_TRUE(std::filesystem::exists(folder_.path() + "/backup/hosts"));
}

TEST_F(HostsOfAStore, that_are_damaged_are_told_with_what_to_do) {
  ASSERT_TRUE(open().ok());
  std::ofstream(file()) << "etymon hosts 1\nnonsense";
  const auto store = open();
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(store.error().message, HasSubstr("store/hosts: the file is damaged; remove it"));
}

TEST_F(HostsOfAStore, that_were_never_learned_leave_no_file) {
  ASSERT_TRUE(open().ok());
  EXPECT_FALSE(std::filesystem::exists(file()));
}

}  // namespace
}  // namespace etymon::store
