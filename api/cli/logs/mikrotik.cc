// MikroTik RouterOS firewall log:
//   firewall,info forward: in:bridge out:ether1, connection-state:new src-mac 00:00:5e:00:53:01,
//   proto TCP (SYN), 192.168.1.7:51514->203.0.113.83:443, NAT (...)->203.0.113.83:443, len 52
// In NAT, "A->(B->C)" is a forwarded port: B is what the far end knows, C the host behind it. The
// length ends the line: without it, what was translated may have been cut off.
#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

// "NAT A->(B->C)": C. Nothing where the destination stays what it is.
std::optional<IpAddress> inside_of(std::string_view rest) {
  auto nat = behind(rest, ", NAT ");
  if (!nat) {
    return std::nullopt;
  }
  auto translated = behind(take_until(*nat, ","), "->(");
  translated = translated ? behind(*translated, "->") : std::nullopt;
  const auto socket = translated ? socket_of(take_until(*translated, ")")) : std::nullopt;
  return socket ? std::optional(socket->address) : std::nullopt;
}

class MikrotikReader final : public LogReader {
 public:
  explicit MikrotikReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "mikrotik"; }

  Reading read(std::string_view line, Flow& flow) override {
    auto rest = behind(line, " proto ");
    if (!rest || find(line, "in:") == std::string_view::npos) {
      return Reading::kUnknown;
    }
    flow.proto = take_until(*rest, " ,");
    if (take(*rest, " (")) {  // flags, or an ICMP type: "type 8, code 0"
      take_until(*rest, ")");
      take(*rest, ")");
    }
    if (!take(*rest, ", ")) {
      return Reading::kUnknown;
    }
    const size_t arrow = find(*rest, "->");
    const auto source = socket_of(rest->substr(0, arrow));
    if (!source || arrow == std::string_view::npos) {
      return Reading::kUnknown;
    }
    rest->remove_prefix(arrow + 2);
    const auto destination = socket_of(take_until(*rest, ", "));
    if (!destination || find(*rest, ", len ") == std::string_view::npos) {
      return Reading::kUnknown;
    }
    flow.source = source->address;
    flow.source_port = source->port;
    flow.destination = destination->address;
    flow.destination_port = destination->port;
    flow.inside = inside_of(*rest);
    skip_blanks(line);  // before each line of /log print
    flow.time = times_.of_line(line);
    return Reading::kFlow;
  }

 private:
  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> mikrotik_reader(const LogTimes& times) {
  return std::make_unique<MikrotikReader>(times);
}

}  // namespace etymon::cli::logs
