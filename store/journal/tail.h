// Tail: the deliveries that are not in the tables yet, in memory, ready for lookups.
//
// A row of parts, oldest first. The last one is active: who has the journal's pen appends. The
// others are frozen and wait to be folded. Parts are shared: a lookup may go on reading one that
// has just been folded and dropped.
//
// Memory: 16 octets a delivery (up to twice that while vectors grow), some 300 for an answer's
// first delivery in a part, which the part keeps alive, and 80 for each address of it: measured
// with 100,000 different ones, book included. A part counts all of this (octets()), and is frozen
// when it is large.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/deferrable.h"
#include "resolver/base/flat_map.h"
#include "resolver/base/guarded.h"
#include "resolver/model/delivery.h"
#include "store/journal/answer_book.h"
#include "store/journal/journal_database.h"
#include "store/journal/tail_contents.h"

namespace etymon::store {

class TailPart {
 public:
  // `seed`: unpredictable where outsiders choose the addresses, so that nobody can choose some that
  // share a place in the tables.
  explicit TailPart(uint64_t seed = 0) : contents_(TailContents(seed)) {}

  using AnswerDeliveries = TailContents::AnswerDeliveries;
  using Wanted = TailContents::Wanted;
  using Seen = TailContents::Seen;
  using Told = TailContents::Told;

  // Only who has the journal's pen.
  bool knows(AnswerId id) const { return known_.contains(id); }
  // Asks for the memory in which knows() will look for them.
  void fetch(std::span<const Delivery> deliveries) const;
  // Waits for nobody. REQUIRES: knows() every delivery's answer, or it is in `fresh`.
  void append(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries);

  // Any thread. Calls `visit` for each delivery that is wanted, of one (address, answer) after the
  // other in the order in which they came, until it gives false. It may take its time: the part is
  // locked only while some are copied. One address costs what it has; a wider prefix looks at all
  // addresses of the part, some 100,000 in 0.2 ms.
  void visit(const Wanted& wanted, const std::function<bool(const Seen&)>& visit) const;

  // Any thread. Answers `from` and following of the part, in the order in which they came; none:
  // that was all. With deliveries(), for whoever reads everything: each call holds the lock for
  // moments.
  std::vector<KnownAnswerPtr> answers_from(size_t from) const;
  // Where those stand among them that say what `answer` says, whatever their numbers in the book:
  // the part goes on with the number that an answer came with, also when a fold finds meanwhile
  // that the tables know it by another. REQUIRES: marked with the same seed. The first to ask waits
  // until all of them were looked at, which takes 25 to 40 octets more for each, not counted.
  std::vector<size_t> numbers_of(const KnownAnswer& answer) const;
  // Deliveries `from` and following of one answer, with their clients.
  std::vector<Told> deliveries(size_t answer, size_t from) const;

  // No more is appended; the part's deliveries are in entries up to `last`. With the pen. Waits for
  // whoever has the lock.
  void freeze(Sequence last);
  // Nothing while the part is active. Any thread, without the lock, as all of these.
  std::optional<Sequence> last() const;
  // Whether it has deliveries that are in no entry up to `folded`.
  bool reaches_beyond(Sequence folded) const { return last_ > folded; }

  size_t delivery_count() const { return delivery_count_; }
  size_t octets() const { return octets_; }  // of memory, about

  // Any thread, once the part is frozen.
  const std::vector<AnswerDeliveries>& answers() const { return contents_.unchanging().answers(); }
  const std::vector<Asking>& asking() const { return contents_.unchanging().asking(); }

 private:
  static constexpr Sequence kActive = UINT64_MAX;

  FlatSet<AnswerId> known_;  // goes with the pen: whoever has it waits for no reader
  Deferrable<TailContents> contents_;
  std::atomic<size_t> delivery_count_{0};
  std::atomic<size_t> octets_{0};
  std::atomic<Sequence> last_{kActive};
};

class Tail {
 public:
  using Parts = std::vector<std::shared_ptr<const TailPart>>;

  // As TailPart.
  explicit Tail(uint64_t seed);

  // The part that is appended to. With the pen.
  const TailPart& active() const { return *active_; }

  // To the active part, see there. With the pen.
  void append(std::span<const KnownAnswerPtr> fresh, std::span<const Delivery> deliveries);

  // Freezes the active part, which reaches up to the entry `last`, and begins a new one; an empty
  // part is left as it is. With the pen.
  void freeze(Sequence last);

  // All parts, oldest first. Any thread.
  std::shared_ptr<const Parts> parts() const { return *parts_.lock(); }

  // The oldest frozen part, or nothing. Any thread.
  std::shared_ptr<const TailPart> oldest_frozen() const;

  // Forgets the parts up to and including the entry `last`: the tables have them.
  void drop(Sequence last);

  // The latest time of what was recorded and is or was here, imports apart; WallTime::min() where
  // there is none. Who asks before parts() finds in them all that had come, and can tell from it
  // what has come since, unless the clock was set back. Any thread.
  WallTime newest() const { return newest_; }

  // How many parts were begun behind the first. Any thread.
  uint64_t parts_begun() const { return parts_begun_; }

  // The numbers by which the parts know their answers. Any thread.
  std::vector<AnswerId> answer_ids() const;

  // Of all parts. Any thread, without a lock: each turn asks.
  size_t delivery_count() const { return delivery_count_; }
  size_t octets() const { return octets_; }

 private:
  const uint64_t seed_;
  Guarded<std::shared_ptr<const Parts>> parts_;  // a change makes another row of them
  std::atomic<size_t> delivery_count_{0};
  std::atomic<size_t> octets_{0};
  std::atomic<uint64_t> parts_begun_{0};
  std::atomic<WallTime> newest_{WallTime::min()};
  TailPart* active_ = nullptr;  // the last of parts_; goes with the pen
};

}  // namespace etymon::store
