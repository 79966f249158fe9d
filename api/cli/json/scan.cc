#include "api/cli/json/scan.h"

#include <algorithm>
#include <array>

namespace etymon::cli::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A place in the text. Each take_ function moves behind what it names, or says that it is not
// there.
struct Cursor {
  const char* at;
  const char* end;

  bool more() const { return at != end; }

  void skip_blanks() {
    while (more() && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
      ++at;
    }
  }

  bool take(char wanted) {
    const bool found = more() && *at == wanted;
    at += found ? 1 : 0;
    return found;
  }

  bool take_digits() {
    const char* begin = at;
    while (more() && is_digit(*at)) {
      ++at;
    }
    return at != begin;
  }

  bool take_word(std::string_view word) {
    const bool found = std::string_view(at, static_cast<size_t>(end - at)).starts_with(word);
    at += found ? word.size() : 0;
    return found;
  }
};

int hex_value(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Behind the backslash: one character, or u and four hexadecimal digits.
bool take_escape(Cursor& in) {
  if (!in.more()) {
    return false;
  }
  const char c = *in.at++;
  if (c != 'u') {
    return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
  }
  for (int i = 0; i < 4; ++i) {
    if (!in.more() || hex_value(*in.at++) < 0) {
      return false;
    }
  }
  return true;
}

// What does not stand for itself in a string: its end, escapes and control characters.
constexpr std::array<bool, 256> special_octets() {
  std::array<bool, 256> special{};
  std::fill_n(special.begin(), 0x20, true);
  special['"'] = true;
  special['\\'] = true;
  return special;
}

constexpr std::array<bool, 256> kSpecial = special_octets();

bool take_string(Cursor& in, Value& out) {
  if (!in.take('"')) {
    return false;
  }
  const char* begin = in.at;
  out.kind = Kind::kString;
  for (;;) {
    while (in.more() && !kSpecial[static_cast<unsigned char>(*in.at)]) {
      ++in.at;
    }
    if (in.take('"')) {
      out.text = {begin, static_cast<size_t>(in.at - 1 - begin)};
      return true;
    }
    if (!in.take('\\') || !take_escape(in)) {
      return false;
    }
    out.escaped = true;
  }
}

bool take_number(Cursor& in) {
  in.take('-');
  const bool zero = in.take('0');
  if (!zero && !in.take_digits()) {
    return false;
  }
  if (in.take('.') && !in.take_digits()) {
    return false;
  }
  if (in.take('e') || in.take('E')) {
    if (!in.take('+')) {
      in.take('-');
    }
    return in.take_digits();
  }
  return true;
}

bool take_value(Cursor& in, int depth, Value& out);

// What stands between the brackets of an object or an array.
bool take_elements(Cursor& in, int depth, char closing) {
  in.skip_blanks();
  if (in.take(closing)) {
    return true;
  }
  for (;;) {
    Value ignored;
    in.skip_blanks();
    if (closing == '}') {
      if (!take_string(in, ignored)) {
        return false;
      }
      in.skip_blanks();
      if (!in.take(':')) {
        return false;
      }
      ignored = {};
    }
    if (!take_value(in, depth, ignored)) {
      return false;
    }
    in.skip_blanks();
    if (in.take(closing)) {
      return true;
    }
    if (!in.take(',')) {
      return false;
    }
  }
}

bool take_plain_value(Cursor& in, int depth, Value& out) {
  switch (*in.at) {
    case '{':
      out.kind = Kind::kObject;
      ++in.at;
      return depth < kDepthMax && take_elements(in, depth + 1, '}');
    case '[':
      out.kind = Kind::kArray;
      ++in.at;
      return depth < kDepthMax && take_elements(in, depth + 1, ']');
    case 't':
      out.kind = Kind::kTrue;
      return in.take_word("true");
    case 'f':
      out.kind = Kind::kFalse;
      return in.take_word("false");
    case 'n':
      out.kind = Kind::kNull;
      return in.take_word("null");
    default:
      out.kind = Kind::kNumber;
      return take_number(in);
  }
}

bool take_value(Cursor& in, int depth, Value& out) {
  in.skip_blanks();
  if (!in.more()) {
    return false;
  }
  if (*in.at == '"') {
    return take_string(in, out);
  }
  const char* begin = in.at;
  if (!take_plain_value(in, depth, out)) {
    return false;
  }
  out.text = {begin, static_cast<size_t>(in.at - begin)};
  return true;
}

uint32_t hex_unit(std::string_view digits) {
  uint32_t unit = 0;
  for (const char c : digits.substr(0, 4)) {
    unit = unit << 4 | static_cast<uint32_t>(hex_value(c));
  }
  return unit;
}

void append_utf8(std::string& out, uint32_t point) {
  const auto octet = [&](uint32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (point < 0x80) {
    octet(point);
  } else if (point < 0x800) {
    octet(0xC0 | point >> 6);
    octet(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    octet(0xE0 | point >> 12);
    octet(0x80 | (point >> 6 & 0x3F));
    octet(0x80 | (point & 0x3F));
  } else {
    octet(0xF0 | point >> 18);
    octet(0x80 | (point >> 12 & 0x3F));
    octet(0x80 | (point >> 6 & 0x3F));
    octet(0x80 | (point & 0x3F));
  }
}

// \uNNNN, or two of them for what lies beyond 16 bits. `rest` begins behind the 'u'.
bool append_unicode(std::string& out, std::string_view& rest) {
  uint32_t point = hex_unit(rest);
  rest.remove_prefix(4);
  if (point >= 0xD800 && point < 0xDC00) {
    const uint32_t low = rest.starts_with("\\u") ? hex_unit(rest.substr(2)) : 0;
    if (low < 0xDC00 || low > 0xDFFF) {
      return false;
    }
    rest.remove_prefix(6);
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  } else if (point >= 0xDC00 && point <= 0xDFFF) {
    return false;
  }
  append_utf8(out, point);
  return true;
}

char unescaped(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

}  // namespace

std::optional<std::string_view> string_of(const Value& value, std::string& scratch) {
  if (value.kind != Kind::kString) {
    return std::nullopt;
  }
  if (!value.escaped) {
    return value.text;
  }
  scratch.clear();
  std::string_view rest = value.text;
  while (!rest.empty()) {
    const size_t plain = std::min(rest.find('\\'), rest.size());
    scratch += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.size() < 2) {
      break;
    }
    const char c = rest[1];
    rest.remove_prefix(2);
    if (c != 'u') {
      scratch.push_back(unescaped(c));
    } else if (!append_unicode(scratch, rest)) {
      return std::nullopt;
    }
  }
  return scratch;
}

std::optional<std::string_view> plain_of(const Value& value) {
  const bool plain = (value.kind == Kind::kString && !value.escaped) || value.kind == Kind::kNumber;
  return plain ? std::optional(value.text) : std::nullopt;
}

Members::Members(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {
  Cursor in{at_, end_};
  in.skip_blanks();
  if (!in.take('{')) {
    state_ = State::kBroken;
  }
  at_ = in.at;
}

std::optional<Members::Member> Members::stop(State state) {
  state_ = state;
  return std::nullopt;
}

std::optional<Members::Member> Members::next() {
  if (state_ == State::kWhole || state_ == State::kBroken) {
    return std::nullopt;
  }
  Cursor in{at_, end_};
  in.skip_blanks();
  if (in.take('}')) {
    in.skip_blanks();
    return stop(in.more() ? State::kBroken : State::kWhole);
  }
  if (state_ == State::kLater && !in.take(',')) {
    return stop(State::kBroken);
  }
  in.skip_blanks();
  std::optional<Member> member(std::in_place);
  if (!take_string(in, member->key)) {
    return stop(State::kBroken);
  }
  in.skip_blanks();
  if (!in.take(':') || !take_value(in, 1, member->value)) {
    return stop(State::kBroken);
  }
  at_ = in.at;
  state_ = State::kLater;
  return member;
}

bool pick(std::string_view text, std::span<const std::string_view> keys, std::span<Value> out) {
  Members members(text);
  while (const auto member = members.next()) {
    for (size_t i = 0; i < keys.size(); ++i) {
      if (member->key.text == keys[i]) {
        out[i] = member->value;
        break;
      }
    }
  }
  return members.whole();
}

}  // namespace etymon::cli::json
