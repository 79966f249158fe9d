#include "api/cli/window.h"

#include <CLI/CLI.hpp>

#include "resolver/base/time_text.h"

namespace etymon::cli {
namespace {

Result<WrittenTime> read_time(const char* argument, const std::string& text, WallTime now) {
  auto written = parse_time(text, now);
  return written ? written
                 : Error{ErrorCode::kInvalidArgument,
                         std::string(argument) + ": " + written.error().message};
}

// "-2h", "1w2d", "now": a microsecond, where a person means a while. Others are as exact as
// written.
bool is_relative(const std::string& text, const WrittenTime& written) {
  const bool ends_with_unit = text.back() >= 'a' && text.back() <= 'z';
  return written.precision == Microseconds(1) && (text.front() == '-' || ends_with_unit);
}

}  // namespace

void Window::add_to(CLI::App& verb) {
  verb.add_option("-A,--after", after_, "Nothing from before TIME (default since ever)")
      ->type_name("TIME");
  verb.add_option("-B,--before", before_, "Nothing from after TIME (default now)")
      ->type_name("TIME");
  verb.add_option("--at", at_,
                  "Only what TIME stands for: 2026-11-23 is that day; not a relative one")
      ->type_name("TIME");
}

Result<Window::Bounds> Window::read(WallTime now) const {
  Bounds bounds;
  if (!at_.empty() && !(after_.empty() && before_.empty())) {
    return Error{ErrorCode::kInvalidArgument, "--at cannot be given with --after or --before"};
  }
  if (!at_.empty()) {
    const auto written = read_time("--at", at_, now);
    if (!written) {
      return written.error();
    }
    if (is_relative(at_, *written)) {
      return Error{ErrorCode::kInvalidArgument,
                   "--at: '" + at_ + "' is a single moment; --after " + at_ + " is all since then"};
    }
    bounds.start = written->start;
    bounds.end = written->start + written->precision - Microseconds(1);
  }
  if (!after_.empty()) {
    const auto written = read_time("--after", after_, now);
    if (!written) {
      return written.error();
    }
    bounds.start = written->start;
  }
  if (!before_.empty()) {
    const auto written = read_time("--before", before_, now);
    if (!written) {
      return written.error();
    }
    bounds.end = written->start;
  }
  return bounds;
}

}  // namespace etymon::cli
