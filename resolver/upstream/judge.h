// Judge: what comes in for a question, and what that leads to. Inside this folder only; belongs to
// one loop thread; the question's exchange owns it.
//
// A packet is matched before anything else happens (matching.h); what does not match changes
// counters. Then its cookie is looked at, then what it says: an answer ends the exchange; a failure
// leads to the next upstream; what was cut, broken, respelled or without the cookie to TCP
// (tcp_fallback.h); what seems not to know EDNS is asked without.
#pragma once

#include <string>

#include "resolver/upstream/asking.h"
#include "resolver/upstream/course.h"
#include "resolver/upstream/health_report.h"
#include "resolver/upstream/tcp_fallback.h"

namespace etymon::upstream {

class Exchange;

class Judge final : public TryOwner {
 public:
  // All of them must outlive it. Nothing comes in before they are made.
  Judge(Course& course, HealthReport& report, Asking& asking, Exchange& exchange);

  void on_message(Try& from, ByteView message) override;
  void on_distrusted(Try& from) override;
  void on_refused(Try& from) override;
  void on_failed(Try& from) override;
  void on_left_behind(Try& from) override;

 private:
  bool passes_cookie(Try& from, ByteView message);
  void mismatch(Try& from);
  void take_respelled(Try& from, ByteView message);
  void use(Try& from, ByteView message);
  void read(Try& from, ByteView message);
  void take_broken(Try& from, ByteView message);
  void take_failure(Try& from, ByteView message);
  void take_bare_failure(Try& from, ByteView message);
  void ask_without_edns(const Try& before);
  void take_bad_cookie(Try& from, ByteView message);
  Response response(const Try& from, ByteView message) const;
  void restore_spelling(std::string& message) const;

  Course& course_;
  HealthReport& report_;
  Asking& asking_;
  Exchange& exchange_;
  TcpFallback fallback_;
};

}  // namespace etymon::upstream
