#include "api/cli/json/write.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "resolver/base/digits.h"

namespace etymon::cli::json {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;

// What may stand in a string as it is: printable ASCII but for quote, backslash and markup.
constexpr std::array<bool, 256> plain_octets() {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x7F; ++c) {
    plain[c] = c != '"' && c != '\\' && c != '<' && c != '>';
  }
  return plain;
}

constexpr std::array<bool, 256> kPlain = plain_octets();

size_t plain_at_front(std::string_view text) {
  size_t plain = 0;
  while (plain < text.size() && kPlain[static_cast<uint8_t>(text[plain])]) {
    ++plain;
  }
  return plain;
}

uint8_t octet_at(std::string_view text, size_t i) {
  return static_cast<uint8_t>(text[i]);
}

// A code point at the front of a text, and how many octets it takes; 0 where there is none
// (RFC 3629: overlong forms, surrogates and what is too large are none).
struct CodePoint {
  uint32_t value = 0;
  size_t length = 0;
};

CodePoint code_point_at_front(std::string_view text) {
  const uint8_t first = octet_at(text, 0);
  const size_t length = first < 0x80   ? 1
                        : first < 0xC2 ? 0
                        : first < 0xE0 ? 2
                        : first < 0xF0 ? 3
                                       : 4;
  if (length == 0 || first > 0xF4 || text.size() < length) {
    return {};
  }
  uint32_t value = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    const uint8_t octet = octet_at(text, i);
    if ((octet & 0xC0) != 0x80) {
      return {};
    }
    value = value << 6 | (octet & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool no_character = (value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF;
  return overlong || no_character ? CodePoint{} : CodePoint{value, length};
}

void append_hex_escape(std::string& out, uint32_t unit) {
  char escape[8];
  std::snprintf(escape, sizeof escape, "\\u%04x", unit & 0xFFFFU);
  out += escape;
}

// Invisible characters, and those that change what stands around them, are escaped as protobuf's
// writer does, so that a line looks like what it is.
bool is_invisible(uint32_t point) {
  return (point >= 0x7F && point <= 0x9F) || point == 0xAD || point == 0x6DD || point == 0x70F ||
         point == 0x17B4 || point == 0x17B5 || (point >= 0x600 && point <= 0x603) ||
         (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x2064) || (point >= 0x206A && point <= 0x206F) ||
         point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB) ||
         (point >= 0x1D173 && point <= 0x1D17A) || point == 0xE0001 ||
         (point >= 0xE0020 && point <= 0xE007F);
}

void append_ascii_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      append_hex_escape(out, static_cast<uint8_t>(c));
  }
}

void append_point(std::string& out, std::string_view octets, uint32_t point) {
  if (!is_invisible(point)) {
    out += octets;
  } else if (point < 0x10000) {
    append_hex_escape(out, point);
  } else {
    append_hex_escape(out, 0xD800 + ((point - 0x10000) >> 10));
    append_hex_escape(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
  }
}

// Nothing for a whole second, else a point and 3, 6 or 9 digits; gives the place behind them.
char* put_fraction(char* at, uint32_t nanos) {
  if (nanos == 0) {
    return at;
  }
  *at++ = '.';
  if (nanos % 1'000'000 == 0) {
    return put_padded(at, nanos / 1'000'000, 3);
  }
  return nanos % 1'000 == 0 ? put_padded(at, nanos / 1'000, 6) : put_padded(at, nanos, 9);
}

constexpr size_t kFractionMax = 10;  // with its point

void append_fraction(std::string& out, uint32_t nanos) {
  char text[kFractionMax];
  out.append(text, put_fraction(text, nanos));
}

template <class Number>
void append_whole(std::string& out, Number number) {
  char text[24];
  const auto written = std::to_chars(text, text + sizeof text, number);
  out.append(text, static_cast<size_t>(written.ptr - text));
}

// The usual number without printf's cost: its shortest digits, where %.15g writes the same, having
// room for all of them and no need of an exponent. False: nothing was written.
bool append_short(std::string& out, double number) {
  constexpr double kNoExponentFrom = 1e-4;
  constexpr double kNoExponentBelow = 1e15;
  if (!(number >= kNoExponentFrom && number < kNoExponentBelow)) {
    return false;
  }
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed);
  const std::string_view digits(text, static_cast<size_t>(written.ptr - text));
  if (written.ec != std::errc{} || digits.size() > std::numeric_limits<double>::digits10) {
    return false;
  }
  out += digits;
  return true;
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (;;) {
    const size_t plain = plain_at_front(text);
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) {
      break;
    }
    const CodePoint point = code_point_at_front(text);
    if (point.length == 1) {
      append_ascii_escape(out, text[0]);
    } else if (point.length > 1) {
      append_point(out, text.substr(0, point.length), point.value);
    } else {
      out += "\\ufffd";
    }
    text.remove_prefix(std::max<size_t>(point.length, 1));
  }
  out.push_back('"');
}

void append_dns_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    const auto octet = static_cast<uint8_t>(c);
    if (octet < 0x20 || octet > 0x7E) {
      char escape[] = "\\\\DDD";
      put_padded(escape + 2, octet, 3);
      out += escape;
      continue;
    }
    if (c == '"' || c == '\\') {
      out.push_back('\\');
    }
    out.push_back(c);
  }
  out.push_back('"');
}

void append_number(std::string& out, uint64_t number) {
  append_whole(out, number);
}

void append_number(std::string& out, int64_t number) {
  append_whole(out, number);
}

void append_number(std::string& out, double number) {
  if (append_short(out, number)) {
    return;
  }
  if (std::isnan(number)) {
    out += "\"NaN\"";
    return;
  }
  if (std::isinf(number)) {
    out += number < 0 ? "\"-Infinity\"" : "\"Infinity\"";
    return;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", number);
  if (std::strtod(text, nullptr) != number) {
    std::snprintf(text, sizeof text, "%.17g", number);
  }
  out += text;
}

void append_timestamp(std::string& out, int64_t seconds, int32_t nanos) {
  const auto day = std::chrono::floor<std::chrono::days>(Seconds(seconds));
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  const auto of_day = static_cast<uint32_t>(seconds - Seconds(day).count());
  char text[sizeof "\"2026-11-23T07:20:14Z\"" + kFractionMax];
  char* at = text;
  *at++ = '"';
  at = put_padded(at, static_cast<uint32_t>(static_cast<int>(date.year())), 4);
  *at++ = '-';
  at = put_padded(at, static_cast<unsigned>(date.month()), 2);
  *at++ = '-';
  at = put_padded(at, static_cast<unsigned>(date.day()), 2);
  *at++ = 'T';
  at = put_padded(at, of_day / 3600, 2);
  *at++ = ':';
  at = put_padded(at, of_day / 60 % 60, 2);
  *at++ = ':';
  at = put_padded(at, of_day % 60, 2);
  at = put_fraction(at, static_cast<uint32_t>(nanos));
  *at++ = 'Z';
  *at++ = '"';
  out.append(text, at);
}

void append_duration(std::string& out, int64_t seconds, int32_t nanos) {
  out.push_back('"');
  if (seconds < 0 || nanos < 0) {
    out.push_back('-');
  }
  append_whole(out, std::abs(seconds));
  append_fraction(out, static_cast<uint32_t>(std::abs(nanos)));
  out += "s\"";
}

void append_time(std::string& out, WallTime time) {
  const auto seconds = std::chrono::floor<Seconds>(time);
  const int64_t nanos = std::chrono::nanoseconds(time - seconds).count() % kNanosPerSecond;
  append_timestamp(out, seconds.time_since_epoch().count(), static_cast<int32_t>(nanos));
}

}  // namespace etymon::cli::json
