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

// Of a list, of which a microsecond is hardly ever meant.
Error single_moment(const std::string& text, bool is_now) {
  return {ErrorCode::kInvalidArgument, "--at: '" + text + "' is a single moment; " +
                                           (is_now ? "--after -5m is the last five minutes"
                                                   : "--after " + text + " is all since then")};
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
    if (written->is_relative) {
      return single_moment(at_, written->start == now);
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
