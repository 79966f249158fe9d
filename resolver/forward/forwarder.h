// Forwarder: one query from bytes to answer - triage, cache, upstream, record, reply.
//
// Belongs to one loop thread; owns nothing that it is given. It decides; the Turn records and
// sends, the cache keeps, the Asker asks. Every answer to a question that was understood is a
// delivery, whatever its rcode; only answers to messages that were not understood are none.
#pragma once

#include <cstdint>

#include "resolver/cache/answer_cache.h"
#include "resolver/forward/asker.h"
#include "resolver/forward/in_flight.h"
#include "resolver/forward/query_handler.h"
#include "resolver/forward/turn.h"
#include "resolver/model/recorder.h"
#include "resolver/wire/compose.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

struct Counters {
  uint64_t queries = 0;          // messages given to handle()
  uint64_t malformed = 0;        // of them: dropped or answered FORMERR
  uint64_t not_implemented = 0;  // other opcodes, other EDNS versions, zone transfers
  uint64_t cache_hits = 0;
  uint64_t joined = 0;  // waited for an equal question already in flight
  uint64_t asked_upstream = 0;
  uint64_t failed_upstream = 0;  // no usable response came
  uint64_t overloaded = 0;       // answered SERVFAIL at the limit of questions in flight
};

class Forwarder final : public QueryHandler {
 public:
  struct Parts {
    Turn& turn;
    cache::AnswerCache& cache;
    Recorder& recorder;
    Asker& asker;
  };
  struct Options {
    cache::TtlPolicy ttl;
    InFlight::Limits in_flight;
  };

  Forwarder(const Parts& parts, const Options& options);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  void handle(ByteView message, const ReplyTo& from) override;

  const Counters& counters() const { return counters_; }
  size_t in_flight() const { return in_flight_.questions(); }

 private:
  bool answer_from_cache(const wire::QueryView& query, const ReplyTo& from);
  void ask_upstream(const wire::QueryView& query, const ReplyTo& from);
  void on_response(const UpstreamQuestion& question, const Result<UpstreamResponse>& response);
  // Keeps the response and gives it to all who wait for it.
  void settle(const UpstreamQuestion& question, wire::ParsedResponse response, Origin origin);
  // Answers a question that we understood and will not work on; a delivery like any other.
  void decline(const wire::QueryView& query, const ReplyTo& from, Rcode rcode);
  // Answers a message that was not understood, so that there is nothing to record.
  void reject(const wire::QueryView& query, const ReplyTo& from, Rcode rcode);
  void deliver(const wire::ReplyShape& shape, const ReplyTo& from,
               const cache::CachedAnswer& answer, Origin origin);

  Turn& turn_;
  cache::AnswerCache& cache_;
  Recorder& recorder_;
  Asker& asker_;
  const cache::TtlPolicy ttl_;
  InFlight in_flight_;
  Counters counters_;
};

}  // namespace etymon::forward
