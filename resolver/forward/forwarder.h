// Forwarder: one query from bytes to answer - triage, cache, upstream, record, reply.
//
// Belongs to one loop thread; owns nothing that it is given. It decides; Replies writes, the Turn
// records and sends, the cache keeps, the Asker asks. Every answer to a question that was
// understood is a delivery, whatever its rcode, but for a truncated one, which tells nothing.
//
// An answer whose time is over is served when no upstream gives a fresh one, or gives it too slowly
// (RFC 8767): whoever runs the loop calls on_time() at next_due(). An answer that is popular is
// asked for anew shortly before its time is over.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "resolver/cache/answer_cache.h"
#include "resolver/forward/asker.h"
#include "resolver/forward/devices_behind.h"
#include "resolver/forward/dns64.h"
#include "resolver/forward/handout.h"
#include "resolver/forward/in_flight.h"
#include "resolver/forward/own_answers.h"
#include "resolver/forward/query_handler.h"
#include "resolver/forward/rebinding_guard.h"
#include "resolver/forward/replies.h"
#include "resolver/forward/reverse_names.h"
#include "resolver/forward/server_cookies.h"
#include "resolver/forward/turn.h"
#include "resolver/local/knowledge.h"
#include "resolver/model/recorder.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

struct Counters {
  uint64_t queries = 0;          // messages given to handle() or turn_away()
  uint64_t malformed = 0;        // of them: dropped or answered FORMERR
  uint64_t not_implemented = 0;  // other opcodes, other EDNS versions, zone transfers
  uint64_t not_recursed = 0;     // refused: not here, and recursion was not desired
  uint64_t turned_away = 0;      // refused or truncated because the listener said so
  uint64_t local = 0;            // answered from what we know ourselves
  uint64_t reverse = 0;          // for an address's name, which the memory was asked
  uint64_t blocked = 0;          // answered as its owner wants such names answered
  uint64_t cache_hits = 0;
  uint64_t stale = 0;   // answered after the answer's time
  uint64_t joined = 0;  // waited for an equal question already in flight
  uint64_t asked_upstream = 0;
  uint64_t refreshes = 0;        // of them: nobody waited for the answer
  uint64_t failed_upstream = 0;  // no usable response came
  uint64_t overloaded = 0;       // answered SERVFAIL at a limit of questions in flight
  uint64_t rebinding = 0;        // a name of others led to private addresses, and was told as it is
  uint64_t withheld = 0;         // the same, without these addresses
  uint64_t ttl_changed = 0;      // told another TTL for the client's sake
  uint64_t good_cookies = 0;     // showed a cookie that we gave to this address
  uint64_t bad_cookies = 0;      // showed a server's cookie that we did not, or long ago
};

// What is done with questions of type ANY over UDP.
enum class AnyPolicy {
  kMinimal,  // RFC 8482 section 4.2; over TCP they are passed on (section 4.4)
  kPassOn,
};

// What becomes of the subnet that a client tells (RFC 7871).
enum class ClientSubnet {
  kStrip,   // upstreams do not hear of it
  kPassOn,  // it goes upstream as it is, and what comes back is for it alone
};

class Forwarder final : public QueryHandler {
 public:
  struct Parts {
    Turn& turn;
    cache::AnswerCache& cache;
    Recorder& recorder;
    Asker& asker;
    ReverseNames* reverse = nullptr;  // null: there is no memory to ask
    HostLearner* learner = nullptr;   // null: nobody wants to know of devices
    // Unpredictable; nothing: clients get no cookies. REQUIRES, when given: SipHash::open().
    std::optional<SipKey> cookie_seed = {};
    uint64_t table_seed = 0;  // of questions in flight; unpredictable
  };
  struct Options {
    cache::TtlPolicy ttl;
    InFlight::Limits in_flight;
    // 0 .. 5 s: a client waits this long for a fresh answer before it gets a stale one (RFC 8767
    // section 5: 1.8 s, just below the two seconds after which stubs ask again).
    Milliseconds stale_wait{1'800};
    uint32_t stale_ttl_s = 30;  // 1 .. 3600: what each record of a stale answer has (section 4)
    AnyPolicy any = AnyPolicy::kMinimal;
    ClientSubnet client_subnet = ClientSubnet::kStrip;
    Identity identity = {};
    ReversePolicy reverse = ReversePolicy::kPassOn;
    RebindingGuard::Options rebinding = {};
    // Forwarders that are believed when they say whose question it is.
    std::vector<IpPrefix> trusted_forwarders = {};
    ClientTtls client_ttls = {};  // see ReplyForm
    Dns64Options dns64 = {};
    size_t udp_size_max = wire::kEdnsSize;  // see ReplyForm
    Milliseconds tcp_idle{10'000};          // see ReplyForm
  };

  Forwarder(const Parts& parts, const Options& options);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  void handle(ByteView message, const ReplyTo& from) override;
  bool proves_address(ByteView message, const ReplyTo& from) override;
  void turn_away(ByteView message, const ReplyTo& from, TurnAway how) override;

  // What is answered from now on without asking anybody.
  void know(std::shared_ptr<const local::Knowledge> knowledge);

  // When on_time() wants to be called next; nothing when there is no need.
  std::optional<MonotonicTime> next_due() const {
    return handouts_.empty() ? in_flight_.next_reminder() : handouts_.front().since;
  }
  // Goes on giving an answer to those for whom an earlier turn had no room, and gives stale ones to
  // those who have waited for a fresh one long enough.
  void on_time();

  Counters counters() const;
  size_t in_flight() const { return in_flight_.questions(); }

 private:
  // What a client wants: the query is about the name that an alias leads to, if there is one.
  struct Wish {
    const wire::QueryView& query;
    const ReplyTo& from;
    std::shared_ptr<const Alias> alias = nullptr;
  };

  // True when the message is a query that can be worked on; else it has had what it deserves.
  bool understand(ByteView message, const ReplyTo& from, wire::QueryView& query);
  // Fills in which cookie the answer brings, if the query has one, and counts what it shows.
  ServerCookies::Shown set_cookie(wire::QueryView& query, const ReplyTo& from);
  // Fills in the subnet that goes upstream with the query, if one may; false when it is none.
  bool set_client_subnet(wire::QueryView& query) const;
  void answer_without_question(wire::QueryView& query, const ReplyTo& from);
  // True when the question was answered by what we know ourselves.
  bool answer_by_itself(const wire::QueryView& query, const ReplyTo& from);
  bool answer_from_knowledge(const Wish& wish);
  bool keep_other_class(const wire::QueryView& query, const ReplyTo& from);
  bool answer_ipv4_only(const wire::QueryView& query, const ReplyTo& from);
  // Of a query that was understood.
  void work_on(ByteView message, const wire::QueryView& query, const ReplyTo& from);
  // The memory was asked for the name of an address; resolve() or an answer comes later.
  bool ask_memory(ByteView message, const wire::QueryView& query, const ReplyTo& from);
  // What is kept of a query while the memory is asked.
  struct Kept {
    std::string message;
    std::optional<wire::ReplyCookie> cookie;
    std::string client_subnet;
    ReplyTo from;
  };
  void on_names(const Kept& kept, std::span<const DomainName> names);
  // As for a question that is answered like most, or leads to one.
  void resolve_asked(const wire::QueryView& query, const ReplyTo& from);
  std::optional<Dns64::Reverse> reverse_of(const wire::QueryView& query, const ReplyTo& from) const;
  void resolve(const Wish& wish);
  std::optional<cache::Hit> find_kept(const cache::Key& key);
  std::optional<cache::Hit> find_stale(const cache::Key& key);
  bool answer_from_cache(const Wish& wish);
  // False when a limit is reached; nobody was answered.
  bool ask_upstream(const UpstreamQuestion& question, const Recipient& to);
  bool wait_for(const UpstreamQuestion& question, const Recipient& to,
                const std::optional<cache::Hit>& older);
  void refresh(const UpstreamQuestion& question);
  void start(const UpstreamQuestion& question);
  // Lines stale answers up behind the handouts, for those who have waited for a fresh one long
  // enough; as many as one turn may copy.
  void queue_stale();
  // What a response says, looked at by the guard; null when that is nothing that can be used.
  std::unique_ptr<wire::ParsedResponse> read(const UpstreamQuestion& question,
                                             UpstreamResponse& response) const;
  void on_response(const UpstreamQuestion& question, Result<UpstreamResponse> response);
  // Keeps the response and gives it to all who wait for it.
  void settle(const UpstreamQuestion& question, wire::ParsedResponse&& response, Settling how);
  // When something older is still good enough, gives that to all who wait.
  bool settle_with_older(const UpstreamQuestion& question);
  // Serves as many as there is room for, and leaves the rest for on_time(). What is left of the
  // room; 0 when somebody had none.
  size_t hand_out(Handout&& handout, size_t room);
  void serve(const Waiter& waiter, const Handout& handout);
  // Fills in of the shape what depends on the hit.
  void deliver_kept(Recipient to, const cache::Hit& hit);
  // Gives an answer that was found, now or earlier, to one who waits for it; and for those behind a
  // NAT64 what is made of it, or first what else has to be found (translation.cc).
  void give(const Recipient& to, const cache::CachedAnswer& answer, Origin origin);
  void give_aaaa(const Recipient& to, const cache::CachedAnswer& answer, Origin origin);
  void give_translated(const Recipient& to, const cache::CachedAnswer& answer, Origin origin);
  void find_a(const Recipient& to, const cache::CachedAnswer& answer, Origin origin);
  void deliver_made_of(const cache::CachedAnswer& answer, const Recipient& to,
                       wire::ParsedResponse made, Origin origin);
  // Counts what the guard found in an answer, and tells the client when something is missing for
  // it.
  Recipient guarded(Recipient to, const cache::CachedAnswer& answer);
  Recipient recipient_of(const Wish& wish) const;
  static Recipient recipient_of(const Waiter& waiter);
  static wire::QueryView as_asked(const Wish& wish);
  cache::Key key_of(const wire::QueryView& query) const;
  UpstreamQuestion question_of(const wire::QueryView& query) const;
  // The same recipient's for the name's records of this type.
  UpstreamQuestion question_for(const Recipient& to, RecordType type) const;
  static cache::Key key_of(const UpstreamQuestion& question);

  Turn& turn_;
  cache::AnswerCache& cache_;
  Recorder& recorder_;
  Asker& asker_;
  ReverseNames* reverse_;
  DevicesBehind devices_behind_;
  const RebindingGuard guard_;
  const std::optional<Dns64> dns64_;
  std::optional<ServerCookies> cookies_;
  const Options options_;
  Replies replies_;
  InFlight in_flight_;
  std::deque<Handout> handouts_;                       // not done yet; they take turns
  std::shared_ptr<const local::Knowledge> knowledge_;  // null: nothing is known
  Counters counters_;
};

}  // namespace etymon::forward
