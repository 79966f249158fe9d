// What programs that tests start know of whoever runs the tests: nothing that changes what they do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/process.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A variable of this process, as a developer may have set it, in the object's time.
class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) {
    const char* before = std::getenv(name);
    before_ = before == nullptr ? std::nullopt : std::optional<std::string>(before);
    setenv(name, value, 1);
  }
  ~Setting() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(ProgramsOfTests, have_neither_locale_nor_zone_nor_settings_of_the_developer) {
  const Setting locale("LC_ALL", "POSIX");
  const Setting zone("TZ", "Asia/Tokyo");
  const Setting token("ETYMON_TOKEN_FILE", "/nowhere");
  const std::string environment = "\n" + run({"env"}).out;
  EXPECT_THAT(environment, HasSubstr("\nLC_ALL=C.UTF-8\n"));
  EXPECT_THAT(environment, HasSubstr("\nTZ=UTC\n"));
  EXPECT_THAT(environment, Not(HasSubstr("\nETYMON_")));
}

TEST(ProgramsOfTests, have_what_a_test_gives_them_and_all_else) {
  const Setting other("FOR_ALL", "yes");
  const std::string given = run({"env", "TZ=Asia/Tokyo", "ETYMON_SERVER=here", "env"}).out;
  EXPECT_THAT(given, HasSubstr("TZ=Asia/Tokyo\n"));
  EXPECT_THAT(given, HasSubstr("ETYMON_SERVER=here\n"));
  EXPECT_THAT(given, HasSubstr("FOR_ALL=yes\n"));
}

}  // namespace
}  // namespace etymon::testing
