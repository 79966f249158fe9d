#include "resolver/wire/rdata.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "resolver/wire/name.h"

namespace etymon::wire {
namespace {

// One letter for each field:
//   n name, possibly compressed   1 2 4 octets   s character-string   S any number of them
//   * whatever is left
struct Layout {
  uint16_t type;
  std::string_view fields;
};

constexpr std::array kLayouts = std::to_array<Layout>({
    {1, "4"},           // A
    {2, "n"},           // NS
    {3, "n"},           // MD
    {4, "n"},           // MF
    {5, "n"},           // CNAME
    {6, "nn44444"},     // SOA
    {7, "n"},           // MB
    {8, "n"},           // MG
    {9, "n"},           // MR
    {12, "n"},          // PTR
    {13, "ss"},         // HINFO
    {14, "nn"},         // MINFO
    {15, "2n"},         // MX
    {16, "S"},          // TXT, also of servers that send none at all
    {17, "nn"},         // RP, RFC 1183
    {18, "2n"},         // AFSDB, RFC 1183
    {21, "2n"},         // RT, RFC 1183
    {23, "n"},          // NSAP-PTR, RFC 1706
    {24, "2114442n*"},  // SIG, RFC 2535
    {26, "2nn"},        // PX, RFC 2163
    {28, "4444"},       // AAAA, RFC 3596
    {30, "n*"},         // NXT, RFC 2535
    {33, "222n"},       // SRV, RFC 2782
    {35, "22sssn"},     // NAPTR, RFC 3403
    {36, "2n"},         // KX, RFC 2230
    {39, "n"},          // DNAME, RFC 6672
    {46, "2114442n*"},  // RRSIG, RFC 4034
    {47, "n*"},         // NSEC, RFC 4034
    {58, "nn"},         // TALINK
    {64, "2n*"},        // SVCB, RFC 9460
    {65, "2n*"},        // HTTPS, RFC 9460
    {107, "2n"},        // LP, RFC 6742
    {249, "n*"},        // TKEY, RFC 2930
});

// Where a sound name ends that begins at `at`.
size_t name_end(ByteView message, size_t at) {
  while (message[at] != 0 && !is_pointer(message[at])) {
    at += size_t{message[at]} + 1;
  }
  return at + (message[at] == 0 ? 1 : 2);
}

// By type: each record of each response is looked up here.
constexpr auto kFieldsOf = [] {
  std::array<std::string_view, kLayouts.back().type + 1> fields;
  for (const Layout& layout : kLayouts) {
    fields[layout.type] = layout.fields;
  }
  return fields;
}();

// Empty where no layout is known.
std::string_view fields_of(RecordType type) {
  const auto number = static_cast<uint16_t>(type);
  return number < kFieldsOf.size() ? kFieldsOf[number] : std::string_view();
}

// `read_name(at, end)` gives the offset behind a name, or 0 for a bad one.
template <class ReadName>
class RdataWalk {
 public:
  // Cutting the message behind the record keeps names from reading on into the next one.
  RdataWalk(ByteView message, const RdataPlace& rdata, ReadName read_name)
      : message_(message.first(rdata.at + rdata.size)), read_name_(read_name), at_(rdata.at) {}

  bool fills(std::string_view fields) {
    return std::ranges::all_of(fields, [this](char field) { return step(field); }) &&
           at_ == message_.size();
  }

 private:
  size_t left() const { return message_.size() - at_; }

  bool step(char field) {
    switch (field) {
      case 'n':
        return name();
      case 's':
        return string();
      case 'S':
        return strings();
      case '*':
        return skip(left());
      default:
        return skip(static_cast<size_t>(field - '0'));
    }
  }

  bool skip(size_t count) {
    if (count > left()) {
      return false;
    }
    at_ += count;
    return true;
  }

  bool name() {
    at_ = read_name_(at_, message_.size());
    return at_ != 0;
  }

  bool string() { return left() > 0 && skip(size_t{message_[at_]} + 1); }

  bool strings() {
    while (left() > 0) {
      if (!string()) {
        return false;
      }
    }
    return true;
  }

  ByteView message_;
  ReadName read_name_;
  size_t at_;
};

}  // namespace

bool has_layout(RecordType type) {
  return !fields_of(type).empty();
}

bool rdata_is_sound(ByteView message, const RdataPlace& rdata, MessageNames& names) {
  const std::string_view fields = fields_of(rdata.type);
  const auto read = [&](size_t at, size_t end) { return names.read(at, end); };
  return fields.empty() || RdataWalk(message, rdata, read).fills(fields);
}

RdataNames names_in_rdata(ByteView message, const RdataPlace& rdata) {
  RdataNames names;
  const auto note = [&](size_t at, size_t) {
    const size_t end = name_end(message, at);
    names.spans[names.count++] = {at, end};
    return end;
  };
  RdataWalk(message, rdata, note).fills(fields_of(rdata.type));
  return names;
}

bool may_compress(RecordType type) {
  constexpr uint16_t kLast = 15;  // MX: of those in RFC 1035 it has the highest number with a name
  return static_cast<uint16_t>(type) <= kLast;
}

}  // namespace etymon::wire
