#include "resolver/forward/forwarder.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "resolver/wire/options.h"

namespace etymon::forward {
namespace {

// How long the upstream is left alone after it had no fresh answer, seconds (RFC 8767 section 5).
constexpr uint32_t kRecheckAfter = 30;

// Questions about the connection or the server, not about names: those in use of the types that RFC
// 6895 section 3.1 sets aside for them, TKEY to MAILA. ANY alone is one that a forwarder may pass
// on.
bool is_meta_type(RecordType type) {
  const auto number = static_cast<uint16_t>(type);
  return type == RecordType::kOpt || (number >= 249 && number <= 254);
}

// Classes that are no data to pass on: CH asks about the server itself, NONE and ANY are UPDATE's.
bool is_server_class(RecordClass klass) {
  return klass == RecordClass::kChaos || klass == RecordClass::kNone || klass == RecordClass::kAny;
}

wire::AskedQuestion asked_of(const UpstreamQuestion& question) {
  return {.qname = as_bytes(question.qname), .qtype = question.qtype, .qclass = question.qclass};
}

wire::ExtendedError reason_of(const Result<UpstreamResponse>& response) {
  const bool in_vain = !response.ok() && response.error().code == ErrorCode::kDeadlineExceeded;
  return in_vain ? wire::ExtendedError::kNoReachableAuthority : wire::ExtendedError::kNetworkError;
}

// The number with which an upstream says why it fails (RFC 8914), such as that it could not
// validate. Its text is for whoever runs it; 0 says nothing without one.
std::optional<wire::ExtendedError> error_told(const std::string& message) {
  const auto told = wire::option_in(as_bytes(message), wire::OptionCode::kExtendedError);
  const uint16_t number = told && told->size() >= 2 ? load_u16(told->data()) : 0;
  return number == 0 ? std::nullopt : std::optional(wire::ExtendedError{number});
}

// Why the client hears of a failure. What is told in more than the header's bits was about our
// exchange with the upstream, and told to us alone (see ParsedResponse::rcode): that the client
// hears SERVFAIL is our doing.
std::optional<wire::ExtendedError> error_behind(Rcode rcode, const std::string& message) {
  constexpr uint16_t kInHeader = 0xF;
  if (static_cast<uint16_t>(rcode) > kInHeader) {
    return wire::ExtendedError::kNetworkError;
  }
  return rcode == Rcode::kServFail ? error_told(message) : std::nullopt;
}

std::string subnet_told(const UpstreamQuestion& question, const std::string& message) {
  if (question.client_subnet.empty()) {
    return {};
  }
  const auto told = wire::option_in(as_bytes(message), wire::OptionCode::kClientSubnet);
  return std::string(as_text(told.value_or(ByteView())));
}

wire::ExtendedError stale_error(const cache::CachedAnswer& answer) {
  return wire::rcode_of(answer.response) == Rcode::kNxDomain ? wire::ExtendedError::kStaleNxDomain
                                                             : wire::ExtendedError::kStaleAnswer;
}

}  // namespace

cache::Key Forwarder::key_of(const wire::QueryView& query) const {
  return {.qname = query.qname,
          .qtype = query.qtype,
          .qclass = query.qclass,
          .dnssec_ok = query.dnssec_ok(),
          .checking_disabled = query.checking_disabled(),
          .group = asker_.group_of(query.qname, query.qtype),
          .of_subnet = !query.client_subnet().empty()};
}

UpstreamQuestion Forwarder::question_of(const wire::QueryView& query) const {
  return {.qname = std::string(as_text(query.qname)),
          .qtype = query.qtype,
          .qclass = query.qclass,
          .dnssec_ok = query.dnssec_ok(),
          .checking_disabled = query.checking_disabled(),
          .group = asker_.group_of(query.qname, query.qtype),
          .client_subnet = std::string(as_text(query.client_subnet())),
          .is_withheld = guard_.withheld_of(query.qname)};
}

cache::Key Forwarder::key_of(const UpstreamQuestion& question) {
  return {.qname = as_bytes(question.qname),
          .qtype = question.qtype,
          .qclass = question.qclass,
          .dnssec_ok = question.dnssec_ok,
          .checking_disabled = question.checking_disabled,
          .group = question.group,
          .of_subnet = !question.client_subnet.empty()};
}

namespace {

std::optional<ServerCookies> cookies_from(const std::optional<SipKey>& seed) {
  return seed ? std::optional<ServerCookies>(std::in_place, SipHash::open().value(), *seed)
              : std::nullopt;
}

}  // namespace

Forwarder::Forwarder(const Parts& parts, const Options& options)
    : turn_(parts.turn),
      cache_(parts.cache),
      recorder_(parts.recorder),
      asker_(parts.asker),
      reverse_(parts.reverse),
      devices_behind_(options.trusted_forwarders, parts.learner),
      guard_(options.rebinding),
      dns64_(options.dns64.on ? std::optional<Dns64>(options.dns64) : std::nullopt),
      cookies_(cookies_from(parts.cookie_seed)),
      options_(options),
      replies_(
          parts.turn, parts.recorder,
          {options.udp_size_max, options.tcp_idle, options.identity.server, options.client_ttls}),
      in_flight_(options.in_flight, parts.table_seed) {}

void Forwarder::resolve(const Wish& wish) {
  if (answer_from_cache(wish)) {
    return;
  }
  if (!wish.query.recursion_desired()) {
    ++counters_.not_recursed;
    return replies_.decline(as_asked(wish), wish.from, Rcode::kRefused,
                            wire::ExtendedError::kNotAuthoritative);
  }
  if (!ask_upstream(question_of(wish.query), recipient_of(wish))) {
    replies_.decline(as_asked(wish), wish.from, Rcode::kServFail,
                     wire::ExtendedError::kNetworkError);
  }
}

Counters Forwarder::counters() const {
  Counters all = counters_;
  all.ttl_changed = replies_.ttl_changed();
  return all;
}

void Forwarder::know(std::shared_ptr<const local::Knowledge> knowledge) {
  knowledge_ = std::move(knowledge);
}

void Forwarder::handle(ByteView message, const ReplyTo& from) {
  wire::QueryView query;
  if (!understand(message, from, query)) {
    return;
  }
  set_cookie(query, from);
  // A PROXY header may have named a forwarder that names its client in turn.
  if (options_.trusted_forwarders.empty() || !devices_behind_.is_trusted(from.client())) {
    if (!set_client_subnet(query)) {
      ++counters_.malformed;
      return replies_.reject(query, from, Rcode::kFormErr);
    }
    return work_on(message, query, from);
  }
  // What such a forwarder tells is its client's address, and is told to nobody but us.
  ReplyTo to = from;
  if (const auto client = devices_behind_.client_of(query, turn_.now().wall, knowledge_.get())) {
    to.behind = client;
  }
  work_on(message, query, to);
}

void Forwarder::work_on(ByteView message, const wire::QueryView& query, const ReplyTo& from) {
  if (!answer_by_itself(query, from) && !keep_other_class(query, from) &&
      !answer_from_knowledge({query, from}) && !answer_ipv4_only(query, from) &&
      !ask_memory(message, query, from)) {
    resolve_asked(query, from);
  }
}

bool Forwarder::ask_memory(ByteView message, const wire::QueryView& query, const ReplyTo& from) {
  if (reverse_ == nullptr || options_.reverse == ReversePolicy::kPassOn ||
      query.qtype != RecordType::kPtr || query.qclass != RecordClass::kIn) {
    return false;
  }
  const std::optional<IpAddress> address = address_of_reverse_name(query.qname);
  if (!address || !is_public(*address)) {
    return false;
  }
  Kept kept{std::string(as_text(message)), {}, std::string(as_text(query.client_subnet())), from};
  if (query.edns) {
    kept.cookie = query.edns->reply_cookie;
  }
  const auto taken =
      reverse_->find(from.client(), *address,
                     [this, kept](const std::vector<DomainName>& names) { on_names(kept, names); });
  counters_.reverse += taken == ReverseNames::Taken::kYes ? 1 : 0;
  return taken == ReverseNames::Taken::kYes;
}

void Forwarder::on_names(const Kept& kept, std::span<const DomainName> names) {
  const ReplyTo& from = kept.from;
  wire::QueryView query;
  if (wire::read_query(as_bytes(kept.message), query) != wire::Triage::kAnswer) {
    return;  // It was read before it was asked for.
  }
  if (query.edns) {
    query.edns->reply_cookie = kept.cookie;
    query.edns->client_subnet = as_bytes(kept.client_subnet);
  }
  if (names.empty() && options_.reverse == ReversePolicy::kElsePassOn) {
    resolve_asked(query, from);
  } else {
    replies_.name(query, from, names);
  }
}

void Forwarder::turn_away(ByteView message, const ReplyTo& from, TurnAway how) {
  wire::QueryView query;
  ++counters_.queries;
  if (wire::read_query(message, query) != wire::Triage::kAnswer) {
    ++counters_.malformed;
    return;
  }
  ++counters_.turned_away;
  if (how == TurnAway::kTruncate) {
    set_cookie(query, from);
    // No larger than the query: whoever forges addresses gains nothing.
    replies_.truncate(query, from, Replies::OverTcp::kAsOverTheLimit, message.size());
  } else {
    replies_.refuse(query, from,
                    from.transport == Transport::kUdp ? message.size() : wire::kOwnReplyMax);
  }
}

bool Forwarder::proves_address(ByteView message, const ReplyTo& from) {
  wire::QueryView query;
  return cookies_ && wire::read_query(message, query) == wire::Triage::kAnswer && query.edns &&
         cookies_->proves(query.edns->cookie, from.client(), turn_.now().wall);
}

ServerCookies::Shown Forwarder::set_cookie(wire::QueryView& query, const ReplyTo& from) {
  if (cookies_ && query.edns && !query.edns->cookie.empty()) {
    const auto [shown, reply] = cookies_->meet(query.edns->cookie, from.client(), turn_.now().wall);
    query.edns->reply_cookie = reply;
    counters_.good_cookies += shown == ServerCookies::Shown::kGood ? 1 : 0;
    counters_.bad_cookies += shown == ServerCookies::Shown::kBad ? 1 : 0;
    return shown;
  }
  return ServerCookies::Shown::kNone;
}

bool Forwarder::set_client_subnet(wire::QueryView& query) const {
  if (options_.client_subnet == ClientSubnet::kStrip || !query.edns) {
    return true;
  }
  const auto subnet = wire::find_option(query.edns->options, wire::OptionCode::kClientSubnet);
  query.edns->client_subnet = subnet.value_or(ByteView());
  return !subnet || wire::is_client_subnet(*subnet);
}

// RFC 7873 section 5.4: one that shows a cookie hears whether it is good.
void Forwarder::answer_without_question(wire::QueryView& query, const ReplyTo& from) {
  if (!cookies_) {
    ++counters_.malformed;
    return replies_.reject(query, from, Rcode::kFormErr);
  }
  const bool bad = set_cookie(query, from) == ServerCookies::Shown::kBad;
  replies_.give_cookie(query, from, bad ? Rcode::kBadCookie : Rcode::kNoError);
}

bool Forwarder::understand(ByteView message, const ReplyTo& from, wire::QueryView& query) {
  ++counters_.queries;
  switch (wire::read_query(message, query)) {
    case wire::Triage::kAnswer:
      return true;
    case wire::Triage::kNoQuestion:
      answer_without_question(query, from);
      break;
    case wire::Triage::kDrop:
      ++counters_.malformed;
      break;
    case wire::Triage::kFormErr:
      ++counters_.malformed;
      replies_.reject(query, from, Rcode::kFormErr);
      break;
    case wire::Triage::kNotImp:
      ++counters_.not_implemented;
      replies_.reject(query, from, Rcode::kNotImp);
      break;
    case wire::Triage::kBadVers:
      ++counters_.not_implemented;
      replies_.reject(query, from, Rcode::kBadVers);
      break;
  }
  return false;
}

bool Forwarder::answer_by_itself(const wire::QueryView& query, const ReplyTo& from) {
  if (is_meta_type(query.qtype)) {
    ++counters_.not_implemented;
    replies_.decline(query, from, Rcode::kNotImp, wire::ExtendedError::kNotSupported);
    return true;
  }
  if (is_server_class(query.qclass)) {
    const std::optional<std::string> text = identity_text(query, options_.identity);
    if (text) {
      replies_.make_up(query, from,
                       {.type = RecordType::kTxt, .ttl_s = 0, .rdata = as_bytes(*text)});
    } else {
      replies_.decline(query, from, Rcode::kRefused, wire::ExtendedError::kNotSupported);
    }
    return true;
  }
  if (query.qtype != RecordType::kAny || options_.any == AnyPolicy::kPassOn ||
      from.transport != Transport::kUdp) {
    return false;
  }
  if (query.dnssec_ok()) {
    // What we make up has no signature.
    replies_.truncate(query, from, Replies::OverTcp::kForSignatures, query.udp_limit());
  } else {
    replies_.make_up(query, from,
                     {.type = RecordType::kHinfo, .ttl_s = kMinimalAnyTtl, .rdata = kMinimalAny});
  }
  return true;
}

// Nobody has data of such classes; but a name that stays here would get out with the question.
bool Forwarder::keep_other_class(const wire::QueryView& query, const ReplyTo& from) {
  if (query.qclass == RecordClass::kIn || knowledge_ == nullptr || !knowledge_->keeps(query)) {
    return false;
  }
  ++counters_.local;
  replies_.decline(query, from, Rcode::kRefused, wire::ExtendedError::kNotSupported);
  return true;
}

bool Forwarder::answer_from_knowledge(const Wish& wish) {
  std::optional<local::Finding> known =
      knowledge_ == nullptr ? std::nullopt : knowledge_->find(wish.query);
  // The NAT64 prefix may lie within a special zone: then its names are special no more.
  if (!known || (known->is_special && reverse_of(wish.query, wish.from))) {
    return false;
  }
  ++(known->reason == wire::ExtendedError::kBlocked ? counters_.blocked : counters_.local);
  if (!known->leads_to.empty()) {
    wire::QueryView target = wish.query;
    target.qname = as_bytes(known->leads_to);
    Alias whole = wish.alias ? *wish.alias : Alias{std::string(as_text(wish.query.qname)), {}};
    std::ranges::move(known->chain, std::back_inserter(whole.chain));
    resolve({target, wish.from, std::make_shared<Alias>(std::move(whole))});
    return true;
  }
  Recipient to{replies_.shape_for(wish.query, wish.from.transport), wish.from, wish.alias};
  to.shape.options.error = known->reason;
  to.shape.options.error_text = known->reason_text;
  replies_.deliver_made(to, std::move(known->response), Origin::kLocal);
  return true;
}

// What the recorder has let go of is not found: asked for anew, it gets another number.
std::optional<cache::Hit> Forwarder::find_kept(const cache::Key& key) {
  std::optional<cache::Hit> hit = cache_.find(key, turn_.now().monotonic);
  return hit && recorder_.knows(hit->answer.answer) ? hit : std::nullopt;
}

std::optional<cache::Hit> Forwarder::find_stale(const cache::Key& key) {
  std::optional<cache::Hit> hit = cache_.find_stale(key, turn_.now().monotonic);
  return hit && recorder_.knows(hit->answer.answer) ? hit : std::nullopt;
}

bool Forwarder::answer_from_cache(const Wish& wish) {
  const std::optional<cache::Hit> hit = find_kept(key_of(wish.query));
  if (!hit) {
    return false;
  }
  ++counters_.cache_hits;
  const bool refreshes = hit->refresh_due && wish.query.recursion_desired();
  deliver_kept(recipient_of(wish), *hit);
  if (refreshes) {
    refresh(question_of(wish.query));
  }
  return true;
}

bool Forwarder::ask_upstream(const UpstreamQuestion& question, const Recipient& to) {
  const std::optional<cache::Hit> older = find_stale(key_of(question));
  const bool at_once = older && (!older->refresh_due || options_.stale_wait.count() == 0);
  if (!at_once) {
    return wait_for(question, to, older);
  }
  const bool refreshes = older->refresh_due;
  deliver_kept(to, *older);
  if (refreshes) {
    refresh(question);
  }
  return true;
}

bool Forwarder::wait_for(const UpstreamQuestion& question, const Recipient& to,
                         const std::optional<cache::Hit>& older) {
  switch (in_flight_.join(question, {.from = to.to,
                                     .shape = to.shape,
                                     .qname = question.qname,
                                     .alias = to.alias,
                                     .translation = to.translation})) {
    case InFlight::Joined::kFirst:
      start(question);
      break;
    case InFlight::Joined::kLater:
      ++counters_.joined;
      break;
    case InFlight::Joined::kFull:
      ++counters_.overloaded;
      if (older) {
        deliver_kept(to, *older);
      }
      return older.has_value();
  }
  if (older) {
    in_flight_.remind(question, turn_.now().monotonic + options_.stale_wait);
  }
  return true;
}

void Forwarder::refresh(const UpstreamQuestion& question) {
  const InFlight::Joined joined = in_flight_.join(question);
  if (joined == InFlight::Joined::kFull) {
    return;  // Nobody is asked: the next hit tries again.
  }
  // Until the answer comes or the upstream had its time, no other hit starts the same.
  cache_.put_off_refresh(key_of(question), kRecheckAfter, turn_.now().monotonic);
  if (joined == InFlight::Joined::kFirst) {
    ++counters_.refreshes;
    start(question);
  }
}

void Forwarder::start(const UpstreamQuestion& question) {
  ++counters_.asked_upstream;
  asker_.ask(question, [this, question](Result<UpstreamResponse> response) {
    on_response(question, std::move(response));
  });
}

void Forwarder::on_time() {
  queue_stale();
  size_t room = Handout::kTurnShare;
  while (room > 0 && !handouts_.empty()) {
    Handout next = std::move(handouts_.front());
    handouts_.pop_front();
    room = hand_out(std::move(next), room);
  }
}

void Forwarder::queue_stale() {
  const MonotonicTime now = turn_.now().monotonic;
  size_t copied = 0;
  while (copied < Handout::kTurnShare) {
    const std::optional<UpstreamQuestion> question = in_flight_.take_reminder(now);
    if (!question) {
      return;
    }
    const std::optional<cache::Hit> older = find_stale(key_of(*question));
    if (!older) {
      continue;  // It had to make room meanwhile.
    }
    // Whoever asks next need not wait: it is known that the upstream is slow.
    cache_.put_off_refresh(key_of(*question), kRecheckAfter, now);
    Handout handout = Handout::of_kept(*older, now);
    handout.waiters = in_flight_.take_waiters(*question);
    copied += handout.stored.message.size();
    handouts_.push_back(std::move(handout));
  }
}

std::unique_ptr<wire::ParsedResponse> Forwarder::read(const UpstreamQuestion& question,
                                                      UpstreamResponse& response) const {
  auto parsed = std::move(response.parsed);
  if (!parsed) {
    Result<wire::ParsedResponse> now = wire::parse_response_without(
        as_bytes(response.message), asked_of(question), question.is_withheld);
    parsed = now.ok() ? std::make_unique<wire::ParsedResponse>(*std::move(now)) : nullptr;
  }
  if (parsed) {
    guard_.judge(*parsed, as_bytes(question.qname));
  }
  return parsed;
}

void Forwarder::on_response(const UpstreamQuestion& question, Result<UpstreamResponse> response) {
  if (response.ok()) {
    if (const auto parsed = read(question, *response)) {
      parsed->answer.upstream = response->upstream;
      return settle(question, std::move(*parsed),
                    {.origin = Origin::kUpstream,
                     .error = error_behind(parsed->rcode, response->message),
                     .client_subnet = subnet_told(question, response->message)});
    }
  }
  ++counters_.failed_upstream;
  // What we had no descriptor or memory for says nothing of the name.
  const bool is_ours = !response.ok() && response.error().code == ErrorCode::kResourceExhausted;
  settle(question, no_answer(question),
         {.origin = Origin::kLocal, .error = reason_of(response), .keep = !is_ours});
}

void Forwarder::settle(const UpstreamQuestion& question, wire::ParsedResponse&& response,
                       Settling how) {
  const bool failure = cache::is_failure(response);
  if (failure && settle_with_older(question)) {
    return;
  }
  const uint32_t keep_s = cache::apply_policy(options_.ttl, response);
  const cache::CachedAnswer answer{.response = response.stored.view(),
                                   .answer = recorder_.remember(response.answer),
                                   .validity_s = response.validity_s,
                                   .failure = failure,
                                   .rebinding = response.answer.rebinding,
                                   .withheld = response.answer.withheld};
  const MonotonicTime now = turn_.now().monotonic;
  if (how.keep) {
    cache_.insert(key_of(question), answer, keep_s, now);
  }
  hand_out({.waiters = in_flight_.take(question),
            .since = now,
            .stored = std::move(response.stored),
            .withheld = std::move(response.answer.withheld),
            .hit = {.answer = answer},
            .settling = std::move(how),
            .client_subnet = question.client_subnet},
           Handout::kTurnShare);
}

bool Forwarder::settle_with_older(const UpstreamQuestion& question) {
  const MonotonicTime now = turn_.now().monotonic;
  const std::optional<cache::Hit> older = find_stale(key_of(question));
  if (!older) {
    return false;
  }
  cache_.put_off_refresh(key_of(question), kRecheckAfter, now);
  Handout handout = Handout::of_kept(*older, now);
  handout.waiters = in_flight_.take(question);
  hand_out(std::move(handout), Handout::kTurnShare);
  return true;
}

size_t Forwarder::hand_out(Handout&& handout, size_t room) {
  for (; !handout.done(); ++handout.served) {
    const size_t cost = handout.next_cost();
    if (cost > room) {
      handouts_.push_back(std::move(handout));
      return 0;
    }
    room -= cost;
    const Waiter& waiter = handout.waiters[handout.served];
    in_flight_.let_go(waiter);  // It may have to wait for something else now.
    serve(waiter, handout);
  }
  return room;
}

void Forwarder::serve(const Waiter& waiter, const Handout& handout) {
  Recipient to = recipient_of(waiter);
  const cache::Hit hit = handout.hit_at(turn_.now().monotonic);
  if (!handout.settling) {
    return deliver_kept(to, hit);
  }
  to.shape.age_s = hit.age_s;
  to.shape.options.error = handout.settling->error;
  to.shape.options.client_subnet = as_bytes(handout.settling->client_subnet);
  to.client_subnet = as_bytes(handout.client_subnet);
  give(to, hit.answer, handout.settling->origin);
}

Recipient Forwarder::recipient_of(const Waiter& waiter) {
  Recipient to{waiter.shape, waiter.from, waiter.alias, waiter.translation};
  to.shape.qname = as_bytes(waiter.qname);
  return to;
}

wire::QueryView Forwarder::as_asked(const Wish& wish) {
  wire::QueryView query = wish.query;
  if (wish.alias != nullptr) {
    query.qname = as_bytes(wish.alias->qname);
  }
  return query;
}

Recipient Forwarder::recipient_of(const Wish& wish) const {
  Recipient to{replies_.shape_for(wish.query, wish.from.transport), wish.from, wish.alias};
  to.client_subnet = wish.query.client_subnet();
  if (dns64_ && wish.query.qtype == RecordType::kAaaa &&
      dns64_->serves(wish.query, wish.from.client())) {
    to.translation.step = Translation::Step::kAaaa;
  }
  return to;
}

void Forwarder::deliver_kept(Recipient to, const cache::Hit& hit) {
  wire::ReplyShape& shape = to.shape;
  shape.age_s = hit.age_s;
  if (hit.stale) {
    ++counters_.stale;
    shape.ttl_floor_s = options_.stale_ttl_s;
    shape.options.error = stale_error(hit.answer);
  } else if (hit.answer.failure && wire::rcode_of(hit.answer.response) == Rcode::kServFail) {
    shape.options.error = wire::ExtendedError::kCachedError;
  }
  give(to, hit.answer, hit.stale ? Origin::kStale : Origin::kCache);
}

Recipient Forwarder::guarded(Recipient to, const cache::CachedAnswer& answer) {
  if (!answer.withheld.empty()) {
    ++counters_.withheld;
    to.shape.options.error = wire::ExtendedError::kBlocked;
  } else if (answer.rebinding) {
    ++counters_.rebinding;
  }
  return to;
}

}  // namespace etymon::forward
