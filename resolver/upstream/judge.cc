#include "resolver/upstream/judge.h"

#include <memory>
#include <utility>

#include "resolver/upstream/exchange.h"
#include "resolver/upstream/matching.h"

namespace etymon::upstream {

Judge::Judge(Course& course, HealthReport& report, Asking& asking, Exchange& exchange)
    : course_(course),
      report_(report),
      asking_(asking),
      exchange_(exchange),
      fallback_(course, asking) {}

void Judge::on_message(Try& from, ByteView message) {
  const Match matched =
      from.distrusted() ? Match::kNo : match(message, from.sent(), course_.question);
  if (matched == Match::kNo) {
    return mismatch(from);
  }
  if (matched == Match::kBareFailure) {
    return take_bare_failure(from, message);
  }
  if (from.sent().cookie && !passes_cookie(from, message)) {
    return;
  }
  course_.server(from).heard_at = course_.core.loop.now();
  return matched == Match::kYes ? use(from, message) : take_respelled(from, message);
}

// What it shows is what the upstream must show; else the message has had what it deserves.
bool Judge::passes_cookie(Try& from, ByteView message) {
  Server& server = course_.server(from);
  switch (server.cookie.judge(message)) {
    case Cookie::Shown::kOurs:
      server.cookie.learn(message);
      return true;
    case Cookie::Shown::kNone:
      return true;
    case Cookie::Shown::kWrong:
      ++server.wrong_cookies;
      mismatch(from);
      return false;
    case Cookie::Shown::kMissing:
      ++server.missing_cookies;
      break;
  }
  if (from.sent().path == Path::kStream) {
    server.cookie.forget();  // Nobody forges what comes over a connection.
    return true;
  }
  ++course_.core.counters.mismatches;
  fallback_.leave_port(from);
  return false;
}

void Judge::mismatch(Try& from) {
  ++course_.core.counters.mismatches;
  from.count_mismatch();
}

void Judge::take_respelled(Try& from, ByteView message) {
  ++course_.core.counters.case_mismatches;
  if (from.sent().path == Path::kStream) {
    // Nobody forges what comes over a connection: this upstream does not keep the case. Only here
    // is that learnt, so that no forger can talk us out of it.
    course_.server(from).loses_case.seen(course_.core.loop.now());
    return use(from, message);
  }
  ++course_.core.counters.mismatches;
  course_.attempts.with(from).respelled = true;
  fallback_.leave_port(from);
}

void Judge::use(Try& from, ByteView message) {
  switch (kind_of(message, from.sent().path)) {
    case Kind::kAnswer:
      return read(from, message);
    case Kind::kFailure:
      return take_failure(from, message);
    case Kind::kTruncated:
      return fallback_.take_truncated(from);
    case Kind::kBadCookie:
      return take_bad_cookie(from, message);
    case Kind::kNonsense:
      return mismatch(from);
  }
}

// Reading is what most of an answer's time goes into, so whoever asked gets what was read.
void Judge::read(Try& from, ByteView message) {
  const Question& question = course_.question;
  const ByteView spelled = message.subspan(wire::kHeaderSize, question.qname.size());
  auto parsed = wire::parse_response_without(message, {spelled, question.qtype, question.qclass},
                                             question.is_withheld);
  if (!parsed.ok() && !wire::is_readable(message)) {
    return take_broken(from, message);
  }
  Response answer = response(from, message);
  if (parsed.ok()) {
    restore_spelling(parsed->stored.message);
    answer.parsed = std::make_unique<wire::ParsedResponse>(*std::move(parsed));
  }
  exchange_.accept(from, std::move(answer));
}

// Somebody may have got in between, so that it is no answer; who sends it over TCP knows no better.
void Judge::take_broken(Try& from, ByteView message) {
  if (from.sent().path == Path::kStream) {
    return take_failure(from, message);
  }
  mismatch(from);
  fallback_.leave_udp(from);
}

void Judge::take_failure(Try& from, ByteView message) {
  from.close();
  if (from.sent().edns == Edns::kYes && may_refuse_edns(message)) {
    return ask_without_edns(from);
  }
  ++course_.server(from).failures;
  course_.attempts.with(from).cannot_help = true;
  if (wire::is_referral(message)) {
    course_.outcome.referred();
  } else {
    course_.outcome.failed(response(from, message));
  }
  asking_.ask_next(Among::kIdle);
}

// Over UDP it is forged by whoever hits port and id, without knowing name and spelling. So it does
// there no more than ICMP could, or has the question asked once more; the true answer is still
// taken, and when it is to the question with EDNS, nothing was learnt.
void Judge::take_bare_failure(Try& from, ByteView message) {
  Cookie& cookie = course_.server(from).cookie;
  if (from.sent().path == Path::kStream) {
    if (from.sent().cookie) {
      cookie.forget();
    }
    return use(from, as_bytes(with_question(message, from.sent(), course_.question)));
  }
  if (!from.hopeful()) {
    return mismatch(from);
  }
  from.refuse();
  // Who gives cookies knows EDNS, and without it none would be asked for.
  const bool gives_cookies = cookie.judge(message) == Cookie::Shown::kMissing;
  if (from.sent().edns == Edns::kYes && may_refuse_edns(message) && !gives_cookies) {
    return ask_without_edns(from);
  }
  course_.attempts.with(from).refused = true;
  asking_.ask_next(Among::kIdle);
}

void Judge::ask_without_edns(const Try& before) {
  ++course_.core.counters.edns_refused;
  course_.attempts.with(before).refuses_edns = true;
  asking_.ask_again(before, before.sent().path, Edns::kNo);
}

// The message brought the cookie that it wants: once more, and then over TCP, where none is needed
// (RFC 7873 section 5.3).
void Judge::take_bad_cookie(Try& from, ByteView message) {
  if (from.sent().path == Path::kStream || !from.sent().cookie) {
    return take_failure(from, message);
  }
  from.close();
  ++course_.core.counters.bad_cookies;
  const bool first = !std::exchange(course_.attempts.with(from).bad_cookie, true);
  const Path path = first ? course_.attempts.path_to(from.sent().server) : Path::kStream;
  asking_.ask_again(from, path, from.sent().edns);
}

void Judge::on_distrusted(Try& from) {
  if (!from.distrusted()) {
    fallback_.leave_port(from);
  }
}

// Nothing is held against the upstream before another one or a connection has said the same.
void Judge::on_refused(Try& from) {
  if (from.distrusted()) {
    return;
  }
  ++course_.core.counters.unreachable;
  from.refuse();
  course_.attempts.with(from).refused = true;
  asking_.ask_next(Among::kIdle);
}

void Judge::on_failed(Try& from) {
  Progress& progress = course_.attempts.with(from);
  progress.unproven |= progress.respelled && from.sent().path == Path::kStream;
  if (from.sent().path == Path::kUdp || (progress.refused && !progress.unreachable)) {
    report_.unreachable(from.sent().server);
  }
  asking_.ask_next(Among::kIdle);
}

// Nothing is held against one that has answered others just now.
void Judge::on_left_behind(Try& from) {
  if (!course_.attempts.awaits(from.sent().server)) {
    asking_.ask_anew(from);
  }
}

Response Judge::response(const Try& from, ByteView message) const {
  Response result{std::string(as_text(message)), course_.server(from).endpoint};
  restore_spelling(result.message);
  return result;
}

// To that which was asked of us.
void Judge::restore_spelling(std::string& message) const {
  const std::string& asked = course_.question.qname;
  message.replace(wire::kHeaderSize, asked.size(), asked);
}

}  // namespace etymon::upstream
