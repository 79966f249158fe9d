// Recorder: what takes deliveries. The resolver knows this interface only; the store implements it.
//
// Any thread may call any method. A loop thread calls remember() once for each answer that enters
// its cache, and record() once for each turn, before the turn's answers are sent.
#pragma once

#include <span>

#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"

namespace etymon {

enum class Recorded {
  kYes,   // Visible to every lookup, and with the operating system: no kill can lose it.
  kLost,  // Not taken within the bounded wait. Counted, and a gap in the coverage; answer anyway.
};

class Recorder {
 public:
  virtual ~Recorder() = default;

  // Makes an answer known, so that deliveries can name it by number. The same content gives the
  // same id where that is cheap to know; a second id for it is allowed and harmless.
  virtual AnswerId remember(const Answer& answer) = 0;

  // Takes all deliveries of one turn, in the order in which their answers will leave. Returns
  // within the bounded wait. An empty span is kYes. All or nothing: a turn is never half recorded.
  virtual Recorded record(std::span<const Delivery> turn) = 0;
};

// Takes everything and keeps nothing: for parts that run without a memory (tests, benchmarks).
class NullRecorder final : public Recorder {
 public:
  AnswerId remember(const Answer&) override { return 1; }
  Recorded record(std::span<const Delivery>) override { return Recorded::kYes; }
};

}  // namespace etymon
