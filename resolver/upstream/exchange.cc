#include "resolver/upstream/exchange.h"

#include <utility>

namespace etymon::upstream {

Exchange::Exchange(Core& core, Question question, Done done)
    : done_(std::move(done)),
      course_(core, std::move(question)),
      report_(course_),
      judge_(course_, report_, asking_, *this),
      asking_(course_, report_, judge_, [this] { on_time(); }) {}

// A wait is over: for the latest message, or for the whole question.
void Exchange::on_time() {
  course_.attempts.lose_patience();
  Counters& counters = course_.core.counters;
  if (asking_.is_over()) {
    report_.unanswered();
    finish(course_.outcome.without_answer(course_.attempts, counters));
    return;
  }
  const Try& latest = course_.attempts.latest();
  // Over TCP a connection may have had to be made; it says nothing of the upstream's health.
  if (latest.hopeful() && latest.sent().path == Path::kUdp) {
    report_.lapsed(latest.sent().server);
  }
  ++course_.server(latest).timeouts;
  ++counters.timeouts;
  asking_.repeat();
}

void Exchange::accept(const Try& from, Response answer) {
  ++course_.core.counters.answers;
  ++course_.server(from).answers;
  report_.answered(from);
  finish(std::move(answer));
}

void Exchange::finish(Result<Response> result) {
  const Done done = std::move(done_);
  course_.core.exchanges.erase(this);  // `this` is gone: nothing below may touch it.
  done(std::move(result));
}

}  // namespace etymon::upstream
