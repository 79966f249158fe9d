// pf's filterlog in pfSense and OPNsense: commas behind a syslog header.
//   <134>Nov 23 14:21:46 filterlog[72237]:
//   146,,,1535324496,igb1,match,block,in,4,0x0,,63,12617,0,DF,
//   6,tcp,60,192.168.1.7,203.0.113.83,49724,853,...
// What comes before the addresses depends on the family, which the ninth field tells.
#include <array>

#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

// Where the fields are, counted from 0.
struct Layout {
  size_t proto;
  size_t source;  // then the destination, then the two ports
};

constexpr size_t kFamily = 8;
constexpr Layout kIpv4 = {16, 18};
constexpr Layout kIpv6 = {12, 15};
constexpr size_t kFields = 22;

class FilterlogReader final : public LogReader {
 public:
  explicit FilterlogReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "filterlog"; }

  Reading read(std::string_view line, Flow& flow) override {
    const auto record = record_of(line);
    std::array<std::string_view, kFields> fields;
    const size_t count = record ? split(*record, ',', fields) : 0;
    if (count == 0) {
      return Reading::kUnknown;
    }
    const bool is_v4 = fields[kFamily] == "4";
    if (!is_v4 && fields[kFamily] != "6") {
      return Reading::kUnknown;
    }
    const Layout& layout = is_v4 ? kIpv4 : kIpv6;
    if (count <= layout.source + 2) {  // cut off: the address may have lost its end
      return Reading::kUnknown;
    }
    const auto source = address_of(fields[layout.source]);
    const auto destination = address_of(fields[layout.source + 1]);
    if (!source || !destination) {
      return Reading::kUnknown;
    }
    flow.source = *source;
    flow.destination = *destination;
    flow.proto = fields[layout.proto];
    if (has_ports(flow.proto)) {
      flow.source_port = port_of(fields[layout.source + 2]);
      flow.destination_port = port_of(fields[layout.source + 3]);
    }
    flow.time = times_.of_line(line);
    return Reading::kFlow;
  }

 private:
  // The word behind "filterlog" that has commas in it, up to the line's end.
  static std::optional<std::string_view> record_of(std::string_view line) {
    const auto rest = behind(line, "filterlog");
    const size_t comma = rest ? rest->find(',') : std::string_view::npos;
    if (comma == std::string_view::npos) {
      return std::nullopt;
    }
    const size_t blank = rest->rfind(' ', comma);
    return blank == std::string_view::npos ? std::nullopt : std::optional(rest->substr(blank + 1));
  }

  // Other protocols have fields of their own there.
  static bool has_ports(std::string_view proto) {
    return proto == "tcp" || proto == "udp" || proto == "TCP" || proto == "UDP";
  }

  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> filterlog_reader(const LogTimes& times) {
  return std::make_unique<FilterlogReader>(times);
}

}  // namespace etymon::cli::logs
