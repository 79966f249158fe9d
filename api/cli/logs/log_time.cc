#include "api/cli/logs/log_time.h"

#include <algorithm>
#include <array>
#include <string>

#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

using std::chrono::local_days;

constexpr Microseconds kFutureYear = std::chrono::days(1);
constexpr Microseconds kFutureDay = std::chrono::minutes(5);
constexpr int kYearsBack = 8;  // two leap years in a row are at most eight years apart
constexpr size_t kEpochDigitsMin = 9;
constexpr size_t kEpochDigitsMax = 19;
constexpr int64_t kEpochMax = 253'402'300'799;  // the end of the year 9999

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

size_t digits_at_front(std::string_view text) {
  return static_cast<size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// Exactly `width` digits.
std::optional<int> take_number(std::string_view& text, size_t width) {
  if (text.size() < width) {
    return std::nullopt;
  }
  int number = 0;
  for (const char c : text.substr(0, width)) {
    if (!is_digit(c)) {
      return std::nullopt;
    }
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return number;
}

// "jan" and "Jan" are 1.
std::optional<unsigned> take_month(std::string_view& text) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (text.size() < 3) {
    return std::nullopt;
  }
  const std::array<char, 3> lower = {static_cast<char>(text[0] | 0x20),
                                     static_cast<char>(text[1] | 0x20),
                                     static_cast<char>(text[2] | 0x20)};
  const size_t at = kMonths.find(std::string_view(lower.data(), lower.size()));
  if (at == std::string_view::npos || at % 3 != 0) {
    return std::nullopt;
  }
  text.remove_prefix(3);
  return static_cast<unsigned>(at / 3 + 1);
}

// "Mon " or "[Mon ", as ctime(), dmesg -T and journalctl -o short-full begin.
bool take_weekday(std::string_view& text) {
  constexpr std::string_view kDays[] = {"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "};
  std::string_view rest = text;
  logs::take(rest, "[");
  const bool any =
      std::ranges::any_of(kDays, [&](std::string_view day) { return logs::take(rest, day); });
  text = any ? rest : text;
  return any;
}

struct Fraction {
  Microseconds value{0};
  Microseconds step{Seconds(1)};  // what the last digit counts
};

// One of `marks` and digits, of which six count.
Fraction take_fraction(std::string_view& text, std::string_view marks) {
  Fraction fraction;
  if (text.size() < 2 || marks.find(text[0]) == std::string_view::npos || !is_digit(text[1])) {
    return fraction;
  }
  text.remove_prefix(1);
  while (!text.empty() && is_digit(text[0])) {
    if (fraction.step > Microseconds(1)) {
      fraction.step /= 10;
      fraction.value += fraction.step * (text[0] - '0');
    }
    text.remove_prefix(1);
  }
  return fraction;
}

struct TimeOfDay {
  Microseconds since_midnight{0};
  Microseconds precision{0};
};

// HH:MM:SS with or without a fraction, behind either mark of ISO 8601: dmesg writes a comma.
std::optional<TimeOfDay> take_time_of_day(std::string_view& text) {
  const auto hour = take_number(text, 2);
  const bool colon = logs::take(text, ":");
  const auto minute = take_number(text, 2);
  const bool second_colon = logs::take(text, ":");
  const auto second = take_number(text, 2);
  const bool whole = hour && colon && minute && second_colon && second;
  if (!whole || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  const Fraction fraction = take_fraction(text, ".,");
  return TimeOfDay{
      std::chrono::hours(*hour) + std::chrono::minutes(*minute) + Seconds(*second) + fraction.value,
      fraction.step};
}

std::optional<local_days> date_of(int year, unsigned month, unsigned day) {
  const auto date = std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day);
  return year > 0 && date.ok() ? std::optional(local_days(date)) : std::nullopt;
}

int year_of(WallTime time) {
  return static_cast<int>(
      std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time)).year());
}

// 1 or 2 digits, a blank may stand in for the first.
std::optional<unsigned> take_day(std::string_view& text) {
  skip_blanks(text);
  const size_t width = std::min<size_t>(digits_at_front(text), 3);
  if (width == 0 || width > 2) {
    return std::nullopt;
  }
  return static_cast<unsigned>(*take_number(text, width));
}

// Between a date and a time: a T, or blanks. Nothing else may be taken for it.
bool take_gap(std::string_view& text) {
  if (logs::take(text, "T")) {
    return true;
  }
  const size_t before = text.size();
  skip_blanks(text);
  return text.size() < before;
}

// Whether what stands behind a zone ends it: "+0100" may be the beginning of a host's name.
bool ends_zone(std::string_view rest) {
  return rest.find_first_not_of(" \t:") != 0;
}

// An offset with its minutes, behind one blank.
std::optional<Microseconds> take_offset_behind_blank(std::string_view& text) {
  std::string_view rest = text;
  const bool is_signed = logs::take(rest, " ") && (rest.starts_with('+') || rest.starts_with('-'));
  const size_t before = rest.size();
  const auto ahead = is_signed ? Zone::take_offset(rest) : std::nullopt;
  const bool has_minutes = before - rest.size() >= std::string_view("+0100").size();
  if (!ahead || !has_minutes || !ends_zone(rest)) {
    return std::nullopt;
  }
  text = rest;
  return ahead;
}

// What is written behind a time: an offset, or one of the two words that mean the same to
// everybody. Other abbreviations are several zones each, and count as none; so do "UTC+02:00" and a
// device that is called UTC-1.
std::optional<Microseconds> take_zone(std::string_view& text) {
  if (const auto ahead = Zone::take_offset(text)) {
    return ahead;
  }
  if (const auto ahead = take_offset_behind_blank(text)) {
    return ahead;
  }
  std::string_view rest = text;
  logs::take(rest, " ");
  const bool known = logs::take(rest, "UTC") || logs::take(rest, "GMT");
  if (!known || !ends_zone(rest)) {
    return std::nullopt;
  }
  text = rest;
  return Microseconds(0);
}

WrittenTime written(const Zone::Moment& moment, Microseconds precision, bool has_zone = false) {
  return {moment.first, precision + moment.again, has_zone};
}

std::optional<WrittenTime> take_epoch(std::string_view& text) {
  const size_t digits = digits_at_front(text);
  if (digits > kEpochDigitsMax) {
    return std::nullopt;
  }
  const auto number = number_of(text.substr(0, digits), INT64_MAX);
  if (!number) {
    return std::nullopt;
  }
  const auto count = static_cast<int64_t>(*number);
  text.remove_prefix(digits);
  switch (digits) {
    case 13:
      return WrittenTime{WallTime(Milliseconds(count)), Milliseconds(1), /*has_zone=*/true};
    case 16:
      return WrittenTime{WallTime(Microseconds(count)), Microseconds(1), /*has_zone=*/true};
    case 19:
      return WrittenTime{WallTime(Microseconds(count / 1000)), Microseconds(1), /*has_zone=*/true};
    default:
      break;
  }
  if (count > kEpochMax) {
    return std::nullopt;
  }
  const Fraction fraction = take_fraction(text, ".");
  return WrittenTime{WallTime(Seconds(count)) + fraction.value, fraction.step, /*has_zone=*/true};
}

// `text` with ":00" behind a time of day that has no seconds; nothing where it is none. No date has
// a colon in it.
std::optional<std::string> with_seconds(std::string_view text) {
  const size_t end = std::min(text.find(':'), text.size()) + std::string_view(":21").size();
  const bool is_whole = end <= text.size() && text.substr(end).find_first_of("0123456789:.,") != 0;
  return is_whole ? std::optional(std::string(text.substr(0, end)) + ":00" +
                                  std::string(text.substr(end)))
                  : std::nullopt;
}

// As many digits as the hour of a bare time of day begins a text with; no other form does.
constexpr size_t kBareDigits = 2;

std::string_view without_priority(std::string_view line) {
  if (take(line, "<")) {
    take_until(line, ">");
    take(line, ">");
    take(line, "1 ");
    take(line, ":");
  }
  return line;
}

}  // namespace

Zone::Moment LogTimes::moment_of(LocalTime local, std::optional<Microseconds> ahead) const {
  return ahead ? Zone::Moment{WallTime(local.time_since_epoch() - *ahead)} : zone_.to_utc(local);
}

std::optional<WrittenTime> LogTimes::take_dated(std::string_view& text) const {
  const auto year = take_number(text, 4);
  const char separator = text.empty() ? '\0' : text[0];
  const std::string_view mark(&separator, 1);
  if (separator != '-' && separator != '/') {
    return std::nullopt;
  }
  logs::take(text, mark);
  const auto month = take_number(text, 2);
  const bool second_mark = logs::take(text, mark);
  const auto day = take_number(text, 2);
  if (!year || !month || !second_mark || !day || !take_gap(text)) {
    return std::nullopt;
  }
  const auto date = date_of(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
  const auto time = take_time_of_day(text);
  if (!date || !time) {
    return std::nullopt;
  }
  const LocalTime local = *date + time->since_midnight;
  const auto ahead = take_zone(text);
  return written(moment_of(local, ahead), time->precision, ahead.has_value());
}

std::optional<WrittenTime> LogTimes::take_named_month(std::string_view& text, DateForm form) const {
  const auto month = take_month(text);
  const bool slashes = logs::take(text, "/");
  const auto day = month ? take_day(text) : std::nullopt;
  if (!day) {
    return std::nullopt;
  }
  std::optional<int> year;
  if (slashes ? logs::take(text, "/") : take_gap(text) && digits_at_front(text) == 4) {
    year = take_number(text, 4);
  }
  skip_blanks(text);
  const auto time = take_time_of_day(text);
  if (!time) {
    return std::nullopt;
  }
  const auto ahead = take_zone(text);
  if (form == DateForm::kOfCtime) {
    skip_blanks(text);
    year = digits_at_front(text) == 4 ? take_number(text, 4) : year;
  }
  const WallTime latest = clock_.wall() + kFutureYear;
  const int newest = year ? *year : year_.value_or(year_of(latest) + 1);
  for (int tried = newest; tried > newest - kYearsBack; --tried) {
    const auto date = date_of(tried, *month, *day);
    const auto moment =
        date ? std::optional(moment_of(*date + time->since_midnight, ahead)) : std::nullopt;
    if (moment && (year || year_ || moment->first <= latest)) {
      return written(*moment, time->precision, ahead.has_value());
    }
    if (year || year_) {
      break;
    }
  }
  return std::nullopt;
}

std::optional<WrittenTime> LogTimes::take_bare(std::string_view& text) const {
  const auto time = take_time_of_day(text);
  if (!time) {
    return std::nullopt;
  }
  const WallTime latest = clock_.wall() + kFutureDay;
  // The local day is that of UTC, the one before or the one after; and it may have been yesterday.
  const auto today = std::chrono::floor<std::chrono::days>(latest.time_since_epoch());
  for (int back = -1; back <= 2; ++back) {
    const local_days day(today - std::chrono::days(back));
    Zone::Moment moment = zone_.to_utc(day + time->since_midnight);
    if (moment.first <= latest) {
      moment.again = moment.first + moment.again <= latest ? moment.again : Microseconds(0);
      return written(moment, time->precision);
    }
  }
  return std::nullopt;
}

std::optional<WrittenTime> LogTimes::take(std::string_view& text) const {
  std::string_view rest = text;
  const size_t digits = digits_at_front(text);
  std::optional<WrittenTime> time;
  if (digits == 0) {
    const bool has_weekday = take_weekday(rest);
    time = has_weekday && digits_at_front(rest) == 4
               ? take_dated(rest)
               : take_named_month(rest, has_weekday ? DateForm::kOfCtime : DateForm::kOther);
  } else if (digits == kBareDigits) {
    time = take_bare(rest);
  } else if (digits == 4) {
    time = take_dated(rest);
  } else if (digits >= kEpochDigitsMin) {
    time = take_epoch(rest);
  }
  if (time) {
    text = rest;
  }
  return time;
}

std::optional<WrittenTime> LogTimes::take_header(std::string_view& line) const {
  std::string_view rest = without_priority(line);
  const auto time = take(rest);
  line = time ? rest : line;
  return time;
}

std::optional<WrittenTime> LogTimes::dated_header(std::string_view line) const {
  line = without_priority(line);
  return digits_at_front(line) == kBareDigits ? std::nullopt : take(line);
}

std::optional<WrittenTime> LogTimes::of_line(std::string_view line) const {
  const auto time = take_header(line);
  return time ? time : header_;
}

std::optional<WrittenTime> LogTimes::whole(std::string_view text) const {
  text = trimmed(text);
  const auto time = take(text);
  return text.empty() ? time : std::nullopt;
}

std::optional<WrittenTime> LogTimes::described(std::string_view text) const {
  if (const auto time = whole(text)) {
    return time;
  }
  const std::optional<std::string> filled = with_seconds(text);
  std::optional<WrittenTime> time = filled ? whole(*filled) : std::nullopt;
  if (time) {
    time->precision += std::chrono::minutes(1) - Seconds(1);
  }
  return time;
}

std::optional<WrittenTime> LogTimes::epoch(std::string_view text) {
  const auto time = take_epoch(text);
  return text.empty() ? time : std::nullopt;
}

WrittenTime LogTimes::start_of(const WrittenTime& end, Seconds duration) {
  if (duration <= Seconds(0)) {
    return end;
  }
  const Seconds blur(1);
  return {end.start - duration - blur, end.precision + blur, end.has_zone};
}

}  // namespace etymon::cli::logs
