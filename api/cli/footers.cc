#include "api/cli/footers.h"

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <string>

namespace etymon::cli {

namespace {

// In lines of 80 octets at most. Exit statuses are paragraphs, for a manual page fills its lines.
constexpr const char* kTimes =
    "Times are RFC 3339 (2026-11-23T14:21:46Z), a date, today, yesterday, a time of\n"
    "today (14:21), seconds of the epoch, or relative (now, -2h, 1w2d, -3600: so long\n"
    "ago), in UTC where no zone is written. 14:21 means any moment of that minute.";

constexpr const char* kNames =
    "Names: *.NAME is the name and all below it, . the root, *. the root and all below\n"
    "it. What has / or : in it, or only digits behind its last dot, is an address; in a\n"
    "name write \\047 for /, \\058 for :, and \\049 for 1.";

constexpr const char* kDurations = "Durations: 1w2d3h4m5s, 500ms.";

constexpr const char* kExitStatus =
    "Exit status: 0 asked and answered, also when there was no name;\n"
    "2 wrong arguments; 4 the server cannot be reached, or one of the two is not who\n"
    "the other wants to speak to (TLS); 5 any other failure, such as a role that is\n"
    "missing.";

// A line of lookup --file, and of bypass.
constexpr const char* kQuestions =
    R"(A question is a line of JSON: {"client":"192.168.1.7","address":"203.0.113.83",
"at":"2026-11-23T14:21:46Z"}, with "port", "proto", "tolerance" and "min_coverage"
("2.5s") where they matter. "at" is such a time, or a number: seconds of the epoch.
Without a "tolerance" any moment of what is written is meant; "0s" is that one
microsecond. Each line has one answer; to one that is no question, also a blank
one, it is an error. Of rows and names standard error tells line and reason.)";

// Exit statuses that not every verb has.
constexpr const char* kOfLookup =
    "lookup --exit-status: 0 named, 1 no name (what only other hosts were told is\n"
    "none), 3 ambiguous.\n\n"
    "lookup --file: 5 also when the server had an error for an answer to a line.";
constexpr const char* kOfLines =
    "annotate, bypass: 5 also when the server had an error for an answer to a line.";
constexpr const char* kOfHealth = "health: 1 not serving.";
constexpr const char* kOfImport =
    "import: 1 a file was damaged, what was sound is in; of an export with a bad\n"
    "line, its covered spans are left out.";
constexpr const char* kOfVerify = "verify: 1 damage was found.";
constexpr const char* kOfConsent = "forget, retention: 1 it was not confirmed.";

constexpr const char* kFile =
    "/etc/etymon/etymon.conf: lines of KEY = VALUE with the keys server, server_name,\n"
    "token_file, ca, certificate and key. Where it names a server, the others are for\n"
    "that server alone.";

std::string joined(std::initializer_list<std::string> paragraphs) {
  std::string all;
  for (const std::string& paragraph : paragraphs) {
    all += (all.empty() || paragraph.empty() ? "" : "\n\n") + paragraph;
  }
  return all;
}

void add(CLI::App& app, const char* verb, std::initializer_list<std::string> paragraphs) {
  CLI::App& to = *app.get_subcommand(verb);
  to.footer(joined({to.get_footer(), joined(paragraphs)}));
}

}  // namespace

void add_footers(CLI::App& app) {
  for (const char* verb : {"names", "client", "recurrence", "common", "top", "export"}) {
    add(app, verb, {kNames, kTimes});
  }
  add(app, "watch", {kNames});
  add(app, "lookup", {kTimes, kDurations, kQuestions, kExitStatus, kOfLookup});
  add(app, "bypass", {kTimes, kDurations, kExitStatus, kOfLines});
  add(app, "annotate", {kExitStatus, kOfLines});
  add(app, "forget", {kNames, kTimes, kExitStatus, kOfConsent});
  add(app, "retention", {kDurations, kExitStatus, kOfConsent});
  add(app, "import", {kExitStatus, kOfImport});
  add(app, "verify", {kExitStatus, kOfVerify});
  add(app, "health", {kExitStatus, kOfHealth});
  app.footer(joined({kNames, kTimes, kDurations, kQuestions, kExitStatus, kOfLookup, kOfLines,
                     kOfHealth, kOfImport, kOfVerify, kOfConsent, kFile}));
}

}  // namespace etymon::cli
