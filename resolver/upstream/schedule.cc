#include "resolver/upstream/schedule.h"

#include <algorithm>
#include <utility>

namespace etymon::upstream {
namespace {

constexpr unsigned kDoublingsMax = 4;

}  // namespace

Schedule::Schedule(const Course& course, const Budget& budget, std::function<void()> on_time)
    : course_(course),
      budget_(budget),
      deadline_(course.started + course.core.options.deadline),
      last_call_(course.started + course.core.options.deadline / 2),
      timer_(course.core.loop, std::move(on_time)) {}

void Schedule::wait_for(size_t server) {
  const unsigned doublings = std::min(course_.attempts.with(server).messages - 1, kDoublingsMax);
  const Microseconds patience = patience_with(server) * (1U << doublings);
  const MonotonicTime again = course_.core.loop.now() + patience;
  last_call_ = std::max(last_call_, again);
  if (budget_.spent() || again >= deadline_) {
    wait_on();
  } else {
    last_wait_ = false;
    timer_.start(patience);
  }
}

void Schedule::wait_on() {
  const MonotonicTime end = budget_.spent() ? std::min(last_call_, deadline_) : deadline_;
  last_wait_ = end == deadline_;
  timer_.start(std::max(end - course_.core.loop.now(), Microseconds(0)));
}

void Schedule::wait_for_what_was_cut() {
  Microseconds patience{0};
  for (const auto& attempt : course_.attempts.tries()) {
    const size_t server = attempt->sent().server;
    const bool is_taken = attempt->open() && !attempt->distrusted();
    if (is_taken && attempt->cut() && !course_.attempts.with(server).cannot_help) {
      patience = std::max(patience, patience_with(server));
    }
  }
  last_wait_ = true;
  timer_.start(std::clamp(deadline_ - course_.core.loop.now(), Microseconds(0), patience));
}

Microseconds Schedule::patience_with(size_t server) const {
  return course_.server(server).round_trip.patience(course_.core.options.patience_min);
}

}  // namespace etymon::upstream
