#include "api/cli/logs/scan.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace etymon::cli::logs {
namespace {

constexpr std::string_view kHeaderEnds = "[\"=,{";
constexpr size_t kAddressTextMax = 45;  // IPv6 with an IPv4 tail

// The quick way for what nearly all addresses are.
std::optional<IpAddress> quad_of(std::string_view text) {
  uint32_t address = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at == end || *at++ != '.')) {
      return std::nullopt;
    }
    unsigned value = 0;
    const char* begin = at;
    while (at != end && *at >= '0' && *at <= '9' && at - begin < 3) {
      value = value * 10 + static_cast<unsigned>(*at++ - '0');
    }
    const bool leading_zero = at - begin > 1 && *begin == '0';
    if (at == begin || value > 255 || leading_zero) {
      return std::nullopt;
    }
    address = address << 8 | value;
  }
  return at == end ? std::optional(IpAddress::v4(address)) : std::nullopt;
}

// Takes a pair's value, and the quotes around it.
std::string_view take_value(std::string_view& text) {
  if (!take(text, "\"")) {
    return take_until(text, " \t");
  }
  size_t end = text.find('"');
  while (end != std::string_view::npos && end > 0 && text[end - 1] == '\\') {
    end = text.find('"', end + 1);
  }
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(std::min(value.size() + 1, text.size()));
  return value;
}

// What stands before the closing quote, which is taken, too.
std::string_view take_quoted_field(std::string_view& text) {
  const std::string_view field = text.substr(0, end_of_quoted(text));
  text.remove_prefix(std::min(field.size() + 1, text.size()));
  return field;
}

// The quote that closes what the one at `open` opens; text.size() where none does.
size_t closing_quote(std::string_view text, size_t open) {
  size_t at = open + 1;
  while (at < text.size() && text[at] != '"') {
    at += text[at] == '\\' ? size_t{2} : size_t{1};
  }
  return std::min(at, text.size());
}

// Where what the bracket at `open` opens ends: at its bracket, at a brace that no quotes are
// around, or not at all, which is text.size().
size_t end_of_data(std::string_view text, size_t open) {
  size_t at = text.find_first_of("\"]{", open);
  while (at < text.size() && text[at] == '"') {
    at = text.find_first_of("\"]{", closing_quote(text, at) + 1);
  }
  return std::min(at, text.size());
}

// A comma behind seconds and before a digit, as in "21:12:00,123".
bool is_fraction_mark(std::string_view text, size_t at) {
  const auto is_digit = [&](size_t place) { return text[place] >= '0' && text[place] <= '9'; };
  return text[at] == ',' && at >= 3 && at + 1 < text.size() && text[at - 3] == ':' &&
         is_digit(at - 2) && is_digit(at - 1) && is_digit(at + 1);
}

}  // namespace

size_t find(std::string_view text, std::string_view wanted, size_t from) {
  if (from >= text.size()) {
    return std::string_view::npos;
  }
  const void* found = memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

std::optional<std::string_view> behind(std::string_view text, std::string_view mark) {
  const size_t at = find(text, mark);
  return at == std::string_view::npos ? std::nullopt : std::optional(text.substr(at + mark.size()));
}

std::string_view take_until(std::string_view& text, std::string_view ends) {
  const size_t length = std::min(text.find_first_of(ends), text.size());
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

size_t syslog_header_length(std::string_view text) {
  size_t at = text.find_first_of(kHeaderEnds);
  while (at < text.size()) {
    const bool is_data = text[at] == '[';
    const size_t end = is_data ? end_of_data(text, at) : at;
    if (is_data ? end >= text.size() || text[end] != ']' : !is_fraction_mark(text, at)) {
      return std::min(end, text.size());
    }
    at = text.find_first_of(kHeaderEnds, end + 1);
  }
  return text.size();
}

void skip_blanks(std::string_view& text) {
  while (text.starts_with(' ') || text.starts_with('\t')) {
    text.remove_prefix(1);
  }
}

bool take(std::string_view& text, std::string_view wanted) {
  const bool found = text.starts_with(wanted);
  text.remove_prefix(found ? wanted.size() : 0);
  return found;
}

std::string_view without_mark(std::string_view text) {
  take(text, "\xEF\xBB\xBF");
  return text;
}

std::string_view trimmed(std::string_view text) {
  skip_blanks(text);
  while (text.ends_with(' ') || text.ends_with('\t')) {
    text.remove_suffix(1);
  }
  const bool quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string_view value_of(std::string_view text, std::string_view key) {
  std::optional<std::string_view> value = behind(text, key);
  if (!value) {
    return {};
  }
  if (take(*value, "\"")) {
    return take_until(*value, "\"");
  }
  return take_until(*value, " \t");
}

std::string_view closed_value_of(std::string_view text, std::string_view key) {
  const std::string_view value = value_of(text, key);
  return is_closed(text, value) ? value : std::string_view();
}

bool is_closed(std::string_view text, std::string_view value) {
  return value.data() + value.size() != text.data() + text.size();
}

void pick_pairs(std::string_view text, std::span<const std::string_view> keys,
                std::span<std::string_view> out) {
  std::ranges::fill(out, std::string_view());
  for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
    const std::string_view key = take_until(text, "= \t");
    if (!take(text, "=")) {
      continue;  // a word
    }
    const std::string_view value = take_value(text);
    const size_t i = static_cast<size_t>(std::ranges::find(keys, key) - keys.begin());
    if (i < keys.size() && out[i].data() == nullptr) {
      out[i] = value;
    }
  }
}

std::optional<IpAddress> address_of(std::string_view text) {
  if (const auto quad = quad_of(text)) {
    return quad;
  }
  if (text.starts_with("fe80:") || text.starts_with("FE80:")) {
    text = text.substr(0, text.find('%'));
  }
  const bool can_be = text.size() <= kAddressTextMax && text.find(':') != std::string_view::npos &&
                      text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  if (!can_be) {
    return std::nullopt;
  }
  const Result<IpAddress> address = IpAddress::from_text(text);
  return address ? std::optional(*address) : std::nullopt;
}

std::optional<uint64_t> number_of(std::string_view text, uint64_t max) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  const bool whole = !text.empty() && error == std::errc{} && at == end;
  return whole && number <= max ? std::optional(number) : std::nullopt;
}

uint16_t port_of(std::string_view text) {
  return static_cast<uint16_t>(number_of(text, UINT16_MAX).value_or(0));
}

std::optional<Socket> socket_of(std::string_view text) {
  if (take(text, "[")) {
    const auto address = address_of(take_until(text, "]"));
    const bool closed = take(text, "]");
    const uint16_t port = take(text, ":") ? port_of(text) : uint16_t{0};
    return closed && address ? std::optional(Socket{*address, port}) : std::nullopt;
  }
  const size_t colon = text.find(':');
  const bool one_colon = colon != std::string_view::npos && colon == text.rfind(':');
  const auto address = address_of(one_colon ? text.substr(0, colon) : text);
  if (!address) {
    return std::nullopt;
  }
  return Socket{*address, one_colon ? port_of(text.substr(colon + 1)) : uint16_t{0}};
}

size_t end_of_quoted(std::string_view text) {
  size_t end = text.find('"');
  while (end != std::string_view::npos && text.substr(end + 1).starts_with('"')) {
    end = text.find('"', end + 2);
  }
  return end;
}

bool is_unclosed(std::string_view text, char separator) {
  const bool any = text.find('"') != std::string_view::npos;  // nearly always there is none
  while (any && !text.empty()) {
    if (take(text, "\"")) {
      const size_t end = end_of_quoted(text);
      if (end == std::string_view::npos) {
        return true;
      }
      text.remove_prefix(end);
    }
    take_until(text, {&separator, 1});
    text.remove_prefix(std::min<size_t>(text.size(), 1));
  }
  return false;
}

size_t split(std::string_view text, char separator, std::span<std::string_view> out) {
  size_t count = 0;
  for (bool more = true; more; ++count) {
    std::string_view field;
    if (take(text, "\"")) {
      field = take_quoted_field(text);
      take_until(text, {&separator, 1});  // there is nothing more in a sound line
    } else {
      field = take_until(text, {&separator, 1});
    }
    if (count < out.size()) {
      out[count] = field;
    }
    more = !text.empty();
    text.remove_prefix(more ? 1 : 0);
  }
  return count;
}

}  // namespace etymon::cli::logs
