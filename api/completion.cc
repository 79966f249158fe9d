// completion_script() of manual.h: one writer a shell, all from the same list of options.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <vector>

#include "api/manual.h"

namespace etymon::api {
namespace {

struct Described {
  std::vector<std::string> flags;    // "-f", "--file"; empty: a positional
  std::string description;           // its first line
  std::string value;                 // what it is called; empty: it has none
  std::vector<std::string> choices;  // all values it may have, where they are few words
};

struct Verb {
  std::string name;
  std::string description;
  std::vector<Described> options;
};

// "inplace|json" are words to choose from, "unix:PATH|ADDR:PORT" are not.
std::vector<std::string> choices_in(const std::string& type) {
  const bool words =
      type.find('|') != std::string::npos && std::ranges::all_of(type, [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || c == '|' || c == '-';
      });
  std::vector<std::string> choices;
  for (size_t begin = 0; words && begin <= type.size();) {
    const size_t end = std::min(type.find('|', begin), type.size());
    choices.push_back(type.substr(begin, end - begin));
    begin = end + 1;
  }
  return choices;
}

std::vector<Described> options_of(const CLI::App& app) {
  std::vector<Described> all;
  for (const CLI::Option* option : app.get_options()) {
    Described described;
    for (const std::string& name : option->get_snames()) {
      described.flags.push_back("-" + name);
    }
    for (const std::string& name : option->get_lnames()) {
      described.flags.push_back("--" + name);
    }
    const std::string text = option->get_description();
    described.description = text.substr(0, text.find('\n'));
    if (option->get_items_expected_max() > 0) {
      const std::string type = value_name(*option);
      described.value = described.flags.empty() ? option->get_name(true) : type;
      described.choices = choices_in(type);
    }
    all.push_back(std::move(described));
  }
  return all;
}

std::vector<Verb> verbs_of(const CLI::App& app) {
  std::vector<Verb> verbs;
  for (const CLI::App* verb : app.get_subcommands({})) {
    verbs.push_back({verb->get_name(), verb->get_description(), options_of(*verb)});
  }
  return verbs;
}

// What may be given behind a verb: its own options, and those that every verb takes. Each once: of
// --help the verb's.
std::vector<Described> with(const std::vector<Described>& common, std::vector<Described> own) {
  const std::vector<Described> before = own;
  std::ranges::copy_if(common, std::back_inserter(own), [&](const Described& one) {
    return std::ranges::find(before, one.flags, &Described::flags) == before.end();
  });
  return own;
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : separator) + word;
  }
  return text;
}

// Within single quotes of a shell; `also` is escaped by a backslash, too.
std::string quoted(std::string_view text, std::string_view also = {}) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    out += also.find(c) != std::string_view::npos ? "\\" : "";
    out += c;
  }
  return out;
}

bool takes_file(const Described& option) {
  return option.value == "FILE";
}

// All flags, and the words that positionals may be.
std::string words_of(const std::vector<Described>& options) {
  std::string words;
  for (const Described& option : options) {
    const auto& list = option.flags.empty() ? option.choices : option.flags;
    words += list.empty() ? "" : joined(list, " ") + " ";
  }
  return words;
}

// One a line, so that a file's name may have blanks in it.
std::string bash_offer(const std::string& what) {
  return "mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen " + what + " -- \"$cur\")";
}

std::string bash_offer_words(const std::string& words) {
  return bash_offer("-W '" + words + "'");
}

std::string bash_values(const std::vector<Described>& options) {
  std::string cases;
  for (const Described& option : options) {
    if (option.flags.empty() || option.value.empty()) {
      continue;
    }
    const std::string offer = takes_file(option) ? bash_offer("-f") + "; "
                              : option.choices.empty()
                                  ? ""
                                  : bash_offer_words(joined(option.choices, " ")) + "; ";
    cases += "        " + joined(option.flags, " | ") + ") " + offer + "return ;;\n";
  }
  return cases;
}

std::string bash_case(const std::string& pattern, const std::vector<Described>& options,
                      const std::string& words) {
  const std::string values = bash_values(options);
  const bool files = std::ranges::any_of(
      options, [](const Described& option) { return option.flags.empty() && takes_file(option); });
  return "    " + pattern + ")\n" +
         (values.empty() ? "" : "      case $prev in\n" + values + "      esac\n") + "      " +
         bash_offer_words(words) + "\n" +
         (files ? "      [[ $cur == -* ]] || " + bash_offer("-f") + "\n" : "") + "      ;;\n";
}

// The word to complete, and the one before it. bash breaks words at = and :, too, and completes
// what stands behind one of those alone: the value of --option=VALUE, the path of unix:PATH.
std::string bash_words() {
  return "  local before=(\"${COMP_WORDS[@]:0:COMP_CWORD}\") cur=${COMP_WORDS[COMP_CWORD]}\n"
         "  COMPREPLY=()\n"
         "  if [[ $cur == [=:] ]]; then before+=(\"$cur\"); cur=''; fi\n"
         "  if [[ ${before[-1]} == : && ${before[-2]} == unix ]]; then\n"
         "    " +
         bash_offer("-f") +
         "\n    return\n  fi\n"
         "  if [[ ${before[-1]} == = ]]; then unset 'before[-1]'; fi\n"
         "  local prev=${before[-1]}\n";
}

std::string bash_script(const std::string& program, const std::vector<Described>& common,
                        const std::vector<Verb>& verbs) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) {
    names.push_back(verb.name);
  }
  std::string script = "# bash completion for " + program + "\n_" + program + "() {\n" +
                       bash_words() +
                       "  local verb='' word\n"
                       "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                       "    case $word in\n      " +
                       joined(names, " | ") +
                       ") verb=$word; break ;;\n    esac\n  done\n"
                       "  case $verb in\n";
  script += bash_case("''", common, joined(names, " ") + " " + words_of(common));
  for (const Verb& verb : verbs) {
    const std::vector<Described> all = with(common, verb.options);
    script += bash_case(verb.name, all, words_of(all));
  }
  return script + "  esac\n}\ncomplete -o filenames -F _" + program + " " + program + "\n";
}

std::string zsh_action(const Described& option) {
  if (takes_file(option)) {
    return ":" + option.value + ":_files";
  }
  if (!option.choices.empty()) {
    return ":" + quoted(option.value, ":") + ":(" + joined(option.choices, " ") + ")";
  }
  return ":" + quoted(option.value, ":") + ":";
}

// A specification of _arguments for each spelling.
std::string zsh_arguments(const std::vector<Described>& options) {
  std::string text;
  for (const Described& option : options) {
    if (option.flags.empty()) {
      text += " \\\n        '*" + zsh_action(option) + "'";
    }
    for (const std::string& flag : option.flags) {
      text += " \\\n        '" + flag + "[" + quoted(option.description, "[]:") + "]" +
              (option.value.empty() ? "" : zsh_action(option)) + "'";
    }
  }
  return text;
}

std::string zsh_script(const std::string& program, const std::vector<Described>& common,
                       const std::vector<Verb>& verbs) {
  std::string script = "#compdef " + program + "\n_" + program +
                       "() {\n  local context state state_descr line\n  typeset -A opt_args\n"
                       "  local -a verbs\n  verbs=(\n";
  for (const Verb& verb : verbs) {
    script += "    '" + verb.name + ":" + quoted(verb.description, ":") + "'\n";
  }
  script += "  )\n  _arguments -C" + zsh_arguments(common) +
            " \\\n        '1: :->verb' '*:: :->rest'\n"
            "  case $state in\n    verb) _describe verb verbs ;;\n    rest)\n"
            "      case $words[1] in\n";
  for (const Verb& verb : verbs) {
    script += "        " + verb.name + ") _arguments" + zsh_arguments(with(common, verb.options)) +
              " ;;\n";
  }
  // A file of fpath is run as the function of its name when that is called for the first time.
  return script + "      esac ;;\n  esac\n}\nif [ \"$funcstack[1]\" = \"_" + program +
         "\" ]; then _" + program + " \"$@\"; else compdef _" + program + " " + program + "; fi\n";
}

std::string fish_option(const std::string& program, const std::string& condition,
                        const Described& option) {
  std::string text = "complete -c " + program + " -n '" + condition + "'";
  for (const std::string& flag : option.flags) {
    text += flag.starts_with("--") ? " -l " + flag.substr(2) : " -s " + flag.substr(1);
  }
  if (!option.value.empty()) {
    text += takes_file(option) ? " -r -F" : " -x";
  }
  if (!option.choices.empty()) {
    text += " -a '" + joined(option.choices, " ") + "'";
  }
  return text + " -d '" + quoted(option.description, "\\") + "'\n";
}

std::string fish_script(const std::string& program, const std::vector<Described>& common,
                        const std::vector<Verb>& verbs) {
  std::string script = "# fish completion for " + program + "\ncomplete -c " + program + " -f\n";
  for (const Verb& verb : verbs) {
    script += "complete -c " + program + " -n __fish_use_subcommand -a " + verb.name + " -d '" +
              quoted(verb.description, "\\") + "'\n";
  }
  for (const Described& option : common) {
    script += fish_option(program, "true", option);
  }
  for (const Verb& verb : verbs) {
    const std::string condition = "__fish_seen_subcommand_from " + verb.name;
    for (const Described& option : verb.options) {
      script += fish_option(program, condition, option);
    }
  }
  return script;
}

}  // namespace

Result<std::string> completion_script(const CLI::App& app, std::string_view shell) {
  const std::vector<Described> common = options_of(app);
  const std::vector<Verb> verbs = verbs_of(app);
  if (shell == "bash") {
    return bash_script(app.get_name(), common, verbs);
  }
  if (shell == "zsh") {
    return zsh_script(app.get_name(), common, verbs);
  }
  if (shell == "fish") {
    return fish_script(app.get_name(), common, verbs);
  }
  return Error{ErrorCode::kInvalidArgument,
               "no completion for \"" + std::string(shell) + "\"; there is bash, zsh and fish"};
}

}  // namespace etymon::api
