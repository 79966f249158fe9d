#include "api/cli/past_verbs.h"

#include <CLI/CLI.hpp>
#include <array>
#include <set>
#include <utility>

#include "api/cli/moments.h"
#include "api/cli/name_text.h"
#include "api/cli/utc_offset.h"
#include "resolver/base/time_text.h"
#include "resolver/model/ip_address.h"
#include "resolver/model/record.h"

namespace etymon::cli {

namespace {

constexpr uint32_t kLimitMax = 1'000'000;
constexpr Microseconds kMinCoverageMax = std::chrono::days(3660);  // as the API has it

Error invalid(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

// "192.0.2.1", "192.0.2.0/24", or a name as name_text.h has it.
Status set_subject(const std::string& argument, const std::string& text,
                   v1::DeliveryFilter& filter) {
  const Result<IpPrefix> prefix = IpPrefix::from_text(text);
  if (prefix) {
    filter.set_address(text);
    return {};
  }
  if (is_like_address(text)) {
    return invalid(argument + ": " + prefix.error().message);
  }
  const Status named = set_name(text, filter);
  return named ? named
               : invalid(argument + ": '" + text + "' is neither a name nor an address; " +
                         named.error().message);
}

// What stands behind a verb without a flag; but for a ranking, it must.
enum class Argument { kNone, kHost, kNameOrAddress, kHosts, kFile, kRanking };

// The options of a verb, beside the limit.
enum Option : unsigned {
  kClient = 1U << 0,
  kAbout = 1U << 1,
  kRcode = 1U << 2,
  kUtcOffset = 1U << 3,
  kMinCoverage = 1U << 4,
  kWindow = 1U << 5,
  kOrder = 1U << 6,
  kPrint = 1U << 7,
  kCof = 1U << 8,
  kJsonAnyway = 1U << 9,  // there is no other form

  kFilter = kClient | kAbout | kRcode,
};

}  // namespace

struct PastFlags::Verb {
  struct Positional {
    Argument is = Argument::kNone;
    const char* name = "";
    const char* what = "";
    const char* type = "";
  };
  struct Limit {
    const char* what = nullptr;  // null: the verb has none
    uint32_t standard = 0;       // 0: all
  };

  bool takes(unsigned option) const { return (options & option) != 0; }

  const char* name;
  const char* what;
  Positional argument = {};
  unsigned options;
  const char* minimal = "";  // what of a row that form prints, where that is not plain
  Limit limit = {};
  Result<PastCommand> (PastFlags::*command)(const v1::DeliveryFilter&, Print) const;
};

std::span<const PastFlags::Verb> PastFlags::verbs() {
  static constexpr Verb kVerbs[] = {
      {.name = "names",
       .what = "What a name led to, or which names led to an address",
       .argument = {Argument::kNameOrAddress, "NAME|ADDRESS",
                    "A name, *.NAME (and all below), address or prefix"},
       .options = kClient | kWindow | kPrint | kCof,
       .minimal = "of a NAME the addresses, else the\nnames, each once",
       .limit = {"At most so many rows, the newest", 1000},
       .command = &PastFlags::names},
      {.name = "client",
       .what = "What a host was told, one answer a line",
       .argument = {Argument::kHost, "IP", "The host"},
       .options = kAbout | kRcode | kWindow | kPrint,
       .minimal = "the names, each once",
       .limit = {"At most so many answers, the newest", 1000},
       .command = &PastFlags::timeline},
      {.name = "recurrence",
       .what = "On which days and at which hours it was asked for",
       .argument = {Argument::kNameOrAddress, "NAME|ADDRESS",
                    "A name, *.NAME (and all below), address, prefix"},
       .options = kClient | kUtcOffset | kWindow | kPrint,
       .minimal = "the days, each once",
       .command = &PastFlags::recurrence},
      {.name = "common",
       .what = "Which names several hosts asked for: their cause?",
       .argument = {Argument::kHosts, "HOST", "Two to 1000 hosts", "IP..."},
       .options = kAbout | kWindow | kPrint,
       .limit = {"At most so many names", 100},
       .command = &PastFlags::common},
      {.name = "bypass",
       .what = "Which contacts of a list no name ever led to",
       .argument = {Argument::kFile, "FILE",
                    "Lines of CLIENT ADDRESS [TIME], or NDJSON as lookup takes it, with a client;\n"
                    "- is standard input"},
       .options = kMinCoverage | kPrint,
       .command = &PastFlags::bypass},
      {.name = "top",
       .what = "What was answered most often",
       .argument = {Argument::kRanking, "WHAT", "Of what (default names)",
                    "names|clients|addresses"},
       .options = kFilter | kWindow | kPrint,
       .limit = {"So many rows", 10},
       .command = &PastFlags::top},
      {.name = "export",
       .what = "All answers as NDJSON, as import reads them",
       .options = kFilter | kWindow | kOrder | kJsonAnyway,
       .limit = {"At most so many answers"},
       .command = &PastFlags::export_all},
      {.name = "watch",
       .what = "Answers as they are given, until interrupted",
       .options = kFilter | kPrint,
       .minimal = "the name of each",
       .command = &PastFlags::watch}};
  return kVerbs;
}

void PastFlags::add_argument(const Verb& verb, CLI::App& app) {
  const auto& [is, name, what, type] = verb.argument;
  if (is == Argument::kNone) {
    return;
  }
  CLI::Option* option = is == Argument::kHosts ? app.add_option(name, hosts_, what)
                                               : app.add_option(name, subject_, what);
  option->type_name(type)->required(is != Argument::kRanking);
}

void PastFlags::add_question(const Verb& verb, CLI::App& app) {
  if (verb.takes(kClient)) {
    app.add_option("--client", client_, "Only what this host was told")->type_name("IP");
  }
  if (verb.takes(kAbout)) {
    app.add_option("--about", about_, "Only what has this name (*.NAME: or one below), or address")
        ->type_name("NAME|ADDRESS");
  }
  if (verb.takes(kRcode)) {
    app.add_option("--rcode", rcode_, "Only with this response code, such as NXDOMAIN")
        ->type_name("RCODE");
  }
  if (verb.takes(kUtcOffset)) {
    app.add_option("--utc-offset", utc_offset_, "The clock on the wall, as +01:00 (default +00:00)")
        ->type_name("+HH:MM");
  }
  if (verb.takes(kMinCoverage)) {
    app.add_option("--min-coverage", min_coverage_,
                   "Recording must have covered so long before the contact (default 1d, as long\n"
                   "as an answer is cached at most); else it counts as not recorded. What a line\n"
                   "of JSON says goes before that")
        ->type_name("DURATION");
  }
  if (verb.takes(kWindow)) {
    window_.add_to(app);
  }
}

void PastFlags::add_form(const Verb& verb, CLI::App& app) {
  if (verb.takes(kOrder)) {
    app.add_flag("-S,--newest-first", newest_first_, "The newest first (default the oldest)");
  }
  if (verb.takes(kJsonAnyway)) {
    app.add_flag("-j,--json", json_, "One object a line, as it is anyway");
  }
  if (!verb.takes(kPrint)) {
    return;
  }
  const std::string minimal(verb.minimal);
  CLI::Option* print =
      app.add_option("-p,--print", format_,
                     "How (default text)" + (minimal.empty() ? "" : "; minimal: " + minimal))
          ->type_name("text|json|csv|minimal");
  CLI::Option* json =
      app.add_flag("-j,--json", json_, "As -p json: one object a line")->excludes(print);
  if (verb.takes(kCof)) {
    app.add_flag("--cof", cof_, "As JSON in the Passive DNS Common Output Format")
        ->excludes(print)
        ->excludes(json);
  }
}

void PastFlags::add_limit(const Verb& verb, CLI::App& app) {
  const auto& [what, standard] = verb.limit;
  if (what == nullptr) {
    return;
  }
  const std::string most = standard == 0 ? "all" : "1000000";
  app.add_option("-l,--limit", limit_,
                 std::string(what) + ", 1 to 1000000; 0: " + most + " (default " +
                     (standard == 0 ? "all" : std::to_string(standard)) + ")")
      ->type_name("N")
      ->check(CLI::Range(0U, kLimitMax));
}

void PastFlags::add_to(CLI::App& app) {
  for (const Verb& verb : verbs()) {
    CLI::App& added = *app.add_subcommand(verb.name, verb.what);
    added.final_callback([this, chosen = &verb] { chosen_ = chosen; });
    add_argument(verb, added);
    add_question(verb, added);
    add_form(verb, added);
    add_limit(verb, added);
  }
}

uint32_t PastFlags::limit() const {
  const uint32_t standard = chosen_->limit.standard;
  if (!limit_) {
    return standard;
  }
  return *limit_ == 0 && standard > 0 ? kLimitMax : *limit_;
}

Result<v1::DeliveryFilter> PastFlags::filter(WallTime now) const {
  v1::DeliveryFilter filter;
  Status status;
  const auto& argument = chosen_->argument;
  const bool has_host = argument.is == Argument::kHost;
  const std::string& client = has_host ? subject_ : client_;
  if (!client.empty()) {
    const std::string where = has_host ? argument.name : "--client";
    status = IpAddress::from_text(client) ? Status()
                                          : invalid(where + ": '" + client + "' is no IP address");
    filter.set_client(client);
  }
  if (status && argument.is == Argument::kNameOrAddress) {
    status = set_subject(argument.name, subject_, filter);
  }
  if (status && !about_.empty()) {
    status = set_subject("--about", about_, filter);
  }
  if (status && !rcode_.empty()) {
    const auto rcode = rcode_from_text(rcode_);
    status = rcode ? Status() : invalid("--rcode: " + rcode.error().message);
    filter.set_rcode(rcode ? static_cast<uint32_t>(*rcode) : 0);
  }
  if (status) {
    status = window_.set_in(filter, now);
  }
  return status ? Result<v1::DeliveryFilter>(std::move(filter)) : status.error();
}

Result<Print> PastFlags::print() const {
  if (cof_) {
    return Print::kCof;
  }
  return json_ ? Print::kJson : print_named(format_);
}

std::optional<Result<PastCommand>> PastFlags::command(WallTime now) const {
  if (chosen_ == nullptr) {
    return std::nullopt;
  }
  const Result<v1::DeliveryFilter> wanted = filter(now);
  if (!wanted) {
    return wanted.error();
  }
  const Result<Print> form = print();
  if (!form) {
    return form.error();
  }
  return (this->*chosen_->command)(*wanted, *form);
}

Result<PastCommand> PastFlags::names(const v1::DeliveryFilter& filter, Print print) const {
  return PastCommand{NamesCommand{filter, print, limit()}};
}

Result<PastCommand> PastFlags::timeline(const v1::DeliveryFilter& filter, Print print) const {
  return PastCommand{TimelineCommand{filter, print, limit()}};
}

Result<PastCommand> PastFlags::recurrence(const v1::DeliveryFilter& filter, Print print) const {
  RecurrenceCommand command;
  *command.request.mutable_filter() = filter;
  command.print = print;
  const auto offset = parse_utc_offset(utc_offset_);
  if (!offset) {
    return invalid("--utc-offset: " + offset.error().message);
  }
  command.request.set_utc_offset_minutes(static_cast<int32_t>(offset->count()));
  return PastCommand{std::move(command)};
}

Result<PastCommand> PastFlags::common(const v1::DeliveryFilter& filter, Print print) const {
  constexpr size_t kHostsMax = 1000;
  CommonCommand command{{}, filter, print, limit()};
  std::set<IpAddress> known;  // each counts once, however often and in whichever way it is written
  for (const std::string& text : hosts_) {
    const Result<IpAddress> host = IpAddress::from_text(text);
    if (!host) {
      return invalid("HOST: '" + text + "' is no IP address");
    }
    if (known.insert(*host).second) {
      command.hosts.push_back(host->text());
    }
  }
  if (known.size() < 2 || known.size() > kHostsMax) {
    return invalid("common wants two to 1000 different hosts");
  }
  return PastCommand{std::move(command)};
}

Result<PastCommand> PastFlags::bypass(const v1::DeliveryFilter&, Print print) const {
  const Result<Microseconds> span = parse_duration(min_coverage_);
  if (!span) {
    return invalid("--min-coverage: " + span.error().message);
  }
  if (*span > kMinCoverageMax) {  // each contact would be refused by itself
    return invalid("--min-coverage: '" + min_coverage_ + "' is more than 3660 days");
  }
  return PastCommand{BypassCommand{subject_, *span, print}};
}

Result<PastCommand> PastFlags::top(const v1::DeliveryFilter& filter, Print print) const {
  constexpr std::array<std::pair<std::string_view, Ranking>, 3> kRankings{
      {{"names", Ranking::kNames},
       {"clients", Ranking::kClients},
       {"addresses", Ranking::kAddresses}}};
  for (const auto& [word, ranking] : kRankings) {
    if (subject_ == word || (subject_.empty() && ranking == Ranking::kNames)) {
      return PastCommand{TopCommand{ranking, filter, print, limit()}};
    }
  }
  return invalid("WHAT: '" + subject_ + "' is none of names, clients, addresses");
}

Result<PastCommand> PastFlags::export_all(const v1::DeliveryFilter& filter, Print) const {
  ExportCommand command;
  *command.request.mutable_filter() = filter;
  command.request.set_order(newest_first_ ? v1::LISTING_ORDER_NEWEST_FIRST
                                          : v1::LISTING_ORDER_OLDEST_FIRST);
  command.request.set_limit(limit());
  return PastCommand{std::move(command)};
}

Result<PastCommand> PastFlags::watch(const v1::DeliveryFilter& filter, Print print) const {
  return PastCommand{WatchCommand{filter, print}};
}

}  // namespace etymon::cli
