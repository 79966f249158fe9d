// Any octets as dnsmasq's log: what is told of it has passed, and the server takes it.
#include <algorithm>

#include "api/cli/dnsmasq_log.h"
#include "tests/fuzz/taken.h"

namespace etymon::fuzz {
namespace {

class StandingClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(Seconds(1'795'608'000)); }
  MonotonicTime monotonic() const override { return MonotonicTime(); }
};

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const etymon::fuzz::StandingClock clock;
  using etymon::cli::logs::LogTimes;
  using etymon::cli::logs::Zone;
  const LogTimes times(clock, Zone::fixed(etymon::Seconds(3600)), std::nullopt);
  etymon::cli::DnsmasqLog log(clock, times, [&](const auto& delivery) {
    etymon::fuzz::require_taken(delivery, clock.wall());
  });
  std::string_view rest = etymon::as_text({data, size});
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    log.add(line);
  }
  log.finish();
  return 0;
}
