// What the command does for whoever sits at a terminal, and not for a pipe: colours, the width, a
// line that tells how far it is. script(1) gives it a terminal.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "resolver/base/time_text.h"
#include "tests/integration/etymond.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr const char* kName = "www.example";
constexpr const char* kAddress = "192.0.2.10";
constexpr const char* kEscape = "\x1b";
constexpr const char* kRedrawn = "\r\x1b[K";  // where a line of progress begins

class Terminal : public ::testing::Test {
 protected:
  Terminal() { etymond_.host("127.0.0.5").ask(kName); }

  // What is told goes into the tables soon.
  std::string config() const {
    const std::string path = in_folder("etymond.toml");
    std::ofstream(path) << "[store]\nfold_after = \"1s\"\n";
    return path;
  }

  std::string command(const std::string& arguments) const {
    return etymon_program() + " --server " + etymond_.api() + " " + arguments;
  }

  // What a terminal of so many columns is shown. `environment`: "NO_COLOR=1".
  static std::string shown(const std::string& command, const std::string& environment = "",
                           int columns = 200) {
    const std::string line = "stty cols " + std::to_string(columns) + " rows 24; env " +
                             "TERM=xterm LC_ALL=C.UTF-8 " + environment + " " + command;
    const Finished done = run(
        {"env", "-u", "NO_COLOR", "script", "--quiet", "--return", "--command", line, "/dev/null"});
    EXPECT_EQ(done.status, 0) << done.out;
    return done.out;
  }

  // Its standard output and error where both are pipes or files.
  std::string piped(const std::string& command) const {
    const Finished done = run({"sh", "-c", "LC_ALL=C.UTF-8 " + command});
    EXPECT_EQ(done.status, 0) << done.err;
    return done.out + done.err;
  }

  std::string in_folder(const std::string& name) const { return folder_.path() + "/" + name; }

  // The same at a terminal and through pipes: the way, and no trace of it.
  void expect_progress_of(const std::string& what, const std::string& arguments) const {
    const std::string seen = shown(command(arguments));
    EXPECT_THAT(seen, HasSubstr(kRedrawn)) << arguments;
    EXPECT_THAT(seen, HasSubstr(what + "  [")) << arguments;
    EXPECT_THAT(seen, HasSubstr(" %" + std::string(kRedrawn))) << "and it is wiped away";
  }

  const TemporaryFolder folder_;
  const ScriptedResolver upstream_{[](const Asked& asked) {
    return answer_to(asked).cname(asked.name, 300, "edge.example").a("edge.example", 300, kAddress);
  }};
  const Etymond etymond_{{upstream_.address()}, {"--config", config()}};
  const std::string lookup_ = command(std::string("lookup ") + kAddress);
};

TEST_F(Terminal, has_colours_unless_somebody_does_not_want_them) {
  EXPECT_THAT(shown(lookup_), HasSubstr("\x1b[1;32mLIVE\x1b[0m"));
  EXPECT_THAT(shown(lookup_, "NO_COLOR=1"), Not(HasSubstr(kEscape)));
  EXPECT_THAT(shown(lookup_, "NO_COLOR="), HasSubstr(kEscape)) << "empty counts as not set";
  EXPECT_THAT(shown(lookup_, "TERM=dumb"), Not(HasSubstr(kEscape)));
  EXPECT_THAT(piped(lookup_), Not(HasSubstr(kEscape)));
}

TEST_F(Terminal, has_box_drawings_where_its_locale_does) {
  EXPECT_THAT(shown(lookup_), HasSubstr("└─"));
  EXPECT_THAT(shown(lookup_, "LC_ALL=C"), HasSubstr("`-"));
  EXPECT_THAT(piped(lookup_), HasSubstr("└─")) << "a file is read later, on a terminal";
}

TEST_F(Terminal, its_width_is_kept) {
  constexpr const char* kOne = "LIVE  192.0.2.10 for any host at [^\r\n]* UTC\r\n.*";
  constexpr const char* kTwo = "LIVE  192.0.2.10 for any host\r\n  at [^\r\n]* UTC\r\n.*";
  EXPECT_THAT(shown(lookup_, "NO_COLOR=1", 80), MatchesRegex(kOne));
  EXPECT_THAT(shown(lookup_, "NO_COLOR=1", 40), MatchesRegex(kTwo));
  EXPECT_THAT(shown(lookup_, "NO_COLOR=1", 0), MatchesRegex(kOne)) << "nobody knows it";
  EXPECT_THAT(shown("sh -c 'stty cols 40; " + lookup_ + " | cat'"), HasSubstr("for any host at "))
      << "a pipe has none";
}

TEST_F(Terminal, is_told_how_far_long_work_is_and_a_pipe_is_not) {
  const std::string past = in_folder("past.ndjson");
  const std::string log = in_folder("fw.log");
  std::ofstream lines(past);
  for (int i = 0; i < 5000; ++i) {  // of fewer there is nothing to tell
    lines << R"({"at":"2026-11-23T14:21:46Z","client":"127.0.0.5","name":"www.example","type":1})"
          << '\n';
  }
  lines.close();
  std::ofstream(log) << "2026-11-23T14:21:46Z gw kernel: IN=eth1 OUT=eth0 SRC=127.0.0.5 "
                        "DST=192.0.2.10 LEN=60 PROTO=TCP SPT=51514 DPT=443\n";
  EXPECT_TRUE(eventually([this] { return count_in(etymond_.status().at("store"), "folds") > 0; }))
      << "else there is nothing to verify";
  expect_progress_of("verifying", "verify");
  expect_progress_of("copying", "backup " + in_folder("seen"));
  expect_progress_of("export", "export > /dev/null");
  expect_progress_of(past, "import " + past);
  expect_progress_of(log, "annotate " + log + " > /dev/null");
  for (const std::string& arguments :
       {std::string("verify"), "backup " + in_folder("unseen"), std::string("export"),
        "import " + past, "annotate " + log}) {
    EXPECT_THAT(piped(command(arguments)), Not(HasSubstr(kEscape))) << arguments;
  }
  for (const std::string& arguments : {std::string("export"), "annotate " + log}) {
    EXPECT_THAT(shown(command(arguments)), Not(HasSubstr(kRedrawn))) << "between the rows";
  }
}

}  // namespace
}  // namespace etymon::testing
