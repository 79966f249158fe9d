#include "store/tables/answer_codec.h"

#include <optional>

#include "resolver/base/bytes.h"
#include "store/tables/keys.h"

namespace etymon::store {
namespace {

Error damaged() {
  return {ErrorCode::kDataLoss, "stored answer is damaged"};
}

bool is_known(Via via) {
  return via >= Via::kA && via <= Via::kAdditional;
}

// Of the octet that says how an address came along.
constexpr uint8_t kViaBits = 0x1F;
constexpr uint8_t kUdp = 0x20;
constexpr uint8_t kTcp = 0x40;
constexpr uint8_t kPortFollows = 0x80;

uint8_t flags_of(const Service& service) {
  const unsigned flags = (service.udp ? kUdp : 0U) | (service.tcp ? kTcp : 0U) |
                         (service.port != 0 ? kPortFollows : 0U);
  return static_cast<uint8_t>(flags);
}

void append_addresses(std::string& bytes, const Answer& answer) {
  ByteWriter writer(bytes);
  writer.varint(answer.addresses.size());
  for (const AnswerAddress& address : answer.addresses) {
    writer.u8(static_cast<uint8_t>(address.via) | flags_of(address.service));
    if (address.service.port != 0) {
      writer.u16(address.service.port);
    }
    append_address(bytes, address.address);
  }
}

// An empty block stands for the asked name itself, with which nearly every chain begins.
void append_chain(ByteWriter& writer, const Answer& answer) {
  writer.varint(answer.chain.size());
  for (const DomainName& name : answer.chain) {
    const bool is_asked = name.wire() == answer.question.name.wire();
    writer.block(is_asked ? ByteView{} : as_bytes(name.wire()));
  }
}

bool read_chain(ByteReader& reader, Answer& answer) {
  const uint64_t count = reader.varint();
  for (uint64_t i = 0; i < count; ++i) {
    const ByteView wire = reader.block();
    if (!reader.ok()) {
      return false;
    }
    Result<DomainName> name =
        wire.empty() ? Result<DomainName>(answer.question.name) : DomainName::from_wire(wire);
    if (!name) {
      return false;
    }
    answer.chain.push_back(std::move(*name));
  }
  return reader.ok();
}

std::optional<AnswerAddress> read_answer_address(ByteReader& reader) {
  const uint8_t how = reader.u8();
  const auto via = static_cast<Via>(how & kViaBits);
  Service service{.tcp = (how & kTcp) != 0, .udp = (how & kUdp) != 0};
  if ((how & kPortFollows) != 0) {
    service.port = reader.u16();
  }
  const std::optional<IpAddress> address = read_address(reader);
  if (!address || !is_known(via)) {
    return std::nullopt;
  }
  return AnswerAddress{*address, via, service};
}

bool read_addresses(ByteReader& reader, Answer& answer) {
  const uint64_t count = reader.varint();
  for (uint64_t i = 0; i < count; ++i) {
    const std::optional<AnswerAddress> address = read_answer_address(reader);
    if (!address) {
      return false;
    }
    answer.addresses.push_back(*address);
  }
  return reader.ok();
}

// Past the question, the code and the chain.
void skip_to_addresses(ByteReader& reader) {
  reader.block();
  constexpr int kNumbers = 3;  // type, class, code
  for (int i = 0; i < kNumbers; ++i) {
    reader.varint();
  }
  for (uint64_t names = reader.varint(); names > 0; --names) {
    reader.block();
  }
}

bool read_upstream(ByteReader& reader, Answer& answer) {
  const std::optional<IpAddress> address = read_address(reader);
  if (!address) {
    return false;
  }
  answer.upstream = {*address, reader.u16()};
  return reader.ok();
}

// Behind all else, and of a rebinding answer alone, so that all others have the bytes that they had
// before there was a guard.
void append_withheld(std::string& bytes, const Answer& answer) {
  if (!answer.rebinding) {
    return;
  }
  ByteWriter(bytes).varint(answer.withheld.size());
  for (const IpAddress& address : answer.withheld) {
    append_address(bytes, address);
  }
}

bool read_withheld(ByteReader& reader, Answer& answer) {
  if (reader.at_end()) {
    return true;
  }
  answer.rebinding = true;
  const uint64_t count = reader.varint();
  for (uint64_t i = 0; i < count; ++i) {
    const std::optional<IpAddress> address = read_address(reader);
    if (!address) {
      return false;
    }
    answer.withheld.push_back(*address);
  }
  return reader.ok();
}

size_t size_of(const IpAddress& address) {
  return 1 + (address.is_v4() ? 4 : 16);
}

// At least as many octets as the answer takes, and few more.
size_t room_for(const Answer& answer) {
  constexpr size_t kNumbers = 12;
  constexpr size_t kHow = 3;  // an address came along, with a port
  size_t size = kNumbers + answer.question.name.wire().size() + size_of(answer.upstream.address);
  for (const DomainName& name : answer.chain) {
    size += name.wire() == answer.question.name.wire() ? 1 : name.wire().size() + 2;
  }
  for (const AnswerAddress& address : answer.addresses) {
    size += kHow + size_of(address.address);
  }
  for (const IpAddress& address : answer.withheld) {
    size += size_of(address);
  }
  return size;
}

}  // namespace

std::string encode_answer(const Answer& answer) {
  std::string bytes;
  bytes.reserve(room_for(answer));  // an answer is kept for long: no octet more than it needs
  ByteWriter writer(bytes);
  writer.block(as_bytes(answer.question.name.wire()));
  writer.varint(static_cast<uint16_t>(answer.question.type));
  writer.varint(static_cast<uint16_t>(answer.question.klass));
  writer.varint(static_cast<uint16_t>(answer.rcode));
  append_chain(writer, answer);
  append_addresses(bytes, answer);
  append_address(bytes, answer.upstream.address);
  writer.u16(answer.upstream.port);
  append_withheld(bytes, answer);
  return bytes;
}

Result<Answer> decode_answer(std::string_view bytes) {
  ByteReader reader(bytes);
  Answer answer;
  Result<DomainName> asked = DomainName::from_wire(reader.block());
  if (!asked) {
    return damaged();
  }
  answer.question.name = std::move(*asked);
  answer.question.type = static_cast<RecordType>(reader.varint());
  answer.question.klass = static_cast<RecordClass>(reader.varint());
  answer.rcode = static_cast<Rcode>(reader.varint());
  if (!read_chain(reader, answer) || !read_addresses(reader, answer) ||
      !read_upstream(reader, answer) || !read_withheld(reader, answer) || !reader.at_end()) {
    return damaged();
  }
  return answer;
}

void visit_addresses(std::string_view bytes, const std::function<void(const IpAddress&)>& visit) {
  ByteReader reader(bytes);
  skip_to_addresses(reader);
  for (uint64_t count = reader.varint(); count > 0; --count) {
    visit(read_answer_address(reader)->address);
  }
}

}  // namespace etymon::store
