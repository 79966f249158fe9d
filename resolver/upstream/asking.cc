#include "resolver/upstream/asking.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "resolver/upstream/query.h"

namespace etymon::upstream {

Asking::Asking(Course& course, HealthReport& report, TryOwner& owner, std::function<void()> on_time)
    : course_(course),
      report_(report),
      owner_(owner),
      selection_(course),
      budget_(course.core.options.retries, course.core.servers.size()),
      schedule_(course, budget_, std::move(on_time)) {}

void Asking::start() {
  ask_next(Among::kAll);
  // A client does not wait for one that is probably still down: a live one is asked as well.
  const auto is_up = [](const std::unique_ptr<Server>& server) { return server->health.up(); };
  const std::optional<size_t> probed = selection_.probed();
  if (probed && course_.attempts.awaits(*probed) &&
      std::ranges::any_of(course_.core.servers, is_up)) {
    ask_next(Among::kIdle);
  }
}

void Asking::repeat() {
  if (budget_.spent()) {
    schedule_.end_last_call();
    budget_.allow_last_call();
  }
  ask_next(Among::kAll);
}

void Asking::ask_next(Among among) {
  const Attempts& attempts = course_.attempts;
  while (!budget_.spent()) {
    const std::optional<size_t> next = selection_.next(among);
    if (!next) {
      break;
    }
    const Edns edns = attempts.with(*next).refuses_edns ? Edns::kNo : Edns::kYes;
    if (ask(*next, attempts.path_to(*next), edns)) {
      return;
    }
  }
  if (!attempts.hopeful() && !attempts.refused_at_most()) {
    schedule_.wait_for_what_was_cut();
  } else if (budget_.spent() || among == Among::kAll) {
    schedule_.wait_on();
  }
}

void Asking::ask_again(const Try& before, Path path, Edns edns) {
  budget_.allow_way(path, edns);
  if (!ask(before.sent().server, path, edns)) {
    ask_next(Among::kIdle);
  }
}

void Asking::ask_anew(const Try& left_behind) {
  const size_t server = left_behind.sent().server;
  if (!budget_.may_move() || !course_.attempts.may_ask(server, Among::kIdle)) {
    return ask_next(Among::kIdle);
  }
  budget_.move();
  --course_.attempts.with(server).messages;
  ask_again(left_behind, Path::kStream, left_behind.sent().edns);
}

// Sends one message and waits for its answer; false when none may or can be sent.
bool Asking::ask(size_t server, Path path, Edns edns) {
  if (budget_.spent()) {
    return false;
  }
  budget_.take();
  ++course_.attempts.with(server).messages;
  auto sent = send_query(course_, owner_, server, path, edns);
  if (!sent) {
    cannot_send(server, sent.error().code);
    return false;
  }
  course_.attempts.add(*std::move(sent));
  schedule_.wait_for(server);
  return true;
}

// What we lack ourselves, descriptors or memory, says nothing of the upstream.
void Asking::cannot_send(size_t server, ErrorCode why) {
  if (why != ErrorCode::kResourceExhausted) {
    return report_.unreachable(server);
  }
  ++course_.core.counters.exhausted;
  course_.attempts.with(server).unreachable = true;
  course_.outcome.exhausted();
}

}  // namespace etymon::upstream
