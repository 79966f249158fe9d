// InFlight: the questions that are on their way to an upstream, and who waits for each.
//
// Belongs to one loop thread. Equal questions become one (RFC 5452 section 5: many equal questions
// in flight would make a forged answer likelier to match one of them), and both numbers are
// bounded.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "resolver/forward/asker.h"
#include "resolver/forward/turn.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

// One client's wish, kept until the answer comes.
struct Waiter {
  ReplyTo from;
  wire::ReplyShape shape;  // its qname is set from the one below when the reply is written
  std::string qname;       // as this client spelled it
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
  };

  explicit InFlight(const Limits& limits) : limits_(limits) {}

  Joined join(const UpstreamQuestion& question, Waiter waiter);

  // Ends a question: those who waited for it, in the order they came.
  std::vector<Waiter> take(const UpstreamQuestion& question);

  size_t questions() const { return waiting_.size(); }
  size_t waiters() const { return waiters_; }

 private:
  // Names are equal without regard to case, so the key holds them in lower case.
  struct Hash {
    size_t operator()(const UpstreamQuestion& question) const;
  };

  Limits limits_;
  std::unordered_map<UpstreamQuestion, std::vector<Waiter>, Hash> waiting_;
  size_t waiters_ = 0;
};

}  // namespace etymon::forward
