// What `cmake --install build` puts into a system: both programs and all that belongs to them,
// where shells, man and systemd look for it, and nothing else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/integration/etymond.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class Installation : public ::testing::Test {
 protected:
  void SetUp() override {
    if (programs_elsewhere() != nullptr) {
      GTEST_SKIP() << "what is installed are the programs of this build";
    }
    // The component is that of all files. CMake notes in the build's folder what it has installed;
    // with a component it does so in a file of its own, as the usual one may be root's, who has
    // installed the programs.
    const Finished done = run({ETYMON_CMAKE, "--install", ETYMON_BUILD_DIR, "--prefix",
                               folder_.path(), "--component", "Unspecified"});
    ASSERT_EQ(done.status, 0) << done.out << done.err;
  }

  std::string path(const std::string& file) const { return folder_.path() + "/" + file; }

  std::vector<std::string> files() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (!entry.is_directory()) {
        files.push_back(entry.path().lexically_relative(folder_.path()));
      }
    }
    return files;
  }

  std::string text_of(const std::string& file) const {
    std::ifstream in(path(file), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  // What an installed program prints.
  std::string output_of(const std::string& program, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), path("bin/" + program));
    const Finished done = run(arguments);
    EXPECT_EQ(done.status, 0) << done.err;
    return done.out;
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(Installation, puts_each_file_where_others_look_for_it_and_nothing_else) {
  EXPECT_THAT(
      files(),
      UnorderedElementsAre(
          "bin/etymon", "bin/etymond", "share/man/man1/etymon.1", "share/man/man8/etymond.8",
          "share/bash-completion/completions/etymon", "share/zsh/site-functions/_etymon",
          "share/fish/vendor_completions.d/etymon.fish", "lib/systemd/system/etymond.service",
          "lib/sysusers.d/etymond.conf", "share/etymon/etymond.logrotate"));
}

TEST_F(Installation, has_programs_that_run_and_the_pages_and_completions_that_they_print) {
  EXPECT_EQ(output_of("etymon", {"--version"}), run({etymon_program(), "--version"}).out);
  EXPECT_EQ(output_of("etymond", {"--version"}), run({etymond_program(), "--version"}).out);
  EXPECT_EQ(text_of("share/man/man1/etymon.1"), output_of("etymon", {"manual"}));
  EXPECT_EQ(text_of("share/man/man8/etymond.8"), output_of("etymond", {"--manual"}));
  EXPECT_EQ(text_of("share/bash-completion/completions/etymon"),
            output_of("etymon", {"completion", "bash"}));
  EXPECT_EQ(text_of("share/zsh/site-functions/_etymon"),
            output_of("etymon", {"completion", "zsh"}));
  EXPECT_EQ(text_of("share/fish/vendor_completions.d/etymon.fish"),
            output_of("etymon", {"completion", "fish"}));
}

// As which user: sysusers.d makes the one that the unit and logrotate name.
TEST_F(Installation, has_a_unit_that_starts_the_installed_daemon_as_a_user_that_is_made) {
  const std::string unit = text_of("lib/systemd/system/etymond.service");
  EXPECT_THAT(unit, HasSubstr("\nExecStart=" + path("bin/etymond") + " "));
  EXPECT_THAT(unit, HasSubstr("\nUser=etymon\n"));
  EXPECT_THAT(text_of("lib/sysusers.d/etymond.conf"), HasSubstr("\nu etymon "));
  EXPECT_THAT(text_of("share/etymon/etymond.logrotate"), HasSubstr("\n    su etymon etymon\n"));
}

}  // namespace
}  // namespace etymon::testing
