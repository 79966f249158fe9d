// Exchange: one question's way through the upstreams, from the first message to the end. Inside
// this folder only; belongs to one loop thread.
//
// 1. What comes in is matched before anything else happens; what does not match changes counters.
// 2. An exchange ends only in accept() and on_time(), and nothing of it is touched after that.
// 3. All tries wait on until the exchange ends: a late answer is as good as an early one, and each
//    has its own id, and over UDP a port that no other try of the exchange has.
// 4. It never sends more than 1 + retries x upstreams messages; when these are spent, one more in
//    each way (over UDP or TCP, with EDNS or without) that an answer sends the question, and one
//    more at half of the time; and kMovesMax that go for others, which an upstream left behind
//    when it closed a connection.
#pragma once

#include <bitset>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/upstream/core.h"
#include "resolver/upstream/pool.h"
#include "resolver/upstream/tries.h"

namespace etymon::upstream {

class Exchange final : public TryOwner {
 public:
  // What an upstream takes on a connection is known after three of them.
  static constexpr unsigned kMovesMax = 8;
  // Each path, with EDNS and without.
  static constexpr size_t kWays = 4;

  Exchange(Core& core, Question question, Done done);

  // To be called once, when the core owns the exchange.
  void start();

  void on_message(Try& from, ByteView message) override;
  void on_distrusted(Try& from) override;
  void on_refused(Try& from) override;
  void on_failed(Try& from) override;
  void on_left_behind(Try& from) override;

 private:
  // Which upstreams come into question: all, or only those from which nothing is awaited.
  enum class Among { kAll, kIdle };

  // How far we are with one upstream.
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

  // Asking.
  void ask_next(Among among);
  std::optional<size_t> choose(Among among);
  std::optional<size_t> first_choice();
  Path path_to(size_t server) const;
  bool may_ask(size_t server, Among among) const;
  void ask_again(const Try& before, Path path, Edns edns);
  bool ask(size_t server, Path path, Edns edns);
  Status send(Sent sent);
  Status send_udp(Sent sent);
  Status send_stream(Sent sent);
  template <class AnyTry>
  void hand_over(std::unique_ptr<AnyTry> attempt);
  std::string spelling_for(const Server& server);

  // Waiting.
  void wait_for(size_t server);
  void wait_on();
  void wait_for_what_was_cut();
  void on_time();
  Result<Response> outcome();
  bool hopeful() const;
  bool refused_at_most() const;
  bool awaits(size_t server) const;
  bool is_quiet(size_t server) const;

  // Judging.
  bool passes_cookie(Try& from, ByteView message);
  void use(Try& from, ByteView message);
  void read(Try& from, ByteView message);
  void hold_against(size_t server);
  void cannot_send(size_t server, ErrorCode why);
  void cannot_reach(size_t server);
  void mismatch(Try& from);
  void ask_over_stream(Try& from);
  void take_truncated(Try& from);
  void take_broken(Try& from, ByteView message);
  void go_on_over_stream(Try& from);
  void take_failure(Try& from, ByteView message);
  void take_bare_failure(Try& from, ByteView message);
  void ask_without_edns(const Try& before);
  void take_bad_cookie(Try& from, ByteView message);
  void accept(const Try& from, Response answer);
  void learn_from(const Try& winner);
  void learn_unproven();
  Response response(const Try& from, ByteView message) const;
  void restore_spelling(std::string& message) const;
  void finish(Result<Response> result);

  Server& server(const Try& from) { return *core_.servers[from.sent().server]; }

  Core& core_;
  Question question_;
  Done done_;
  MonotonicTime deadline_;
  // Then one more is asked where all messages are spent; never, once it has been or is too late.
  MonotonicTime last_call_;
  unsigned messages_left_;
  std::bitset<kWays> ways_granted_;  // for which there was a message when none was left
  unsigned moves_left_ = kMovesMax;
  Path path_ = Path::kUdp;           // of the next message
  std::optional<size_t> probed_;     // the upstream that is down and was due to be tried again
  bool exhausted_ = false;           // a message could not leave for want of something of ours
  bool last_wait_ = false;           // when the timer fires, the exchange is over
  std::optional<Response> failure_;  // the last failure response, if nobody knows better
  bool referred_ = false;            // one named other servers instead of asking them
  std::vector<Progress> progress_;   // by server
  std::vector<std::unique_ptr<Try>> tries_;
  net::Timer timer_;
};

}  // namespace etymon::upstream
