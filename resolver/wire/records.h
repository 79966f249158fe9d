// The records of a response, found and checked once. Internal to wire.
//
// Offsets instead of copies: a MessageIndex says where everything stands in the bytes it was made
// of, and belongs to them. Only owner names are expanded, in lower case, so that they compare. Of
// an ordinary message all of it has room in the object itself, which stays where it is made.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "resolver/base/result.h"
#include "resolver/base/small_vector.h"
#include "resolver/wire/message.h"
#include "resolver/wire/message_names.h"

namespace etymon::wire {

enum class Section : uint8_t { kAnswer, kAuthority, kAdditional };

struct Record {
  Section section = Section::kAnswer;
  RecordType type = RecordType::kA;
  RecordClass klass = RecordClass::kIn;
  uint32_t ttl_s = 0;  // 0 when the top bit was set, RFC 2181 section 8
  size_t starts_at = 0;
  size_t ttl_at = 0;
  size_t rdata_at = 0;
  size_t rdata_size = 0;
  ExpandedName owner = {};  // lives as long as the MessageIndex

  // About the exchange, not about any name: never stored and never passed on.
  bool is_pseudo() const { return type == RecordType::kOpt || type == RecordType::kTsig; }
};

class MessageIndex {
 public:
  // To be read() before anything else is asked.
  explicit MessageIndex(ByteView message) : message_(message), names_(message) {}
  MessageIndex(const MessageIndex&) = delete;
  MessageIndex& operator=(const MessageIndex&) = delete;

  // What stands behind the last record belongs to none, and is left out. Errors (kInvalidArgument):
  // more or fewer than one question, counts that the bytes do not hold, a malformed name or record,
  // a misplaced or second OPT.
  Status read();

  // Once it was read, up to the end of the last record.
  ByteView message() const { return message_; }
  const Header& header() const { return header_; }
  std::span<const Record> records() const { return records_; }
  std::span<const Record> section(Section section) const;
  // All twelve bits, upper ones from the OPT record (RFC 6891 section 6.1.3).
  Rcode rcode() const;
  ByteView rdata(const Record& record) const {
    return message_.subspan(record.rdata_at, record.rdata_size);
  }
  ExpandedName question_name() const { return names_.expand(kHeaderSize); }
  // The name that begins `skip` octets into the record's data, which the layout table has checked.
  ExpandedName rdata_name(const Record& record, size_t skip) const {
    return names_.expand(record.rdata_at + skip);
  }
  // A name that stands nowhere in the message, for as long as those that do.
  ExpandedName keep_name(std::string_view expanded) const { return names_.keep(expanded); }

 private:
  static constexpr size_t kUsualRecords = 8;

  Status read_question();
  Status read_section(Section section, unsigned count);
  Status read_record(Section section);
  Status take_opt(const Record& record);

  ByteView message_;
  Header header_;
  size_t at_ = kHeaderSize;     // how far the reading came
  mutable MessageNames names_;  // remembers what it has expanded
  SmallVector<Record, kUsualRecords> records_;
  std::optional<uint8_t> extended_rcode_;  // set when there was an OPT
};

}  // namespace etymon::wire
