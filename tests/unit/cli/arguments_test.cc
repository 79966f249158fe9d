// What the command understands, and what it says to what it does not.
#include "api/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "api/cli/moments.h"
#include "resolver/base/time_text.h"
#include "tests/support/fakes.h"

namespace etymon::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

WallTime at(const char* text) {
  return parse_time(text, WallTime())->start;
}

Result<Invocation> parse(const std::vector<std::string>& arguments, const char* server = "") {
  ConnectionTexts environment;
  environment.server = server;
  return parse_arguments(arguments, {environment, std::string(), at("2026-11-23T12:00:00Z")});
}

template <class T>
T command(const std::vector<std::string>& arguments) {
  Result<Invocation> invocation = parse(arguments);
  EXPECT_TRUE(invocation.ok()) << invocation.error().message;
  return invocation.ok() ? std::get<T>(invocation->command) : T();
}

std::string mistake(const std::vector<std::string>& arguments) {
  const Result<Invocation> invocation = parse(arguments);
  if (invocation.ok()) {
    return "";
  }
  EXPECT_EQ(invocation.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(invocation.error().message.find('\n'), std::string::npos);
  return invocation.error().message;
}

std::string help_of(const char* verb) {
  return command<Notice>({verb, "--help"}).text;
}

TEST(Arguments, lookup_takes_its_question) {
  const auto lookup = command<LookupCommand>({"lookup", "192.0.2.1", "--client", "10.0.0.7", "--at",
                                              "2026-11-23T07:20:14.000001Z", "--port", "443",
                                              "--proto", "TCP", "--min-coverage", "1d", "--json"});
  EXPECT_EQ(lookup.question.address(), "192.0.2.1");
  EXPECT_EQ(lookup.question.client(), "10.0.0.7");
  EXPECT_EQ(from_proto(lookup.question.at()), at("2026-11-23T07:20:14.000001Z"));
  EXPECT_EQ(lookup.question.port(), 443U);
  EXPECT_EQ(lookup.question.proto(), "tcp");
  EXPECT_EQ(from_proto(lookup.question.min_coverage()), Seconds(86'400));
  EXPECT_EQ(lookup.print, Print::kJson);
  EXPECT_EQ(lookup.exit_by, ExitBy::kSuccess);
}

TEST(Arguments, a_backup_goes_to_a_place_that_does_not_depend_on_where_the_daemon_runs) {
  EXPECT_EQ(command<BackupCommand>({"backup", "/var/backups/etymon"}).folder,
            "/var/backups/etymon");
  const std::string folder = command<BackupCommand>({"backup", "here/./etymon"}).folder;
  EXPECT_EQ(folder, std::filesystem::current_path() / "here/etymon");
  EXPECT_THAT(mistake({"backup"}), HasSubstr("FOLDER"));
}

TEST(Arguments, a_backup_wants_a_folder_that_can_be_told) {
  EXPECT_THAT(mistake({"backup", ""}), HasSubstr("FOLDER: it is empty"));
  const std::filesystem::path here = std::filesystem::current_path();
  const testing::TemporaryFolder folder;
  const std::filesystem::path gone = folder.path() + "/gone";
  std::filesystem::create_directory(gone);
  std::filesystem::current_path(gone);
  std::filesystem::remove(gone);
  EXPECT_THAT(mistake({"backup", "here"}), HasSubstr("FOLDER: 'here' is relative to a folder"));
  EXPECT_EQ(command<BackupCommand>({"backup", "/var/backups"}).folder, "/var/backups");
  std::filesystem::current_path(here);
}

TEST(Arguments, forget_takes_a_client_a_name_and_a_span) {
  const auto forget = command<ForgetCommand>({"forget", "--client", "10.0.0.0/24", "--name",
                                              "*.Example.org", "-A", "-2h", "-B", "-1h", "-j"});
  EXPECT_EQ(forget.request.client(), "10.0.0.0/24");
  EXPECT_EQ(forget.request.name(), "Example.org");
  EXPECT_EQ(forget.request.match(), v1::NAME_MATCH_SUBTREE);
  EXPECT_EQ(from_proto(forget.request.start()), at("2026-11-23T10:00:00Z"));
  EXPECT_EQ(from_proto(forget.request.end()), at("2026-11-23T11:00:00Z"));
  EXPECT_FALSE(forget.request.count_only());
  EXPECT_EQ(forget.format, Format::kJson);
  EXPECT_EQ(forget.consent, Consent::kAsk);
  const auto day = command<ForgetCommand>({"forget", "--at", "2026-11-22", "--yes", "--count"});
  EXPECT_EQ(from_proto(day.request.end()), at("2026-11-22T23:59:59.999999Z"));
  EXPECT_TRUE(day.request.count_only());
  EXPECT_EQ(day.consent, Consent::kGiven);
}

TEST(Arguments, a_span_is_not_the_single_moment_that_a_relative_time_is) {
  for (const char* relative : {"-2h", "1w2d", "-3600"}) {
    const std::string told = std::string("--at: '") + relative + "' is a single moment; --after " +
                             relative + " is all since then";
    EXPECT_EQ(mistake({"client", "10.0.0.7", "--at", relative}), told);
    EXPECT_EQ(mistake({"forget", "--at", relative}), told);
  }
  EXPECT_EQ(mistake({"names", "x.example", "--at", "now"}),
            "--at: 'now' is a single moment; --after -5m is the last five minutes");
  for (const char* written : {"today", "14:21", "1795443706", "2026-11-23T07:20:14.000001Z",
                              "2026-11-23T07:20:14.000001z"}) {
    EXPECT_EQ(mistake({"client", "10.0.0.7", "--at", written}), "");
  }
  EXPECT_EQ(mistake({"lookup", "192.0.2.1", "--at", "-2h"}), "") << "which is about a moment";
}

TEST(Arguments, forget_wants_to_know_what) {
  EXPECT_THAT(mistake({"forget"}), HasSubstr("--client"));
  EXPECT_THAT(mistake({"forget", "--yes"}), HasSubstr("--client"));
  EXPECT_THAT(mistake({"forget", "--client", "here"}), HasSubstr("\"here\""));
  EXPECT_THAT(mistake({"forget", "--name", "a..b"}), HasSubstr("--name: 'a..b' is no name; "));
  for (const char* address : {"198.51.100.50", "198.51.100.0/24", "2001:db8::1", "192.0.2..1"}) {
    EXPECT_THAT(mistake({"forget", "--name", address}), HasSubstr("cannot be forgotten by it"));
  }
  EXPECT_THAT(mistake({"forget", "--at", "noon"}), HasSubstr("--at"));
}

TEST(Arguments, what_is_given_and_empty_does_not_count_as_not_given) {
  EXPECT_EQ(mistake({"forget", "--client", "", "-A", "-1h"}), "--client: it is empty");
  EXPECT_EQ(mistake({"forget", "--name", "", "-A", "-1h"}), "--name: it is empty");
  EXPECT_EQ(mistake({"forget", "--client", "10.0.0.7", "-A", ""}), "--after: it is empty");
  EXPECT_EQ(mistake({"lookup", "192.0.2.1", "--client", ""}), "--client: it is empty");
  EXPECT_EQ(mistake({"lookup", "192.0.2.1", "--at", ""}), "--at: it is empty");
  EXPECT_EQ(mistake({"export", "--client", ""}), "--client: it is empty");
  EXPECT_EQ(mistake({"annotate", "--lan", "10.0.0.0/8", "--lan", ""}), "--lan: it is empty");
  EXPECT_EQ(mistake({"--server", "", "status"}), "--server: it is empty");
  EXPECT_EQ(mistake({"status", "--server", ""}), "--server: it is empty");
}

TEST(Arguments, nor_does_what_has_no_flag) {
  EXPECT_EQ(mistake({"client", ""}), "IP: it is empty");
  EXPECT_EQ(mistake({"flush", ""}), "NAME: it is empty");
  EXPECT_EQ(mistake({"top", ""}), "WHAT: it is empty");
  EXPECT_EQ(mistake({"annotate", ""}), "FILE: it is empty");
  EXPECT_EQ(mistake({"common", "10.0.0.7", "", "10.0.0.8"}), "HOST: it is empty");
}

TEST(Arguments, verify_speaks_to_programs_too) {
  EXPECT_EQ(command<VerifyCommand>({"verify"}).format, Format::kText);
  EXPECT_EQ(command<VerifyCommand>({"verify", "-j"}).format, Format::kJson);
}

TEST(Arguments, retention_changes_what_is_given_and_leaves_the_rest) {
  const auto told = command<RetentionCommand>({"retention", "-j"});
  EXPECT_FALSE(told.request.has_keep() || told.request.has_keep_bytes());
  EXPECT_EQ(told.format, Format::kJson);
  const auto aged = command<RetentionCommand>({"retention", "--keep", "90d"});
  EXPECT_EQ(aged.request.keep().seconds(), 90 * 86'400);
  EXPECT_FALSE(aged.request.has_keep_bytes());
  EXPECT_EQ(aged.consent, Consent::kAsk);
  const auto sized = command<RetentionCommand>({"retention", "--keep-bytes", "2GiB", "--yes"});
  EXPECT_EQ(sized.request.keep_bytes(), uint64_t{2} << 30);
  EXPECT_EQ(sized.consent, Consent::kGiven);
  EXPECT_THAT(mistake({"retention", "--keep", "ever"}), HasSubstr("--keep: "));
  EXPECT_THAT(mistake({"retention", "--keep-bytes", "2GB"}), HasSubstr("--keep-bytes: "));
}

TEST(Arguments, flush_takes_a_name_or_means_everything) {
  EXPECT_EQ(command<FlushCommand>({"flush"}).name, "");
  const auto below = command<FlushCommand>({"flush", "example.org", "--subtree", "-j"});
  EXPECT_EQ(below.name, "example.org");
  EXPECT_TRUE(below.subtree);
  EXPECT_EQ(below.format, Format::kJson);
  EXPECT_FALSE(command<FlushCommand>({"flush", "www.example.org"}).subtree);
  EXPECT_EQ(command<FlushCommand>({"flush", "status"}).name, "status") << "a name, no verb";
  EXPECT_THAT(mistake({"flush", "a..b"}), HasSubstr("NAME: "));
  EXPECT_THAT(mistake({"flush", "--subtree"}), HasSubstr("wants a NAME"));
}

TEST(Arguments, log_level_takes_one_of_four) {
  EXPECT_EQ(command<LogLevelCommand>({"log-level", "debug"}).level, api::LogLevel::kDebug);
  EXPECT_THAT(mistake({"log-level", "loud"}), HasSubstr("LEVEL: 'loud' is none of"));
  EXPECT_THAT(mistake({"log-level"}), HasSubstr("LEVEL"));
}

TEST(Arguments, annotate_takes_its_settings_and_its_log) {
  const auto annotate = command<AnnotateCommand>(
      {"annotate", "-i", "zeek", "-o", "json", "--timezone", "UTC", "--year", "2025", "--lan",
       "2001:db8:7::/48", "--lan", "198.51.100.0/24", "fw.log"});
  EXPECT_EQ(annotate.file, "fw.log");
  EXPECT_EQ(annotate.output, AnnotateOutput::kJson);
  EXPECT_EQ(annotate.settings.format, "zeek");
  EXPECT_EQ(annotate.settings.timezone, "UTC");
  EXPECT_EQ(annotate.settings.year, 2025);
  EXPECT_THAT(annotate.settings.lan, ElementsAre("2001:db8:7::/48", "198.51.100.0/24"));
  EXPECT_EQ(annotate.reader, Reader::kAnybody);
}

TEST(Arguments, annotate_reads_standard_input_with_the_local_zone) {
  const auto annotate = command<AnnotateCommand>({"annotate", "--rsyslog"});
  EXPECT_EQ(annotate.file, "-");
  EXPECT_EQ(annotate.output, AnnotateOutput::kInPlace);
  EXPECT_EQ(annotate.settings.format, "auto");
  EXPECT_EQ(annotate.settings.timezone, "local");
  EXPECT_EQ(annotate.reader, Reader::kRsyslog);
  EXPECT_THAT(mistake({"annotate", "--separator", ";"}), HasSubstr("--columns"));
  EXPECT_THAT(mistake({"annotate", "-o", "xml"}), HasSubstr("xml"));
}

TEST(Arguments, annotate_refuses_what_it_would_not_heed) {
  const std::string columns = "source=1,destination=2";
  EXPECT_THAT(mistake({"annotate", "-i", "zeek", "--columns", columns}),
              AllOf(HasSubstr("--columns"), HasSubstr("--format")));
  EXPECT_THAT(mistake({"annotate", "--regex", "x", "-i", "zeek"}),
              AllOf(HasSubstr("--regex"), HasSubstr("--format")));
  EXPECT_THAT(mistake({"annotate", "--rsyslog", "-o", "json"}),
              AllOf(HasSubstr("--rsyslog"), HasSubstr("--output")));
  EXPECT_EQ(command<AnnotateCommand>({"annotate", "--rsyslog", "-i", "zeek"}).settings.format,
            "zeek");
  EXPECT_EQ(
      command<AnnotateCommand>({"annotate", "-o", "json", "--columns", columns}).settings.columns,
      columns);
}

TEST(Arguments, without_a_time_the_server_says_what_now_is) {
  EXPECT_FALSE(command<LookupCommand>({"lookup", "192.0.2.1"}).question.has_at());
}

TEST(Arguments, a_coarse_time_means_any_moment_of_it) {
  const auto minute = command<LookupCommand>({"lookup", "192.0.2.1", "--at", "2026-11-23T14:21Z"});
  EXPECT_EQ(from_proto(minute.question.at()), at("2026-11-23T14:21:00Z"));
  EXPECT_EQ(from_proto(minute.question.tolerance()), Seconds(60) - Microseconds(1));
  const auto exact =
      command<LookupCommand>({"lookup", "192.0.2.1", "--at", "2026-11-23T14:21:46.000001Z"});
  EXPECT_EQ(from_proto(exact.question.tolerance()), Microseconds(0));
}

TEST(Arguments, a_tolerance_of_ones_own_comes_first) {
  const auto lookup = command<LookupCommand>(
      {"lookup", "192.0.2.1", "--at", "2026-11-23T14:21Z", "--tolerance", "5s"});
  EXPECT_EQ(from_proto(lookup.question.tolerance()), Seconds(5));
}

TEST(Arguments, a_relative_time_is_no_flag) {
  const auto lookup = command<LookupCommand>({"lookup", "192.0.2.1", "--at", "-2h"});
  EXPECT_EQ(from_proto(lookup.question.at()), at("2026-11-23T10:00:00Z"));
}

TEST(Arguments, a_block_of_addresses_may_be_asked) {
  EXPECT_EQ(command<LookupCommand>({"lookup", "192.0.2.0/24"}).question.address(), "192.0.2.0/24");
  EXPECT_EQ(command<LookupCommand>({"lookup", "2001:db8::1"}).question.address(), "2001:db8::1");
}

TEST(Arguments, lookup_prints_in_the_forms_of_the_other_verbs) {
  const auto print_of = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"lookup", "192.0.2.1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return command<LookupCommand>(arguments).print;
  };
  EXPECT_EQ(print_of({}), Print::kText);
  EXPECT_EQ(print_of({"-p", "text"}), Print::kText);
  EXPECT_EQ(print_of({"-p", "json"}), Print::kJson);
  EXPECT_EQ(print_of({"-j"}), Print::kJson);
  EXPECT_EQ(print_of({"--print", "csv"}), Print::kCsv);
  EXPECT_EQ(print_of({"-p", "minimal"}), Print::kMinimal);
  EXPECT_EQ(command<LookupFileCommand>({"lookup", "-f", "-", "-p", "csv"}).print, Print::kCsv);
  EXPECT_THAT(mistake({"lookup", "192.0.2.1", "-p", "xml"}), HasSubstr("--print: 'xml'"));
  for (const char* other : {"csv", "nonsense"}) {
    EXPECT_THAT(mistake({"lookup", "192.0.2.1", "-j", "-p", other}),
                AllOf(HasSubstr("--json"), HasSubstr("--print")));
  }
}

TEST(Arguments, times_are_those_of_dnsdbq) {
  const auto start_of = [](const char* written) {
    return from_proto(
        command<LookupCommand>({"lookup", "192.0.2.1", "--at", written}).question.at());
  };
  EXPECT_EQ(start_of("1w2d"), at("2026-11-14T12:00:00Z"));
  EXPECT_EQ(start_of("-1w2d"), at("2026-11-14T12:00:00Z"));
  EXPECT_EQ(start_of("-3600"), at("2026-11-23T11:00:00Z"));
  EXPECT_EQ(start_of("3600"), at("1970-01-01T01:00:00Z"));
  EXPECT_EQ(start_of("today"), at("2026-11-23T00:00:00Z"));
  const auto day = command<LookupCommand>({"lookup", "192.0.2.1", "--at", "yesterday"});
  EXPECT_EQ(from_proto(day.question.at()), at("2026-11-22T00:00:00Z"));
  EXPECT_EQ(from_proto(day.question.tolerance()), std::chrono::days(1) - Microseconds(1));
}

TEST(Arguments, exit_status_has_a_short_form) {
  EXPECT_EQ(command<LookupCommand>({"lookup", "192.0.2.1", "-e"}).exit_by, ExitBy::kVerdict);
}

TEST(Arguments, lookup_of_a_file_takes_no_question_beside_it) {
  const auto file = command<LookupFileCommand>({"lookup", "--file", "-", "--json"});
  EXPECT_EQ(file.file, "-");
  EXPECT_EQ(file.print, Print::kJson);
  EXPECT_THAT(mistake({"lookup", "--file", "-", "192.0.2.1"}), HasSubstr("ADDRESS"));
  EXPECT_THAT(mistake({"lookup", "--file", "-", "--client", "10.0.0.7"}), HasSubstr("--client"));
  EXPECT_THAT(mistake({"lookup", "--file", "-", "-e"}), HasSubstr("--exit-status"));
}

TEST(Arguments, the_other_verbs) {
  EXPECT_THAT(command<ImportCommand>({"import", "a.pcap", "b.pcapng"}).files,
              ElementsAre("a.pcap", "b.pcapng"));
  EXPECT_EQ(command<StatusCommand>({"status", "-j"}).format, Format::kJson);
  EXPECT_EQ(command<StatusCommand>({"status"}).format, Format::kText);
  command<HealthCommand>({"health"});
  EXPECT_THAT(command<Notice>({"version"}).text, HasSubstr("etymon "));
  EXPECT_EQ(command<Notice>({"--version"}).text, command<Notice>({"version"}).text);
  EXPECT_EQ(command<Notice>({"help"}).text, command<Notice>({"--help"}).text);
}

TEST(Arguments, import_has_the_zone_of_a_log) {
  const auto zone_of = [](const char* offset) {
    return command<ImportCommand>({"import", "dns.log", "--utc-offset", offset}).zone;
  };
  EXPECT_EQ(command<ImportCommand>({"import", "dns.log"}).zone, Microseconds(0));
  EXPECT_EQ(zone_of("+05:30"), std::chrono::minutes(330));
  EXPECT_EQ(zone_of("-1400"), -std::chrono::hours(14));
  for (const char* wrong : {"5", "+14:01", "+05:61", "CET", "+0a:00"}) {
    EXPECT_THAT(mistake({"import", "dns.log", "--utc-offset", wrong}), HasSubstr("--utc-offset"));
  }
}

TEST(Arguments, help_states_every_exit_status) {
  const std::string help = command<Notice>({"help"}).text;
  for (const char* promise : {"0 asked and answered", "1 no name", "2 wrong arguments",
                              "3 ambiguous", "4 the server", "5 any other failure"}) {
    EXPECT_THAT(help, HasSubstr(promise));
  }
}

TEST(Arguments, help_of_a_verb_explains_times_where_it_takes_one) {
  for (const char* verb :
       {"lookup", "names", "client", "recurrence", "common", "bypass", "top", "export", "forget"}) {
    EXPECT_THAT(help_of(verb), HasSubstr("Times are RFC 3339")) << verb;
  }
  for (const char* verb : {"watch", "annotate", "import", "status", "verify", "backup", "flush"}) {
    EXPECT_THAT(help_of(verb), Not(HasSubstr("Times are RFC 3339"))) << verb;
  }
}

TEST(Arguments, help_of_a_verb_states_its_own_exit_status_and_no_other_ones) {
  EXPECT_THAT(help_of("lookup"), HasSubstr("3 ambiguous"));
  EXPECT_THAT(help_of("verify"), HasSubstr("1 damage was found"));
  EXPECT_THAT(help_of("health"), HasSubstr("1 not serving"));
  EXPECT_THAT(help_of("retention"), HasSubstr("1 it was not confirmed"));
  EXPECT_THAT(help_of("forget"), Not(HasSubstr("damage")));
  EXPECT_THAT(help_of("watch"), Not(HasSubstr("Exit status")));
}

TEST(Arguments, the_manual_explains_times_and_each_exit_status_once) {
  const std::string page = command<Notice>({"manual"}).text;
  for (const std::string once : {"Times are RFC 3339", "Exit status: 0", "1 damage was found",
                                 "3 ambiguous", "1 it was not confirmed"}) {
    const size_t first = page.find(once);
    ASSERT_NE(first, page.npos) << once;
    EXPECT_EQ(page.find(once, first + 1), page.npos) << once;
  }
  EXPECT_THAT(page, HasSubstr("Each line comes out once"));  // of annotate alone
}

TEST(Arguments, the_server_may_stand_before_or_behind_the_verb) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--server", "unix:/tmp/a", "status"},
        std::vector<std::string>{"status", "--server", "unix:/tmp/a"}}) {
    const Result<Invocation> invocation = parse(arguments, "127.0.0.1:1");
    ASSERT_TRUE(invocation.ok());
    EXPECT_EQ(invocation->connection.server->text(), "unix:/tmp/a");
  }
}

TEST(Arguments, the_environment_stands_in_for_the_server) {
  EXPECT_EQ(parse({"status"}, "127.0.0.1:1")->connection.server->text(), "127.0.0.1:1");
  EXPECT_FALSE(parse({"status"})->connection.server.has_value());
  EXPECT_THAT(parse({"status"}, "nowhere").error().message, HasSubstr("ETYMON_SERVER"));
}

TEST(Arguments, mistakes_are_named) {
  EXPECT_THAT(mistake({}), HasSubstr("no verb"));
  EXPECT_THAT(mistake({"frobnicate"}), HasSubstr("frobnicate"));
  EXPECT_THAT(mistake({"lookup"}), HasSubstr("ADDRESS"));
  EXPECT_THAT(mistake({"lookup", "nine"}), HasSubstr("nine"));
  EXPECT_THAT(mistake({"lookup", "192.0.2.1", "--client", "10.0.0.0/8"}), HasSubstr("--client"));
  EXPECT_THAT(mistake({"lookup", "192.0.2.1", "--at", "noon"}), HasSubstr("--at"));
  EXPECT_THAT(mistake({"lookup", "192.0.2.1", "--tolerance", "-5s"}), HasSubstr("--tolerance"));
  EXPECT_THAT(mistake({"lookup", "192.0.2.1", "--port", "65536"}), HasSubstr("--port"));
  EXPECT_THAT(mistake({"lookup", "192.0.2.1", "--port", "0"}), HasSubstr("--port"));
  EXPECT_THAT(mistake({"import"}), HasSubstr("FILE"));
  EXPECT_THAT(mistake({"status", "--server", "x"}), HasSubstr("--server"));
}

}  // namespace
}  // namespace etymon::cli
