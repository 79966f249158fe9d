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

}  // namespace

CLI::App& PastFlags::add_verb(CLI::App& app, const char* name, const char* what) {
  CLI::App& verb = *app.add_subcommand(name, what);
  verb.final_callback([this, &verb] { chosen_ = &verb; });
  return verb;
}

void PastFlags::add_filter(CLI::App& verb) {
  verb.add_option("--client", client_, "Only what this host was told")->type_name("IP");
  verb.add_option("--about", about_, "Only what has this name (*.NAME: or one below), or address")
      ->type_name("NAME|ADDRESS");
  verb.add_option("--rcode", rcode_, "Only with this response code, such as NXDOMAIN")
      ->type_name("RCODE");
}

void PastFlags::add_print(CLI::App& verb, const std::string& minimal) {
  CLI::Option* print =
      verb.add_option("-p,--print", format_,
                      "How (default text)" + (minimal.empty() ? "" : "; minimal: " + minimal))
          ->type_name("text|json|csv|minimal");
  verb.add_flag("-j,--json", json_, "As -p json: one object a line")->excludes(print);
}

void PastFlags::add_limit(CLI::App& verb, uint32_t standard, const char* what) {
  limits_[&verb] = standard;
  const std::string most = standard == 0 ? "all" : "1000000";
  verb.add_option("-l,--limit", limit_,
                  std::string(what) + ", 1 to 1000000; 0: " + most + " (default " +
                      (standard == 0 ? "all" : std::to_string(standard)) + ")")
      ->type_name("N")
      ->check(CLI::Range(0U, kLimitMax));
}

uint32_t PastFlags::limit() const {
  const auto known = limits_.find(chosen_);
  const uint32_t standard = known == limits_.end() ? 0 : known->second;
  if (!limit_) {
    return standard;
  }
  return *limit_ == 0 && standard > 0 ? kLimitMax : *limit_;
}

void PastFlags::add_to(CLI::App& app) {
  CLI::App& names = add_verb(app, "names", "What a name led to, or which names led to an address");
  names.add_option("NAME|ADDRESS", subject_, "A name, *.NAME (and all below), address or prefix")
      ->type_name("")
      ->required();
  names.add_option("--client", client_, "Only what this host was told")->type_name("IP");
  window_.add_to(names);
  add_print(names, "of a NAME the addresses, else the\nnames, each once");
  names.add_flag("--cof", cof_, "As JSON in the Passive DNS Common Output Format")
      ->excludes(names.get_option("--print"))
      ->excludes(names.get_option("--json"));
  add_limit(names, 1000, "At most so many rows, the newest");

  CLI::App& client = add_verb(app, "client", "What a host was told, one answer a line");
  client.add_option("IP", subject_, "The host")->type_name("")->required();
  client
      .add_option("--about", about_, "Only what has this name (*.NAME: or one below), or address")
      ->type_name("NAME|ADDRESS");
  client.add_option("--rcode", rcode_, "Only with this response code, such as NXDOMAIN")
      ->type_name("RCODE");
  window_.add_to(client);
  add_print(client, "the names, each once");
  add_limit(client, 1000, "At most so many answers, the newest");

  CLI::App& recurrence =
      add_verb(app, "recurrence", "On which days and at which hours it was asked for");
  recurrence
      .add_option("NAME|ADDRESS", subject_, "A name, *.NAME (and all below), address, prefix")
      ->type_name("")
      ->required();
  recurrence.add_option("--client", client_, "Only what this host was told")->type_name("IP");
  recurrence
      .add_option("--utc-offset", utc_offset_, "The clock on the wall, as +01:00 (default +00:00)")
      ->type_name("+HH:MM");
  window_.add_to(recurrence);
  add_print(recurrence, "the days, each once");

  CLI::App& common = add_verb(app, "common", "Which names several hosts asked for: their cause?");
  common.add_option("HOST", hosts_, "Two to 1000 hosts")->type_name("IP...")->required();
  common
      .add_option("--about", about_, "Only what has this name (*.NAME: or one below), or address")
      ->type_name("NAME|ADDRESS");
  window_.add_to(common);
  add_print(common);
  add_limit(common, 100, "At most so many names");

  CLI::App& bypass = add_verb(app, "bypass", "Which contacts of a list no name ever led to");
  bypass
      .add_option("FILE", subject_,
                  "Lines of CLIENT ADDRESS [TIME], or NDJSON as lookup takes it, with a client;\n"
                  "- is standard input")
      ->type_name("")
      ->required();
  bypass
      .add_option("--min-coverage", min_coverage_,
                  "Recording must have covered so long before the contact (default 1d, as long\n"
                  "as an answer is cached at most); else it counts as not recorded. What a line\n"
                  "of JSON says goes before that")
      ->type_name("DURATION");
  add_print(bypass);

  CLI::App& top = add_verb(app, "top", "What was answered most often");
  top.add_option("WHAT", subject_, "Of what (default names)")->type_name("names|clients|addresses");
  add_filter(top);
  window_.add_to(top);
  add_print(top);
  add_limit(top, 10, "So many rows");

  CLI::App& all = add_verb(app, "export", "All answers as NDJSON, as import reads them");
  add_filter(all);
  window_.add_to(all);
  all.add_flag("-S,--newest-first", newest_first_, "The newest first (default the oldest)");
  all.add_flag("-j,--json", json_, "One object a line, as it is anyway");
  add_limit(all, 0, "At most so many answers");

  CLI::App& watch = add_verb(app, "watch", "Answers as they are given, until interrupted");
  add_filter(watch);
  add_print(watch, "the name of each");
}

Result<v1::DeliveryFilter> PastFlags::filter(WallTime now) const {
  v1::DeliveryFilter filter;
  Status status;
  const bool has_host = chosen_->get_name() == "client";
  const std::string& client = has_host ? subject_ : client_;
  if (!client.empty()) {
    status = IpAddress::from_text(client)
                 ? Status()
                 : invalid((has_host ? "IP: '" : "--client: '") + client + "' is no IP address");
    filter.set_client(client);
  }
  const bool has_subject = chosen_->get_name() == "names" || chosen_->get_name() == "recurrence";
  if (status && has_subject) {
    status = set_subject("NAME|ADDRESS", subject_, filter);
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

Result<PastCommand> PastFlags::recurrence(v1::DeliveryFilter filter, Print print) const {
  RecurrenceCommand command;
  *command.request.mutable_filter() = std::move(filter);
  command.print = print;
  const auto offset = parse_utc_offset(utc_offset_);
  if (!offset) {
    return invalid("--utc-offset: " + offset.error().message);
  }
  command.request.set_utc_offset_minutes(static_cast<int32_t>(offset->count()));
  return PastCommand{std::move(command)};
}

std::optional<Result<PastCommand>> PastFlags::command(WallTime now) const {
  if (chosen_ == nullptr) {
    return std::nullopt;
  }
  Result<v1::DeliveryFilter> wanted = filter(now);
  if (!wanted) {
    return wanted.error();
  }
  const Result<Print> form = print();
  if (!form) {
    return form.error();
  }
  const std::string verb = chosen_->get_name();
  if (verb == "names") {
    return PastCommand{NamesCommand{*std::move(wanted), *form, limit()}};
  }
  if (verb == "client") {
    return PastCommand{TimelineCommand{*std::move(wanted), *form, limit()}};
  }
  if (verb == "recurrence") {
    return recurrence(*std::move(wanted), *form);
  }
  if (verb == "watch") {
    return PastCommand{WatchCommand{*std::move(wanted), *form}};
  }
  if (verb == "export") {
    ExportCommand command;
    *command.request.mutable_filter() = *std::move(wanted);
    command.request.set_order(newest_first_ ? v1::LISTING_ORDER_NEWEST_FIRST
                                            : v1::LISTING_ORDER_OLDEST_FIRST);
    command.request.set_limit(limit());
    return PastCommand{std::move(command)};
  }
  if (verb == "common") {
    return common(*std::move(wanted), *form);
  }
  return verb == "bypass" ? bypass(*form) : top(*std::move(wanted), *form);
}

Result<PastCommand> PastFlags::common(v1::DeliveryFilter filter, Print print) const {
  constexpr size_t kHostsMax = 1000;
  CommonCommand command{{}, std::move(filter), print, limit()};
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

Result<PastCommand> PastFlags::bypass(Print print) const {
  const Result<Microseconds> span = parse_duration(min_coverage_);
  if (!span) {
    return invalid("--min-coverage: " + span.error().message);
  }
  if (*span > kMinCoverageMax) {  // each contact would be refused by itself
    return invalid("--min-coverage: '" + min_coverage_ + "' is more than 3660 days");
  }
  return PastCommand{BypassCommand{subject_, *span, print}};
}

Result<PastCommand> PastFlags::top(v1::DeliveryFilter filter, Print print) const {
  constexpr std::array<std::pair<std::string_view, Ranking>, 3> kRankings{
      {{"names", Ranking::kNames},
       {"clients", Ranking::kClients},
       {"addresses", Ranking::kAddresses}}};
  for (const auto& [word, ranking] : kRankings) {
    if (subject_ == word || (subject_.empty() && ranking == Ranking::kNames)) {
      return PastCommand{TopCommand{ranking, std::move(filter), print, limit()}};
    }
  }
  return invalid("WHAT: '" + subject_ + "' is none of names, clients, addresses");
}

}  // namespace etymon::cli
