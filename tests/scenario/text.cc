#include "tests/scenario/text.h"

#include <ldns/ldns.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "resolver/model/domain_name.h"

namespace etymon::scenario {
namespace {

constexpr uint16_t kRcodeBits = 0xF;

template <auto Free>
struct Deleter {
  void operator()(auto* thing) const { Free(thing); }
};
using Packet = std::unique_ptr<ldns_pkt, Deleter<ldns_pkt_free>>;
using RecordPtr = std::unique_ptr<ldns_rr, Deleter<ldns_rr_free>>;
using Octets = std::unique_ptr<uint8_t, Deleter<std::free>>;
using Text = std::unique_ptr<char, Deleter<std::free>>;

Error wrong(const std::string& what) {
  return {ErrorCode::kInvalidArgument, what};
}

// One blank between the fields, however ldns spaced them, and none at the end.
std::string with_single_blanks(const char* text) {
  std::string out;
  for (; *text != '\0'; ++text) {
    const bool blank = *text == '\t' || *text == ' ' || *text == '\n';
    if (!blank) {
      out += *text;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (out.ends_with(' ')) {
    out.pop_back();
  }
  return out;
}

std::string text_of(const ldns_rr* record) {
  const Text text(ldns_rr2str(record));
  return with_single_blanks(text.get());
}

Result<RecordPtr> parse_record(const std::string& text) {
  ldns_rr* record = nullptr;
  const ldns_status status = ldns_rr_new_frm_str(&record, text.c_str(), 0, nullptr, nullptr);
  if (status != LDNS_STATUS_OK) {
    return wrong("not a record: '" + text + "' (" + ldns_get_errorstr_by_id(status) + ")");
  }
  return RecordPtr(record);
}

Part take_part(std::string& line) {
  for (const auto& [name, part] :
       {std::pair("authority:", Part::kAuthority), std::pair("additional:", Part::kAdditional)}) {
    if (line.starts_with(name)) {
      line.erase(0, line.find_first_not_of(" \t", std::string_view(name).size()));
      return part;
    }
  }
  return Part::kAnswer;
}

Status append_record(const TextRecord& record, std::string& out) {
  const Result<RecordPtr> parsed = parse_record(record.text);
  if (!parsed.ok()) {
    return parsed.error();
  }
  uint8_t* raw = nullptr;
  size_t size = 0;
  if (ldns_rr2wire(&raw, parsed->get(), LDNS_SECTION_ANSWER, &size) != LDNS_STATUS_OK) {
    return wrong("cannot be written: '" + record.text + "'");
  }
  const Octets octets(raw);
  out.append(as_text({raw, size}));
  return {};
}

void append_opt(const TextOpt& opt, Rcode rcode, std::string& out) {
  std::string options;
  ByteWriter data(options);
  for (const EdnsOption& option : opt.options) {
    data.u16(option.code);
    data.u16(static_cast<uint16_t>(option.data.size()));
    data.bytes(as_bytes(option.data));
  }
  ByteWriter writer(out);
  writer.u8(0);
  writer.u16(static_cast<uint16_t>(RecordType::kOpt));
  writer.u16(opt.udp_size);
  writer.u8(static_cast<uint8_t>(static_cast<uint16_t>(rcode) >> 4));
  writer.u8(opt.version);
  writer.u16(opt.flags);
  writer.u16(static_cast<uint16_t>(options.size()));
  writer.bytes(as_bytes(options));
}

uint16_t count_of(const TextMessage& message, Part part) {
  return static_cast<uint16_t>(std::ranges::count(message.records, part, &TextRecord::part));
}

std::vector<EdnsOption> options_of(const ldns_pkt* packet) {
  std::vector<EdnsOption> options;
  const ldns_rdf* data = ldns_pkt_edns_data(packet);
  if (data == nullptr) {
    return options;
  }
  ByteReader reader(ByteView(ldns_rdf_data(data), ldns_rdf_size(data)));
  while (!reader.at_end() && reader.ok()) {
    const uint16_t code = reader.u16();
    options.push_back({code, std::string(as_text(reader.bytes(reader.u16())))});
  }
  return options;
}

void read_question(const ldns_pkt* packet, TextMessage& out) {
  const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(packet), 0);
  if (question == nullptr) {
    return;
  }
  const ldns_rdf* owner = ldns_rr_owner(question);
  out.qname = DomainName::from_wire({ldns_rdf_data(owner), ldns_rdf_size(owner)})->text();
  out.qtype = RecordType{static_cast<uint16_t>(ldns_rr_get_type(question))};
  out.qclass = RecordClass{static_cast<uint16_t>(ldns_rr_get_class(question))};
}

void read_section(const ldns_rr_list* list, Part part, TextMessage& out) {
  for (size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    out.records.push_back({part, text_of(ldns_rr_list_rr(list, i))});
  }
}

}  // namespace

Result<std::vector<TextRecord>> read_records(const std::vector<std::string>& lines) {
  std::vector<TextRecord> records;
  for (std::string line : lines) {
    const Part part = take_part(line);
    const Result<RecordPtr> record = parse_record(line);
    if (!record.ok()) {
      return record.error();
    }
    records.push_back({part, text_of(record->get())});
  }
  return records;
}

Result<std::string> write_message(const TextMessage& message) {
  std::string out;
  ByteWriter writer(out);
  writer.u16(message.id);
  writer.u16(
      static_cast<uint16_t>(message.flags | (static_cast<unsigned>(message.rcode) & kRcodeBits)));
  writer.u16(message.qname.empty() ? 0 : 1);
  writer.u16(count_of(message, Part::kAnswer));
  writer.u16(count_of(message, Part::kAuthority));
  writer.u16(static_cast<uint16_t>(count_of(message, Part::kAdditional) + (message.opt ? 1 : 0)));
  if (!message.qname.empty()) {
    const Result<DomainName> name = DomainName::from_text(message.qname);
    if (!name.ok()) {
      return name.error();
    }
    writer.bytes(as_bytes(name->wire()));
    writer.u16(static_cast<uint16_t>(message.qtype));
    writer.u16(static_cast<uint16_t>(message.qclass));
  }
  for (const Part part : {Part::kAnswer, Part::kAuthority, Part::kAdditional}) {
    for (const TextRecord& record : message.records) {
      if (const Status status = record.part == part ? append_record(record, out) : Status();
          !status.ok()) {
        return status.error();
      }
    }
  }
  if (message.opt) {
    append_opt(*message.opt, message.rcode, out);
  }
  return out;
}

Result<TextMessage> read_message(ByteView wire) {
  ldns_pkt* raw = nullptr;
  const ldns_status status = ldns_wire2pkt(&raw, wire.data(), wire.size());
  if (status != LDNS_STATUS_OK) {
    return wrong(std::string("not a DNS message: ") + ldns_get_errorstr_by_id(status));
  }
  const Packet packet(raw);
  TextMessage out;
  out.id = load_u16(wire.data());
  out.flags = static_cast<uint16_t>(load_u16(wire.data() + 2) & ~kRcodeBits);
  unsigned rcode = ldns_pkt_get_rcode(raw);
  read_question(raw, out);
  read_section(ldns_pkt_answer(raw), Part::kAnswer, out);
  read_section(ldns_pkt_authority(raw), Part::kAuthority, out);
  read_section(ldns_pkt_additional(raw), Part::kAdditional, out);
  if (ldns_pkt_edns(raw)) {
    rcode |= static_cast<unsigned>(ldns_pkt_edns_extended_rcode(raw)) << 4;
    out.opt = TextOpt{.udp_size = ldns_pkt_edns_udp_size(raw),
                      .version = ldns_pkt_edns_version(raw),
                      .flags = ldns_pkt_edns_z(raw),
                      .options = options_of(raw)};
  }
  out.rcode = static_cast<Rcode>(rcode);
  return out;
}

}  // namespace etymon::scenario
