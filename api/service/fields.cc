#include "api/service/fields.h"

#include <chrono>

namespace etymon::service {
namespace {

// The range of google.protobuf.Timestamp: years 1 to 9999.
constexpr int64_t kTimeMin = -62'135'596'800;
constexpr int64_t kTimeMax = 253'402'300'799;

// Octets of a message. It is sent several times, in trailers of which most clients take 8 KiB: once
// with each % as three octets, else as four octets for three.
constexpr size_t kMessageMax = 1000;

std::string printable(std::string_view text) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string printable;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7F) {
      printable += c;
    } else {
      printable += std::string("\\x") + kDigits[octet >> 4] + kDigits[octet & 0xF];
    }
  }
  return printable;
}

}  // namespace

std::optional<WallTime> read_time(const google::protobuf::Timestamp& time) {
  const bool in_range = time.seconds() >= kTimeMin && time.seconds() <= kTimeMax &&
                        time.nanos() >= 0 && time.nanos() <= kNanosMax;
  if (!in_range) {
    return std::nullopt;
  }
  return WallTime(Seconds(time.seconds())) + Microseconds(time.nanos() / 1000);
}

std::optional<Microseconds> read_duration(const google::protobuf::Duration& duration,
                                          Microseconds max) {
  const bool in_range = duration.seconds() >= 0 &&
                        duration.seconds() <= std::chrono::floor<Seconds>(max).count() &&
                        duration.nanos() >= 0 && duration.nanos() <= kNanosMax;
  if (!in_range) {
    return std::nullopt;
  }
  const Microseconds read =
      Seconds(duration.seconds()) +
      std::chrono::ceil<Microseconds>(std::chrono::nanoseconds(duration.nanos()));
  return read <= max ? std::optional(read) : std::nullopt;
}

std::string in_quotes(std::string_view text) {
  return "'" + printable(text.substr(0, kAddressTextMax)) +
         (text.size() <= kAddressTextMax ? "'" : "...'");
}

std::string in_one_line(std::string_view message) {
  std::string line = printable(message);
  if (line.size() > kMessageMax) {
    line.replace(kMessageMax / 2, line.size() - kMessageMax, "...");
  }
  return line;
}

Result<DomainName> read_bounded_name(const std::string& text) {
  return text.size() <= kNameTextMax ? DomainName::from_text(text)
                                     : Error{ErrorCode::kInvalidArgument, "too long"};
}

}  // namespace etymon::service
