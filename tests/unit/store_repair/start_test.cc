// What a start makes of a store with which a repair has not come to its end.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/unit/store_upkeep/past.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace etymon::store
