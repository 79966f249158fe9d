// DNS messages to and from the text that scenarios are written in, with ldns as the translator: not
// the code under test. Pure functions, any thread. Errors are kInvalidArgument.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/bytes.h"
#include "resolver/base/result.h"
#include "resolver/model/record.h"

namespace etymon::scenario {

enum class Part : uint8_t { kAnswer, kAuthority, kAdditional };

// One record in presentation form, as ldns writes it with single blanks between the fields.
struct TextRecord {
  Part part = Part::kAnswer;
  std::string text;  // "www.example. 300 IN A 192.0.2.1"

  friend auto operator<=>(const TextRecord&, const TextRecord&) = default;
};

// "www.example 300 A 192.0.2.1", class optional, after "authority:" or "additional:" when it does
// not belong to the answer section.
Result<std::vector<TextRecord>> read_records(const std::vector<std::string>& lines);

inline constexpr uint16_t kSubnetOption = 8;   // RFC 7871
inline constexpr uint16_t kCookieOption = 10;  // RFC 7873
inline constexpr uint16_t kDnssecOk = 0x8000;  // of the flags below, RFC 3225

struct EdnsOption {
  uint16_t code = 0;
  std::string data;

  friend bool operator==(const EdnsOption&, const EdnsOption&) = default;
};

struct TextOpt {
  uint16_t udp_size = 0;
  uint8_t version = 0;
  uint16_t flags = 0;  // DO and the reserved ones
  std::vector<EdnsOption> options;

  friend bool operator==(const TextOpt&, const TextOpt&) = default;
};

// A whole message; for reading everything is filled, for writing the counts follow the contents.
struct TextMessage {
  uint16_t id = 0;
  uint16_t flags = 0;  // as on the wire, without the rcode
  Rcode rcode = Rcode::kNoError;
  std::string qname;  // presentation form without final dot, case as sent; empty: no question
  RecordType qtype = RecordType::kA;
  RecordClass qclass = RecordClass::kIn;
  std::vector<TextRecord> records;
  std::optional<TextOpt> opt;
};

Result<std::string> write_message(const TextMessage& message);
Result<TextMessage> read_message(ByteView wire);

}  // namespace etymon::scenario
