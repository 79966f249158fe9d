// Any octets as lines of a log: a reader tells a contact or does not know the line, and what is to
// get a member added is one whole object.
#include <algorithm>

#include "api/cli/json/scan.h"
#include "api/cli/logs/recognizer.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

using cli::logs::Reading;
using cli::logs::Recognizer;

class StandingClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(Seconds(1'795'608'000)); }
  MonotonicTime monotonic() const override { return MonotonicTime(); }
};

bool is_object(std::string_view line) {
  cli::json::Members members(line);
  while (members.next()) {
  }
  return members.whole();
}

void check(const Recognizer& recognizer, const Recognizer::Recognized& found,
           std::string_view line) {
  const bool is_known = found.reading != Reading::kUnknown && found.reading != Reading::kOther;
  require((found.reader != nullptr) == is_known, "a reader knows it");
  if (found.reading != Reading::kFlow) {
    return;
  }
  const auto ends = recognizer.ends_of(found.flow);
  require(ends.client == found.flow.source || ends.client == found.flow.destination ||
              ends.client == found.flow.inside,
          "the host is one of the line's addresses");
  require(!found.flow.time || found.flow.time->precision > Microseconds(0), "a time lasts");
  require(
      found.reader->shape() != cli::logs::Shape::kJson || is_object(line.substr(line.find('{'))),
      "what gets a member is an object");
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const etymon::fuzz::StandingClock clock;
  const auto recognizer = *etymon::cli::logs::Recognizer::create({.timezone = "UTC"}, clock);
  std::string_view rest = etymon::as_text({data, size});
  while (!rest.empty()) {
    const std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    etymon::fuzz::check(*recognizer, recognizer->read(line), line);
  }
  return 0;
}
