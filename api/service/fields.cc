#include "api/service/fields.h"

namespace etymon::service {
namespace {

// The range of google.protobuf.Timestamp: years 1 to 9999.
constexpr int64_t kTimeMin = -62'135'596'800;
constexpr int64_t kTimeMax = 253'402'300'799;

}  // namespace

std::optional<WallTime> read_time(const google::protobuf::Timestamp& time) {
  const bool in_range = time.seconds() >= kTimeMin && time.seconds() <= kTimeMax &&
                        time.nanos() >= 0 && time.nanos() <= kNanosMax;
  if (!in_range) {
    return std::nullopt;
  }
  return WallTime(Seconds(time.seconds())) + Microseconds(time.nanos() / 1000);
}

std::string in_quotes(std::string_view text) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string quoted = "'";
  for (const char c : text.substr(0, kAddressTextMax)) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7F) {
      quoted += c;
    } else {
      quoted += std::string("\\x") + kDigits[octet >> 4] + kDigits[octet & 0xF];
    }
  }
  return quoted + (text.size() <= kAddressTextMax ? "'" : "...'");
}

Result<DomainName> read_bounded_name(const std::string& text) {
  return text.size() <= kNameTextMax ? DomainName::from_text(text)
                                     : Error{ErrorCode::kInvalidArgument, "too long"};
}

}  // namespace etymon::service
