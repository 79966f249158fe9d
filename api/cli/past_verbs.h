// The verbs that ask about more than one address: names, client, recurrence, common, bypass, top,
// export, watch.
// What was asked for, as values; used by one thread, at the start.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "api/cli/print.h"
#include "api/cli/window.h"
#include "etymon/v1/listing.pb.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace etymon::cli {

// What a name led to, or which names led to an address.
struct NamesCommand {
  v1::DeliveryFilter filter;
  Print print = Print::kText;
  uint32_t limit = 0;  // rows
};

// What one host was told.
struct TimelineCommand {
  v1::DeliveryFilter filter;
  Print print = Print::kText;
  uint32_t limit = 0;  // deliveries, the newest
};

struct RecurrenceCommand {
  v1::SummarizeRecurrenceRequest request;
  Print print = Print::kText;
};

enum class Ranking { kNames, kClients, kAddresses };

struct TopCommand {
  Ranking ranking = Ranking::kNames;
  v1::DeliveryFilter filter;
  Print print = Print::kText;
  uint32_t limit = 0;  // rows
};

// Did these hosts share a cause?
struct CommonCommand {
  std::vector<std::string> hosts;  // each once, as IpAddress::text()
  v1::DeliveryFilter filter;
  Print print = Print::kText;
  uint32_t limit = 0;  // names
};

// Which contacts of a list no name led to.
struct BypassCommand {
  std::string file;  // "-": standard input
  Microseconds min_coverage{};
  Print print = Print::kText;
};

// As NDJSON.
struct ExportCommand {
  v1::ExportRequest request;
};

struct WatchCommand {
  v1::DeliveryFilter filter;
  Print print = Print::kText;
};

struct PastCommand {
  std::variant<NamesCommand, TimelineCommand, RecurrenceCommand, CommonCommand, BypassCommand,
               TopCommand, ExportCommand, WatchCommand>
      verb;
};

// The options of these verbs as they were written.
class PastFlags {
 public:
  // Adds the verbs. `this` must stay where it is while the app parses.
  void add_to(CLI::App& app);

  // Nothing: none of these verbs was given. Error kInvalidArgument: one line that names the
  // argument.
  std::optional<Result<PastCommand>> command(WallTime now) const;

 private:
  // What a verb takes, and what becomes of it.
  struct Verb;
  static std::span<const Verb> verbs();

  void add_argument(const Verb& verb, CLI::App& app);
  void add_question(const Verb& verb, CLI::App& app);
  void add_form(const Verb& verb, CLI::App& app);
  void add_limit(const Verb& verb, CLI::App& app);

  Result<v1::DeliveryFilter> filter(WallTime now) const;
  Result<Print> print() const;
  uint32_t limit() const;  // 0: none
  Result<PastCommand> names(const v1::DeliveryFilter& filter, Print print) const;
  Result<PastCommand> timeline(const v1::DeliveryFilter& filter, Print print) const;
  Result<PastCommand> recurrence(const v1::DeliveryFilter& filter, Print print) const;
  Result<PastCommand> common(const v1::DeliveryFilter& filter, Print print) const;
  Result<PastCommand> bypass(const v1::DeliveryFilter& filter, Print print) const;
  Result<PastCommand> top(const v1::DeliveryFilter& filter, Print print) const;
  Result<PastCommand> export_all(const v1::DeliveryFilter& filter, Print print) const;
  Result<PastCommand> watch(const v1::DeliveryFilter& filter, Print print) const;

  const Verb* chosen_ = nullptr;  // set when the arguments are parsed
  std::string subject_;           // the positional argument
  std::vector<std::string> hosts_;
  std::string min_coverage_ = "1d";
  std::string client_;
  std::string about_;  // --about: a name or an address
  std::string rcode_;
  Window window_;
  std::string format_;
  std::string utc_offset_;
  bool json_ = false;
  bool cof_ = false;
  bool newest_first_ = false;
  std::optional<uint32_t> limit_;  // as it was given; 0: as many as there may be
};

}  // namespace etymon::cli
