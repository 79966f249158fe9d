#include "resolver/base/time_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "resolver/base/digits.h"

namespace etymon {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;

// Years have four digits (RFC 3339 section 1), and no duration is longer than all of them.
constexpr Seconds kLastSecond =
    sys_days(std::chrono::year(9999) / 12 / 31).time_since_epoch() + days(1) - Seconds(1);
constexpr Microseconds kLongestDuration = kLastSecond;
constexpr int kMillionthDigits = 6;

struct Unit {
  std::string_view text;
  Microseconds length;
};

// As durations are written.
constexpr Unit kUnits[] = {
    {"w", days(7)},    {"d", days(1)},          {"h", hours(1)},         {"m", minutes(1)},
    {"s", Seconds(1)}, {"ms", Milliseconds(1)}, {"us", Microseconds(1)},
};

// As durations are told to people.
constexpr Unit kSpokenUnits[] = {
    {"d", days(1)},    {"h", hours(1)},         {"min", minutes(1)},
    {"s", Seconds(1)}, {"ms", Milliseconds(1)}, {"us", Microseconds(1)},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text.substr(0, 100)) + "\"";
}

// Reads a text from its front; what does not match is left where it is.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take_one_of(std::string_view characters) {
    const bool found = !at_end() && characters.find(rest_[0]) != std::string_view::npos;
    rest_.remove_prefix(found ? 1 : 0);
    return found;
  }

  std::string_view take_digits() { return take_while(is_digit); }
  std::string_view take_letters() { return take_while(is_letter); }

  // Exactly `width` digits.
  std::optional<int> take_number(size_t width) {
    const std::string_view digits = rest_.substr(0, width);
    if (digits.size() != width || !std::ranges::all_of(digits, is_digit)) {
      return std::nullopt;
    }
    rest_.remove_prefix(width);
    return std::atoi(std::string(digits).c_str());
  }

 private:
  template <class Predicate>
  std::string_view take_while(Predicate matches) {
    const auto end = std::ranges::find_if_not(rest_, matches);
    const std::string_view taken(rest_.begin(), end);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

// The digits behind a decimal point.
struct Fraction {
  int64_t millionths = 0;
  int64_t step = 1'000'000;  // What the last digit counts, in millionths; at least one.
};

Fraction to_fraction(std::string_view digits) {
  Fraction fraction;
  for (const char digit : digits.substr(0, kMillionthDigits)) {
    fraction.step /= 10;
    fraction.millionths += (digit - '0') * fraction.step;
  }
  return fraction;
}

// An optional point with digits behind it; nothing when the digits are missing.
std::optional<Fraction> take_fraction(Scanner& in) {
  if (!in.take_one_of(".")) {
    return Fraction{};
  }
  const std::string_view digits = in.take_digits();
  return digits.empty() ? std::nullopt : std::optional(to_fraction(digits));
}

// Nothing when the number is larger than `max`.
std::optional<int64_t> to_number(std::string_view digits, int64_t max) {
  int64_t number = 0;
  for (const char digit : digits) {
    number = number * 10 + (digit - '0');
    if (number > max) {
      return std::nullopt;
    }
  }
  return number;
}

std::optional<sys_days> take_date(Scanner& in) {
  const auto year = in.take_number(4);
  const bool first_dash = in.take_one_of("-");
  const auto month = in.take_number(2);
  const bool second_dash = in.take_one_of("-");
  const auto day = in.take_number(2);
  if (!year || !first_dash || !month || !second_dash || !day) {
    return std::nullopt;
  }
  const auto date = std::chrono::year(*year) / *month / *day;
  return date.ok() ? std::optional(sys_days(date)) : std::nullopt;
}

struct TimeOfDay {
  Microseconds since_midnight;
  Microseconds precision;
};

// HH:MM, HH:MM:SS or HH:MM:SS.f
std::optional<TimeOfDay> take_time_of_day(Scanner& in) {
  const auto hour = in.take_number(2);
  const bool colon = in.take_one_of(":");
  const auto minute = in.take_number(2);
  if (!hour || *hour > 23 || !colon || !minute || *minute > 59) {
    return std::nullopt;
  }
  const Microseconds whole_minutes = hours(*hour) + minutes(*minute);
  if (!in.take_one_of(":")) {
    return TimeOfDay{whole_minutes, minutes(1)};
  }
  const auto second = in.take_number(2);
  const auto fraction = take_fraction(in);
  // 60 is a leap second (RFC 3339 section 5.6); POSIX time tells it as the second that follows.
  if (!second || *second > 60 || !fraction) {
    return std::nullopt;
  }
  return TimeOfDay{whole_minutes + Seconds(*second) + Microseconds(fraction->millionths),
                   Microseconds(fraction->step)};
}

// Z, +HH:MM, -HH:MM or nothing, which is UTC: how far local time is ahead of UTC. Many programs
// write +HHMM (ISO 8601's basic format), as Suricata and date +%z do.
std::optional<Microseconds> take_zone(Scanner& in) {
  if (in.at_end() || in.take_one_of("Zz")) {
    return Microseconds(0);
  }
  const bool ahead = in.take_one_of("+");
  if (!ahead && !in.take_one_of("-")) {
    return std::nullopt;
  }
  const auto hour = in.take_number(2);
  in.take_one_of(":");
  const auto minute = in.take_number(2);
  if (!hour || *hour > 23 || !minute || *minute > 59) {
    return std::nullopt;
  }
  const Microseconds offset = hours(*hour) + minutes(*minute);
  return ahead ? offset : -offset;
}

std::optional<WrittenTime> read_date(std::string_view text, WallTime) {
  Scanner in(text);
  const auto date = take_date(in);
  return date && in.at_end() ? std::optional(WrittenTime{*date, days(1)}) : std::nullopt;
}

std::optional<WrittenTime> read_date_and_time(std::string_view text, WallTime) {
  Scanner in(text);
  const auto date = take_date(in);
  const bool separated = in.take_one_of("Tt ");
  const auto time = take_time_of_day(in);
  const bool has_zone = !in.at_end();
  const auto zone = take_zone(in);
  if (!date || !separated || !time || !zone || !in.at_end()) {
    return std::nullopt;
  }
  return WrittenTime{*date + time->since_midnight - *zone, time->precision, has_zone};
}

// A time of today, today being that of the zone that is written.
std::optional<WrittenTime> read_time(std::string_view text, WallTime now) {
  Scanner in(text);
  const auto time = take_time_of_day(in);
  const bool has_zone = !in.at_end();
  const auto zone = take_zone(in);
  if (!time || !zone || !in.at_end()) {
    return std::nullopt;
  }
  const sys_days today = std::chrono::floor<days>(now + *zone);
  return WrittenTime{today + time->since_midnight - *zone, time->precision, has_zone};
}

std::optional<WrittenTime> read_epoch(std::string_view text, WallTime) {
  Scanner in(text);
  const std::string_view digits = in.take_digits();
  const auto seconds = to_number(digits, kLastSecond.count());
  const auto fraction = take_fraction(in);
  if (digits.empty() || !seconds || !fraction || !in.at_end()) {
    return std::nullopt;
  }
  return WrittenTime{WallTime(Seconds(*seconds) + Microseconds(fraction->millionths)),
                     Microseconds(fraction->step), /*has_zone=*/true};
}

// "today" and "yesterday" are days of UTC. A number needs its sign, else it is of the epoch; one
// with units does not.
std::optional<WrittenTime> read_relative(std::string_view text, WallTime now) {
  const sys_days today = std::chrono::floor<days>(now);
  if (text == "now") {
    return WrittenTime{now, Microseconds(1), /*has_zone=*/true, /*is_relative=*/true};
  }
  if (text == "today") {
    return WrittenTime{today, days(1)};
  }
  if (text == "yesterday") {
    return WrittenTime{today - days(1), days(1)};
  }
  const bool has_sign = text.starts_with('-');
  if (!has_sign && std::ranges::none_of(text, is_letter)) {
    return std::nullopt;
  }
  const Result<Microseconds> ago = parse_duration(text.substr(has_sign ? 1 : 0));
  return ago ? std::optional(WrittenTime{now - *ago, Microseconds(1), /*has_zone=*/true,
                                         /*is_relative=*/true})
             : std::nullopt;
}

// A number and the unit behind it.
std::optional<Microseconds> take_quantity(Scanner& in) {
  const std::string_view digits = in.take_digits();
  const auto fraction = take_fraction(in);
  const std::string_view letters = in.take_letters();
  const auto unit = std::ranges::find(kUnits, letters, &Unit::text);
  if (digits.empty() || !fraction || unit == std::end(kUnits)) {
    return std::nullopt;
  }
  const auto whole = to_number(digits, kLongestDuration / unit->length);
  if (!whole) {
    return std::nullopt;
  }
  return *whole * unit->length + fraction->millionths * unit->length / 1'000'000;
}

char* put_behind(char mark, char* at, unsigned number, int digits) {
  *at = mark;
  return put_padded(at + 1, number, digits);
}

// printf costs more than all the rest of a time; the calendar's years have at most 5 digits.
char* put_year(char* at, int year) {
  constexpr size_t kLongest = sizeof "-32768";
  return year >= 0 && year <= 9999 ? put_padded(at, static_cast<unsigned>(year), 4)
                                   : at + std::snprintf(at, kLongest, "%04d", year);
}

}  // namespace

std::string format_time(WallTime time) {
  const sys_days day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text;
  char* at = put_year(text.data(), int{date.year()});
  at = put_behind('-', at, unsigned{date.month()}, 2);
  at = put_behind('-', at, unsigned{date.day()}, 2);
  at = put_behind('T', at, static_cast<unsigned>(clock.hours().count()), 2);
  at = put_behind(':', at, static_cast<unsigned>(clock.minutes().count()), 2);
  at = put_behind(':', at, static_cast<unsigned>(clock.seconds().count()), 2);
  at = put_behind('.', at, static_cast<unsigned>(clock.subseconds().count()), kMillionthDigits);
  *at++ = 'Z';
  return {text.data(), at};
}

Result<WrittenTime> parse_time(std::string_view text, WallTime now) {
  // No text is two of these. What logs and programs write is tried first.
  for (const auto read : {read_date_and_time, read_epoch, read_relative, read_date, read_time}) {
    if (const auto written = read(text, now)) {
      return *written;
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               "cannot read the time " + in_quotes(text) +
                   "; write 2026-11-23T14:21:46Z, 2026-11-23 14:21:46+01:00, 2026-11-23, "
                   "14:21 (today, UTC), today, yesterday, seconds since 1970, now or -2h30m"};
}

Result<Microseconds> parse_duration(std::string_view text) {
  const Error unreadable = {ErrorCode::kInvalidArgument,
                            "cannot read the duration " + in_quotes(text) +
                                "; write 90, 1.5s, 500ms or 1w2d3h4m5s (w d h m s ms us)"};
  const bool bare_number = std::ranges::none_of(text, is_letter);
  const std::string with_unit = std::string(text) + (bare_number ? "s" : "");
  Microseconds sum(0);
  Scanner in(with_unit);
  do {
    const auto quantity = take_quantity(in);
    if (!quantity || *quantity > kLongestDuration - sum) {
      return unreadable;
    }
    sum += *quantity;
  } while (!in.at_end());
  return sum;
}

std::string describe_duration(Microseconds duration) {
  if (duration < Microseconds(0)) {
    return "-" + describe_duration(-duration);
  }
  const auto unit =
      std::ranges::find_if(kSpokenUnits, [&](const Unit& u) { return duration >= u.length; });
  if (unit == std::end(kSpokenUnits)) {
    return "0 s";
  }
  const auto append = [](std::string& text, Microseconds length, const Unit& u) {
    text += std::to_string(length / u.length);
    text += ' ';
    text += u.text;
  };
  std::string told;
  append(told, duration, *unit);
  const auto next = std::next(unit);
  const Microseconds left = duration % unit->length;
  if (next != std::end(kSpokenUnits) && left >= next->length) {
    told += ' ';
    append(told, left, *next);
  }
  return told;
}

}  // namespace etymon
