#include "resolver/model/domain_name.h"

#include <algorithm>
#include <array>
#include <vector>

#include "resolver/model/name_octets.h"

namespace etymon {
namespace {

Error invalid(std::string_view what) {
  return {ErrorCode::kInvalidArgument, "domain name: " + std::string(what)};
}

bool same_octets(std::string_view a, std::string_view b) {
  return std::ranges::equal(as_bytes(a), as_bytes(b), {}, to_lower, to_lower);
}

size_t label_length(std::string_view wire) {
  return static_cast<uint8_t>(wire.front());
}

std::vector<std::string_view> labels_of(std::string_view wire) {
  std::vector<std::string_view> labels;
  for (; wire.size() > 1; wire = parent_of(wire)) {
    labels.push_back(wire.substr(1, label_length(wire)));
  }
  return labels;
}

void append_label(std::string& wire, std::string_view label) {
  wire.push_back(static_cast<char>(label.size()));
  wire.append(label);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Which octets stand for themselves in a presentation form (RFC 1035 section 5.1).
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t octet = ' ' + 1; octet < 0x7F; ++octet) {
    plain[octet] = octet != '.' && octet != '\\';
  }
  return plain;
}();

// Writes any other octet to `out`; gives its end.
char* write_escaped(uint8_t octet, char* out) {
  *out++ = '\\';
  if (octet == '.' || octet == '\\') {
    *out++ = static_cast<char>(octet);
  } else {
    *out++ = static_cast<char>('0' + octet / 100);
    *out++ = static_cast<char>('0' + octet / 10 % 10);
    *out++ = static_cast<char>('0' + octet % 10);
  }
  return out;
}

// Takes the octet that an escape stands for; `rest` begins behind the backslash.
Result<char> take_escape(std::string_view& rest) {
  if (rest.empty()) {
    return invalid("ends in the middle of an escape");
  }
  if (!is_digit(rest[0])) {
    const char literal = rest[0];
    rest.remove_prefix(1);
    return literal;
  }
  if (rest.size() < 3 || !is_digit(rest[1]) || !is_digit(rest[2])) {
    return invalid("an escaped octet has three digits, as in \\032");
  }
  const int octet = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
  if (octet > 0xFF) {
    return invalid("an escaped octet is at most \\255");
  }
  rest.remove_prefix(3);
  return static_cast<char>(octet);
}

// Takes one octet of a label, escaped or plain.
Result<char> take_octet(std::string_view& rest) {
  const char c = rest[0];
  rest.remove_prefix(1);
  if (c == '\\') {
    return take_escape(rest);
  }
  if (c <= ' ' || c >= 0x7F) {
    return invalid("blanks and octets beyond ASCII are written \\DDD, international names xn--...");
  }
  return c;
}

// Takes a label and the dot behind it, if there is one.
Result<std::string> take_label(std::string_view& rest) {
  std::string label;
  while (!rest.empty() && rest[0] != '.') {
    Result<char> octet = take_octet(rest);
    if (!octet) {
      return octet.error();
    }
    label.push_back(*octet);
  }
  if (label.empty()) {
    return invalid("a label is empty");
  }
  if (label.size() > DomainName::kLabelMax) {
    return invalid("a label is longer than 63 octets");
  }
  rest.remove_prefix(rest.empty() ? 0 : 1);
  return label;
}

// Sort keys. A label ends with octet 0, which sorts before whatever a longer label goes on with; so
// that it stays unique, octets 0 and 1 within a label are written as the pairs 1 1 and 1 2.
constexpr char kLabelEnd = '\0';
constexpr char kEscape = '\1';

void append_key_label(std::string& key, std::string_view label) {
  for (const char octet : label) {
    if (octet == kLabelEnd || octet == kEscape) {
      key.push_back(kEscape);
      key.push_back(static_cast<char>(octet + 1));
    } else {
      key.push_back(octet);
    }
  }
  key.push_back(kLabelEnd);
}

// Takes one label and its end from a sort key.
Result<std::string> take_key_label(std::string_view& key) {
  const size_t end = key.find(kLabelEnd);
  if (end == std::string_view::npos) {
    return invalid("sort key is cut");
  }
  std::string label;
  for (size_t i = 0; i < end; ++i) {
    if (key[i] != kEscape) {
      label.push_back(key[i]);
      continue;
    }
    ++i;
    if (key[i] != 1 && key[i] != 2) {
      return invalid("sort key has a bad escape");
    }
    label.push_back(static_cast<char>(key[i] - 1));
  }
  key.remove_prefix(end + 1);
  return label;
}

}  // namespace

Result<DomainName> DomainName::from_wire(ByteView wire) {
  if (wire.size() > kWireMax) {
    return invalid("longer than 255 octets");
  }
  for (size_t at = 0; at < wire.size(); at += 1U + wire[at]) {
    if (wire[at] > kLabelMax) {
      return invalid("a label is compressed or longer than 63 octets");
    }
    if (wire[at] != 0) {
      continue;
    }
    if (at + 1 != wire.size()) {
      return invalid("octets behind the root label");
    }
    return DomainName(std::string(as_text(wire)));
  }
  return invalid("ends before the root label");
}

Result<DomainName> DomainName::from_text(std::string_view text) {
  if (text.empty()) {
    return invalid("empty; the root is written as a dot");
  }
  std::string wire;
  for (std::string_view rest = text == "." ? "" : text; !rest.empty();) {
    Result<std::string> label = take_label(rest);
    if (!label) {
      return label.error();
    }
    append_label(wire, *label);
    if (wire.size() >= kWireMax) {
      return invalid("longer than 255 octets");
    }
  }
  wire.push_back('\0');
  return DomainName(std::move(wire));
}

DomainName DomainName::canonical() const {
  return DomainName(lower_case(wire_));
}

// On the stack first, so that the text is allocated once, in its size.
std::string DomainName::text() const {
  std::array<char, kOfOctet * kWireMax> text;
  return {text.data(), write_text(text.data())};
}

char* DomainName::write_text(char* to) const {
  if (is_root()) {
    *to++ = '.';
    return to;
  }
  for (std::string_view rest = wire_; rest.size() > 1; rest = parent_of(rest)) {
    for (const uint8_t octet : as_bytes(rest.substr(1, label_length(rest)))) {
      if (kPlain[octet]) {
        *to++ = static_cast<char>(octet);
      } else {
        to = write_escaped(octet, to);
      }
    }
    *to++ = '.';
  }
  return to - 1;  // without the final dot
}

size_t DomainName::label_count() const {
  size_t count = 0;
  for (std::string_view rest = wire_; rest.size() > 1; rest = parent_of(rest)) {
    ++count;
  }
  return count;
}

bool DomainName::is_within(const DomainName& ancestor) const {
  std::string_view rest = wire_;
  while (rest.size() > ancestor.wire_.size()) {
    rest = parent_of(rest);
  }
  return same_octets(rest, ancestor.wire_);
}

std::string DomainName::sort_key() const {
  const std::string lower = lower_case(wire_);
  std::vector<std::string_view> labels = labels_of(lower);
  std::ranges::reverse(labels);
  std::string key;
  key.reserve(wire_.size());
  for (const std::string_view label : labels) {
    append_key_label(key, label);
  }
  return key;
}

Result<DomainName> DomainName::from_sort_key(std::string_view key) {
  std::vector<std::string> labels;
  while (!key.empty()) {
    Result<std::string> label = take_key_label(key);
    if (!label) {
      return label.error();
    }
    if (label->empty() || label->size() > kLabelMax) {
      return invalid("sort key has an empty or overlong label");
    }
    labels.push_back(std::move(label).value());
  }
  std::ranges::reverse(labels);
  std::string wire;
  for (const std::string& label : labels) {
    append_label(wire, label);
  }
  wire.push_back('\0');
  if (wire.size() > kWireMax) {
    return invalid("sort key is longer than a name can be");
  }
  return DomainName(std::move(wire));
}

bool operator==(const DomainName& a, const DomainName& b) {
  return same_octets(a.wire_, b.wire_);
}

size_t DomainNameHash::operator()(const DomainName& name) const {
  // Folded on the stack: the hash is taken for every question, and a name always fits.
  return std::hash<std::string_view>{}(LowerName(as_bytes(name.wire())).view());
}

}  // namespace etymon
