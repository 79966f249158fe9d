#include "resolver/wire/own_answer.h"

#include "resolver/wire/ldns_record.h"

namespace etymon::wire {
namespace {

constexpr uint16_t kPointerToQuestion = 0xC000 | kHeaderSize;  // RFC 1035 section 4.1.4

Error invalid(const std::string& what) {
  return {ErrorCode::kInvalidArgument, what};
}

std::string write_response(const AskedQuestion& asked, const OwnAnswer& said) {
  std::string message(kHeaderSize, '\0');
  write_header(
      reinterpret_cast<uint8_t*>(message.data()),
      {.flags = static_cast<uint16_t>(kFlagQr | kFlagRd | kFlagRa | static_cast<int>(said.rcode)),
       .qdcount = 1,
       .ancount = static_cast<uint16_t>(said.answer.size()),
       .nscount = static_cast<uint16_t>(said.authority.size())});
  ByteWriter out(message);
  out.bytes(asked.qname);
  out.u16(static_cast<uint16_t>(asked.qtype));
  out.u16(static_cast<uint16_t>(asked.qclass));
  for (const auto* section : {&said.answer, &said.authority}) {
    for (const OwnedRecord& record : *section) {
      append_record(record, asked.qname, message);
    }
  }
  return message;
}

// The fields of the record's own octets, as ldns writes them: owner, type, class, TTL, data.
Result<OwnedRecord> read_octets(ByteView octets) {
  const size_t owner_size = plain_name_length(octets);
  ByteReader reader(octets);
  OwnedRecord record;
  record.owner = as_text(reader.bytes(owner_size));
  record.type = RecordType{reader.u16()};
  const RecordClass klass{reader.u16()};
  record.ttl_s = reader.u32();
  record.rdata = as_text(reader.bytes(reader.u16()));
  if (owner_size == 0 || !reader.ok() || klass != RecordClass::kIn) {
    return invalid("its class is not IN");
  }
  return record;
}

}  // namespace

void append_record(const OwnedRecord& record, ByteView qname, std::string& message) {
  ByteWriter out(message);
  if (same_name(as_bytes(record.owner), qname)) {
    out.u16(kPointerToQuestion);
  } else {
    out.bytes(as_bytes(record.owner));
  }
  out.u16(static_cast<uint16_t>(record.type));
  out.u16(static_cast<uint16_t>(RecordClass::kIn));
  out.u32(record.ttl_s);
  out.u16(static_cast<uint16_t>(record.rdata.size()));
  out.bytes(as_bytes(record.rdata));
}

Result<ParsedResponse> make_response(const AskedQuestion& asked, const OwnAnswer& said) {
  const std::string message = write_response(asked, said);
  if (message.size() > kMessageMax) {
    return invalid("an answer of our own exceeds 65535 octets");
  }
  return parse_response(as_bytes(message), asked);
}

Result<OwnedRecord> record_from_text(const std::string& text, uint32_t default_ttl_s) {
  ldns_rr* raw = nullptr;
  const ldns_status status =
      ldns_rr_new_frm_str(&raw, text.c_str(), default_ttl_s, nullptr, nullptr);
  const LdnsRecord record(raw);
  if (status != LDNS_STATUS_OK) {
    return ldns_error("it is no record", status);
  }
  uint8_t* octets = nullptr;
  size_t size = 0;
  const ldns_status written = ldns_rr2wire(&octets, raw, LDNS_SECTION_ANSWER, &size);
  const LdnsOctets owned(octets);
  if (written != LDNS_STATUS_OK) {
    return ldns_error("it is no record", written);
  }
  return read_octets({octets, size});
}

}  // namespace etymon::wire
