#include "resolver/wire/records.h"

#include <algorithm>

#include "resolver/wire/name.h"
#include "resolver/wire/rdata.h"

namespace etymon::wire {
namespace {

constexpr size_t kQuestionTail = 4;  // type, class
constexpr size_t kRecordFixed = 10;  // type, class, TTL, rdata length
constexpr size_t kRecordMin = 1 + kRecordFixed;
constexpr uint32_t kTtlTopBit = 0x8000'0000;

Error malformed(std::string_view what) {
  return {ErrorCode::kInvalidArgument, "malformed response: " + std::string(what)};
}

// RFC 2181 section 8: a TTL with the top bit set is treated as 0.
uint32_t sane_ttl(uint32_t ttl_s) {
  return (ttl_s & kTtlTopBit) != 0 ? 0 : ttl_s;
}

}  // namespace

Status MessageIndex::read() {
  if (message_.size() < kHeaderSize || message_.size() > kMessageMax) {
    return malformed("no message has that length");
  }
  header_ = read_header(message_);
  // The counts are the sender's claim; the bytes say how many records there can be at most.
  const size_t claimed = size_t{header_.ancount} + header_.nscount + header_.arcount;
  records_.reserve(std::min(claimed, (message_.size() - kHeaderSize) / kRecordMin));
  Status status = read_question();
  if (status.ok()) {
    status = read_section(Section::kAnswer, header_.ancount);
  }
  if (status.ok()) {
    status = read_section(Section::kAuthority, header_.nscount);
  }
  if (status.ok()) {
    status = read_section(Section::kAdditional, header_.arcount);
  }
  if (status.ok()) {
    message_ = message_.first(at_);
  }
  return status;
}

std::span<const Record> MessageIndex::section(Section section) const {
  const auto first = std::ranges::lower_bound(records_, section, {}, &Record::section);
  const auto last = std::ranges::upper_bound(records_, section, {}, &Record::section);
  return {first, last};
}

Rcode MessageIndex::rcode() const {
  const unsigned upper = extended_rcode_.value_or(0);
  return Rcode{static_cast<uint16_t>(upper << 4 | rcode_of(header_.flags))};
}

Status MessageIndex::read_question() {
  if (header_.qdcount != 1) {
    return malformed("not exactly one question");
  }
  const size_t name_size = plain_name_length(message_.subspan(at_));
  if (name_size == 0 || message_.size() - at_ < name_size + kQuestionTail) {
    return malformed("the question is cut or compressed");
  }
  names_.read(at_, message_.size());
  at_ += name_size + kQuestionTail;
  return {};
}

Status MessageIndex::read_section(Section section, unsigned count) {
  Status status;
  for (unsigned i = 0; i < count && status.ok(); ++i) {
    status = read_record(section);
  }
  return status;
}

Status MessageIndex::read_record(Section section) {
  const size_t fixed_at = names_.read(at_, message_.size());
  if (fixed_at == 0) {
    return malformed("a record's owner is no name");
  }
  if (message_.size() - fixed_at < kRecordFixed) {
    return malformed("a record is cut");
  }
  const uint8_t* fixed = &message_[fixed_at];
  const Record record{.section = section,
                      .type = RecordType{load_u16(fixed)},
                      .klass = RecordClass{load_u16(fixed + 2)},
                      .ttl_s = sane_ttl(load_u32(fixed + 4)),
                      .starts_at = at_,
                      .ttl_at = fixed_at + 4,
                      .rdata_at = fixed_at + kRecordFixed,
                      .rdata_size = load_u16(fixed + 8),
                      .owner = names_.expand(at_)};
  if (names_.expanded() > kMessageMax) {
    return malformed("its names would fill more than a message when written out");
  }
  if (message_.size() - record.rdata_at < record.rdata_size) {
    return malformed("a record's data is cut");
  }
  if (!rdata_is_sound(message_, {record.type, record.rdata_at, record.rdata_size}, names_)) {
    return malformed("a record's data does not fit its type");
  }
  at_ = record.rdata_at + record.rdata_size;
  records_.push_back(record);
  return record.type == RecordType::kOpt ? take_opt(record) : Status();
}

Status MessageIndex::take_opt(const Record& record) {
  if (record.section != Section::kAdditional || record.owner.text.size() != 1) {
    return malformed("an OPT that is not at the root of the additional section");
  }
  if (extended_rcode_) {
    return malformed("more than one OPT");
  }
  extended_rcode_ = message_[record.ttl_at];  // RFC 6891 section 6.1.3
  return {};
}

}  // namespace etymon::wire
