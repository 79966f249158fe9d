#include "resolver/upstream/health_report.h"

#include <utility>

namespace etymon::upstream {

void HealthReport::lapsed(size_t server) {
  course_.attempts.with(server).lapsed = true;
  const bool is_known = course_.server(server).health.failed_since(course_.started);
  if (is_quiet(server) && !is_known) {
    hold_against(server);
  }
}

// It has said nothing to anybody for as long as this question is under way. Who has may be slow
// about this name alone, unless another one answers it (answered).
bool HealthReport::is_quiet(size_t server) const {
  return course_.server(server).heard_at <= course_.started;
}

void HealthReport::unreachable(size_t server) {
  ++course_.core.counters.unreachable;
  hold_against(server);
  course_.attempts.with(server).unreachable = true;
}

// One question is one failure, however often it is asked.
void HealthReport::hold_against(size_t server) {
  if (!std::exchange(course_.attempts.with(server).failed, true)) {
    course_.server(server).health.failed(course_.core.loop.now());
  }
}

void HealthReport::answered(const Try& winner) {
  const MonotonicTime now = course_.core.loop.now();
  Server& server = course_.server(winner);
  Attempts& attempts = course_.attempts;
  server.health.answered();
  // Over TCP as well: one that cuts all of its answers is not the fastest because nothing is known.
  server.round_trip.sample(now - winner.sent().at);
  // Of a question with a subnet, what the client made up may be all that was refused.
  if (attempts.with(winner).refuses_edns && winner.sent().edns == Edns::kNo &&
      course_.question.client_subnet.empty()) {
    server.refuses_edns.seen(now);
  }
  attempts.with(winner).unproven = false;
  report_unproven();
  // Whoever could not help where another one could is worse than that one, however fast.
  for (size_t i = 0; i < attempts.progress().size(); ++i) {
    const Progress& progress = attempts.with(i);
    const bool refused = progress.refused && !progress.unreachable;
    if (i != winner.sent().server && (progress.cannot_help || progress.lapsed || refused)) {
      hold_against(i);
    }
  }
}

// One that answers like this is of no use, and nothing else tells it from one that is.
void HealthReport::report_unproven() {
  const MonotonicTime now = course_.core.loop.now();
  for (size_t i = 0; i < course_.attempts.progress().size(); ++i) {
    if (course_.attempts.with(i).unproven) {
      hold_against(i);
      course_.server(i).cannot_prove.seen(now);
    }
  }
}

}  // namespace etymon::upstream
