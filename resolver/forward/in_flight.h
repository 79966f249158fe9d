// InFlight: the questions that are on their way to an upstream, and who waits for each.
//
// Belongs to one loop thread. Equal questions become one (RFC 5452 section 5: many equal questions
// in flight would make a forged answer likelier to match one of them). Everything is bounded: the
// questions and those who wait, in all, for one client, below one zone, and of one group of
// upstreams, so that neither a client that asks for random names, nor a zone whose servers are
// silent, nor upstreams that are, take the room of the others.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "resolver/base/hash.h"
#include "resolver/forward/asker.h"
#include "resolver/forward/translation.h"
#include "resolver/forward/turn.h"
#include "resolver/model/address_hash.h"
#include "resolver/wire/own_answer.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

// A name of ours that leads to one that is asked upstream.
struct Alias {
  std::string qname;                     // as this client spelled it
  std::vector<wire::OwnedRecord> chain;  // from it to the other name
};

// One client's wish, kept until the answer comes.
struct Waiter {
  ReplyTo from;
  wire::ReplyShape shape;  // its qname is set from the one below when the reply is written
  std::string qname;       // as this client spelled it; of an alias the name that it leads to
  std::shared_ptr<const Alias> alias = nullptr;
  Translation translation = {};
};

class InFlight {
 public:
  enum class Joined {
    kFirst,  // nobody asked this yet: the caller sends the question
    kLater,  // joined a question that is already on its way
    kFull,   // a limit is reached; the waiter was not taken
  };

  struct Limits {
    size_t questions_max = 4'096;  // different questions at once
    size_t waiters_max = 16'384;   // clients' queries that wait, in all
    // Besides, no client and no zone may have more than what it leaves free: one that takes all it
    // can has half of the room, three that do have a quarter each, and there is always some left.
    size_t per_client_max = 4'096;  // clients' queries that wait, of one address
    size_t per_zone_max = 1'024;    // questions below one zone, taken to be the last two labels
  };
  // Where there are several groups of upstreams, one may have so many times the questions that it
  // leaves free: one that is silent three quarters of them, two of them three sevenths each, and
  // there is always some left.
  static constexpr size_t kGroupShare = 3;

  // `seed`: unpredictable, so that nobody can choose names that share a place in the tables.
  InFlight(const Limits& limits, uint64_t seed)
      : limits_(limits),
        waiting_(0, Hash{seed}),
        per_client_(0, SeededAddressHash{seed}),
        per_zone_(0, NameHash{seed}) {}

  Joined join(const UpstreamQuestion& question, Waiter waiter);
  // The same for a question that nobody waits for, which gets no place of the last half.
  Joined join(const UpstreamQuestion& question);

  // Ends a question: those who waited for it, in the order they came. They count as waiting until
  // they are let go.
  std::vector<Waiter> take(const UpstreamQuestion& question);

  // Those who wait for it now; the question stays on its way.
  std::vector<Waiter> take_waiters(const UpstreamQuestion& question);

  // One of those has its answer, or is about to get it. To be called once for each.
  void let_go(const Waiter& waiter);

  // Remembers that `due` is a moment to look after this question, unless it has ended by then or
  // has a reminder already. REQUIRES: the question is on its way; dues come in ascending order.
  void remind(const UpstreamQuestion& question, MonotonicTime due);
  std::optional<MonotonicTime> next_reminder() const;
  // The next question whose reminder is due, which it then has no longer.
  std::optional<UpstreamQuestion> take_reminder(MonotonicTime now);

  size_t questions() const { return waiting_.size(); }
  size_t waiters() const { return waiters_; }
  // Of all places in the table, the most questions that one holds.
  size_t longest_chain() const;

 private:
  struct Reminder {
    MonotonicTime due;
    const UpstreamQuestion* question;  // the key in waiting_, which does not move
  };
  struct Pending {
    std::vector<Waiter> waiters;
    std::optional<std::list<Reminder>::iterator> reminder;
  };
  struct NameHash {
    uint64_t seed;
    size_t operator()(const std::string& name) const { return hash_bytes(as_bytes(name), seed); }
  };
  // Names are equal without regard to case, so the key holds them in lower case.
  struct Hash {
    uint64_t seed;
    size_t operator()(const UpstreamQuestion& question) const;
  };
  using Waiting = std::unordered_map<UpstreamQuestion, Pending, Hash>;

  size_t free_questions() const { return limits_.questions_max - waiting_.size(); }
  bool has_room(const UpstreamQuestion& question, size_t in_zone, size_t own) const;
  // The question's place and whether it is new. When it would be new, it is made only with a place
  // free for somebody who has `own` of them; end() when not.
  std::pair<Waiting::iterator, bool> place_of(const UpstreamQuestion& question, size_t own);

  Limits limits_;
  Waiting waiting_;
  std::list<Reminder> reminders_;  // by due
  size_t waiters_ = 0;
  std::unordered_map<IpAddress, size_t, SeededAddressHash> per_client_;  // those who wait
  std::unordered_map<std::string, size_t, NameHash> per_zone_;           // questions
  std::vector<size_t> per_group_;  // the same; as many as were asked, from 0 on
};

}  // namespace etymon::forward
