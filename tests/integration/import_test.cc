// What one daemon exports another takes, and takes once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Importing : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(first_.host().ask("www.example.test").status, "NOERROR");
    ASSERT_EQ(first_.host().ask("node.example.test").status, "NOERROR");
    const Finished exported = first_.command({"export"});
    ASSERT_EQ(exported.status, 0) << exported.err;
    std::ofstream(file_) << exported.out;
  }

  std::string import(const Etymond& daemon) const {
    const Finished imported = daemon.command({"import", file_});
    EXPECT_EQ(imported.status, 0) << imported.err;
    return imported.out;
  }

  const TemporaryFolder folder_;
  const std::string file_ = folder_.path() + "/past.ndjson";
  const Knot knot_;
  const Etymond first_{{knot_.address()}};
  const Etymond second_{{knot_.address()}};
};

TEST_F(Importing, a_file_that_cannot_be_opened_is_a_failure_and_the_others_are_in) {
  const Finished imported = second_.command({"import", folder_.path() + "/none", file_});
  EXPECT_EQ(imported.status, 5);
  EXPECT_THAT(imported.out, HasSubstr("imported 2 deliveries in "));
  EXPECT_THAT(imported.out, HasSubstr("2 files; not to be opened: 1"));
  EXPECT_THAT(imported.err, HasSubstr("/none: No such file"));
}

TEST_F(Importing, an_export_tells_another_daemon_which_name_led_there) {
  const std::string told = import(second_);
  EXPECT_THAT(told, HasSubstr("imported 2 deliveries in "));
  EXPECT_THAT(told, Not(HasSubstr("known already")));
  const Json answer = second_.lookup("192.0.2.10", "127.0.0.1");
  EXPECT_EQ(answer.at("candidates").size(), 2U);
  EXPECT_EQ(answer.at("candidates").at(0).at("origin"), "ORIGIN_IMPORT");
}

TEST_F(Importing, a_second_import_adds_nothing_and_says_so) {
  import(second_);
  EXPECT_THAT(import(second_), HasSubstr("imported 0 deliveries in "));
  EXPECT_THAT(import(second_), HasSubstr("; known already: 2\n"));
}

TEST_F(Importing, a_daemon_takes_back_nothing_of_its_own_export) {
  EXPECT_THAT(import(first_), HasSubstr("; known already: 2\n"));
}

}  // namespace
}  // namespace etymon::testing
