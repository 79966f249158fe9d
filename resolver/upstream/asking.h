// Asking: sends a question on: to the next upstream, or to the same one in another way, and waits
// for what comes. Inside this folder only; belongs to one loop thread; the question's exchange owns
// it.
//
// Which upstream is next is decided in selection.h, how many messages there may be in budget.h, how
// long is waited in schedule.h; query.h sends them.
#pragma once

#include <cstddef>
#include <functional>

#include "resolver/base/result.h"
#include "resolver/upstream/budget.h"
#include "resolver/upstream/course.h"
#include "resolver/upstream/health_report.h"
#include "resolver/upstream/schedule.h"
#include "resolver/upstream/selection.h"

namespace etymon::upstream {

class Asking {
 public:
  // `owner` is told of what comes in, `on_time` is called when a wait is over: then either
  // is_over(), or repeat() is due. All of them must outlive it.
  Asking(Course& course, HealthReport& report, TryOwner& owner, std::function<void()> on_time);

  // To be called once.
  void start();
  // Nothing came in time.
  void repeat();
  // Asks the most promising upstream. When there is nobody left to ask, waits for what is under
  // way.
  void ask_next(Among among);
  // Asks the same upstream in another way, or another one if that is not possible.
  void ask_again(const Try& before, Path path, Edns edns);
  // Asks as if the message had never been sent.
  void ask_anew(const Try& left_behind);

  // The question was waited for as long as it may be.
  bool is_over() const { return schedule_.is_last_wait(); }

 private:
  bool ask(size_t server, Path path, Edns edns);
  void cannot_send(size_t server, ErrorCode why);

  Course& course_;
  HealthReport& report_;
  TryOwner& owner_;
  Selection selection_;
  Budget budget_;
  Schedule schedule_;
};

}  // namespace etymon::upstream
