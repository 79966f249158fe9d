// The verbs that ask about more than one address: names, client, recurrence, common, bypass, top,
// export, watch.
// What was asked for, as values; used by one thread, at the start.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
  CLI::App& add_verb(CLI::App& app, const char* name, const char* what);
  void add_filter(CLI::App& verb);
  // `minimal`: what of a row that form prints, where that is not plain.
  void add_print(CLI::App& verb, const std::string& minimal = {});
  void add_limit(CLI::App& verb, uint32_t standard, const char* what);

  Result<v1::DeliveryFilter> filter(WallTime now) const;
  Result<Print> print() const;
  uint32_t limit() const;  // 0: none
  Result<PastCommand> recurrence(v1::DeliveryFilter filter, Print print) const;
  Result<PastCommand> common(v1::DeliveryFilter filter, Print print) const;
  Result<PastCommand> bypass(Print print) const;
  Result<PastCommand> top(v1::DeliveryFilter filter, Print print) const;

  CLI::App* chosen_ = nullptr;  // set when the arguments are parsed
  std::string subject_;         // the positional argument
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
  std::optional<uint32_t> limit_;               // as it was given; 0: as many as there may be
  std::map<const CLI::App*, uint32_t> limits_;  // of each verb, unless one is given; 0: none
};

}  // namespace etymon::cli
