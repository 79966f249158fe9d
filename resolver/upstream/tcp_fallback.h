// TcpFallback: when a question that was asked over UDP goes over TCP. Inside this folder only;
// belongs to one loop thread; the question's Judge owns it.
//
// Its socket stays open in any case. An answer that was cut, or cannot be read, may have been
// forged: then the true one is still welcome. A port that was guessed at is not believed any more,
// and shows how large the attack is. What ICMP says, or a failure without a question, leads to TCP
// only where nobody else answers (Attempts::path_to).
#pragma once

#include "resolver/upstream/asking.h"
#include "resolver/upstream/course.h"

namespace etymon::upstream {

class TcpFallback {
 public:
  TcpFallback(Course& course, Asking& asking) : course_(course), asking_(asking) {}

  // Nothing that comes to this port is believed any more; the upstream is asked over TCP.
  void leave_port(Try& from);
  // Its answer was cut, over UDP.
  void take_truncated(Try& from);
  // The rest of the question's way is TCP, whoever is asked.
  void leave_udp(const Try& from);

 private:
  Course& course_;
  Asking& asking_;
};

}  // namespace etymon::upstream
