// Manual pages and shell completions, made from the command line that a program understands, so
// that they say what --help says. Pure functions on a CLI::App, used by one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace etymon::api {

// Something with a value that is no option: "listen.slip", "N", and what it means.
struct ManualEntry {
  std::string_view name;
  std::string_view value;
  std::string_view text;
};

// What a page says besides the options.
struct ManualHeader {
  int section = 1;
  std::string_view description;           // paragraphs, an empty line between them
  std::string_view see_also;              // "etymon(1)"
  std::string_view signals = {};          // as the description; empty: nothing to say
  std::string_view entries_title = {};    // of a section with the entries
  std::vector<ManualEntry> entries = {};  // none: no such section
};

// What an option's value is called, without what its check has to say: "FILE", "inplace|json".
std::string value_name(const CLI::Option& option);

// The page in roff, as man(7) describes it. Its notes are the app's footer; what a verb's footer
// has of it, paragraph by paragraph, the page does not say again.
std::string manual_page(const CLI::App& app, const ManualHeader& header);

// The script that a shell reads: "bash", "zsh" or "fish". Verbs, their options, the words that an
// option may have (a type name such as inplace|json), and files where one is wanted (FILE).
// Error kInvalidArgument: another shell.
Result<std::string> completion_script(const CLI::App& app, std::string_view shell);

}  // namespace etymon::api
