// What the programs say where systemd's journal takes it: each line with its priority, and no time,
// which the journal has itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// In front of a command whose standard error is, it is told, the journal.
std::vector<std::string> with_journal() {
  return {"sh", "-c", "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec \"$@\"", "sh"};
}

std::string told_to_journal(const std::vector<std::string>& flags) {
  std::vector<std::string> line = with_journal();
  line.push_back(etymond_program());
  line.insert(line.end(), flags.begin(), flags.end());
  return run(line).err;
}

TEST(Journal, is_told_what_happens_with_the_priority_of_each_line) {
  const Knot knot;
  const Etymond etymond({knot.address()}, {"--log-level", "debug"}, with_journal());
  EXPECT_THAT(etymond.said(), HasSubstr("<6>info store in " + etymond.store() + "\n"));
  EXPECT_THAT(etymond.said(), HasSubstr("<6>info answering on "));
}

TEST(Journal, is_told_why_there_is_no_start_with_its_priority) {
  const TemporaryFolder folder;
  const std::string config = folder.path() + "/etymond.toml";
  std::ofstream(config) << "block.lists = [\"" + folder.path() + "/ads.txt\"]\n"
                        << "upstream.addresses = [\"192.0.2.1\"]\n";
  EXPECT_THAT(told_to_journal({"--check-config", "--config", config}),
              StartsWith("<4>etymond: warning: "));
  EXPECT_THAT(told_to_journal({"--no-such-flag"}), StartsWith("<3>etymond: "));
}

TEST(Journal, inherited_by_a_program_that_writes_elsewhere_gets_nothing) {
  const Finished elsewhere =
      run({"env", "JOURNAL_STREAM=1:1", etymond_program(), "--no-such-flag"});
  EXPECT_THAT(elsewhere.err, StartsWith("etymond: "));
}

}  // namespace
}  // namespace etymon::testing
