// Fields that several requests have: how they are read, and how long they may be. Pure functions,
// any thread.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/domain_name.h"

namespace etymon::service {

// Longer than any address or prefix: 39 characters of IPv6, or 45 with an IPv4 tail, and "/128".
inline constexpr size_t kAddressTextMax = 64;
// 255 octets, each escaped as \DDD, less the root label (RFC 1035 section 5.1).
inline constexpr int kNameTextMax = 4 * static_cast<int>(DomainName::kWireMax - 2) + 3;
inline constexpr uint32_t kRcodeMax = 4'095;  // 12 bits, RFC 6891 section 6.1.3
inline constexpr int32_t kNanosMax = 999'999'999;

// Nothing outside of the years 1 to 9999.
std::optional<WallTime> read_time(const google::protobuf::Timestamp& time);

// Nothing when it is not from 0 to `max`. A fraction of a microsecond counts as a whole one.
std::optional<Microseconds> read_duration(const google::protobuf::Duration& duration,
                                          Microseconds max);

// What a caller sent, for a message of bounded length and one line: all but printable ASCII as
// \xHH, so that no character is cut in two either.
std::string in_quotes(std::string_view text);

// The same for a message that may have texts of any length in it, a folder's say: of a long one the
// middle is left out, as what is wrong stands first and why last.
std::string in_one_line(std::string_view message);

// An IpAddress, IpPrefix or Endpoint. Error kInvalidArgument: what is wrong, with the text.
template <class T>
Result<T> read_bounded(const std::string& text) {
  return text.size() <= kAddressTextMax
             ? T::from_text(text)
             : Error{ErrorCode::kInvalidArgument, "an address has at most 64 characters"};
}

// A domain name, as its presentation form. Error kInvalidArgument.
Result<DomainName> read_bounded_name(const std::string& text);

}  // namespace etymon::service
