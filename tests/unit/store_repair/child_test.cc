// Child: what ends its process ends no other.
#include "store/upkeep/child.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "store/files/folder_view.h"
#include "tests/support/fakes.h"

namespace etymon::store {
namespace {

TEST(Child, what_its_work_gave_comes_back) {
  EXPECT_EQ(*in_a_child([](rocksdb::Env&) { return 7; }), 7);
}

TEST(Child, one_that_dies_gives_nothing) {
  const auto died = in_a_child([](rocksdb::Env&) -> int { std::_Exit(std::raise(SIGKILL)); });
  ASSERT_TRUE(died.ok());
  EXPECT_EQ(*died, std::nullopt);
}

TEST(FolderView, without_room_for_it_nothing_is_taken_for_missing) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder.path() + "/MANIFEST-000001") << "x";
  std::ofstream(folder.path() + "/file") << "x";
  EXPECT_FALSE(make_view(folder.path(), folder.path() + "/file/view").ok());
}

TEST(FolderView, a_folder_without_a_manifest_or_without_anything_has_none) {
  const testing::TemporaryFolder folder;
  EXPECT_FALSE(*make_view(folder.path() + "/none", folder.path() + "/view"));
  EXPECT_FALSE(*make_view(folder.path(), folder.path() + "/view"));
}

}  // namespace
}  // namespace etymon::store
