#include "resolver/wire/options.h"

namespace etymon::wire {
namespace {

constexpr size_t kQuestionTail = 4;          // type, class
constexpr size_t kBeforeLength = 2 + 2 + 4;  // type, class, TTL
constexpr uint8_t kPointer = 0xC0;           // RFC 1035 section 4.1.4

// Steps over a name where it stands.
void skip_name(ByteReader& reader) {
  while (reader.ok()) {
    const uint8_t length = reader.u8();
    if (length == 0) {
      return;
    }
    if (length >= kPointer) {
      reader.u8();
      return;
    }
    reader.bytes(length);
  }
}

}  // namespace

std::optional<ByteView> find_option(ByteView options, OptionCode wanted) {
  ByteReader reader(options);
  while (!reader.at_end() && reader.ok()) {
    const OptionCode code{reader.u16()};
    const ByteView data = reader.bytes(reader.u16());
    if (code == wanted && reader.ok()) {
      return data;
    }
  }
  return std::nullopt;
}

std::optional<ByteView> option_in(ByteView message, OptionCode code) {
  if (message.size() < kHeaderSize) {
    return std::nullopt;
  }
  const Header header = read_header(message);
  ByteReader reader(message.subspan(kHeaderSize));
  for (unsigned i = 0; i < header.qdcount && reader.ok(); ++i) {
    skip_name(reader);
    reader.bytes(kQuestionTail);
  }
  const unsigned records = unsigned{header.ancount} + header.nscount + header.arcount;
  for (unsigned i = 0; i < records && reader.ok(); ++i) {
    skip_name(reader);
    const ByteView fixed = reader.bytes(kBeforeLength);
    const ByteView data = reader.bytes(reader.u16());
    if (reader.ok() && RecordType{load_u16(fixed.data())} == RecordType::kOpt) {
      return find_option(data, code);
    }
  }
  return std::nullopt;
}

}  // namespace etymon::wire
