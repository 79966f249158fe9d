#include "resolver/forward/forwarder.h"

#include <algorithm>
#include <utility>

#include "resolver/model/answer.h"
#include "resolver/wire/opt.h"

namespace etymon::forward {
namespace {

// Questions about the connection or the server, not about names: RFC 6895 section 3.1 sets the
// types 128 to 255 aside for them. ANY alone is a question that a forwarder may pass on.
bool is_meta_type(RecordType type) {
  const auto number = static_cast<uint16_t>(type);
  return type == RecordType::kOpt || (number >= 128 && number <= 254);
}

// Classes that are no data to pass on: CH asks about the server itself, NONE and ANY are UPDATE's.
bool is_server_class(RecordClass klass) {
  return klass == RecordClass::kChaos || klass == RecordClass::kNone || klass == RecordClass::kAny;
}

wire::ReplyShape shape_for(const wire::QueryView& query, Transport transport) {
  return {.id = query.header.id,
          .qname = query.qname,
          .recursion_desired = query.recursion_desired(),
          .checking_disabled = query.checking_disabled(),
          .edns = query.edns.has_value(),
          .dnssec_ok = query.dnssec_ok(),
          .authentic_data_wanted = query.authentic_data_wanted(),
          .size_limit = transport == Transport::kUdp ? query.udp_limit() : wire::kMessageMax};
}

cache::Key key_of(const UpstreamQuestion& question) {
  return {.qname = as_bytes(question.qname),
          .qtype = question.qtype,
          .qclass = question.qclass,
          .dnssec_ok = question.dnssec_ok,
          .checking_disabled = question.checking_disabled};
}

wire::AskedQuestion asked_of(const UpstreamQuestion& question) {
  return {.qname = as_bytes(question.qname), .qtype = question.qtype, .qclass = question.qclass};
}

Question model_question(ByteView qname, RecordType qtype, RecordClass qclass) {
  // The name was checked when the query was read; a failure here would be a fault of ours.
  return {.name = DomainName::from_wire(qname).value().canonical(), .type = qtype, .klass = qclass};
}

// What a delivery of an answer without records tells: the question, its name alone as the chain,
// and the rcode.
Answer bare_answer(Question question, Rcode rcode) {
  Answer answer;
  answer.chain = {question.name};
  answer.question = std::move(question);
  answer.rcode = rcode;
  return answer;
}

// The SERVFAIL that stands for "no upstream had an answer", in the form of a response, so that it
// takes the same way through cache, record and reply as every other one.
wire::ParsedResponse no_answer(const UpstreamQuestion& question) {
  wire::QueryView query;
  query.header.flags = wire::kFlagRd;
  query.header.qdcount = 1;
  query.qname = as_bytes(question.qname);
  query.qtype = question.qtype;
  query.qclass = question.qclass;

  wire::ParsedResponse response;
  std::string& message = response.stored.message;
  message.resize(wire::kUpstreamQueryMax);
  message.resize(wire::write_empty_reply(query, Rcode::kServFail, std::nullopt,
                                         reinterpret_cast<uint8_t*>(message.data()),
                                         message.size()));
  response.stored.additional_at = static_cast<uint16_t>(message.size());
  response.rcode = Rcode::kServFail;
  response.answer =
      bare_answer(model_question(query.qname, query.qtype, query.qclass), Rcode::kServFail);
  return response;
}

}  // namespace

Forwarder::Forwarder(const Parts& parts, const Options& options)
    : turn_(parts.turn),
      cache_(parts.cache),
      recorder_(parts.recorder),
      asker_(parts.asker),
      ttl_(options.ttl),
      in_flight_(options.in_flight) {}

void Forwarder::handle(ByteView message, const ReplyTo& from) {
  ++counters_.queries;
  wire::QueryView query;
  switch (wire::read_query(message, query)) {
    case wire::Triage::kAnswer:
      break;
    case wire::Triage::kDrop:
      ++counters_.malformed;
      return;
    case wire::Triage::kFormErr:
      ++counters_.malformed;
      return reject(query, from, Rcode::kFormErr);
    case wire::Triage::kNotImp:
      ++counters_.not_implemented;
      return reject(query, from, Rcode::kNotImp);
    case wire::Triage::kBadVers:
      ++counters_.not_implemented;
      return reject(query, from, Rcode::kBadVers);
  }
  if (is_meta_type(query.qtype)) {
    ++counters_.not_implemented;
    return decline(query, from, Rcode::kNotImp);
  }
  if (is_server_class(query.qclass)) {
    return decline(query, from, Rcode::kRefused);
  }
  if (!answer_from_cache(query, from)) {
    ask_upstream(query, from);
  }
}

bool Forwarder::answer_from_cache(const wire::QueryView& query, const ReplyTo& from) {
  const cache::Key key{.qname = query.qname,
                       .qtype = query.qtype,
                       .qclass = query.qclass,
                       .dnssec_ok = query.dnssec_ok(),
                       .checking_disabled = query.checking_disabled()};
  const std::optional<cache::Hit> hit = cache_.find(key, turn_.now().monotonic);
  if (!hit) {
    return false;
  }
  ++counters_.cache_hits;
  wire::ReplyShape shape = shape_for(query, from.transport);
  shape.age_s = hit->age_s;
  deliver(shape, from, hit->answer, Origin::kCache);
  return true;
}

void Forwarder::ask_upstream(const wire::QueryView& query, const ReplyTo& from) {
  const UpstreamQuestion question{.qname = std::string(as_text(query.qname)),
                                  .qtype = query.qtype,
                                  .qclass = query.qclass,
                                  .dnssec_ok = query.dnssec_ok(),
                                  .checking_disabled = query.checking_disabled()};
  const wire::ReplyShape shape = shape_for(query, from.transport);
  switch (in_flight_.join(question, {.from = from, .shape = shape, .qname = question.qname})) {
    case InFlight::Joined::kFirst:
      ++counters_.asked_upstream;
      asker_.ask(question, [this, question](const Result<UpstreamResponse>& response) {
        on_response(question, response);
      });
      return;
    case InFlight::Joined::kLater:
      ++counters_.joined;
      return;
    case InFlight::Joined::kFull:
      ++counters_.overloaded;
      return decline(query, from, Rcode::kServFail);
  }
}

void Forwarder::on_response(const UpstreamQuestion& question,
                            const Result<UpstreamResponse>& response) {
  if (response.ok()) {
    Result<wire::ParsedResponse> parsed =
        wire::parse_response(as_bytes(response->message), asked_of(question));
    if (parsed.ok()) {
      parsed->answer.upstream = response->upstream;
      return settle(question, std::move(parsed).value(), Origin::kUpstream);
    }
  }
  ++counters_.failed_upstream;
  settle(question, no_answer(question), Origin::kLocal);
}

void Forwarder::settle(const UpstreamQuestion& question, wire::ParsedResponse response,
                       Origin origin) {
  const uint32_t keep_s = cache::apply_policy(ttl_, response);
  const cache::CachedAnswer answer{.response = response.stored.view(),
                                   .answer = recorder_.remember(response.answer),
                                   .validity_s = response.validity_s};
  cache_.insert(key_of(question), answer, keep_s, turn_.now().monotonic);
  for (Waiter& waiter : in_flight_.take(question)) {
    waiter.shape.qname = as_bytes(waiter.qname);
    deliver(waiter.shape, waiter.from, answer, origin);
  }
}

void Forwarder::decline(const wire::QueryView& query, const ReplyTo& from, Rcode rcode) {
  const size_t room = wire::kUpstreamQueryMax;
  const size_t size = wire::write_empty_reply(query, rcode, wire::ExtendedError::kProhibited,
                                              turn_.room(room), room);
  const Answer answer = bare_answer(model_question(query.qname, query.qtype, query.qclass), rcode);
  turn_.commit(from, size,
               Delivery{.at = turn_.now().wall,
                        .client = from.peer.address,
                        .answer = recorder_.remember(answer),
                        .origin = Origin::kRefused,
                        .transport = from.transport});
}

void Forwarder::reject(const wire::QueryView& query, const ReplyTo& from, Rcode rcode) {
  const size_t room = wire::kUpstreamQueryMax;
  const size_t size = wire::write_empty_reply(query, rcode, std::nullopt, turn_.room(room), room);
  turn_.commit(from, size, std::nullopt);
}

void Forwarder::deliver(const wire::ReplyShape& shape, const ReplyTo& from,
                        const cache::CachedAnswer& answer, Origin origin) {
  const size_t room = std::min(shape.size_limit, answer.response.message.size() + wire::kOptSize);
  const size_t size = wire::write_reply(answer.response, shape, turn_.room(room), room);
  turn_.commit(from, size,
               Delivery{.at = turn_.now().wall,
                        .client = from.peer.address,
                        .answer = answer.answer,
                        .validity_s = answer.validity_s - std::min(answer.validity_s, shape.age_s),
                        .origin = origin,
                        .transport = from.transport});
}

}  // namespace etymon::forward
