#include "api/manual.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>

#include "api/version.h"

namespace etymon::api {
namespace {

// Text as roff takes it: a backslash and a leading point mean something there, and a hyphen is
// only one when it is told to be.
std::string roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) {
      out += "\\&";
    }
    line_begins = c == '\n';
    out += c == '\\'  ? "\\e"
           : c == '-' ? "\\-"
           : c == '|' ? "|\\:"  // a line may end between two words to choose from
                      : std::string(1, c);
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + roff(text) + "\\fR";
}

std::string upper_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

bool is_positional(const CLI::Option& option) {
  return option.get_lnames().empty() && option.get_snames().empty();
}

// As --help has it: "[FILE]" where it may be left out, "FILE..." where there may be several.
std::string positional(const CLI::Option& option) {
  const std::string name = roff(option.get_name(true));
  const std::string one = option.get_required() ? name : "[" + name + "]";
  return option.get_expected_max() > 1 ? one + "..." : one;
}

// "-f, --file FILE"; of what has no name but its place "FILE", or "WHAT names|clients" where its
// values are told.
std::string heading(const CLI::Option& option) {
  if (is_positional(option)) {
    const std::string values = value_name(option);
    return italic(option.get_name(true)) + (values.empty() ? "" : " " + italic(values));
  }
  std::string text;
  for (const std::string& name : option.get_snames()) {
    text += (text.empty() ? "" : ", ") + bold("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    text += (text.empty() ? "" : ", ") + bold("--" + name);
  }
  const bool has_value = option.get_items_expected_max() > 0;
  return has_value ? text + " " + italic(value_name(option)) : text;
}

std::string options_text(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    text += ".TP\n" + heading(*option) + "\n" + roff(option->get_description()) + "\n";
  }
  return text;
}

// Without those that stand in `told`.
std::string paragraphs(std::string_view text, std::string_view told = {}) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    const std::string_view paragraph = text.substr(0, end);
    out += told.find(paragraph) != told.npos ? "" : ".PP\n" + roff(paragraph) + "\n";
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

std::string entries_text(const ManualHeader& header) {
  std::string text = header.entries.empty() ? "" : ".SH " + roff(header.entries_title) + "\n";
  for (const ManualEntry& entry : header.entries) {
    text += ".TP\n" + bold(entry.name) + " " + italic(entry.value) + "\n" + roff(entry.text) + "\n";
  }
  return text;
}

std::string verb_text(const CLI::App& verb, std::string_view notes) {
  std::string text = ".SS " + roff(verb.get_name());
  for (const CLI::Option* option : verb.get_options()) {
    text += is_positional(*option) ? " " + positional(*option) : "";
  }
  return text + "\n" + roff(verb.get_description()) + "\n" + options_text(verb) +
         paragraphs(verb.get_footer(), notes);
}

}  // namespace

std::string value_name(const CLI::Option& option) {
  std::string name = option.get_type_name();
  for (const char* of_check : {":{", ":INT in [", ":UINT in ["}) {
    name = name.substr(0, name.find(of_check));
  }
  return name;
}

std::string manual_page(const CLI::App& app, const ManualHeader& header) {
  const std::string name = app.get_name();
  const auto verbs = app.get_subcommands({});
  std::string page = ".TH " + upper_case(name) + " " + std::to_string(header.section) + " \"\" \"" +
                     name + " " + std::string(kVersion) + "\" \"Etymon\"\n";
  page += ".nh\n.ad l\n";  // paths and examples as they are written: no hyphens, no wider blanks
  page += ".SH NAME\n" + roff(name) + " \\- " + roff(app.get_description()) + "\n";
  page += ".SH SYNOPSIS\n" + bold(name) + " [" + italic("options") + "]" +
          (verbs.empty() ? "" : " " + italic("VERB") + " ...") + "\n";
  page += ".SH DESCRIPTION\n" + paragraphs(header.description);
  page += ".SH OPTIONS\n" + options_text(app) + entries_text(header);
  const std::string notes = app.get_footer();
  if (!verbs.empty()) {
    page += ".SH VERBS\n";
    for (const CLI::App* verb : verbs) {
      page += verb_text(*verb, notes);
    }
  }
  page += header.signals.empty() ? "" : ".SH SIGNALS\n" + paragraphs(header.signals);
  page += ".SH NOTES\n" + paragraphs(notes);
  return page + ".SH SEE ALSO\n" + roff(header.see_also) + "\n";
}

}  // namespace etymon::api
