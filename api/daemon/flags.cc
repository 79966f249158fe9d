#include "api/daemon/flags.h"

#include <CLI/CLI.hpp>
#include <sstream>

#include "api/daemon/settings.h"
#include "api/manual.h"
#include "api/version.h"

namespace etymon::daemon {

namespace {

constexpr const char* kFooter =
    "Settings are read from the command line first, then from the file.\n"
    "The file is TOML; `listen.addresses` there is the key `addresses` of the table `[listen]`.\n"
    "\n"
    "Exit status: 0 stopped in order, 1 failed while running, 2 wrong command line or "
    "configuration,\n"
    "3 an address cannot be listened on, 4 the store cannot be opened. --verify: 0 sound, 1 damage "
    "was\n"
    "found. --restore: 0 done, 1 the backup is damaged. --repair: 0 done, 1 not possible. All: 4 "
    "no,\n"
    "or no free, store or folder.";

constexpr std::string_view kDescription =
    "etymond is a caching DNS proxy with a memory: a network uses it as its DNS server, it "
    "forwards\n"
    "what it does not know to recursive resolvers, answers from its cache otherwise, and keeps, "
    "for\n"
    "every answer it gives, who asked, which name, through which CNAME chain, which addresses, "
    "when\n"
    "and for how long. etymon(1) and the API then say which name led a host to an address.";

constexpr std::string_view kSignals =
    "SIGHUP: all files but the configuration are read again: block lists, hosts files, records,\n"
    "leases, resolv.conf. Those that change are read again without it, within seconds, as are\n"
    "callers and certificates. It never ends the daemon.\n"
    "\n"
    "SIGTERM, SIGINT: the daemon ends in order; all that it answered is on record.\n"
    "\n"
    "One of these that was ignored when the daemon started, as under nohup(1), stays ignored.";

// Settings that have no flag.
std::vector<api::ManualEntry> file_only_settings() {
  std::vector<api::ManualEntry> entries;
  for (const Setting& setting : settings()) {
    if (setting.flag.empty()) {
      entries.push_back({setting.key, setting.value, setting.help});
    }
  }
  return entries;
}

// The same for --help, in columns as the flags are.
std::string file_only_help() {
  std::ostringstream text;
  text << "In the file only:\n";
  for (const api::ManualEntry& entry : file_only_settings()) {
    CLI::detail::format_help(text, std::string(entry.name) + " " + std::string(entry.value),
                             std::string(entry.text), CLI::Formatter().get_column_width());
  }
  return text.str();
}

void add_setting(CLI::App& app, const Setting& setting, std::vector<std::string>& values) {
  CLI::Option* option =
      app.add_option(std::string(setting.flag), values,
                     std::string(setting.help) + " [" + std::string(setting.key) + "]");
  option->type_name(std::string(setting.value));
  if (setting.kind == Setting::Kind::kList || setting.kind == Setting::Kind::kSome) {
    option->expected(1, CLI::detail::expected_max_vector_size)->delimiter(',');
  } else {
    option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }
}

}  // namespace

Result<std::variant<Flags, Notice>> parse_flags(api::Arguments arguments) {
  CLI::App app("Caching DNS proxy that remembers which name led to which address", "etymond");
  app.footer(file_only_help() + "\n" + kFooter);
  Flags flags;
  bool check = false;
  bool version = false;
  bool verify = false;
  bool manual = false;
  bool repair = false;
  app.add_option("--config", flags.config_file, "Read settings from this file")->type_name("FILE");
  app.add_flag("--check-config", check,
               "Check the configuration, and the files that it names, and end");
  CLI::Option* verifying =
      app.add_flag("--verify", verify,
                   "Check the store and end; no process may have it open (etymon verify asks the "
                   "one that has)");
  app.add_option("--restore", flags.backup,
                 "Make the store from this backup and end; there must be none yet")
      ->type_name("BACKUP")
      ->excludes(verifying);
  app.add_flag("--repair", repair,
               "Keep what can be read of a damaged store and end; what was lost becomes a gap, and "
               "the old files are put aside below the store")
      ->excludes(verifying)
      ->excludes("--restore");
  app.add_flag("--version", version, "Print the version and end");
  app.add_flag("--manual", manual, "Print the manual page and end; man -l - shows it");
  for (const Setting& setting : settings()) {
    if (!setting.flag.empty()) {
      add_setting(app, setting, flags.given[std::string(setting.key)]);
    }
  }

  const Result<std::optional<std::string>> help = api::parse_command_line(app, arguments);
  if (!help) {
    return help.error();
  }
  if (help->has_value()) {
    return std::variant<Flags, Notice>(Notice{**help});
  }
  if (version) {
    return std::variant<Flags, Notice>(Notice{"etymond " + std::string(api::kVersion) + "\n"});
  }
  if (manual) {
    app.footer(kFooter);  // the page has a section for what is in the file only
    return std::variant<Flags, Notice>(
        Notice{api::manual_page(app, {.section = 8,
                                      .description = kDescription,
                                      .see_also = "etymon(1)",
                                      .signals = kSignals,
                                      .entries_title = "SETTINGS IN THE FILE ONLY",
                                      .entries = file_only_settings()})});
  }
  flags.action = check                   ? Action::kCheckConfig
                 : verify                ? Action::kVerify
                 : repair                ? Action::kRepair
                 : !flags.backup.empty() ? Action::kRestore
                                         : Action::kServe;
  std::erase_if(flags.given, [](const auto& entry) { return entry.second.empty(); });
  return std::variant<Flags, Notice>(std::move(flags));
}

Status apply_flags(const Flags& flags, Config& config) {
  for (const auto& [key, values] : flags.given) {
    const Setting* setting = find_setting(key);
    if (const Status applied = setting->apply(values, config); !applied) {
      return Error{ErrorCode::kInvalidArgument,
                   std::string(setting->flag) + ": " + applied.error().message};
    }
  }
  return {};
}

}  // namespace etymon::daemon
