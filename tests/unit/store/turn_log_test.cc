// The turns of an entry in the making: what a process that was killed has left, and no more.
#include "store/journal/turn_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/fakes.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TurnLogTest : public ::testing::Test {
 protected:
  bool are_damaged() const { return read_turns(path_, files(), 7)->are_damaged; }

  std::vector<std::string> turns_of(Sequence number) const {
    const auto logged = read_turns(path_, files(), number);
    EXPECT_TRUE(logged.ok());
    return logged->turns;
  }

  void change_octet(size_t at) const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const int octet = file.get();
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(octet ^ 1));
  }

  static rocksdb::FileSystem& files() { return *rocksdb::FileSystem::Default(); }

  testing::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/turns";
  TurnLog log_{path_, files()};
};

constexpr size_t kNumberOctets = 8;
constexpr size_t kFrameOctets = 12;  // before each turn

TEST_F(TurnLogTest, turns_come_back_in_their_order_while_the_log_is_open) {
  ASSERT_TRUE(log_.append(7, "first").ok());
  ASSERT_TRUE(log_.append(7, "").ok());
  ASSERT_TRUE(log_.append(7, std::string("\0third", 6)).ok());
  EXPECT_THAT(turns_of(7), ElementsAre("first", "", std::string("\0third", 6)));
}

TEST_F(TurnLogTest, another_entry_begins_the_file_anew) {
  ASSERT_TRUE(log_.append(7, "of the entry before, and longer").ok());
  ASSERT_TRUE(log_.append(8, "new").ok());
  EXPECT_THAT(turns_of(7), IsEmpty());
  EXPECT_THAT(turns_of(8), ElementsAre("new"));
}

TEST_F(TurnLogTest, what_was_cleared_is_in_no_file) {
  ASSERT_TRUE(log_.append(7, "secret").ok());
  ASSERT_TRUE(log_.clear().ok());
  EXPECT_EQ(std::filesystem::file_size(path_), 0U);
  ASSERT_TRUE(log_.append(7, "same entry again").ok());
  EXPECT_THAT(turns_of(7), ElementsAre("same entry again"));
}

TEST_F(TurnLogTest, where_there_is_no_file_there_are_no_turns) {
  EXPECT_THAT(turns_of(0), IsEmpty());
  ASSERT_TRUE(log_.clear().ok());
  EXPECT_THAT(turns_of(0), IsEmpty());
}

// However far the write of the last turn came when the process was killed or the power was lost.
TEST_F(TurnLogTest, a_torn_end_takes_the_last_turn_alone) {
  ASSERT_TRUE(log_.append(7, "whole").ok());
  const size_t whole = std::filesystem::file_size(path_);
  ASSERT_TRUE(log_.append(7, "torn").ok());
  for (size_t size = std::filesystem::file_size(path_) - 1; size >= whole; --size) {
    std::filesystem::resize_file(path_, size);
    EXPECT_THAT(turns_of(7), ElementsAre("whole")) << size;
    std::filesystem::resize_file(path_, size + 4);  // the size without the octets
    EXPECT_THAT(turns_of(7), ElementsAre("whole")) << size;
    EXPECT_FALSE(are_damaged()) << size;
  }
}

TEST_F(TurnLogTest, where_the_number_is_not_known_the_file_tells_it) {
  ASSERT_TRUE(log_.append(7, "first").ok());
  EXPECT_EQ(read_turns(path_, files(), std::nullopt)->number, 7U);
}

TEST_F(TurnLogTest, no_changed_octet_makes_another_turn) {
  ASSERT_TRUE(log_.append(7, "first").ok());
  ASSERT_TRUE(log_.append(7, "second").ok());
  const size_t second = kNumberOctets + kFrameOctets + std::string("first").size();
  for (size_t at = 0; at < std::filesystem::file_size(path_); ++at) {
    change_octet(at);
    EXPECT_EQ(are_damaged(), at >= kNumberOctets && at < second) << at;
    if (at < kNumberOctets) {
      EXPECT_THAT(turns_of(7), ElementsAre("first", "second")) << "each tells its number, too";
    } else if (at < second) {
      EXPECT_THAT(turns_of(7), IsEmpty()) << at;
    } else {
      EXPECT_THAT(turns_of(7), ElementsAre("first")) << at;
    }
    change_octet(at);
  }
  EXPECT_THAT(turns_of(7), ElementsAre("first", "second"));
}

}  // namespace
}  // namespace etymon::store
