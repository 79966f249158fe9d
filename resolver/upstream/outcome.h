// Outcome: what a question ends with that nobody has answered. Inside this folder only; belongs to
// one loop thread; part of the question's Course.
#pragma once

#include <optional>
#include <utility>

#include "resolver/base/result.h"
#include "resolver/upstream/question.h"

namespace etymon::upstream {

class Attempts;
struct Counters;

class Outcome {
 public:
  // An upstream has said that it fails; the last to say so is heard, if nobody knows better.
  void failed(Response failure) { failure_ = std::move(failure); }
  // One named other servers instead of asking them; a client has no use for their names.
  void referred() { referred_ = true; }
  // A message could not leave for want of something of ours.
  void exhausted() { exhausted_ = true; }

  // Counts it, too. To be called once. Errors as Pool::ask().
  Result<Response> without_answer(const Attempts& attempts, Counters& counters);

 private:
  std::optional<Response> failure_;
  bool referred_ = false;
  bool exhausted_ = false;
};

}  // namespace etymon::upstream
