// The part of Forwarder that answers clients behind a NAT64: which question comes next, and what is
// made of the answer.
#include "resolver/forward/translation.h"

#include "resolver/forward/forwarder.h"

namespace etymon::forward {
namespace {

wire::AskedQuestion aaaa_of(const Recipient& to) {
  return {.qname = to.shape.qname, .qtype = RecordType::kAaaa, .qclass = RecordClass::kIn};
}

// Whoever gets something that was made of an answer as it is now.
Recipient of_made(Recipient to) {
  to.translation = {};
  to.shape.age_s = to.shape.ttl_floor_s = 0;
  return to;
}

// The same, and the client is told that nobody upstream said it like this, unless there is more to
// tell.
Recipient of_synthesized(const Recipient& to) {
  Recipient told = of_made(to);
  if (!told.shape.options.error) {
    told.shape.options.error = wire::ExtendedError::kSynthesized;
  }
  return told;
}

bool says_something(const cache::CachedAnswer& answer) {
  const Rcode rcode = wire::rcode_of(answer.response);
  return rcode == Rcode::kNoError || rcode == Rcode::kNxDomain;
}

}  // namespace

UpstreamQuestion Forwarder::question_for(const Recipient& to, RecordType type) const {
  return {.qname = std::string(as_text(to.shape.qname)),
          .qtype = type,
          .qclass = RecordClass::kIn,
          .dnssec_ok = to.shape.dnssec_ok,
          .checking_disabled = to.shape.checking_disabled,
          .group = asker_.group_of(to.shape.qname, type),
          .client_subnet = std::string(as_text(to.client_subnet)),
          .is_withheld = guard_.withheld_of(to.shape.qname)};
}

void Forwarder::give(const Recipient& to, const cache::CachedAnswer& answer, Origin origin) {
  switch (to.translation.step) {
    case Translation::Step::kNone:
      return replies_.deliver(guarded(to, answer), answer, origin);
    case Translation::Step::kAaaa:
      return give_aaaa(to, answer, origin);
    case Translation::Step::kA:
      return give_translated(to, answer, origin);
  }
}

// A name of which the guard withheld something has AAAA records.
void Forwarder::give_aaaa(const Recipient& to, const cache::CachedAnswer& answer, Origin origin) {
  if (!answer.withheld.empty()) {
    return replies_.deliver(guarded(to, answer), answer, origin);
  }
  switch (dns64_->judge(answer.response)) {
    case wire::Visible::kAll:
      return replies_.deliver(guarded(to, answer), answer, origin);
    case wire::Visible::kNone:
      return find_a(to, answer, origin);
    case wire::Visible::kSome:
      break;
  }
  const std::string told = wire::write_plain(answer.response, to.shape);
  Result<wire::ParsedResponse> shown = dns64_->show(aaaa_of(to), as_bytes(told));
  if (!shown.ok()) {
    shown = no_answer(question_for(to, RecordType::kAaaa));
  }
  deliver_made_of(answer, to, *std::move(shown), origin);
}

// A client who does not want recursion gets what is here.
void Forwarder::find_a(const Recipient& to, const cache::CachedAnswer& answer, Origin origin) {
  const UpstreamQuestion question = question_for(to, RecordType::kA);
  Recipient next = of_made(to);
  next.shape.options.error.reset();
  next.shape.options.client_subnet = {};  // What the answer to this question says will count.
  next.translation = {
      .step = Translation::Step::kA,
      .failed = !says_something(answer),
      .ttl_max_s = Dns64::ttl_max(answer.response, to.shape.age_s, to.shape.ttl_floor_s)};
  if (const auto hit = find_kept(key_of(question))) {
    const bool refreshes = hit->refresh_due && to.shape.recursion_desired;
    deliver_kept(next, *hit);
    return refreshes ? refresh(question) : void();
  }
  if (!to.shape.recursion_desired) {
    return replies_.deliver(guarded(to, answer), answer, origin);
  }
  if (!ask_upstream(question, next)) {
    next.shape.options.error = wire::ExtendedError::kNetworkError;
    replies_.deliver_made(of_made(next), no_answer(question_for(to, RecordType::kAaaa)),
                          Origin::kRefused);
  }
}

// Without A records the answer is what was said of AAAA records: it may prove their absence. Where
// that was not kept, it is the absence of A records (RFC 6147 section 5.1.6).
void Forwarder::give_translated(const Recipient& to, const cache::CachedAnswer& answer,
                                Origin origin) {
  const UpstreamQuestion aaaa = question_for(to, RecordType::kAaaa);
  if (!says_something(answer)) {
    return replies_.deliver_made(of_synthesized(to), no_answer(aaaa), origin);
  }
  const std::string told = wire::write_plain(answer.response, to.shape);
  Result<wire::ParsedResponse> made =
      dns64_->translate(aaaa_of(to), as_bytes(told), to.translation.ttl_max_s);
  if (made.ok() && !(made->answer.addresses.empty() && answer.withheld.empty())) {
    return deliver_made_of(answer, to, *std::move(made), origin);
  }
  if (const auto kept = find_kept(key_of(aaaa))) {
    return deliver_kept(of_made(to), *kept);
  }
  const bool absent = made.ok() && !to.translation.failed;
  replies_.deliver_made(of_synthesized(to), absent ? *std::move(made) : no_answer(aaaa), origin);
}

// What the guard said of an answer holds for what is made of it.
void Forwarder::deliver_made_of(const cache::CachedAnswer& answer, const Recipient& to,
                                wire::ParsedResponse made, Origin origin) {
  made.answer.rebinding = answer.rebinding;
  made.answer.withheld.assign(answer.withheld.begin(), answer.withheld.end());
  replies_.deliver_made(of_synthesized(guarded(to, answer)), std::move(made), origin);
}

std::optional<Dns64::Reverse> Forwarder::reverse_of(const wire::QueryView& query,
                                                    const ReplyTo& from) const {
  return dns64_ && dns64_->serves(query, from.client()) ? dns64_->reverse_of(query) : std::nullopt;
}

void Forwarder::resolve_asked(const wire::QueryView& query, const ReplyTo& from) {
  std::optional<Dns64::Reverse> reverse = reverse_of(query, from);
  if (!reverse) {
    return resolve({query, from});
  }
  wire::QueryView target = query;
  target.qname = as_bytes(reverse->leads_to);
  const Wish wish{target, from, std::make_shared<Alias>(std::move(reverse->alias))};
  if (!answer_from_knowledge(wish)) {  // The IPv4 address may be one of this network.
    resolve(wish);
  }
}

bool Forwarder::answer_ipv4_only(const wire::QueryView& query, const ReplyTo& from) {
  if (!dns64_ || query.qclass != RecordClass::kIn) {
    return false;
  }
  const auto said = dns64_->ipv4_only(query, dns64_->serves(query, from.client()));
  if (!said) {
    return false;
  }
  Result<wire::ParsedResponse> response = wire::make_response(
      {.qname = query.qname, .qtype = query.qtype, .qclass = query.qclass}, *said);
  if (response.ok()) {
    ++counters_.local;
    replies_.deliver_made(of_synthesized({replies_.shape_for(query, from.transport), from}),
                          *std::move(response), Origin::kLocal);
  }
  return response.ok();
}

}  // namespace etymon::forward
