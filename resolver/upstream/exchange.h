// Exchange: one question's way through the upstreams, from the first message to the end. Inside
// this folder only; belongs to one loop thread.
//
// It is made of parts, each in files of its own, and holds what they share (course.h):
//
//   asking.h         sends it on, to the next upstream or in another way
//     selection.h    which upstream is next
//     budget.h       how many messages there may be
//     schedule.h     when it is asked again, the last call, the deadline
//     query.h        one message: spelling, EDNS, cookie, port
//   judge.h          what comes in, and what that leads to
//     matching.h     whether it is an answer to what was sent
//     tcp_fallback.h when it goes over TCP
//   health_report.h  what that says of the upstreams
//   outcome.h        what it ends with, where nobody answers
//
// It ends only in accept() and on_time(), and nothing of it is touched after that.
#pragma once

#include "resolver/upstream/asking.h"
#include "resolver/upstream/course.h"
#include "resolver/upstream/health_report.h"
#include "resolver/upstream/judge.h"

namespace etymon::upstream {

class Exchange final {
 public:
  Exchange(Core& core, Question question, Done done);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // To be called once, when the core owns the exchange.
  void start() { asking_.start(); }

  // The Judge's: this is the answer. The exchange is gone afterwards.
  void accept(const Try& from, Response answer);

 private:
  void on_time();
  void finish(Result<Response> result);

  Done done_;
  Course course_;
  HealthReport report_;
  Judge judge_;
  Asking asking_;
};

}  // namespace etymon::upstream
