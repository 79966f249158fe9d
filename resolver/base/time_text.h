// Times and durations as text, both ways. Pure functions, any thread; `now` is a parameter.
#pragma once

#include <string>
#include <string_view>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon {

// A moment as somebody wrote it, and how exactly they did: "14:21" means any moment of that minute.
struct WrittenTime {
  WallTime start;
  Microseconds precision;    // Length of the span that the text stands for; 1 us at the least.
  bool has_zone = false;     // Written; else it was read in the zone that goes without saying.
  bool is_relative = false;  // To now: a microsecond, where a person means a while.
};

// RFC 3339 in UTC with microseconds: 2026-11-23T07:20:14.000123Z.
std::string format_time(WallTime time);

// Reads, all in UTC where no zone is written:
//   RFC 3339            2026-11-23T14:21:46.5Z, 2026-11-23 14:21:46+01:00, 2026-11-23T14:21Z
//   a date, a time      2026-11-23, today, yesterday, 14:21:46, 14:21 (today's)
//   seconds of epoch    1700000000, 1700000000.25
//   relative to now     now, -2h, -1d12h, -250ms, -3600; the same without its sign where it has
//                       units, as dnsdbq takes it: 1w2d is nine days ago
// Error: kInvalidArgument, the message names the text and the accepted forms.
Result<WrittenTime> parse_time(std::string_view text, WallTime now);

// "1w2d3h4m5s", "500ms", "20us", "1.5s"; a bare number is seconds. Never negative.
Result<Microseconds> parse_duration(std::string_view text);

// The largest two units that matter, for people: "3 d 4 h", "2 min 5 s", "850 ms", "0 s".
std::string describe_duration(Microseconds duration);

}  // namespace etymon
