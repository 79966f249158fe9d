// Attempts: what one question has sent, and how far it is with each upstream. Inside this folder
// only; belongs to one loop thread; part of the question's Course.
//
// All tries wait on until the exchange ends: a late answer is as good as an early one, and each has
// its own id, and over UDP a port that no other try of the exchange has.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "resolver/upstream/tries.h"

namespace etymon::upstream {

// Which upstreams come into question: all, or only those from which nothing is awaited.
enum class Among { kAll, kIdle };

// How far a question is with one upstream.
struct Progress {
  unsigned messages = 0;
  // So ICMP says, or a bare failure: it is asked over TCP, if nobody else answers.
  bool refused = false;
  bool unreachable = false;
  bool cannot_help = false;   // answered with a failure
  bool lapsed = false;        // has not answered in time over UDP
  bool refuses_edns = false;  // as it seems, from what it said to this question
  bool bad_cookie = false;    // it has wanted a newer one
  bool respelled = false;     // so came what seems its answer over UDP
  bool unproven = false;      // and over TCP, which would show whether it is, came nothing
  bool failed = false;        // which its health knows
};

class Attempts {
 public:
  explicit Attempts(size_t servers) : progress_(servers) {}

  // Those that are over, too, in the order in which they were sent.
  const std::vector<std::unique_ptr<Try>>& tries() const { return tries_; }
  // REQUIRES: there is one.
  const Try& latest() const { return *tries_.back(); }
  void add(std::unique_ptr<Try> attempt) { tries_.push_back(std::move(attempt)); }
  // All of them were waited for as long as usual.
  void lose_patience();

  // By server.
  const std::vector<Progress>& progress() const { return progress_; }
  Progress& with(size_t server) { return progress_[server]; }
  const Progress& with(size_t server) const { return progress_[server]; }
  Progress& with(const Try& attempt) { return progress_[attempt.sent().server]; }

  // Of the next message, and of the next one to this upstream.
  Path path() const { return path_; }
  Path path_to(size_t server) const;
  // From now on it is TCP, whoever is asked. False: it was before.
  bool leave_udp() { return std::exchange(path_, Path::kStream) == Path::kUdp; }

  bool may_ask(size_t server, Among among) const;
  // Something is awaited from it, on the path that the question has to take by now.
  bool awaits(size_t server) const;
  // An answer may still come, from one that has not said already that it has none.
  bool hopeful() const;
  // All that speaks against an answer is ICMP or a failure without a question, which can be forged,
  // and no message is left to ask over TCP with: who forges it must not end the wait sooner than
  // silence would.
  bool refused_at_most() const;

 private:
  Path path_ = Path::kUdp;
  std::vector<Progress> progress_;
  std::vector<std::unique_ptr<Try>> tries_;
};

}  // namespace etymon::upstream
