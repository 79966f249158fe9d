#include "resolver/forward/replies.h"

#include <algorithm>
#include <string_view>

#include "resolver/forward/own_answers.h"
#include "resolver/local/knowledge.h"
#include "resolver/wire/alias.h"
#include "resolver/wire/own_answer.h"

namespace etymon::forward {
namespace {

constexpr Milliseconds kKeepaliveUnit(100);  // RFC 7828 section 3.1

// Extended DNS errors have room for a few words.
constexpr std::string_view kNamesLedHere = "names that led this client to this address";
constexpr std::string_view kNoNameLedHere = "no name led this client to this address";
constexpr std::string_view kCookieNotOurs = "the cookie is not one of ours";
constexpr std::string_view kSignedOverTcp = "signed answers to ANY are given over TCP";
constexpr std::string_view kOverTheLimit = "over the limit";
constexpr std::string_view kNotWellFormed = "the query is not well formed";

bool is_truncated(const uint8_t* message) {
  return (load_u16(message + 2) & wire::kFlagTc) != 0;
}

}  // namespace

wire::ReplyOptions Replies::options_for(const wire::QueryView& query, Transport transport) const {
  wire::ReplyOptions options;
  if (!query.edns) {
    return options;
  }
  if (query.edns->server_id_wanted) {
    options.server_id = form_.server_id;
  }
  options.cookie = query.edns->reply_cookie;
  // Over UDP the option must be ignored (RFC 7828 section 3.3.1).
  if (query.edns->keepalive_wanted && transport == Transport::kTcp) {
    options.keepalive_100ms = static_cast<uint16_t>(form_.tcp_idle / kKeepaliveUnit);
  }
  return options;
}

wire::ReplyShape Replies::shape_for(const wire::QueryView& query, Transport transport) const {
  return {.id = query.header.id,
          .qname = query.qname,
          .recursion_desired = query.recursion_desired(),
          .checking_disabled = query.checking_disabled(),
          .edns = query.edns.has_value(),
          .dnssec_ok = query.dnssec_ok(),
          .authentic_data_wanted = query.authentic_data_wanted(),
          .size_limit = transport == Transport::kUdp
                            ? std::min(query.udp_limit(), form_.udp_size_max)
                            : wire::kMessageMax,
          .options = options_for(query, transport)};
}

void Replies::deliver(const Recipient& recipient, const cache::CachedAnswer& answer,
                      Origin origin) {
  if (recipient.alias == nullptr) {
    deliver_whole(recipient.shape, recipient.to, answer, origin);
  } else {
    deliver_behind(recipient, answer, origin);
  }
}

void Replies::deliver_made(const Recipient& recipient, wire::ParsedResponse response,
                           Origin origin) {
  deliver(recipient,
          {.response = response.stored.view(),
           .answer = recorder_.remember(response.answer),
           .validity_s = response.validity_s},
          origin);
}

void Replies::deliver_behind(const Recipient& recipient, const cache::CachedAnswer& answer,
                             Origin origin) {
  wire::ReplyShape shape = recipient.shape;
  if (!shape.options.error) {
    shape.options.error = wire::ExtendedError::kSynthesized;  // The alias is ours.
  }
  const std::string target = wire::write_plain(answer.response, shape);
  const ByteView tail = answer.response.message.subspan(wire::kHeaderSize + shape.qname.size());
  shape.qname = as_bytes(recipient.alias->qname);
  shape.age_s = shape.ttl_floor_s = 0;
  const UpstreamQuestion asked{.qname = recipient.alias->qname,
                               .qtype = RecordType{load_u16(tail.data())},
                               .qclass = RecordClass{load_u16(tail.data() + 2)}};
  Result<wire::ParsedResponse> whole = wire::answer_behind(
      {shape.qname, asked.qtype, asked.qclass}, recipient.alias->chain, as_bytes(target));
  if (!whole.ok()) {
    whole = no_answer(asked);  // Too large together, or a chain that comes back to itself.
    origin = Origin::kLocal;
    shape.options.error = wire::ExtendedError::kOther;
    shape.options.error_text = local::kAliasLeadsNowhere;
  } else {
    whole->answer.rebinding = answer.rebinding;
    whole->answer.withheld.assign(answer.withheld.begin(), answer.withheld.end());
  }
  deliver_whole(shape, recipient.to,
                {.response = whole->stored.view(),
                 .answer = recorder_.remember(whole->answer),
                 .validity_s = whole->validity_s},
                origin);
}

void Replies::deliver_whole(const wire::ReplyShape& shape, const ReplyTo& to,
                            const cache::CachedAnswer& answer, Origin origin) {
  const size_t room = std::min(shape.size_limit, answer.response.message.size() + shape.opt_size());
  uint8_t* const out = turn_.room(room);
  const size_t size = wire::write_reply(answer.response, shape, out, room);
  if (is_truncated(out)) {
    turn_.commit(to, size, std::nullopt);
    return;
  }
  const uint32_t left_s = answer.validity_s - std::min(answer.validity_s, shape.age_s);
  const uint32_t validity_s =
      limit_ttls(to.client(), answer.response, origin, {out, size - shape.opt_size()},
                 std::max(left_s, shape.ttl_floor_s));
  turn_.commit(to, size,
               Delivery{.at = turn_.now().wall,
                        .client = to.client(),
                        .answer = answer.answer,
                        .validity_s = validity_s,
                        .origin = origin,
                        .transport = to.transport,
                        .forwarder = to.forwarder()});
}

uint32_t Replies::limit_ttls(const IpAddress& client, const wire::StoredView& stored, Origin origin,
                             std::span<uint8_t> message, uint32_t validity_s) {
  const wire::TtlRange* const limits = form_.client_ttls.find(client);
  if (limits == nullptr) {
    return validity_s;
  }
  wire::TtlRange range = *limits;
  if (origin == Origin::kStale) {
    range.floor_s = 0;  // Its time is over: the client is to ask again soon (RFC 8767 section 4).
  }
  const bool changed =
      wire::clamp_sent_ttls(stored.ttl_offsets, range, message.data(), message.size());
  ttl_changed_ += changed ? 1 : 0;
  return wire::clamp_ttl(validity_s, range);
}

void Replies::make_up(const wire::QueryView& query, const ReplyTo& to,
                      const wire::OwnRecord& record) {
  wire::ReplyOptions options = options_for(query, to.transport);
  options.error = wire::ExtendedError::kSynthesized;
  const size_t room = wire::kOwnReplyMax;
  const size_t size = wire::write_own_reply(query, record, options, turn_.room(room), room);
  commit(to, size, bare_answer(query.qname, query.qtype, query.qclass, Rcode::kNoError),
         Origin::kLocal, record.ttl_s);
}

void Replies::name(const wire::QueryView& query, const ReplyTo& to,
                   std::span<const DomainName> names) {
  wire::OwnAnswer said;
  said.rcode = names.empty() ? Rcode::kNxDomain : Rcode::kNoError;
  for (const DomainName& name : names) {
    // TTL 0: the next moment may know another name, and a cache between may serve other clients.
    said.answer.push_back({.owner = std::string(as_text(query.qname)),
                           .type = RecordType::kPtr,
                           .rdata = name.wire()});
  }
  const auto response = wire::make_response(
      {.qname = query.qname, .qtype = query.qtype, .qclass = query.qclass}, said);
  if (!response) {
    return decline(query, to, Rcode::kServFail, wire::ExtendedError::kSynthesized);
  }
  wire::ReplyShape shape = shape_for(query, to.transport);
  shape.options.error = wire::ExtendedError::kSynthesized;
  shape.options.error_text = names.empty() ? kNoNameLedHere : kNamesLedHere;
  const wire::StoredView stored = response->stored.view();
  const size_t room = std::min(shape.size_limit, stored.message.size() + shape.opt_size());
  turn_.commit(to, wire::write_reply(stored, shape, turn_.room(room), room), std::nullopt);
}

void Replies::decline(const wire::QueryView& query, const ReplyTo& to, Rcode rcode,
                      wire::ExtendedError error) {
  wire::ReplyOptions options = options_for(query, to.transport);
  options.error = error;
  const size_t room = wire::kOwnReplyMax;
  const size_t size = wire::write_empty_reply(query, rcode, options, turn_.room(room), room);
  commit(to, size, bare_answer(query.qname, query.qtype, query.qclass, rcode), Origin::kRefused, 0);
}

void Replies::refuse(const wire::QueryView& query, const ReplyTo& to, size_t size_max) {
  const wire::ReplyOptions why{.error = wire::ExtendedError::kProhibited};
  uint8_t* const out = turn_.room(size_max);
  size_t size = wire::write_empty_reply(query, Rcode::kRefused, why, out, size_max);
  if (size == 0) {
    size = wire::write_empty_reply(query, Rcode::kRefused, {}, out, size_max);
  }
  if (size > 0) {
    commit(to, size, bare_answer(query.qname, query.qtype, query.qclass, Rcode::kRefused),
           Origin::kRefused, 0);
  }
}

void Replies::truncate(const wire::QueryView& query, const ReplyTo& to, OverTcp why,
                       size_t size_max) {
  wire::ReplyOptions cookie;
  if (query.edns) {
    cookie.cookie = query.edns->reply_cookie;  // The next time it need not be TCP.
  }
  wire::ReplyOptions reasoned = cookie;
  reasoned.error = wire::ExtendedError::kOther;
  reasoned.error_text = why == OverTcp::kForSignatures ? kSignedOverTcp : kOverTheLimit;
  const size_t room = std::min(size_max, wire::kOwnReplyMax);
  uint8_t* const out = turn_.room(room);
  for (const wire::ReplyOptions& options : {reasoned, cookie, wire::ReplyOptions()}) {
    if (const size_t size = wire::write_truncated_reply(query, options, out, room); size > 0) {
      return turn_.commit(to, size, std::nullopt);
    }
  }
}

void Replies::give_cookie(const wire::QueryView& query, const ReplyTo& to, Rcode rcode) {
  const size_t room = wire::kOwnReplyMax;
  wire::ReplyOptions options = options_for(query, to.transport);
  if (rcode == Rcode::kBadCookie) {
    options.error = wire::ExtendedError::kOther;
    options.error_text = kCookieNotOurs;
  }
  turn_.commit(to, wire::write_empty_reply(query, rcode, options, turn_.room(room), room),
               std::nullopt);
}

void Replies::reject(const wire::QueryView& query, const ReplyTo& to, Rcode rcode) {
  wire::ReplyOptions options;
  if (rcode == Rcode::kFormErr) {
    options.error = wire::ExtendedError::kOther;
    options.error_text = kNotWellFormed;
  } else {
    options.error = wire::ExtendedError::kNotSupported;
  }
  const size_t room = wire::kOwnReplyMax;
  turn_.commit(to, wire::write_empty_reply(query, rcode, options, turn_.room(room), room),
               std::nullopt);
}

void Replies::commit(const ReplyTo& to, size_t size, const Answer& answer, Origin origin,
                     uint32_t validity_s) {
  turn_.commit(to, size,
               Delivery{.at = turn_.now().wall,
                        .client = to.client(),
                        .answer = recorder_.remember(answer),
                        .validity_s = validity_s,
                        .origin = origin,
                        .transport = to.transport,
                        .forwarder = to.forwarder()});
}

}  // namespace etymon::forward
