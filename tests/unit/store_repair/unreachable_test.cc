// What works on a closed store: a store that the disk does not let us reach is an error in words,
// and never the end of the program.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "store/files/format_file.h"
#include "store/upkeep/closed_store.h"
#include "store/upkeep/repair.h"
#include "store/upkeep/upgrade.h"
#include "tests/unit/store_upkeep/past.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr uid_t kNobody = 65'534;

// Closes a folder to this process, which gives up being root for as long.
class Closed {
 public:
  explicit Closed(std::string folder) : folder_(std::move(folder)) {
    chmod(folder_.c_str(), 0);
    if (was_root_) {
      EXPECT_EQ(seteuid(kNobody), 0);
    }
  }
  ~Closed() {
    if (was_root_) {
      EXPECT_EQ(seteuid(0), 0);
    }
    chmod(folder_.c_str(), S_IRWXU);
  }
  Closed(const Closed&) = delete;
  Closed& operator=(const Closed&) = delete;

 private:
  const std::string folder_;
  const bool was_root_ = geteuid() == 0;
};

class UnreachableTest : public PastTest {
 protected:
  UnreachableTest() { tell(*open()); }

  // All of them, for a store and a place that are not to be reached.
  void expect_errors(const std::string& store, const std::string& place, ErrorCode code) {
    const auto expect = [&](const std::string& which, const std::optional<Error>& error) {
      ASSERT_TRUE(error) << which;
      EXPECT_EQ(error->code, code) << which << ": " << error->message;
      EXPECT_EQ(error->message.find('\n'), std::string::npos) << error->message;
    };
    const auto error_of = [](const auto& outcome) {
      return outcome ? std::nullopt : std::optional(outcome.error());
    };
    expect("verify", error_of(verify_closed(store)));
    expect("repair", error_of(repair(store, clock_.wall())));
    expect("restore from it", error_of(restore(store, folder_.path() + "/restored")));
    expect("restore to it", error_of(restore(options_.path, place)));
  }

  const std::string around_ = folder_.path() + "/around";
};

TEST_F(UnreachableTest, a_folder_of_somebody_else_is_said_to_be_closed) {
  fs::create_directory(around_);
  fs::copy(options_.path, around_ + "/store", fs::copy_options::recursive);
  for (const auto& file : fs::recursive_directory_iterator(folder_.path())) {
    fs::permissions(file, fs::perms::all);  // All but what is closed can be reached by anybody.
  }
  fs::permissions(folder_.path(), fs::perms::all);
  const Closed closed(around_);
  expect_errors(around_ + "/store", around_ + "/place", ErrorCode::kPermissionDenied);
  EXPECT_THAT(verify_closed(around_ + "/store").error().message,
              HasSubstr("cannot look at " + around_ + "/store/FORMAT: Permission denied"));
}

TEST_F(UnreachableTest, a_format_that_may_not_be_read_is_no_damage) {
  for (const auto& file : fs::recursive_directory_iterator(folder_.path())) {
    fs::permissions(file, fs::perms::all);
  }
  fs::permissions(folder_.path(), fs::perms::all);
  const Closed closed(options_.path + "/FORMAT");
  EXPECT_EQ(verify_closed(options_.path).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(repair(options_.path, clock_.wall()).error().code, ErrorCode::kPermissionDenied);
}

TEST_F(UnreachableTest, a_name_that_no_file_system_takes_is_refused) {
  const std::string too_long = folder_.path() + "/" + std::string(300, 'a');
  expect_errors(too_long, too_long, ErrorCode::kInvalidArgument);
}

TEST_F(UnreachableTest, a_circle_of_links_is_refused) {
  fs::create_symlink(around_, around_);
  expect_errors(around_ + "/store", around_ + "/place", ErrorCode::kIo);
}

// In format 1, of which the tables are written anew.
TEST_F(UnreachableTest, an_upgrade_that_cannot_see_its_tables_fails) {
  std::ofstream(options_.path + "/FORMAT") << "etymon store format 1\n";
  fs::remove_all(options_.path + "/tables");
  fs::create_symlink("tables", options_.path + "/tables");
  const Status upgraded = upgrade(options_.path, *rocksdb::Env::Default());
  ASSERT_FALSE(upgraded.ok());
  EXPECT_EQ(upgraded.error().code, ErrorCode::kIo);
}

TEST_F(UnreachableTest, a_copy_has_everything_that_is_below_the_folder) {
  fs::rename(options_.path + "/tables", folder_.path() + "/elsewhere");
  fs::create_directory_symlink(folder_.path() + "/elsewhere", options_.path + "/tables");
  const std::string copy = folder_.path() + "/copy";
  ASSERT_TRUE(restore(options_.path, copy).ok());
  EXPECT_FALSE(fs::is_symlink(copy + "/tables"));
  EXPECT_TRUE(verify_closed(copy).value().is_sound());
}

}  // namespace
}  // namespace etymon::store
