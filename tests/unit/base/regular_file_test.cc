#include "resolver/base/regular_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/fakes.h"

namespace etymon {
namespace {

class RegularFile : public ::testing::Test {
 protected:
  std::string path() const { return folder_.path() + "/file"; }
  void write(const std::string& text) const { std::ofstream(path()) << text; }
  ErrorCode failure() const { return read_regular_file(path(), 100).error().code; }

  testing::TemporaryFolder folder_;
};

TEST_F(RegularFile, is_read_as_far_as_wanted) {
  write("text");
  EXPECT_EQ(read_regular_file(path(), 100).value(), "text");
  EXPECT_EQ(read_regular_file(path(), 4).value(), "text");
  EXPECT_EQ(read_regular_file(path(), 3).value(), "tex");
}

TEST_F(RegularFile, that_is_not_there_is_told_from_one_that_cannot_be_read) {
  EXPECT_EQ(failure(), ErrorCode::kNotFound);
  mkdir(path().c_str(), 0700);
  EXPECT_EQ(failure(), ErrorCode::kIo);
}

TEST_F(RegularFile, with_a_pipe_in_its_place_is_not_waited_for) {
  mkfifo(path().c_str(), 0600);
  EXPECT_EQ(failure(), ErrorCode::kIo);
}

TEST_F(RegularFile, has_another_stamp_when_it_has_changed) {
  EXPECT_EQ(stamp_of(path()), "");
  write("text");
  const std::string before = stamp_of(path());
  EXPECT_NE(before, "");
  EXPECT_EQ(stamp_of(path()), before);
  write("longer text");
  EXPECT_NE(stamp_of(path()), before);
}

}  // namespace
}  // namespace etymon
