// Budget: how many messages one question may still send. A value without I/O; inside this folder
// only; the question's Asking owns it.
//
// 1 + retries x upstreams; when these are spent, one more in each way (over UDP or TCP, with EDNS
// or without) that an answer sends the question, and one more for the last call; and kMovesMax that
// go for others, which an upstream left behind when it closed a connection.
#pragma once

#include <bitset>
#include <cstddef>

#include "resolver/upstream/tries.h"

namespace etymon::upstream {

class Budget {
 public:
  // What an upstream takes on a connection is known after three of them.
  static constexpr unsigned kMovesMax = 8;
  // Each path, with EDNS and without.
  static constexpr size_t kWays = 4;

  Budget(unsigned retries, size_t servers) : left_(1 + retries * static_cast<unsigned>(servers)) {}

  bool spent() const { return left_ == 0; }
  // One message leaves. REQUIRES: not spent.
  void take() { --left_; }

  // An answer sends the question this way, once for each: repeating what was waited for may have
  // spent all messages by the time that a slow upstream says what it wants.
  void allow_way(Path path, Edns edns);
  // REQUIRES: spent; once for each question.
  void allow_last_call() { ++left_; }

  bool may_move() const { return moves_left_ > 0; }
  // A message that was left behind counts as if it had never been sent. REQUIRES: may_move().
  void move();

 private:
  unsigned left_;
  std::bitset<kWays> ways_allowed_;  // for which there was a message when none was left
  unsigned moves_left_ = kMovesMax;
};

}  // namespace etymon::upstream
