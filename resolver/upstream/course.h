// Course: what the parts of an exchange know of its question in common. Inside this folder only;
// belongs to one loop thread; the exchange owns it, and its parts go before it.
#pragma once

#include <utility>

#include "resolver/upstream/attempts.h"
#include "resolver/upstream/core.h"
#include "resolver/upstream/outcome.h"
#include "resolver/upstream/question.h"

namespace etymon::upstream {

struct Course {
  Course(Core& of_pool, Question asked)
      : core(of_pool),
        question(std::move(asked)),
        started(core.loop.now()),
        attempts(core.servers.size()) {}

  Server& server(size_t number) const { return *core.servers[number]; }
  Server& server(const Try& attempt) const { return server(attempt.sent().server); }

  Core& core;
  const Question question;
  const MonotonicTime started;
  Attempts attempts;
  Outcome outcome;
};

}  // namespace etymon::upstream
