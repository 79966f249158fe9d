// What programs that tests start know of whoever runs the tests: nothing that changes what they do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/setting.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
