#include "resolver/upstream/tcp_fallback.h"

namespace etymon::upstream {

void TcpFallback::leave_port(Try& from) {
  ++course_.core.counters.moved_to_tcp;
  from.distrust();
  asking_.ask_again(from, Path::kStream, from.sent().edns);
}

// Cut for the first time it may have been the last hope, with TCP tried already; who repeats it
// gains no time by that.
void TcpFallback::take_truncated(Try& from) {
  const bool is_over_udp = course_.attempts.path() == Path::kUdp;
  course_.core.counters.truncated += is_over_udp ? 1 : 0;
  const bool is_repeated = from.cut();
  from.note_cut();
  if (is_over_udp) {
    return leave_udp(from);
  }
  if (!is_repeated && !course_.attempts.hopeful()) {
    asking_.ask_next(Among::kIdle);
  }
}

void TcpFallback::leave_udp(const Try& from) {
  if (course_.attempts.leave_udp()) {
    asking_.ask_again(from, Path::kStream, from.sent().edns);
  }
}

}  // namespace etymon::upstream
