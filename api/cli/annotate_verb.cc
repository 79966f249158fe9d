#include "api/cli/annotate_verb.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "api/cli/progress.h"
#include "api/cli/rsyslog.h"
#include "api/cli/streams.h"

namespace etymon::cli {

namespace {

constexpr int kYearMin = 1970;
constexpr int kYearMax = 9999;

constexpr const char* kFooter =
    "Each line comes out once, in its place. Lines of no format pass unchanged and are counted;\n"
    "so does JSON that has a firewall's line for the text of a member (journalctl -o json).\n"
    "A line of text gets \" name=NAME verdict=LIVE\" behind it, with ambiguous=true where several\n"
    "names fit; a line of JSON a member \"etymon\", in which \"others\" are up to 16 more names\n"
    "that fit and \"others_left_out\" counts the rest; a line of columns three more: the name, "
    "the\n"
    "verdict, T for ambiguous. JSON that has that member passes unchanged, as of no format; text\n"
    "is not looked through for what an earlier run added. Without a name: verdict=NEVER or\n"
    "UNKNOWN. etymon manual has the verdicts. While the server cannot be reached, once the\n"
    "command runs: verdict=ERROR reason=SERVER_UNREACHABLE; it is looked for until it is back.\n"
    "\n"
    "The host is the end in a private, shared, link-local or loopback network, or in --lan; the\n"
    "source when both ends are, or neither. Behind NAT it is the inside address.\n"
    "\n"
    "Asked about is when the contact began, as exactly as it is written: 14:21:46 means any\n"
    "moment of that second, and where --columns or --regex say that it is the time, 14:21 of\n"
    "that minute. A time without a zone is in --timezone; an offset, Z, UTC and GMT are zones,\n"
    "and other abbreviations count as none. What occurs twice in its zone, as clocks are set\n"
    "back, is any moment from the first to the second. A time without a year is in --year, or\n"
    "the newest that is at most a day in the future; one without a date is the newest that is\n"
    "at most five minutes in the future. A line without a time is asked about as of now, and has\n"
    "as_of=now behind its verdict.\n"
    "\n"
    "Of conntrack, [DESTROY] and [UPDATE] have the time of their own event, and the contact began\n"
    "before: take conntrack -E -e NEW -o timestamp, or have the kernel write how long each lived\n"
    "(sysctl net.netfilter.nf_conntrack_timestamp=1). Without that they are asked about as of\n"
    "their event, and counted at the end.\n"
    "\n"
    "--columns time=1,source=3,destination=5,destination_port=6: by number, or by the names in\n"
    "the first line, which must have them all; also source_port, proto; client and address\n"
    "instead of source and destination where the log tells who is who. Between commas or\n"
    "semicolons, a record whose quotes have a line break in them passes unchanged, as of no\n"
    "format; so do the lines behind a quote that is never closed, for 8 KiB at most.\n"
    "\n"
    "--regex '(?P<time>\\S+) (?P<client>\\S+) -> (?P<address>\\S+)': RE2, the same names and\n"
    "no others; groups that are none of these have no name.";

// Where the log is a file, and somebody looks.
void show(Progress& progress, const std::string& file, uint64_t octets, uint64_t size) {
  if (size > 0) {
    progress.show(file, static_cast<double>(octets) / static_cast<double>(std::max(size, octets)));
  }
}

void tell(const std::string& summary) {
  const std::string line = "annotated " + summary + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void AnnotateFlags::add_to(CLI::App& verb) {
  logs::Settings& settings = command_.settings;
  verb.footer(kFooter);
  verb.add_option("FILE", command_.file, "The log (default standard input)")->type_name("");
  CLI::Option* format =
      verb.add_option(
              "-i,--format", settings.format,
              "The log's format (default auto: each line's own). Nothing tells a firewall's\n"
              "line from one that a stranger had written into free text, as the user's name\n"
              "in a line of sshd: give annotate the firewall's lines alone")
          ->type_name(logs::format_names("|"));
  CLI::Option* output =
      verb.add_option("-o,--output", output_,
                      "inplace (default), or json: {\"format\", \"etymon\", \"line\"} a line")
          ->type_name("inplace|json")
          ->check(CLI::IsMember({"inplace", "json"}));
  verb.add_option("--lan", settings.lan, "A network that is inside, too; may be repeated")
      ->type_name("PREFIX")
      ->allow_extra_args(false);  // what stands behind its value is the log
  verb.add_option("--timezone", settings.timezone,
                  "Of times without one: local (default), UTC, +02:00, Europe/Berlin")
      ->type_name("ZONE");
  verb.add_option("--year", year_, "Of times without one (default the newest that fits)")
      ->type_name("N")
      ->check(CLI::Range(kYearMin, kYearMax));
  CLI::Option* columns =
      verb.add_option("--columns", settings.columns, "What is in which column of a CSV file")
          ->type_name("NAME=N,...")
          ->excludes(format);
  verb.add_option("--separator", settings.separator,
                  "Between columns (default ,): one character, or tab")
      ->type_name("C")
      ->needs(columns);
  verb.add_option("--regex", settings.regex, "An expression with named groups")
      ->type_name("RE2")
      ->excludes(columns)
      ->excludes(format);
  verb.add_flag("--rsyslog", rsyslog_,
                "Speak with rsyslog's mmexternal: {\"$!\":{\"etymon\":{...}}} for each message")
      ->excludes(output);
}

Result<AnnotateCommand> AnnotateFlags::command() const {
  AnnotateCommand command = command_;
  command.reader = rsyslog_ ? Reader::kRsyslog : Reader::kAnybody;
  command.output = output_ == "json" ? AnnotateOutput::kJson : AnnotateOutput::kInPlace;
  if (year_ != 0) {
    command.settings.year = year_;
  }
  return command;
}

namespace {

// rsyslog's queue stands still meanwhile, and the server may be hung.
constexpr Milliseconds kRsyslogPatience{2'000};

Result<ExitStatus> run_for_rsyslog(const InputFile& input, logs::Recognizer& recognizer,
                                   Client& client) {
  LineReader lines(input.fd(), kLogLineMax);
  const auto lookup = [&](const v1::LookupRequest& question) {
    return client.lookup(question, kRsyslogPatience);
  };
  if (const Status served = serve_rsyslog({lines, recognizer, lookup, print_now}); !served) {
    return served.error();
  }
  return ExitStatus::kOk;
}

}  // namespace

Result<ExitStatus> run_annotate(const AnnotateCommand& command, Client& client,
                                const Clock& clock) {
  auto recognizer = logs::Recognizer::create(command.settings, clock);
  if (!recognizer) {
    return recognizer.error();
  }
  const InputFile input(command.file);
  if (!input.opened()) {
    return input.opened().error();
  }
  if (command.reader == Reader::kRsyslog) {
    return run_for_rsyslog(input, **recognizer, client);
  }
  // A bar between the lines of the log would help nobody.
  const uint64_t size = isatty(STDOUT_FILENO) != 0 ? 0 : size_of(command.file);
  Progress progress(STDERR_FILENO, clock);
  const AnnotateSink sink{print_now,
                          [&](uint64_t octets) { show(progress, command.file, octets, size); }};
  LineReader lines(input.fd(), kLogLineMax);
  const LookupServer server{[&] { return client.lookup_stream(); },
                            [&](Milliseconds patience) { return client.is_reachable(patience); }};
  const Result<AnnotateCounts> counts =
      annotate({lines, server, **recognizer, clock}, command.output, sink);
  progress.clear();
  if (!counts) {
    return counts.error();
  }
  tell(summary_of(*counts) + mismatch_of(*counts, command.settings));
  return counts->errors > 0 ? ExitStatus::kFailed : ExitStatus::kOk;
}

}  // namespace etymon::cli
