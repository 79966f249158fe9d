// What the programs say of themselves: completions that the shells accept, manual pages that man
// shows, and that both know every option that --help knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/integration/etymond.h"

namespace etymon::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

std::string output_of(const std::vector<std::string>& command) {
  const Finished done = run(command);
  EXPECT_EQ(done.status, 0) << done.err;
  return done.out;
}

// All whole words of `text` that begin with two hyphens and a letter, as "-A,--after" has one.
std::set<std::string> long_options_in(const std::string& text) {
  static const std::regex kOption("(^|[^a-z0-9-])(--[a-z][a-z0-9-]*)");
  std::set<std::string> options;
  for (std::sregex_iterator found(text.begin(), text.end(), kOption), end; found != end; ++found) {
    options.insert((*found)[2]);
  }
  return options;
}

// Those that a help text is about: the first word of a line, such as "-A,--after".
std::set<std::string> options_of(const std::string& help) {
  std::istringstream in(help);
  std::set<std::string> options;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  -")) {
      options.merge(long_options_in(line.substr(2, line.find(' ', 2) - 2)));
    }
  }
  return options;
}

// All that --help names: the first word of each line below "Subcommands:".
std::vector<std::string> verbs() {
  std::istringstream help(output_of({etymon_program(), "--help"}));
  std::vector<std::string> verbs;
  bool below = false;
  for (std::string line; std::getline(help, line);) {
    const bool is_verb = below && line.starts_with("  ") && line.find_first_not_of(' ') == 2;
    if (is_verb) {
      verbs.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
    below = line == "Subcommands:" || (below && line.starts_with("  "));
  }
  return verbs;
}

TEST(Help, names_every_verb_once) {
  const std::vector<std::string> all = verbs();
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  for (const char* verb : {"lookup", "names", "watch", "forget", "log-level", "help"}) {
    EXPECT_THAT(all, Contains(verb));
  }
}

std::string completion(const std::string& shell) {
  return output_of({etymon_program(), "completion", shell});
}

// What bash offers for the last of `words`, as `print` shows it.
std::string bash_offers(const std::string& words, int last, const std::string& print = "echo") {
  TemporaryFolder folder;
  const std::string script = folder.path() + "/etymon.bash";
  std::ofstream(script) << completion("bash");
  return output_of({"bash", "-c",
                    "source " + script + "; COMP_WORDS=(" + words + "); COMP_CWORD=" +
                        std::to_string(last) + "; _etymon; " + print + " \"${COMPREPLY[@]}\""});
}

TEST(Completion, bash_offers_verbs_options_words_and_files) {
  EXPECT_EQ(bash_offers("etymon anno", 1), "annotate\n");
  EXPECT_EQ(bash_offers("etymon --server x lookup --cl", 4), "--client\n");
  EXPECT_EQ(bash_offers("etymon lookup --token", 2), "--token-file\n");
  EXPECT_EQ(bash_offers("etymon annotate -o in", 3), "inplace\n");
  EXPECT_EQ(bash_offers("etymon annotate -i zeek-", 3), "zeek-json\n");
  EXPECT_EQ(bash_offers("etymon names -p mi", 3), "minimal\n");
  EXPECT_EQ(bash_offers("etymon top cl", 2), "clients\n");
  EXPECT_EQ(bash_offers("etymon completion z", 2), "zsh\n");
  EXPECT_THAT(bash_offers("etymon annotate /etc/host", 2), HasSubstr("/etc/hosts"));
}

TEST(Completion, bash_offers_values_behind_an_equals_sign_and_paths_behind_unix) {
  EXPECT_EQ(bash_offers("etymon annotate --output = in", 4), "inplace\n");
  EXPECT_EQ(bash_offers("etymon annotate --output =", 3), "inplace json\n");
  EXPECT_EQ(bash_offers("etymon lookup --file = /etc/host", 4, "printf '%s\\n'"),
            bash_offers("etymon lookup --file /etc/host", 3, "printf '%s\\n'"));
  EXPECT_THAT(bash_offers("etymon --server unix : /etc/host", 4), HasSubstr("/etc/hosts"));
  EXPECT_THAT(bash_offers("etymon --server = unix : /etc/host", 5), HasSubstr("/etc/hosts"));
  EXPECT_EQ(bash_offers("etymon --server unix : /etc/hosts loo", 5), "lookup\n");
}

TEST(Completion, bash_offers_a_file_whose_name_has_blanks_as_one_word) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/fire wall.log");
  for (const char* words : {"etymon annotate ", "etymon lookup -f "}) {
    const int last = words == std::string("etymon annotate ") ? 2 : 3;
    EXPECT_EQ(bash_offers(words + folder.path() + "/fire", last, "printf '%s\\n'"),
              folder.path() + "/fire wall.log\n")
        << words;
  }
}

// What zsh does with the script, without the parts of its completion that want a terminal.
std::string zsh_does(const std::string& commands) {
  TemporaryFolder folder;
  std::ofstream(folder.path() + "/_etymon") << completion("zsh");
  return output_of({"zsh", "-f", "-c",
                    "compdef() { print compdef $* }; _arguments() { print offers };\n"
                    "fpath=(" +
                        folder.path() + "); words=(etymon ''); " + commands});
}

TEST(Completion, zsh_offers_at_the_first_call_of_a_function_it_found_in_its_path) {
  EXPECT_EQ(zsh_does("autoload -Uz _etymon; _etymon; _etymon"), "offers\noffers\n");
  EXPECT_EQ(zsh_does("source $fpath[1]/_etymon; _etymon"), "compdef _etymon etymon\noffers\n");
  EXPECT_EQ(zsh_does("source <(cat $fpath[1]/_etymon)"), "compdef _etymon etymon\n");
}

// What fish offers for the last word of a line.
std::string fish_offers(const std::string& line) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/etymon.fish") << completion("fish");
  return output_of({"env", "HOME=" + folder.path(), "fish", "--no-config", "-c",
                    "source " + folder.path() + "/etymon.fish; complete -C '" + line +
                        "' | string replace -r '\\t.*' ''"});
}

TEST(Completion, fish_offers_verbs_options_and_words) {
  EXPECT_EQ(fish_offers("etymon anno"), "annotate\n");
  EXPECT_EQ(fish_offers("etymon annotate -o in"), "inplace\n");
  EXPECT_EQ(fish_offers("etymon names -p mi"), "minimal\n");
  EXPECT_EQ(fish_offers("etymon lookup --token"), "--token-file\n");
}

TEST(Completion, every_shell_accepts_its_script) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    TemporaryFolder folder;
    const std::string path = folder.path() + "/script";
    const std::string script = completion(shell);
    std::ofstream(path) << script;
    EXPECT_EQ(run({shell, "-n", path}).status, 0) << run({shell, "-n", path}).err;
    for (const std::string& verb : verbs()) {
      EXPECT_THAT(script, HasSubstr(verb)) << shell;
    }
  }
}

// What zsh's script tells _arguments behind a verb.
std::string zsh_section(const std::string& verb) {
  const std::string script = completion("zsh");
  const size_t begin = script.find(" " + verb + ") _arguments");
  return begin == script.npos ? "" : script.substr(begin, script.find(" ;;\n", begin) - begin);
}

TEST(Completion, every_option_of_a_verb_is_offered_behind_it) {
  for (const std::string& verb : verbs()) {
    const std::string line = "etymon " + verb + " --";
    const auto options = options_of(output_of({etymon_program(), verb, "--help"}));
    EXPECT_THAT(options, Contains("--help")) << verb;
    EXPECT_THAT(long_options_in(bash_offers(line, 2)), IsSupersetOf(options)) << "bash " << line;
    EXPECT_THAT(long_options_in(fish_offers(line)), IsSupersetOf(options)) << "fish " << line;
    EXPECT_THAT(long_options_in(zsh_section(verb)), IsSupersetOf(options)) << "zsh " << line;
  }
}

TEST(Completion, another_shell_is_a_mistake) {
  EXPECT_EQ(run({etymon_program(), "completion", "tcsh"}).status, 2);
}

// The page as man shows it, which has nothing to say against it.
std::string shown_by_man(const std::string& page) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/page";
  std::ofstream(path) << page;
  const Finished shown =
      run({"env", "MANWIDTH=80", "man", "--warnings", "-E", "UTF-8", "-l", path});
  EXPECT_EQ(shown.status, 0);
  EXPECT_EQ(shown.err, "");
  return shown.out;
}

// What stands below the heading of a verb, up to the next one. Headings are indented by three.
std::string section_of(const std::string& verb, const std::string& page) {
  std::istringstream in(page);
  std::string section;
  bool below = false;
  for (std::string line; std::getline(in, line);) {
    if (const size_t indent = line.find_first_not_of(' '); indent <= 3) {
      below = indent == 3 && (line + " ").starts_with("   " + verb + " ");
    } else if (below) {
      section += line + "\n";
    }
  }
  return section;
}

void expect_options(const std::string& help, const std::string& page, const std::string& where) {
  EXPECT_THAT(long_options_in(page), IsSupersetOf(options_of(help))) << where;
}

TEST(Manual, of_the_command_has_every_option_of_every_verb) {
  const std::string page = shown_by_man(output_of({etymon_program(), "manual"}));
  expect_options(output_of({etymon_program(), "--help"}), page, "etymon");
  for (const std::string& verb : verbs()) {
    const std::string section = section_of(verb, page);
    EXPECT_THAT(section, HasSubstr("--help")) << verb;
    expect_options(output_of({etymon_program(), verb, "--help"}), section, verb);
  }
}

TEST(Manual, says_which_arguments_may_be_left_out_and_which_repeated) {
  const std::string page = shown_by_man(output_of({etymon_program(), "manual"}));
  for (const char* heading : {"lookup [ADDRESS]", "annotate [FILE]", "common HOST...",
                              "import FILE...", "names NAME|ADDRESS", "backup FOLDER"}) {
    EXPECT_THAT(page, HasSubstr(std::string("\n   ") + heading + "\n"));
  }
}

// The words to choose from that a help text is about: "names|clients|addresses".
std::set<std::string> choices_in(const std::string& help) {
  static const std::regex kChoice("[a-z0-9-]+(\\|[a-z0-9-]+)+");
  std::set<std::string> choices;
  for (std::sregex_iterator found(help.begin(), help.end(), kChoice), end; found != end; ++found) {
    choices.insert(found->str());
  }
  return choices;
}

TEST(Manual, names_the_words_that_may_be_chosen_from) {
  const std::string page = shown_by_man(output_of({etymon_program(), "manual"}));
  for (const std::string& verb : verbs()) {
    // A line may end between two words.
    const std::string section =
        std::regex_replace(section_of(verb, page), std::regex("\\|\n *"), "|");
    for (const std::string& choice : choices_in(output_of({etymon_program(), verb, "--help"}))) {
      EXPECT_THAT(section, HasSubstr(choice)) << verb;
    }
  }
  EXPECT_THAT(choices_in(output_of({etymon_program(), "top", "--help"})),
              Contains("names|clients|addresses"));
}

TEST(Manual, every_verbs_exit_statuses_begin_a_line) {
  const std::string page = shown_by_man(output_of({etymon_program(), "manual"}));
  const std::string notes = page.substr(page.find("\nNOTES\n"));
  for (const char* begin : {"Durations:", "Exit status:", "lookup --exit-status:", "lookup --file:",
                            "annotate, bypass:", "health:", "import:", "verify:",
                            "forget, retention:", "/etc/etymon/etymon.conf:"}) {
    EXPECT_THAT(notes, HasSubstr(std::string("\n       ") + begin));
  }
}

// Lines of `text` that a terminal of 80 columns breaks although there is a blank to break them at.
std::vector<std::string> wide_lines_in(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> wide;
  for (std::string line; std::getline(in, line);) {
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    if (line.size() > 80 && line.find(' ', indent) != line.npos) {
      wide.push_back(line);
    }
  }
  return wide;
}

TEST(Help, fits_a_terminal_of_80_columns) {
  EXPECT_THAT(wide_lines_in(output_of({etymond_program(), "--help"})), IsEmpty());
  EXPECT_THAT(wide_lines_in(output_of({etymon_program(), "--help"})), IsEmpty());
  for (const std::string& verb : verbs()) {
    EXPECT_THAT(wide_lines_in(output_of({etymon_program(), verb, "--help"})), IsEmpty()) << verb;
  }
}

TEST(Manual, of_the_daemon_fits_a_terminal_of_80_columns) {
  EXPECT_THAT(wide_lines_in(shown_by_man(output_of({etymond_program(), "--manual"}))), IsEmpty());
}

TEST(Manual, of_the_daemon_has_every_option) {
  expect_options(output_of({etymond_program(), "--help"}),
                 shown_by_man(output_of({etymond_program(), "--manual"})), "etymond");
}

TEST(Manual, of_the_daemon_says_what_signals_do) {
  const std::string page = output_of({etymond_program(), "--manual"});
  EXPECT_THAT(page.substr(page.find(".SH SIGNALS")), HasSubstr("\nSIGHUP: "));
}

}  // namespace
}  // namespace etymon::testing
