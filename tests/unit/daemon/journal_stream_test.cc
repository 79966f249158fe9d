// When lines get priorities.
#include "api/daemon/journal_stream.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <string>

namespace etymon::daemon {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File some_file() {
  return {std::tmpfile(), std::fclose};
}

std::string stream_of(const File& file) {
  struct stat found {};
  EXPECT_EQ(fstat(fileno(file.get()), &found), 0);
  return std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino);
}

TEST(JournalStream, is_the_one_that_the_service_manager_named_and_no_other) {
  const File file = some_file();
  const File other = some_file();
  const int descriptor = fileno(file.get());
  EXPECT_TRUE(is_journal(descriptor, stream_of(file)));
  EXPECT_FALSE(is_journal(descriptor, stream_of(other))) << "inherited";
  EXPECT_FALSE(is_journal(descriptor, ""));
  EXPECT_FALSE(is_journal(-1, stream_of(file)));
}

}  // namespace
}  // namespace etymon::daemon
