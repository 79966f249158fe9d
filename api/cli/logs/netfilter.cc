// The kernel's LOG target (iptables, nftables, UFW, UniFi):
//   Nov 23 14:21:46 gw kernel: [WAN_OUT]IN=eth1 OUT=eth0 MAC=... SRC=192.168.1.7 DST=203.0.113.83
//   LEN=60 ... PROTO=TCP SPT=51514 DPT=443 ...
// An ICMP error quotes the packet that it is about in brackets, with the same keys: the first ones
// count.
#include "api/cli/logs/log_reader.h"
#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

class NetfilterReader final : public LogReader {
 public:
  explicit NetfilterReader(const LogTimes& times) : times_(times) {}

  std::string_view name() const override { return "netfilter"; }

  Reading read(std::string_view line, Flow& flow) override {
    auto rest = behind(line, " SRC=");
    if (!rest || find(line, "IN=") == std::string_view::npos) {
      return Reading::kUnknown;
    }
    const auto source = address_of(take_until(*rest, " "));
    if (!source || !take(*rest, " DST=")) {
      return Reading::kUnknown;
    }
    const auto destination = address_of(take_until(*rest, " "));
    auto proto = behind(*rest, " PROTO=");
    if (!destination || !proto) {
      return Reading::kUnknown;
    }
    flow.source = *source;
    flow.destination = *destination;
    flow.proto = take_until(*proto, " ");
    if (take(*proto, " SPT=")) {
      flow.source_port = port_of(take_until(*proto, " "));
      flow.destination_port =
          take(*proto, " DPT=") ? port_of(take_until(*proto, " ")) : uint16_t{0};
    }
    flow.time = times_.of_line(line);
    return Reading::kFlow;
  }

 private:
  const LogTimes& times_;
};

}  // namespace

std::unique_ptr<LogReader> netfilter_reader(const LogTimes& times) {
  return std::make_unique<NetfilterReader>(times);
}

}  // namespace etymon::cli::logs
