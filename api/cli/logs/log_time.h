// LogTimes: the times that log lines carry, in the forms that are found in the wild. Belongs to one
// thread.
//
// What a line leaves out is filled in the same way for all formats: the zone from the settings, the
// year from the settings, or the newest that is at most a day in the future; the day of a bare time
// of day the newest that is at most five minutes in the future. How exactly a time is written is
// its precision: 20:17:01 is any moment of that second. A time that occurs twice, as clocks are set
// back, is any moment from the first to the second: a line does not say which.
#pragma once

#include <optional>
#include <string_view>

#include "api/cli/logs/zone.h"
#include "resolver/base/clock.h"
#include "resolver/base/time_text.h"

namespace etymon::cli::logs {

class LogTimes {
 public:
  // `clock` outlives it.
  LogTimes(const Clock& clock, Zone zone, std::optional<int> year)
      : clock_(clock), zone_(zone), year_(year) {}

  // From the front of `text`, which then begins behind the time:
  //   2026-11-23T14:21:46.5Z, 2026-11-23 14:21:46+0100, 2026-11-23 14:21:46 +01:00
  //   2026/11/23 14:21:46, Mon 2026-11-23 14:21:46 UTC (journalctl -o short-full)
  //   2026-11-23T14:21:46,123456+01:00 (dmesg --time-format iso)
  //   Nov 23 14:21:46, Nov 23 2026 14:21:46 UTC, nov/23/2026 14:21:46
  //   Mon Nov 23 14:21:46 2026 (OpenWrt's logread), [Mon Nov 23 14:21:46 2026 (dmesg -T)
  //   14:21:46.123456
  //   1700000000, 1700000000.25: seconds; with 13, 16 or 19 digits milli-, micro-, nanoseconds
  std::optional<WrittenTime> take(std::string_view& text) const;

  // The same, behind what syslog may put before it (<134>, <134>1).
  std::optional<WrittenTime> take_header(std::string_view& line) const;
  // What take_header() takes, where it has a date or needs none: a bare time of day may be any
  // day's.
  std::optional<WrittenTime> dated_header(std::string_view line) const;
  // What take_header() takes, or the time of the header that the line had.
  std::optional<WrittenTime> of_line(std::string_view line) const;
  // Of the lines that follow; nothing: they have lost none.
  void set_header(std::optional<WrittenTime> time) { header_ = time; }

  // All of `text`, which may be quoted.
  std::optional<WrittenTime> whole(std::string_view text) const;

  // The same, and in a field that is a time because somebody says so, one without seconds, too:
  // 14:21 is any moment of that minute. Elsewhere the line may have been cut there.
  std::optional<WrittenTime> described(std::string_view text) const;

  // Seconds since 1970 with an optional fraction, all of `text`.
  static std::optional<WrittenTime> epoch(std::string_view text);

  // A span of length `duration`, known to the second only, ended at `end`: when it began.
  static WrittenTime start_of(const WrittenTime& end, Seconds duration);

 private:
  // Of a time whose line says how far it is ahead of UTC, or does not.
  Zone::Moment moment_of(LocalTime local, std::optional<Microseconds> ahead) const;
  std::optional<WrittenTime> take_dated(std::string_view& text) const;
  // kOfCtime: a year may stand behind the time, where elsewhere a host's name does.
  enum class DateForm { kOther, kOfCtime };
  std::optional<WrittenTime> take_named_month(std::string_view& text, DateForm form) const;
  std::optional<WrittenTime> take_bare(std::string_view& text) const;

  const Clock& clock_;
  Zone zone_;
  std::optional<int> year_;
  std::optional<WrittenTime> header_;
};

}  // namespace etymon::cli::logs
