#include "api/cli/logs/zone.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

constexpr const char* kZones = "/usr/share/zoneinfo/";
constexpr size_t kZoneNameMax = 64;
constexpr Seconds kDay(86'400);
constexpr Seconds kQuarter(900);

// How far local time was ahead of UTC at a moment.
Seconds ahead_at(Seconds moment) {
  const time_t time = moment.count();
  std::tm local{};
  return localtime_r(&time, &local) == nullptr ? Seconds(0) : Seconds(local.tm_gmtoff);
}

struct Offset {
  Seconds ahead;  // the first time
  Seconds again;  // Zone::Moment::again
};

// Before a change and after it, local time is ahead by what it was a day before, or is a day after.
// Where both can be, it occurs twice.
Offset offset_of_local(Seconds local) {
  const Seconds before = ahead_at(local - kDay - ahead_at(local - kDay));
  const Seconds after = ahead_at(local + kDay - ahead_at(local + kDay));
  const bool is_before = ahead_at(local - before) == before;
  const bool is_after = ahead_at(local - after) == after;
  if (is_before) {
    return {before, is_after ? std::max(before - after, Seconds(0)) : Seconds(0)};
  }
  return {is_after ? after : before, Seconds(0)};
}

std::optional<int> two_digits(std::string_view& text) {
  const auto number = number_of(text.substr(0, 2), 99);
  if (text.size() < 2 || !number) {
    return std::nullopt;
  }
  text.remove_prefix(2);
  return static_cast<int>(*number);
}

// As a file of the tz database begins (RFC 8536 section 3.1). Its folder has others, and the C
// library takes what it cannot read for UTC.
bool is_zone_file(const std::string& path) {
  constexpr std::string_view kMagic = "TZif";
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    return false;
  }
  std::array<char, kMagic.size()> begin{};
  std::ifstream file(path, std::ios::binary);
  file.read(begin.data(), begin.size());
  return file.good() && std::string_view(begin.data(), begin.size()) == kMagic;
}

// A name of the tz database, and nothing that leads out of its folder.
bool is_zone_name(std::string_view text) {
  return !text.empty() && text.size() <= kZoneNameMax && text[0] != '/' &&
         text.find("..") == std::string_view::npos && is_zone_file(kZones + std::string(text));
}

}  // namespace

std::optional<Microseconds> Zone::take_offset(std::string_view& text) {
  std::string_view rest = text;
  if (take(rest, "Z")) {
    text = rest;
    return Microseconds(0);
  }
  const bool west = rest.starts_with('-');
  if (!west && !rest.starts_with('+')) {
    return std::nullopt;
  }
  rest.remove_prefix(1);
  const auto hours = two_digits(rest);
  if (!hours || *hours > 23) {
    return std::nullopt;
  }
  std::string_view behind_hours = rest;
  take(behind_hours, ":");
  const auto minutes = two_digits(behind_hours);
  if (minutes && *minutes > 59) {
    return std::nullopt;
  }
  text = minutes ? behind_hours : rest;
  const Seconds offset = std::chrono::hours(*hours) + std::chrono::minutes(minutes.value_or(0));
  return west ? -offset : offset;
}

Result<Zone> Zone::from_text(std::string_view text) {
  if (text == "UTC") {
    return utc();
  }
  if (text == "local") {
    return Zone(std::nullopt);
  }
  std::string_view rest = text;
  if (const auto offset = take_offset(rest); offset && rest.empty()) {
    return Zone(offset);
  }
  if (!is_zone_name(text)) {
    return Error{
        ErrorCode::kInvalidArgument,
        "\"" + std::string(text.substr(0, kZoneNameMax)) +
            "\" is no time zone; write UTC, local, +02:00 or a name such as Europe/Berlin"};
  }
  setenv("TZ", (":" + std::string(text)).c_str(), 1);
  tzset();
  return Zone(std::nullopt);
}

Zone::Moment Zone::to_utc(LocalTime time) const {
  if (fixed_) {
    return {WallTime(time.time_since_epoch() - *fixed_)};
  }
  const Seconds local = std::chrono::floor<Seconds>(time.time_since_epoch());
  const int64_t quarter = local / kQuarter;
  if (quarter != quarter_) {
    const Offset offset = offset_of_local(local);
    ahead_ = offset.ahead;
    again_ = offset.again;
    quarter_ = quarter;
  }
  return {WallTime(time.time_since_epoch() - ahead_), again_};
}

}  // namespace etymon::cli::logs
