// Any octets as lines of an export: each is a delivery that the server takes, a span that has
// passed, or refused in one line.
#include <algorithm>

#include "api/cli/delivery_line.h"
#include "tests/fuzz/taken.h"

namespace etymon::fuzz {
namespace {

constexpr WallTime kNow{Seconds(1'795'608'000)};

void check(const cli::ExportedLine& read) {
  if (const auto* span = std::get_if<TimeSpan>(&read)) {
    require(span->start <= span->end && span->end <= kNow, "a span that has passed");
  } else if (const auto* told = std::get_if<capture::ObservedDelivery>(&read)) {
    require_taken(*told, kNow);
  }
}

void check(const Error& refused) {
  require(refused.code == ErrorCode::kInvalidArgument, "what cannot be read is the line's fault");
  require(!refused.message.empty() && refused.message.find('\n') == std::string::npos,
          "that is said in one line");
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = etymon::as_text({data, size});
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto read = etymon::cli::read_exported(line, etymon::fuzz::kNow);
    read ? etymon::fuzz::check(*read) : etymon::fuzz::check(read.error());
  }
  return 0;
}
