// Finding things in a log line. Pure functions on views, any thread; nothing reads past the end.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "resolver/model/ip_address.h"

namespace etymon::cli::logs {

// Where `wanted` begins in `text`, or std::string_view::npos. Quick: most lines are looked through
// for marks of formats that are not theirs.
size_t find(std::string_view text, std::string_view wanted, size_t from = 0);

// What is left of `text` behind `mark`; nothing where that does not occur.
std::optional<std::string_view> behind(std::string_view text, std::string_view mark);

// Takes from the front of `text` what stands before the first of `ends`, or all of it; the end
// character itself stays.
std::string_view take_until(std::string_view& text, std::string_view ends);

// How much of `text` can be what syslog puts before a message: all before the first quote, comma,
// brace or pair, but for structured data in brackets (RFC 5424 section 6.3), in whose values
// anything may stand, and for the comma of a time's fraction.
size_t syslog_header_length(std::string_view text);
// Whether all of it can.
inline bool is_syslog_header(std::string_view text) {
  return syslog_header_length(text) == text.size();
}

// Takes blanks and tabs.
void skip_blanks(std::string_view& text);

// Takes `wanted`, if it is there.
bool take(std::string_view& text, std::string_view wanted);

// `text` without U+FEFF before it: some programs begin a file with that, and no editor shows it.
std::string_view without_mark(std::string_view text);

// `text` without blanks at its ends, and without quotes around it.
std::string_view trimmed(std::string_view text);

// The value behind "key=" up to the next blank, or to its closing quote where it is quoted;
// `key` includes the '=' and what must stand before it (" SRC="). Empty where it does not occur.
std::string_view value_of(std::string_view text, std::string_view key);

// The same, but empty, too, where nothing stands behind the value.
std::string_view closed_value_of(std::string_view text, std::string_view key);

// Whether something stands behind `value`, which is a part of `text`: a line that was cut off may
// have lost the end of an address.
bool is_closed(std::string_view text, std::string_view value);

// The values of `keys` in a text of KEY=VALUE pairs between blanks: out[i] is that of keys[i], the
// first one if there are several, empty if there is none. What stands between quotes is a value and
// no pair, whatever it says; it ends at the first quote without a backslash before it.
void pick_pairs(std::string_view text, std::span<const std::string_view> keys,
                std::span<std::string_view> out);

// A dotted quad or IPv6 text, whole; a zone (fe80::1%eth0) is let go.
std::optional<IpAddress> address_of(std::string_view text);

// A decimal number, whole; nothing where it is none or larger than `max`.
std::optional<uint64_t> number_of(std::string_view text, uint64_t max);

// A port; 0, which is "not known", for what is none.
uint16_t port_of(std::string_view text);

// An address with a port behind it, as logs write it.
struct Socket {
  IpAddress address;
  uint16_t port = 0;
};

// "192.0.2.1:443", "[2001:db8::1]:443"; without a port "192.0.2.1", "2001:db8::1".
std::optional<Socket> socket_of(std::string_view text);

// Splits at `separator` into `out`; fields that begin with a quote end at their closing one, and
// come without them, doubled quotes in them as they are. Gives how many there were, those that
// found no room included.
size_t split(std::string_view text, char separator, std::span<std::string_view> out);

// Where in what stands behind a field's opening quote the closing one is, or
// std::string_view::npos. A doubled one closes nothing (RFC 4180 section 2).
size_t end_of_quoted(std::string_view text);

// Whether a field that split() finds has no closing quote, so that it goes on in the next line.
bool is_unclosed(std::string_view text, char separator);

}  // namespace etymon::cli::logs
