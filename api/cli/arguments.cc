#include "api/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <system_error>

#include "api/cli/footers.h"
#include "api/cli/moments.h"
#include "api/cli/question.h"
#include "api/cli/utc_offset.h"
#include "api/manual.h"
#include "api/version.h"
#include "resolver/base/time_text.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"

namespace etymon::cli {

namespace {

constexpr std::string_view kDescription =
    "etymon asks etymond, a caching DNS proxy with a memory, which name led a host to an address "
    "at\n"
    "a moment, and adds the names to firewall logs.\n"
    "\n"
    "A lookup says LIVE when a name had delivered the address to the host and was still valid,\n"
    "EXPIRED when its validity had ended, OTHER_CLIENT when only other hosts had been told, NEVER\n"
    "when recording covered the moment and no name ever led there, and UNKNOWN when it did not. "
    "When\n"
    "several names fit and nothing separates them, the answer is ambiguous.";

constexpr std::string_view kSeeAlso = "etymond(8)";

// The options of `lookup` as they were written.
struct LookupFlags {
  std::string address;
  std::string client;
  std::string at;
  std::string tolerance;
  std::string min_coverage;
  uint32_t port = 0;
  std::string proto;
  std::string file;
  std::string print;
  bool json = false;
  bool exit_status = false;
};

Error invalid(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

// "address: 'foo' is no ..."
Error invalid(const std::string& argument, const Error& error) {
  return invalid(argument + ": " + error.message);
}

Status set_time(const LookupFlags& flags, WallTime now, v1::LookupRequest& question) {
  if (!flags.tolerance.empty()) {
    const Result<Microseconds> tolerance = parse_duration(flags.tolerance);
    if (!tolerance) {
      return invalid("--tolerance", tolerance.error());
    }
    *question.mutable_tolerance() = to_proto(*tolerance);
  }
  if (!flags.at.empty()) {
    if (const Status set = set_moment(flags.at, now, question); !set) {
      return invalid("--at", set.error());
    }
  }
  if (!flags.min_coverage.empty()) {
    const Result<Microseconds> span = parse_duration(flags.min_coverage);
    if (!span) {
      return invalid("--min-coverage", span.error());
    }
    *question.mutable_min_coverage() = to_proto(*span);
  }
  return {};
}

Status set_hosts(const LookupFlags& flags, v1::LookupRequest& question) {
  if (const auto address = IpPrefix::from_text(flags.address); !address) {
    return invalid("ADDRESS", address.error());
  }
  question.set_address(flags.address);
  if (flags.client.empty()) {
    return {};
  }
  if (const auto client = IpAddress::from_text(flags.client); !client) {
    return invalid("--client", client.error());
  }
  question.set_client(flags.client);
  return {};
}

Result<Command> lookup_command(const LookupFlags& flags, WallTime now) {
  const Result<Print> print = flags.json ? Print::kJson : print_named(flags.print);
  if (!print) {
    return print.error();
  }
  if (!flags.file.empty()) {
    return Command(LookupFileCommand{flags.file, *print});
  }
  if (flags.address.empty()) {
    return invalid("lookup wants an ADDRESS, or --file; see etymon lookup --help");
  }
  LookupCommand command{{}, *print, flags.exit_status ? ExitBy::kVerdict : ExitBy::kSuccess};
  if (const Status status = set_hosts(flags, command.question); !status) {
    return status.error();
  }
  if (const Status status = set_time(flags, now, command.question); !status) {
    return status.error();
  }
  command.question.set_port(flags.port);
  command.question.set_proto(flags.proto);
  lower_proto(command.question);
  return Command(std::move(command));
}

// The verbs with their options, and what was written for them.
class Parser {
 public:
  Parser() {
    app_.require_subcommand(0, 1);  // what stands behind the verb is no verb, whatever its name
    past_flags_.add_to(app_);
    for (CLI::App* verb : app_.get_subcommands({})) {
      verb->fallthrough();  // --server may stand behind the verb, too
    }
    add_connection_options(app_, connection_);
    app_.add_flag("--version", version_flag_, "Print the version and end");
    add_lookup_options();
    annotate_flags_.add_to(*annotate_);
    forget_flags_.add_to(*forget_);
    retention_flags_.add_to(*retention_);
    import_
        ->add_option("FILE", files_,
                     "pcap, pcapng, our own export (NDJSON), or dnsmasq's log with\n"
                     "log-queries=extra; its content says which. - is standard input")
        ->type_name("")
        ->required();
    import_
        ->add_option("--utc-offset", utc_offset_,
                     "Zone of a log's times that name none, such as +01:00 (default +00:00).\n"
                     "Times without a year are of the latest one that is at most a day ahead;\n"
                     "what is from the future is left out")
        ->type_name("+HH:MM");
    for (CLI::App* verb : {status_, verify_, backup_, flush_}) {
      verb->add_flag("-j,--json", json_, "As JSON, in one line");
    }
    backup_
        ->add_option("FOLDER", folder_, "A new folder, on the daemon's machine and by its rights")
        ->type_name("")
        ->required();
    flush_
        ->add_option("NAME", flush_flags_.name,
                     "Answers to questions for this name, of all types (default: all answers)")
        ->type_name("");
    flush_->add_flag("--subtree", flush_flags_.subtree, "And for all names below it");
    log_level_->add_option("LEVEL", level_, "How much, until the daemon is started anew")
        ->type_name("error|warning|info|debug")
        ->required();
    completion_->add_option("SHELL", shell_, "Whose: source <(etymon completion bash), or a file")
        ->type_name("bash|zsh|fish")
        ->required();
    add_footers(app_);
    help_text_ = api::help_text(app_);  // once parsed, the app would only tell of the verb
  }

  Result<Invocation> parse(api::Arguments arguments, const Surroundings& surroundings) {
    const Result<std::optional<std::string>> help = api::parse_command_line(app_, arguments);
    if (!help) {
      return help.error();
    }
    if (help->has_value()) {
      return Invocation{{}, Notice{**help}};
    }
    Result<Command> chosen = command(surroundings.now);
    if (!chosen) {
      return chosen.error();
    }
    if (std::holds_alternative<Notice>(*chosen)) {
      return Invocation{{}, *std::move(chosen)};
    }
    Result<Connection> connection = connection_from(surroundings);
    if (!connection) {
      return connection.error();
    }
    return Invocation{*std::move(connection), *std::move(chosen)};
  }

 private:
  void add_lookup_options();

  Result<Connection> connection_from(const Surroundings& surroundings) const {
    const bool is_named = !connection_.server.empty() || !surroundings.environment.server.empty();
    if (!surroundings.file && !is_named) {  // it may name a server, and another one be asked
      return surroundings.file.error();
    }
    return connection_of(connection_, surroundings.environment,
                         surroundings.file ? *surroundings.file : std::string());
  }

  // The first of the options that describe one question, if any was given.
  const CLI::Option* given_for_one_question() const {
    const auto given = std::find_if(of_one_question_.begin(), of_one_question_.end(),
                                    [](const CLI::Option* option) { return option->count() > 0; });
    return given == of_one_question_.end() ? nullptr : *given;
  }

  Format format() const { return json_ ? Format::kJson : Format::kText; }

  Result<Command> flush_command() const {
    FlushCommand flush = flush_flags_;
    flush.format = format();
    if (!flush.name.empty()) {
      const auto name = DomainName::from_text(flush.name);
      return name ? Result<Command>(std::move(flush)) : invalid("NAME", name.error());
    }
    return flush.subtree ? invalid("--subtree wants a NAME") : Result<Command>(std::move(flush));
  }

  // The daemon runs elsewhere: what is relative is so to where we are.
  Result<Command> backup_command() const {
    std::error_code failed;
    const std::filesystem::path folder = std::filesystem::absolute(folder_, failed);
    if (failed) {
      return invalid("FOLDER: '" + folder_ + "' is relative to a folder that cannot be told (" +
                     failed.message() + ")");
    }
    return Command(BackupCommand{folder.lexically_normal(), format()});
  }

  // What the verb asks for.
  Result<Command> command(WallTime now) const {
    if (version_flag_ || version_->parsed()) {
      return Command(Notice{"etymon " + std::string(api::kVersion) + "\n"});
    }
    if (help_->parsed()) {
      return Command(Notice{help_text_});
    }
    if (manual_->parsed()) {
      return Command(Notice{api::manual_page(app_, {1, kDescription, kSeeAlso})});
    }
    if (completion_->parsed()) {
      const Result<std::string> script = api::completion_script(app_, shell_);
      return script ? Result<Command>(Notice{*script}) : script.error();
    }
    if (lookup_->parsed()) {
      const CLI::Option* stray = lookup_flags_.file.empty() ? nullptr : given_for_one_question();
      return stray == nullptr ? lookup_command(lookup_flags_, now)
                              : invalid(stray->get_name() + " cannot be given with --file");
    }
    if (annotate_->parsed()) {
      const Result<AnnotateCommand> annotate = annotate_flags_.command();
      return annotate ? Result<Command>(*annotate) : annotate.error();
    }
    if (auto past = past_flags_.command(now)) {
      return *past ? Result<Command>(**std::move(past)) : past->error();
    }
    if (import_->parsed()) {
      const auto zone = parse_utc_offset(utc_offset_);
      return zone ? Result<Command>(Command(ImportCommand{files_, *zone}))
                  : invalid("--utc-offset", zone.error());
    }
    if (status_->parsed()) {
      return Command(StatusCommand{format()});
    }
    if (verify_->parsed()) {
      return Command(VerifyCommand{format()});
    }
    if (backup_->parsed()) {
      return backup_command();
    }
    if (forget_->parsed()) {
      const Result<ForgetCommand> forget = forget_flags_.command(now);
      return forget ? Result<Command>(*forget) : forget.error();
    }
    if (retention_->parsed()) {
      const Result<RetentionCommand> retention = retention_flags_.command();
      return retention ? Result<Command>(*retention) : retention.error();
    }
    if (flush_->parsed()) {
      return flush_command();
    }
    if (log_level_->parsed()) {
      const auto level = api::log_level_from_text(level_);
      return level ? Result<Command>(LogLevelCommand{*level}) : invalid("LEVEL", level.error());
    }
    if (health_->parsed()) {
      return Command(HealthCommand{});
    }
    return invalid("no verb; see etymon --help");
  }

  ConnectionTexts connection_;
  bool version_flag_ = false;
  LookupFlags lookup_flags_;
  std::vector<const CLI::Option*> of_one_question_;
  PastFlags past_flags_;
  AnnotateFlags annotate_flags_;
  ForgetFlags forget_flags_;
  RetentionFlags retention_flags_;
  std::vector<std::string> files_;
  std::string utc_offset_;
  std::string folder_;
  FlushCommand flush_flags_;
  std::string level_;
  bool json_ = false;  // of all verbs but lookup
  std::string help_text_;
  std::string shell_;
  CLI::App app_{"Asks etymond which name led to an address", "etymon"};
  CLI::App* lookup_ = app_.add_subcommand("lookup", "Which name led to an address?");
  CLI::App* annotate_ = app_.add_subcommand("annotate", "Add the names to a firewall's log");
  CLI::App* import_ = app_.add_subcommand("import", "Remember the DNS answers of captures");
  CLI::App* status_ = app_.add_subcommand("status", "How the daemon is doing");
  CLI::App* backup_ = app_.add_subcommand("backup", "Copy the memory while it works");
  CLI::App* verify_ = app_.add_subcommand("verify", "Is the memory sound? Reads all of it");
  CLI::App* forget_ = app_.add_subcommand("forget", "Take deliveries out of the memory for ever");
  CLI::App* retention_ = app_.add_subcommand("retention", "Tell or change how much is kept");
  CLI::App* flush_ = app_.add_subcommand("flush", "Forget cached answers, not what was delivered");
  CLI::App* log_level_ = app_.add_subcommand("log-level", "Let the daemon log more or less");
  CLI::App* health_ = app_.add_subcommand("health", "Is it serving? By exit status");
  CLI::App* completion_ = app_.add_subcommand("completion", "Print a shell's completion script");
  CLI::App* manual_ = app_.add_subcommand("manual", "Print the manual page; man -l - shows it");
  CLI::App* version_ = app_.add_subcommand("version", "Print the version");
  CLI::App* help_ = app_.add_subcommand("help", "Print this help");
};

void Parser::add_lookup_options() {
  constexpr uint32_t kPortMax = 65'535;
  LookupFlags& flags = lookup_flags_;
  CLI::App& verb = *lookup_;
  of_one_question_ = {
      verb.add_option("ADDRESS", flags.address, "The address, or a block of them (192.0.2.0/24)")
          ->type_name(""),
      verb.add_option("--client", flags.client, "The host that used it (default any)")
          ->type_name("IP"),
      verb.add_option("--at", flags.at, "When it was used (default now)")->type_name("TIME"),
      verb.add_option("--tolerance", flags.tolerance,
                      "It was used between --at and this much later (default as --at is written)")
          ->type_name("DURATION"),
      verb.add_option("--port", flags.port, "The port that was used")
          ->type_name("N")
          ->check(CLI::Range(1U, kPortMax)),
      verb.add_option("--proto", flags.proto, "The protocol that was used: tcp, udp, ...")
          ->type_name("P"),
      verb.add_option("--min-coverage", flags.min_coverage,
                      "NEVER needs this much recorded time before the moment")
          ->type_name("DURATION"),
      verb.add_flag("-e,--exit-status", flags.exit_status, "Tell the verdict by exit status")};
  verb.add_option("-f,--file", flags.file, "Questions as NDJSON, one a line; - is standard input")
      ->type_name("FILE");
  CLI::Option* print = verb.add_option("-p,--print", flags.print,
                                       "How (default text); minimal: the names, each once")
                           ->type_name("text|json|csv|minimal");
  verb.add_flag("-j,--json", flags.json, "As -p json: one answer a line")->excludes(print);
}

}  // namespace

Result<Invocation> parse_arguments(api::Arguments arguments, const Surroundings& surroundings) {
  return Parser().parse(arguments, surroundings);
}

}  // namespace etymon::cli
