#include "api/daemon/values.h"

#include <charconv>

#include "api/daemon/resolv_conf.h"
#include "resolver/base/size_text.h"
#include "resolver/base/time_text.h"

namespace etymon::daemon {

namespace {

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

}  // namespace

Result<uint64_t> parse_number(std::string_view text, uint64_t low, uint64_t high) {
  uint64_t value = 0;
  const char* all = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), all, value);
  if (problem != std::errc() || end != all) {
    return invalid(in_quotes(text) + " is not a whole number");
  }
  if (value < low || value > high) {
    return invalid(in_quotes(text) + " is out of range: " + std::to_string(low) + " to " +
                   std::to_string(high));
  }
  return value;
}

Result<uint64_t> parse_size_within(std::string_view text, uint64_t low, uint64_t high) {
  const Result<uint64_t> size = parse_size(text);
  if (!size) {
    return size;
  }
  if (*size < low || *size > high) {
    return invalid(in_quotes(text) + " is out of range: " + describe_size(low) + " to " +
                   describe_size(high));
  }
  return size;
}

Result<Microseconds> parse_duration_within(std::string_view text, Microseconds low,
                                           Microseconds high) {
  const Result<Microseconds> duration = parse_duration(text);
  if (!duration) {
    return duration;
  }
  if (*duration < low || *duration > high) {
    return invalid(in_quotes(text) + " is out of range: " + describe_duration(low) + " to " +
                   describe_duration(high));
  }
  return duration;
}

Result<Endpoint> parse_dns_endpoint(const std::string& text) {
  return has_interface(text) ? invalid("'" + text + "': " + kNoInterface)
                             : Endpoint::from_text(text, kDnsPort);
}

}  // namespace etymon::daemon
