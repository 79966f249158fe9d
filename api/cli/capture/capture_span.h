// CaptureSpan: from when to when a capture was made, by its frames' times; and what of that they do
// not show, because the clock stepped, files were put together, or one time is wrong.
//
// Frames whose times follow on each other are a run; a run is known from end to end. A silence
// beyond kSilenceMax, or a step backward beyond kReorderedMax, begins another, and what lies
// between runs is missed. Where time is told twice, the second telling decides: what the first says
// of the time behind that moment is missed, so that less counts as known, never more. Belongs to
// one thread.
#pragma once

#include <cstdint>
#include <optional>

#include "api/cli/capture/missed_spans.h"
#include "resolver/base/clock.h"
#include "resolver/model/history.h"

namespace etymon::capture {

class CaptureSpan {
 public:
  // Frames of several interfaces or processors are written out of their order by less.
  static constexpr Seconds kReorderedMax{1};
  // A capture by a filter may have nothing for days, and its span is covered all the same; for
  // longer, rather a time is wrong: of a machine without a clock, say, which begins with 1970.
  static constexpr Seconds kSilenceMax{31 * 86'400};

  // The frames' times in the order of the file. Tells `missed` what turns out to be.
  void add(WallTime at, MissedSpans& missed);
  // No frame comes after it.
  void finish(MissedSpans& missed);

  // From the earliest to the latest frame; nothing without one. After finish().
  const std::optional<TimeSpan>& whole() const { return ended_; }
  // How many runs there were; one that goes back over itself counts as another.
  uint64_t runs() const { return runs_; }

 private:
  bool is_another_run(WallTime at) const;
  void end_run(MissedSpans& missed);

  std::optional<TimeSpan> run_;  // the present one; its end is the latest frame's
  uint64_t runs_ = 0;
  std::optional<TimeSpan> ended_;  // from the first to the last moment of those before it
};

}  // namespace etymon::capture
