#include "resolver/upstream/exchange.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "resolver/model/domain_name.h"
#include "resolver/upstream/matching.h"
#include "resolver/wire/compose.h"

namespace etymon::upstream {
namespace {

constexpr unsigned kDoublingsMax = 4;

size_t way_of(Path path, Edns edns) {
  return (path == Path::kStream ? 2U : 0U) + (edns == Edns::kNo ? 1U : 0U);
}

size_t compose(const Question& question, const Sent& sent, std::string_view cookie,
               uint8_t (&out)[wire::kUpstreamQueryMax]) {
  return wire::write_upstream_query({.id = sent.id,
                                     .qname = as_bytes(sent.qname),
                                     .qtype = question.qtype,
                                     .qclass = question.qclass,
                                     .checking_disabled = question.checking_disabled,
                                     .dnssec_ok = question.dnssec_ok,
                                     .edns = sent.edns == Edns::kYes,
                                     .cookie = as_bytes(cookie),
                                     .client_subnet = as_bytes(question.client_subnet)},
                                    out);
}

}  // namespace

Exchange::Exchange(Core& core, Question question, Done done)
    : core_(core),
      question_(std::move(question)),
      done_(std::move(done)),
      deadline_(core.loop.now() + core.options.deadline),
      last_call_(core.loop.now() + core.options.deadline / 2),
      messages_left_(1 + core.options.retries * static_cast<unsigned>(core.servers.size())),
      progress_(core.servers.size()),
      timer_(core.loop, [this] { on_time(); }) {}

void Exchange::start() {
  ask_next(Among::kAll);
  // A client does not wait for one that is probably still down: a live one is asked as well.
  const auto is_up = [](const std::unique_ptr<Server>& server) { return server->health.up(); };
  if (probed_ && awaits(*probed_) && std::ranges::any_of(core_.servers, is_up)) {
    ask_next(Among::kIdle);
  }
}

// Asks the most promising upstream. When there is nobody left to ask, waits for what is under way.
void Exchange::ask_next(Among among) {
  while (messages_left_ > 0) {
    const std::optional<size_t> next = choose(among);
    if (!next) {
      break;
    }
    if (ask(*next, path_to(*next), progress_[*next].refuses_edns ? Edns::kNo : Edns::kYes)) {
      return;
    }
  }
  if (!hopeful() && !refused_at_most()) {
    wait_for_what_was_cut();
  } else if (messages_left_ == 0 || among == Among::kAll) {
    wait_on();
  }
}

Path Exchange::path_to(size_t server) const {
  return progress_[server].refused ? Path::kStream : path_;
}

// Those that are up before those that are down, then those that this question bothered least, then
// the fastest, then in the configured order.
std::optional<size_t> Exchange::choose(Among among) {
  if (tries_.empty()) {
    if (const std::optional<size_t> first = first_choice()) {
      return first;
    }
  }
  const auto rank = [this](size_t i) {
    const Server& server = *core_.servers[i];
    return std::tuple(!server.health.up(), progress_[i].messages, server.round_trip.smoothed());
  };
  std::optional<size_t> best;
  for (size_t i = 0; i < core_.servers.size(); ++i) {
    if (may_ask(i, among) && (!best || rank(i) < rank(*best))) {
      best = i;
    }
  }
  return best;
}

// An upstream that is due to be tried again, or sometimes any, so that what we know stays fresh.
std::optional<size_t> Exchange::first_choice() {
  const MonotonicTime now = core_.loop.now();
  for (size_t i = 0; i < core_.servers.size(); ++i) {
    Health& health = core_.servers[i]->health;
    if (health.probe_due(now) && may_ask(i, Among::kAll)) {
      health.probe_sent(now, core_.options.back_off_max);
      probed_ = i;
      return i;
    }
  }
  const uint32_t explore_one_in = core_.options.explore_one_in;
  if (core_.servers.size() < 2 || explore_one_in == 0 || core_.random.below(explore_one_in) != 0) {
    return std::nullopt;
  }
  const size_t any = core_.random.below(static_cast<uint32_t>(core_.servers.size()));
  if (!core_.servers[any]->health.up() || !may_ask(any, Among::kAll)) {
    return std::nullopt;
  }
  return any;
}

bool Exchange::may_ask(size_t server, Among among) const {
  const Progress& progress = progress_[server];
  return !progress.unreachable && !progress.cannot_help &&
         (among == Among::kAll || !awaits(server));
}

// Asks the same upstream in another way, or another one if that is not possible. Repeating what was
// waited for may have spent all messages by the time that a slow upstream says what it wants.
void Exchange::ask_again(const Try& before, Path path, Edns edns) {
  const size_t way = way_of(path, edns);
  if (messages_left_ == 0 && !ways_granted_[way]) {
    ways_granted_.set(way);
    messages_left_ = 1;
  }
  if (!ask(before.sent().server, path, edns)) {
    ask_next(Among::kIdle);
  }
}

// Sends one message and waits for its answer; false when none may or can be sent.
bool Exchange::ask(size_t server, Path path, Edns edns) {
  if (messages_left_ == 0) {
    return false;
  }
  Server& to = *core_.servers[server];
  const MonotonicTime now = core_.loop.now();
  const Edns usable = to.refuses_edns.present(now) ? Edns::kNo : edns;
  Sent sent{.server = server,
            .path = path,
            .edns = usable,
            .cookie = core_.options.cookies && usable == Edns::kYes,
            .id = 0,
            .qname = spelling_for(to),
            .at = now};
  --messages_left_;
  ++progress_[server].messages;
  ++to.messages;
  if (const Status left = send(std::move(sent)); !left) {
    cannot_send(server, left.error().code);
    return false;
  }
  wait_for(server);
  return true;
}

Status Exchange::send(Sent sent) {
  return sent.path == Path::kUdp ? send_udp(std::move(sent)) : send_stream(std::move(sent));
}

Status Exchange::send_udp(Sent sent) {
  ++core_.counters.udp_messages;
  UdpLinks& links = core_.servers[sent.server]->udp;
  auto attempt = std::make_unique<UdpTry>(*this, std::move(sent));
  const Status status = attempt->join(links, core_.random);
  if (status.ok()) {
    hand_over(std::move(attempt));
    core_.loop.want_turn_end();
  }
  return status;
}

Status Exchange::send_stream(Sent sent) {
  ++core_.counters.tcp_messages;
  StreamLink& link = core_.servers[sent.server]->link;
  auto attempt = std::make_unique<StreamTry>(*this, link, std::move(sent));
  const Status status = attempt->join();
  if (status.ok()) {
    hand_over(std::move(attempt));
  }
  return status;
}

// Gives the link the message, which has the id that joining gave it, and waits.
template <class AnyTry>
void Exchange::hand_over(std::unique_ptr<AnyTry> attempt) {
  uint8_t message[wire::kUpstreamQueryMax];
  const Sent& sent = attempt->sent();
  const std::string cookie = sent.cookie ? core_.servers[sent.server]->cookie.octets() : "";
  const size_t size = compose(question_, sent, cookie, message);
  attempt->send(ByteView(message, size));
  tries_.push_back(std::move(attempt));
}

std::string Exchange::spelling_for(const Server& server) {
  std::string name = question_.qname;
  const std::span<uint8_t> octets(reinterpret_cast<uint8_t*>(name.data()), name.size());
  if (!server.mixes_case || server.loses_case.present(core_.loop.now())) {
    copy_in_lower_case(octets, octets.data());
  } else {
    wire::randomise_case(octets, core_.random);
  }
  return name;
}

// Each further message to the same upstream is waited for twice as long.
void Exchange::wait_for(size_t server) {
  const unsigned doublings = std::min(progress_[server].messages - 1, kDoublingsMax);
  const Microseconds patience =
      core_.servers[server]->round_trip.patience(core_.options.patience_min) * (1U << doublings);
  const MonotonicTime again = core_.loop.now() + patience;
  last_call_ = std::max(last_call_, again);
  if (messages_left_ == 0 || again >= deadline_) {
    wait_on();
  } else {
    last_wait_ = false;
    timer_.start(patience);
  }
}

// Until the deadline; where all messages are spent, until the last call.
void Exchange::wait_on() {
  const MonotonicTime end = messages_left_ == 0 ? std::min(last_call_, deadline_) : deadline_;
  last_wait_ = end == deadline_;
  timer_.start(std::max(end - core_.loop.now(), Microseconds(0)));
}

// Nobody else will answer. What was cut may have been forged: the true answer then comes as soon as
// one usually does.
void Exchange::wait_for_what_was_cut() {
  Microseconds patience{0};
  for (const auto& attempt : tries_) {
    const Sent& sent = attempt->sent();
    const bool is_taken = attempt->open() && !attempt->distrusted();
    if (is_taken && attempt->cut() && !progress_[sent.server].cannot_help) {
      patience = std::max(
          patience, core_.servers[sent.server]->round_trip.patience(core_.options.patience_min));
    }
  }
  last_wait_ = true;
  timer_.start(std::clamp(deadline_ - core_.loop.now(), Microseconds(0), patience));
}

void Exchange::on_time() {
  std::ranges::for_each(tries_, [](const auto& attempt) { attempt->lose_patience(); });
  if (last_wait_) {
    finish(outcome());
    return;
  }
  const Try& latest = *tries_.back();
  // Over TCP a connection may have had to be made; it says nothing of the upstream's health.
  if (latest.hopeful() && latest.sent().path == Path::kUdp) {
    progress_[latest.sent().server].lapsed = true;
    if (is_quiet(latest.sent().server)) {
      hold_against(latest.sent().server);
    }
  }
  ++server(latest).timeouts;
  ++core_.counters.timeouts;
  if (messages_left_ == 0) {
    // A quick upstream that was away for a second has missed all messages so far.
    last_call_ = deadline_;
    ++messages_left_;
  }
  ask_next(Among::kAll);
}

// It has said nothing to anybody for as long as this question is under way. Who has may be slow
// about this name alone, unless another one answers it (learn_from).
bool Exchange::is_quiet(size_t server) const {
  const MonotonicTime started = deadline_ - core_.options.deadline;
  return core_.servers[server]->heard_at <= started;
}

// One question is one failure, however often it is asked.
void Exchange::hold_against(size_t server) {
  if (!std::exchange(progress_[server].failed, true)) {
    core_.servers[server]->health.failed(core_.loop.now());
  }
}

Result<Response> Exchange::outcome() {
  learn_unproven();
  if (failure_) {
    ++core_.counters.failures;
    return *std::move(failure_);
  }
  if (referred_ && !hopeful()) {
    ++core_.counters.failures;
    return Error{ErrorCode::kUnavailable, "an upstream names other servers: it does not recurse"};
  }
  ++core_.counters.unanswered;
  if (hopeful()) {
    return Error{ErrorCode::kDeadlineExceeded, "no upstream answered in time"};
  }
  if (exhausted_) {
    return Error{ErrorCode::kResourceExhausted, "no descriptor is left to ask an upstream with"};
  }
  return Error{ErrorCode::kUnavailable, "no upstream can be reached"};
}

// An answer may still come, from one that has not said already that it has none.
bool Exchange::hopeful() const {
  return std::ranges::any_of(tries_, [this](const auto& attempt) {
    return attempt->hopeful() && !progress_[attempt->sent().server].cannot_help;
  });
}

// All that speaks against an answer is ICMP or a failure without a question, which can be forged,
// and no message is left to ask over TCP with: who forges it must not end the wait sooner than
// silence would.
bool Exchange::refused_at_most() const {
  return std::ranges::any_of(tries_, [this](const auto& attempt) {
    const Progress& progress = progress_[attempt->sent().server];
    return attempt->open() && !attempt->distrusted() && !attempt->cut() && !progress.unreachable &&
           !progress.cannot_help;
  });
}

// Something is awaited from it, on the path that the question has to take by now.
bool Exchange::awaits(size_t server) const {
  return std::ranges::any_of(tries_, [&](const auto& attempt) {
    const Sent& sent = attempt->sent();
    return attempt->hopeful() && sent.server == server &&
           (path_to(server) == Path::kUdp || sent.path == Path::kStream);
  });
}

void Exchange::on_message(Try& from, ByteView message) {
  const Match matched = from.distrusted() ? Match::kNo : match(message, from.sent(), question_);
  if (matched == Match::kNo) {
    return mismatch(from);
  }
  if (matched == Match::kBareFailure) {
    return take_bare_failure(from, message);
  }
  if (from.sent().cookie && !passes_cookie(from, message)) {
    return;
  }
  server(from).heard_at = core_.loop.now();
  if (matched == Match::kYes) {
    return use(from, message);
  }
  ++core_.counters.case_mismatches;
  if (from.sent().path == Path::kStream) {
    // Nobody forges what comes over a connection: this upstream does not keep the case. Only here
    // is that learnt, so that no forger can talk us out of it.
    server(from).loses_case.seen(core_.loop.now());
    return use(from, message);
  }
  ++core_.counters.mismatches;
  progress_[from.sent().server].respelled = true;
  ask_over_stream(from);
}

// What it shows is what the upstream must show; else the message has had what it deserves.
bool Exchange::passes_cookie(Try& from, ByteView message) {
  Cookie& cookie = server(from).cookie;
  switch (cookie.judge(message)) {
    case Cookie::Shown::kOurs:
      cookie.learn(message);
      return true;
    case Cookie::Shown::kNone:
      return true;
    case Cookie::Shown::kWrong:
      ++server(from).wrong_cookies;
      mismatch(from);
      return false;
    case Cookie::Shown::kMissing:
      ++server(from).missing_cookies;
      break;
  }
  if (from.sent().path == Path::kStream) {
    cookie.forget();  // Nobody forges what comes over a connection.
    return true;
  }
  ++core_.counters.mismatches;
  ask_over_stream(from);
  return false;
}

void Exchange::mismatch(Try& from) {
  ++core_.counters.mismatches;
  from.count_mismatch();
}

void Exchange::on_distrusted(Try& from) {
  if (!from.distrusted()) {
    ask_over_stream(from);
  }
}

// The socket stays open without being believed: so the size of an attack can be seen.
void Exchange::ask_over_stream(Try& from) {
  ++core_.counters.moved_to_tcp;
  from.distrust();
  ask_again(from, Path::kStream, from.sent().edns);
}

void Exchange::use(Try& from, ByteView message) {
  switch (kind_of(message, from.sent().path)) {
    case Kind::kAnswer:
      return read(from, message);
    case Kind::kFailure:
      return take_failure(from, message);
    case Kind::kTruncated:
      return take_truncated(from);
    case Kind::kBadCookie:
      return take_bad_cookie(from, message);
    case Kind::kNonsense:
      return mismatch(from);
  }
}

// Reading is what most of an answer's time goes into, so whoever asked gets what was read.
void Exchange::read(Try& from, ByteView message) {
  const ByteView spelled = message.subspan(wire::kHeaderSize, question_.qname.size());
  auto parsed = wire::parse_response_without(message, {spelled, question_.qtype, question_.qclass},
                                             question_.is_withheld);
  if (!parsed.ok() && !wire::is_readable(message)) {
    return take_broken(from, message);
  }
  Response answer = response(from, message);
  if (parsed.ok()) {
    restore_spelling(parsed->stored.message);
    answer.parsed = std::make_unique<wire::ParsedResponse>(*std::move(parsed));
  }
  accept(from, std::move(answer));
}

// Cut for the first time it may have been the last hope, with TCP tried already; who repeats it
// gains no time by that.
void Exchange::take_truncated(Try& from) {
  core_.counters.truncated += path_ == Path::kUdp ? 1 : 0;
  const bool is_repeated = from.cut();
  from.note_cut();
  if (path_ == Path::kUdp) {
    return go_on_over_stream(from);
  }
  if (!is_repeated && !hopeful()) {
    ask_next(Among::kIdle);
  }
}

// Somebody may have got in between, so that it is no answer; who sends it over TCP knows no better.
void Exchange::take_broken(Try& from, ByteView message) {
  if (from.sent().path == Path::kStream) {
    return take_failure(from, message);
  }
  mismatch(from);
  go_on_over_stream(from);
}

// The rest of the question's way is TCP. The socket stays open: should what came have been forged,
// the true answer is still welcome.
void Exchange::go_on_over_stream(Try& from) {
  if (std::exchange(path_, Path::kStream) == Path::kUdp) {
    ask_again(from, Path::kStream, from.sent().edns);
  }
}

void Exchange::take_failure(Try& from, ByteView message) {
  Progress& progress = progress_[from.sent().server];
  from.close();
  if (from.sent().edns == Edns::kYes && may_refuse_edns(message)) {
    return ask_without_edns(from);
  }
  ++server(from).failures;
  progress.cannot_help = true;
  if (wire::is_referral(message)) {
    referred_ = true;  // A client has no use for the names of other servers.
  } else {
    failure_ = response(from, message);
  }
  ask_next(Among::kIdle);
}

// Over UDP it is forged by whoever hits port and id, without knowing name and spelling. So it does
// there no more than ICMP could, or has the question asked once more; the true answer is still
// taken, and when it is to the question with EDNS, nothing was learnt.
void Exchange::take_bare_failure(Try& from, ByteView message) {
  Cookie& cookie = server(from).cookie;
  if (from.sent().path == Path::kStream) {
    if (from.sent().cookie) {
      cookie.forget();
    }
    return use(from, as_bytes(with_question(message, from.sent(), question_)));
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
  progress_[from.sent().server].refused = true;
  ask_next(Among::kIdle);
}

void Exchange::ask_without_edns(const Try& before) {
  ++core_.counters.edns_refused;
  progress_[before.sent().server].refuses_edns = true;
  ask_again(before, before.sent().path, Edns::kNo);
}

// The message brought the cookie that it wants: once more, and then over TCP, where none is needed
// (RFC 7873 section 5.3).
void Exchange::take_bad_cookie(Try& from, ByteView message) {
  if (from.sent().path == Path::kStream || !from.sent().cookie) {
    return take_failure(from, message);
  }
  from.close();
  ++core_.counters.bad_cookies;
  const bool first = !std::exchange(progress_[from.sent().server].bad_cookie, true);
  ask_again(from, first ? path_to(from.sent().server) : Path::kStream, from.sent().edns);
}

// Nothing is held against the upstream before another one or a connection has said the same.
void Exchange::on_refused(Try& from) {
  if (from.distrusted()) {
    return;
  }
  ++core_.counters.unreachable;
  from.refuse();
  progress_[from.sent().server].refused = true;
  ask_next(Among::kIdle);
}

void Exchange::on_failed(Try& from) {
  Progress& progress = progress_[from.sent().server];
  progress.unproven |= progress.respelled && from.sent().path == Path::kStream;
  if (from.sent().path == Path::kUdp || (progress.refused && !progress.unreachable)) {
    cannot_reach(from.sent().server);
  }
  ask_next(Among::kIdle);
}

// As if the message had never been sent. Nothing is held against one that has answered others just
// now.
void Exchange::on_left_behind(Try& from) {
  const size_t server = from.sent().server;
  if (awaits(server)) {
    return;
  }
  if (moves_left_ == 0 || !may_ask(server, Among::kIdle)) {
    return ask_next(Among::kIdle);
  }
  --moves_left_;
  ++messages_left_;
  --progress_[server].messages;
  ask_again(from, Path::kStream, from.sent().edns);
}

// What we lack ourselves, descriptors or memory, says nothing of the upstream.
void Exchange::cannot_send(size_t server, ErrorCode why) {
  if (why != ErrorCode::kResourceExhausted) {
    return cannot_reach(server);
  }
  ++core_.counters.exhausted;
  progress_[server].unreachable = true;
  exhausted_ = true;
}

void Exchange::cannot_reach(size_t server) {
  ++core_.counters.unreachable;
  hold_against(server);
  progress_[server].unreachable = true;
}

void Exchange::accept(const Try& from, Response answer) {
  ++core_.counters.answers;
  ++server(from).answers;
  learn_from(from);
  finish(std::move(answer));
}

void Exchange::learn_from(const Try& winner) {
  const MonotonicTime now = core_.loop.now();
  server(winner).health.answered();
  // Over TCP as well: one that cuts all of its answers is not the fastest because nothing is known.
  server(winner).round_trip.sample(now - winner.sent().at);
  // Of a question with a subnet, what the client made up may be all that was refused.
  if (progress_[winner.sent().server].refuses_edns && winner.sent().edns == Edns::kNo &&
      question_.client_subnet.empty()) {
    server(winner).refuses_edns.seen(now);
  }
  progress_[winner.sent().server].unproven = false;
  learn_unproven();
  // Whoever could not help where another one could is worse than that one, however fast.
  for (size_t i = 0; i < progress_.size(); ++i) {
    const bool refused = progress_[i].refused && !progress_[i].unreachable;
    if (i != winner.sent().server && (progress_[i].cannot_help || progress_[i].lapsed || refused)) {
      hold_against(i);
    }
  }
}

// One that answers like this is of no use, and nothing else tells it from one that is.
void Exchange::learn_unproven() {
  const MonotonicTime now = core_.loop.now();
  for (size_t i = 0; i < progress_.size(); ++i) {
    if (progress_[i].unproven) {
      hold_against(i);
      core_.servers[i]->cannot_prove.seen(now);
    }
  }
}

Response Exchange::response(const Try& from, ByteView message) const {
  Response result{std::string(as_text(message)), core_.servers[from.sent().server]->endpoint};
  restore_spelling(result.message);
  return result;
}

// To that which was asked of us.
void Exchange::restore_spelling(std::string& message) const {
  message.replace(wire::kHeaderSize, question_.qname.size(), question_.qname);
}

void Exchange::finish(Result<Response> result) {
  const Done done = std::move(done_);
  core_.exchanges.erase(this);  // `this` is gone: nothing below may touch it.
  done(std::move(result));
}

}  // namespace etymon::upstream
