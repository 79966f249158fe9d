// Replies: writes the answers of one loop into its Turn, each with what is recorded of it.
//
// Belongs to one loop thread. Decides nothing but the form: sizes, EDNS options, TTLs. A truncated
// answer tells nothing and so is no delivery; nor is an answer to a message that was not
// understood.
#pragma once

#include <cstdint>
#include <string>

#include "resolver/base/clock.h"
#include "resolver/cache/answer_cache.h"
#include "resolver/forward/client_ttls.h"
#include "resolver/forward/in_flight.h"
#include "resolver/forward/turn.h"
#include "resolver/model/recorder.h"
#include "resolver/wire/compose.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

struct ReplyForm {
  size_t udp_size_max = wire::kEdnsSize;  // 512 .. 1232, octets of an answer over UDP
  Milliseconds tcp_idle{10'000};          // what clients that ask are told (RFC 7828)
  std::string server_id;                  // for clients that ask (RFC 5001); empty: not told
  ClientTtls client_ttls = {};            // not of what we make up, whose TTLs mean something
};

// One who gets an answer. Refers to what it is made of.
struct Recipient {
  wire::ReplyShape shape;  // about the name that `alias` leads to, if there is one
  const ReplyTo& to;
  std::shared_ptr<const Alias> alias = nullptr;  // not null: what was asked for
  Translation translation = {};                  // for whoever decides what is given
  ByteView client_subnet = {};                   // of the query, passed on upstream
};

class Replies {
 public:
  Replies(Turn& turn, Recorder& recorder, ReplyForm form)
      : turn_(turn), recorder_(recorder), form_(std::move(form)) {}

  const TurnTime& now() { return turn_.now(); }

  // Answers so far of which a TTL is another one for their client's sake.
  uint64_t ttl_changed() const { return ttl_changed_; }

  // The shape of an answer to `query`, its age aside. Refers to this object and to the query.
  wire::ReplyShape shape_for(const wire::QueryView& query, Transport transport) const;

  // An answer with the records that upstream gave, now or earlier.
  void deliver(const Recipient& recipient, const cache::CachedAnswer& answer, Origin origin);

  // The same of an answer that we put together.
  void deliver_made(const Recipient& recipient, wire::ParsedResponse response, Origin origin);

  // An answer with one record of our own.
  void make_up(const wire::QueryView& query, const ReplyTo& to, const wire::OwnRecord& record);

  // The names that had led the client to an address, best first; NXDOMAIN without any. No delivery:
  // it tells what was delivered.
  void name(const wire::QueryView& query, const ReplyTo& to, std::span<const DomainName> names);

  // No answer, to a question that we understood and will not work on.
  void decline(const wire::QueryView& query, const ReplyTo& to, Rcode rcode,
               wire::ExtendedError error);
  // The same in no more than `size_max` octets, without the reason if need be.
  void refuse(const wire::QueryView& query, const ReplyTo& to, size_t size_max);

  // "Come back over TCP" and why, in no more than `size_max` octets: if need be without the reason,
  // and without a cookie. REQUIRES: so much room that header, question and OPT fit.
  enum class OverTcp { kForSignatures, kAsOverTheLimit };
  void truncate(const wire::QueryView& query, const ReplyTo& to, OverTcp why, size_t size_max);

  // To a query for a cookie alone.
  void give_cookie(const wire::QueryView& query, const ReplyTo& to, Rcode rcode);

  // To a message that was not understood.
  void reject(const wire::QueryView& query, const ReplyTo& to, Rcode rcode);

 private:
  void deliver_whole(const wire::ReplyShape& shape, const ReplyTo& to,
                     const cache::CachedAnswer& answer, Origin origin);
  // The alias's chain, and the answer behind it as it is at this age.
  void deliver_behind(const Recipient& recipient, const cache::CachedAnswer& answer, Origin origin);
  // Of a message to `client` with that validity, made from `stored`: brings its TTLs within the
  // client's limits. Returns its validity then.
  uint32_t limit_ttls(const IpAddress& client, const wire::StoredView& stored, Origin origin,
                      std::span<uint8_t> message, uint32_t validity_s);
  wire::ReplyOptions options_for(const wire::QueryView& query, Transport transport) const;
  // Of `size` octets in the turn's room, which tell `answer`.
  void commit(const ReplyTo& to, size_t size, const Answer& answer, Origin origin,
              uint32_t validity_s);

  Turn& turn_;
  Recorder& recorder_;
  const ReplyForm form_;
  uint64_t ttl_changed_ = 0;
};

}  // namespace etymon::forward
