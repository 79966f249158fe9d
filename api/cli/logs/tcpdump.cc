// tcpdump's text, one line a packet (without -v), with -n or not as long as addresses are numbers:
//   14:21:46.123456 IP 192.168.1.7.51514 > 203.0.113.83.443: Flags [S], seq ...
//   14:21:46.123456 eth0 Out IP6 2001:db8::7.51514 > 2001:db8:1::5.443: Flags [S], ...
//   14:21:46.123456 rule 5/0(match): block in on em0: 192.168.1.7.5 > 203.0.113.83.443: ...
// With -tttt or -tt the day is known; without it, it is the newest that is not in the future.
#include <algorithm>

#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

// "192.0.2.1.443", "192.0.2.1.https", "2001:db8::1.443", or without a port.
std::optional<Socket> dotted(std::string_view text) {
  const bool is_v6 = text.find(':') != std::string_view::npos;
  const auto dots = std::ranges::count(text, '.');
  if (dots != (is_v6 ? 1 : 4)) {
    const auto address = address_of(text);
    return address ? std::optional(Socket{*address, 0}) : std::nullopt;
  }
  const size_t last = text.rfind('.');
  const auto address = address_of(text.substr(0, last));
  return address ? std::optional(Socket{*address, port_of(text.substr(last + 1))}) : std::nullopt;
}

// Of what follows the addresses.
std::string_view proto_of(std::string_view text) {
  if (text.starts_with("Flags [")) {
    return "tcp";
  }
  if (text.starts_with("UDP")) {
    return "udp";
  }
  if (text.starts_with("ICMP6")) {
    return "icmpv6";
  }
  return text.starts_with("ICMP") ? "icmp" : "";
}

class TcpdumpReader final : public LogReader {
 public:
  explicit TcpdumpReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "tcpdump"; }

  Reading read(std::string_view line, Flow& flow) override {
    const size_t arrow = find(line, " > ");
    if (arrow == std::string_view::npos || arrow == 0) {
      return Reading::kUnknown;
    }
    const size_t blank = line.rfind(' ', arrow - 1);
    const size_t begin = blank == std::string_view::npos ? 0 : blank + 1;
    std::string_view rest = line.substr(arrow + 3);
    std::string_view destination_text = take_until(rest, " ");
    if (!destination_text.ends_with(':') || rest.empty()) {  // of a cut address, a part may end so
      return Reading::kUnknown;
    }
    destination_text.remove_suffix(1);
    const auto source = dotted(line.substr(begin, arrow - begin));
    const auto destination = dotted(destination_text);
    flow.time = times_.take_header(line);  // its own: there is no other mark
    if (!source || !destination || !flow.time) {
      return Reading::kUnknown;
    }
    skip_blanks(rest);
    flow.source = source->address;
    flow.source_port = source->port;
    flow.destination = destination->address;
    flow.destination_port = destination->port;
    flow.proto = proto_of(rest);
    return Reading::kFlow;
  }

 private:
  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> tcpdump_reader(const LogTimes& times) {
  return std::make_unique<TcpdumpReader>(times);
}

}  // namespace etymon::cli::logs
