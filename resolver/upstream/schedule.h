// Schedule: how long a question waits: for an answer before it is asked again, for its last call,
// and until it is given up. Inside this folder only; belongs to one loop thread; the question's
// Asking owns it.
//
// An answer is waited for as long as that upstream usually takes, each further message to it twice
// as long. Where all messages are spent there is a last call at half of the time, or later where
// answers take longer: a quick upstream that was away for a second has missed all before.
#pragma once

#include <functional>

#include "resolver/base/clock.h"
#include "resolver/net/event_loop.h"
#include "resolver/upstream/budget.h"
#include "resolver/upstream/course.h"

namespace etymon::upstream {

class Schedule {
 public:
  // `on_time` is called when a wait is over. The budget must outlive the schedule.
  Schedule(const Course& course, const Budget& budget, std::function<void()> on_time);

  // For the answer to the message that this upstream was sent just now.
  void wait_for(size_t server);
  // Until the deadline; where all messages are spent, until the last call.
  void wait_on();
  // Nobody else will answer. What was cut may have been forged: the true answer then comes as soon
  // as one usually does.
  void wait_for_what_was_cut();

  // When this wait is over, so is the question.
  bool is_last_wait() const { return last_wait_; }
  // The last call is under way: there is no other one.
  void end_last_call() { last_call_ = deadline_; }

 private:
  Microseconds patience_with(size_t server) const;

  const Course& course_;
  const Budget& budget_;
  const MonotonicTime deadline_;
  // Then one more is asked where all messages are spent; never, once it has been or is too late.
  MonotonicTime last_call_;
  bool last_wait_ = false;
  net::Timer timer_;
};

}  // namespace etymon::upstream
