// Zone: how far the local time in a log is ahead of UTC. Belongs to one thread.
//
// The zones of the system are those of its C library: the one that a process began with ($TZ,
// /etc/localtime), or one named in the tz database, which from_text() makes the process's own. So a
// process reads one named zone at a time. A time that was skipped counts as the same time before
// the clocks were changed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::cli::logs {

// Microseconds since 1970-01-01 00:00 of the local calendar.
using LocalTime = std::chrono::local_time<Microseconds>;

class Zone {
 public:
  // "UTC", "local" (the system's), "+02:00", "-0500", "Europe/Berlin". Error kInvalidArgument.
  static Result<Zone> from_text(std::string_view text);
  // How far ahead of UTC, as "Z", "+02:00", "+0200" or "-05" at the front of `text`, which moves
  // behind it.
  static std::optional<Microseconds> take_offset(std::string_view& text);

  static Zone utc() { return fixed(Seconds(0)); }
  // `ahead` of UTC all year.
  static Zone fixed(Microseconds ahead) { return Zone(ahead); }

  // When a local time occurs, and how much later it does so again: 0, but where clocks are set
  // back.
  struct Moment {
    WallTime first;
    Microseconds again{0};
  };
  Moment to_utc(LocalTime time) const;

 private:
  explicit Zone(std::optional<Microseconds> fixed) : fixed_(fixed) {}

  std::optional<Microseconds> fixed_;  // nothing: the system knows
  // The answer for the newest quarter of an hour: zones change at the end of one.
  mutable int64_t quarter_ = INT64_MIN;
  mutable Microseconds ahead_{0};
  mutable Microseconds again_{0};
};

}  // namespace etymon::cli::logs
