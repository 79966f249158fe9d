// What a start makes of a store with which a repair has not come to its end.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/octets_on_disk.h"
#include "tests/unit/store_upkeep/past.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StartTest : public PastTest {
 protected:
  std::string why_it_does_not_open() {
    const auto store = Store::open(options_, clock_);
    EXPECT_FALSE(store.ok());
    return store ? "" : store.error().message;
  }

  std::string path(const std::string& name) const { return options_.path + "/" + name; }
};

TEST_F(StartTest, without_the_format_file_asks_for_a_repair) {
  tell(*open());
  fs::remove(path("FORMAT"));
  EXPECT_THAT(why_it_does_not_open(), HasSubstr("FORMAT is missing; etymond --repair keeps"));
}

TEST_F(StartTest, between_two_steps_of_a_repair_asks_for_the_same_again) {
  tell(*open());
  fs::create_directory(path("damaged-20261123T072014Z"));
  fs::rename(path("FORMAT"), path("damaged-20261123T072014Z/FORMAT"));
  EXPECT_THAT(why_it_does_not_open(), HasSubstr("a repair of it has not ended"));
}

// Whatever is in it would outlive being forgotten.
TEST_F(StartTest, removes_what_a_repair_has_made_and_did_not_put_in_place) {
  tell(*open());
  const std::string secret = "of somebody who wants to be forgotten";
  for (const char* left : {"repaired/tables", "repaired.partial/tables"}) {
    fs::create_directories(path(left));
    std::ofstream(path(left) + "/000001.sst") << secret;
  }
  const auto store = open();
  EXPECT_THAT(testing::files_with_octets(options_.path, secret), IsEmpty());
}

}  // namespace
}  // namespace etymon::store
