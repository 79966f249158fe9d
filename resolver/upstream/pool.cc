#include "resolver/upstream/pool.h"

#include <utility>

#include "resolver/upstream/exchange.h"

namespace etymon::upstream {

Pool::Pool(net::EventLoop& loop, Options options, Random& random)
    : core_(std::make_shared<Core>(loop, std::move(options), random)),
      turn_end_(loop, [core = std::weak_ptr<Core>(core_)] {
        if (const std::shared_ptr<Core> kept = core.lock()) {
          kept->send_questions();
        }
      }) {}

Pool::~Pool() = default;

void Pool::ask(Question question, Done done) {
  ++core_->counters.questions;
  if (core_->servers.empty()) {
    ++core_->counters.unanswered;
    core_->refuse(std::move(done), {ErrorCode::kUnavailable, "there is no upstream"});
  } else if (core_->exchanges.size() >= core_->options.in_flight_max) {
    ++core_->counters.rejected;
    core_->refuse(std::move(done),
                  {ErrorCode::kResourceExhausted, "too many questions are in flight"});
  } else {
    auto exchange = std::make_unique<Exchange>(*core_, std::move(question), std::move(done));
    Exchange* started = exchange.get();
    core_->exchanges.emplace(started, std::move(exchange));
    started->start();
  }
}

Counters& Counters::operator+=(const Counters& other) {
  for (uint64_t Counters::*const count :
       {&Counters::questions, &Counters::answers, &Counters::failures, &Counters::unanswered,
        &Counters::rejected, &Counters::udp_messages, &Counters::tcp_messages, &Counters::timeouts,
        &Counters::unreachable, &Counters::exhausted, &Counters::mismatches,
        &Counters::case_mismatches, &Counters::moved_to_tcp, &Counters::truncated,
        &Counters::edns_refused, &Counters::bad_cookies, &Counters::in_flight, &Counters::ports}) {
    this->*count += other.*count;
  }
  return *this;
}

bool Pool::is_idle() const {
  return core_->exchanges.empty() && core_->refused.empty();
}

Counters Pool::counters() const {
  Counters result = core_->counters;
  result.in_flight = core_->exchanges.size();
  result.ports = core_->udp.open;
  return result;
}

std::vector<ServerStatus> Pool::status() const {
  const MonotonicTime now = core_->loop.now();
  std::vector<ServerStatus> result;
  for (const std::unique_ptr<Server>& server : core_->servers) {
    result.push_back({.endpoint = server->endpoint,
                      .up = server->health.up(),
                      .round_trip = server->round_trip.smoothed(),
                      .messages = server->messages,
                      .answers = server->answers,
                      .failures = server->failures,
                      .timeouts = server->timeouts,
                      .wrong_cookies = server->wrong_cookies,
                      .missing_cookies = server->missing_cookies,
                      .case_randomised = server->mixes_case && !server->loses_case.present(now),
                      .edns = !server->refuses_edns.present(now),
                      .case_unproven = server->cannot_prove.present(now)});
  }
  return result;
}

}  // namespace etymon::upstream
