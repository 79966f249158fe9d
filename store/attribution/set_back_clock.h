// A wall clock that was set back: what was told just before bears times that have yet to come.
//
// Deliveries keep the time that the clock showed. Where it was ahead and has been set right, they
// lie after the present, and nobody who asks about this moment would find them. Pure functions; any
// thread.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "resolver/model/history.h"

namespace etymon::attribution {

// Times ahead of the present, and how they are told by the clock as it runs now.
struct Ahead {
  TimeSpan span;    // behind the present, up to the last that was recorded
  Microseconds by;  // added to such a time; negative
};

// What a lookup at `now` of a moment that ends at `end` has to count among the past, though its
// time says otherwise. Nothing: the clock was not ahead, or the moment is from before it was set
// back.
std::optional<Ahead> told_ahead(const Coverage& coverage, WallTime now, WallTime end);

// The row as the present clock would have it. REQUIRES: all of its deliveries are ahead.
void set_back(Evidence& row, const Ahead& ahead);

// Whether the clock showed this moment twice: what bears a later time may have come before it.
bool is_shown_twice(const Coverage& coverage, WallTime moment);

// Whether a clock that was ahead, and has run through those times once more since it was set right,
// may have shown only later times than this moment before it showed the moment.
bool may_have_been_ahead_before(const Coverage& coverage, WallTime moment);

// A clock is set back seldom; what more there is, is one span.
inline constexpr size_t kSpansBeforeMax = 8;

// Later times than this moment that the clock may have shown before it showed the moment, however
// far ahead, ascending: from what was recorded when it was set back to the moment or to before it.
// What bears them may have been told before it. That the clock was set back shows where it recorded
// the same times twice, or by a step to where nothing else can have stepped from.
std::vector<TimeSpan> spans_shown_before(const Coverage& coverage, WallTime moment);

// Since what time on the clock anything may have been recorded after a delivery that bears this
// moment, if that is earlier than the moment: the clock was set back to there. It may have come as
// far again long ago. Nothing: what came after bears later times.
std::optional<WallTime> set_back_to(const Coverage& coverage, WallTime moment);

}  // namespace etymon::attribution
