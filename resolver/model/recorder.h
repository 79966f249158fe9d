// Recorder: what takes deliveries. The resolver knows this interface only; the store implements it.
//
// Any thread may call any method. A loop thread calls remember() once for each answer that enters
// its cache, knows() each time that one comes out of it, and record() once for each turn, before
// the turn's answers are sent. It writes the record itself, because waking another thread for it
// costs more than the write; so a disk that hangs holds it up, and somebody else must give the
// record up in its stead.
#pragma once

#include <optional>
#include <span>

#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"

namespace etymon {

enum class Recorded {
  kYes,   // Visible to every lookup, and with the operating system: no kill can lose it.
  kLost,  // Not taken, or given up. Counted, and a gap in the coverage; answer anyway.
};

// What became of one turn. Stands where both the thread that records it and the one that may give
// it up can see it; the recorder alone touches what is inside.
struct RecordTicket {
  std::optional<Recorded> outcome;
};

class Recorder {
 public:
  virtual ~Recorder() = default;

  // Makes an answer known, so that deliveries can name it by number. The same content gives the
  // same id where that is cheap to know; a second id for it is allowed and harmless. 0: it cannot
  // be named any more; a turn with it is lost.
  virtual AnswerId remember(const Answer& answer) = 0;

  // Whether deliveries may go on naming this number. False: its answer was let go of, for want of
  // room; whoever has it in a cache asks for it anew. Cheap.
  virtual bool knows(AnswerId id) const = 0;

  // Takes all deliveries of one turn, in the order in which their answers will leave. All or
  // nothing: a turn is never half recorded. An empty span is kYes. Waits for other threads within
  // the bounded wait, but for the disk as long as that takes. `ticket` is new.
  virtual Recorded record(std::span<const Delivery> turn, RecordTicket& ticket) = 0;

  // While another thread is in record() with that turn and ticket: its fate is settled now, lost
  // unless it was recorded in the last moment. That call returns when the disk lets it, with the
  // same outcome.
  virtual Recorded give_up(std::span<const Delivery> turn, RecordTicket& ticket) = 0;

  // For whoever has time.
  Recorded record(std::span<const Delivery> turn) {
    RecordTicket ticket;
    return record(turn, ticket);
  }
};

// Takes everything and keeps nothing: for parts that run without a memory (tests, benchmarks).
class NullRecorder final : public Recorder {
 public:
  AnswerId remember(const Answer&) override { return 1; }
  bool knows(AnswerId) const override { return true; }
  using Recorder::record;
  Recorded record(std::span<const Delivery>, RecordTicket&) override { return Recorded::kYes; }
  Recorded give_up(std::span<const Delivery>, RecordTicket&) override { return Recorded::kYes; }
};

}  // namespace etymon
