// HealthReport: what one question finds out about the upstreams, for their health, round trips and
// quirks. Inside this folder only; belongs to one loop thread; the question's exchange owns it.
//
// A question is one failure at most for each upstream, however often it is asked. Silence is none
// where the upstream has said anything since the question began, to whomever: it may be slow about
// this name alone, unless another upstream answers it. Nor is it a second one for those who wait at
// the same time: one slow name is three questions, for A, AAAA and HTTPS. What anybody can forge,
// as ICMP, is none before another upstream or a connection has said the same.
#pragma once

#include <cstddef>

#include "resolver/upstream/course.h"

namespace etymon::upstream {

class HealthReport {
 public:
  explicit HealthReport(Course& course) : course_(course) {}

  // It was waited for as long as usual, over UDP.
  void lapsed(size_t server);
  // No message gets there; this question does not try again.
  void unreachable(size_t server);
  // The question is over: that was its answer; or there is none.
  void answered(const Try& winner);
  void unanswered() { report_unproven(); }

 private:
  bool is_quiet(size_t server) const;
  void hold_against(size_t server);
  void report_unproven();

  Course& course_;
};

}  // namespace etymon::upstream
