#include "api/cli/capture/capture_span.h"

#include <algorithm>

namespace etymon::capture {
namespace {

// Moments are known to the microsecond.
constexpr Microseconds kMoment{1};

TimeSpan around(const std::optional<TimeSpan>& one, const TimeSpan& other) {
  return one ? TimeSpan{std::min(one->start, other.start), std::max(one->end, other.end)} : other;
}

}  // namespace

void CaptureSpan::add(WallTime at, MissedSpans& missed) {
  if (run_ && is_another_run(at)) {
    end_run(missed);
  }
  if (!run_) {
    run_ = TimeSpan{at, at};
    ++runs_;
  }
  if (at + kReorderedMax < run_->end) {  // behind its start, or it would be another run
    missed.add({at, run_->end});
    ended_ = around(ended_, *run_);
    run_->end = at;
    ++runs_;
  }
  run_ = around(run_, {at, at});
}

void CaptureSpan::finish(MissedSpans& missed) {
  if (run_) {
    end_run(missed);
  }
}

bool CaptureSpan::is_another_run(WallTime at) const {
  if (at <= run_->end) {
    return at + kReorderedMax < run_->start;
  }
  // After a frame whose time was too early, by less than a silence may last, the next one goes back
  // over what the runs before have told.
  const bool returns =
      ended_ && run_->end < ended_->start && at > ended_->start && at > run_->end + kReorderedMax;
  return returns || at > run_->end + kSilenceMax;
}

void CaptureSpan::end_run(MissedSpans& missed) {
  if (ended_ && run_->end + kMoment < ended_->start) {
    missed.add({run_->end + kMoment, ended_->start - kMoment});
  } else if (ended_ && ended_->end + kMoment < run_->start) {
    missed.add({ended_->end + kMoment, run_->start - kMoment});
  }
  ended_ = around(ended_, *run_);
  run_.reset();
}

}  // namespace etymon::capture
