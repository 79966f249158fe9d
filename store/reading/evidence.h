// Evidence: adding up sightings into what one lookup is told. Pure, any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/few_map.h"
#include "resolver/model/history.h"
#include "store/journal/answer_book.h"
#include "store/tables/outlines.h"

namespace etymon::store {

// One address and one client: what every answer that led the client there amounts to. The same
// content is the same answer, whatever number it goes by.
class EvidenceGroup {
 public:
  // Sightings outside `span` are not counted: earlier ones not at all, the first later one as what
  // came next, when it came before the end of the next day.
  EvidenceGroup(const IpAddress& address, const IpAddress& client, const TimeSpan& span);

  const IpAddress& address() const { return address_; }
  const IpAddress& client() const { return client_; }
  const TimeSpan& span() const { return span_; }

  // Of what came after this moment only the first is wanted.
  WallTime last_wanted() const { return std::max(span_.start, span_.end); }

  void add(const KnownAnswerPtr& known, const Sighting& sighting);
  // Several of one answer, in order of time: the answer is looked up once. REQUIRES: where the span
  // begins or ends, nothing is left out between two of them.
  void add(const KnownAnswerPtr& known, std::span<const Outlined> sightings);
  // So many sightings, all within the span, none newer than those that were added one by one.
  void add_count(const KnownAnswerPtr& known, uint64_t deliveries);
  // The oldest of those that were only counted.
  void add_first(const KnownAnswerPtr& known, const Sighting& first);
  // REQUIRES: of the same address and client.
  void add(const EvidenceGroup& other);

  // Whether any answer was delivered at or after `moment`, within the span.
  bool reaches(WallTime moment) const;
  // Appends when each answer was delivered last within the span, if it was.
  void append_newest(std::vector<WallTime>& out) const;

  // Appends one Evidence for each answer, in an order that their content gives: not how they came,
  // which a fold changes.
  void append_to(std::vector<Evidence>& out) const;

 private:
  struct Sum {
    uint64_t deliveries = 0;
    Sighting first;
    Sighting newest;
    WallTime valid_until;
    std::optional<Sighting> next;

    void add_past(const Sum& past);
    // REQUIRES: in order of time, all past.
    void add_past(std::span<const Outlined> past);
    void add_next(const Sighting& sighting);
  };
  struct ContentHash {
    size_t operator()(const KnownAnswerPtr& known) const { return known->mark(); }
  };
  struct SameContent {
    bool operator()(const KnownAnswerPtr& a, const KnownAnswerPtr& b) const {
      return a == b || (a->mark() == b->mark() && a->bytes() == b->bytes());
    }
  };
  using Sums = FewMap<KnownAnswerPtr, Sum, 1, ContentHash, SameContent>;

  IpAddress address_;
  IpAddress client_;
  TimeSpan span_;
  WallTime next_before_;
  Sums sums_;
};

// Keeps the `limit` newest of what it is given, in bounded memory.
class NewestEvidence {
 public:
  explicit NewestEvidence(size_t limit) : limit_(limit) {}

  void add(const EvidenceGroup& group);

  // What was delivered last before this moment is not among them any more; nothing: all may be.
  const std::optional<WallTime>& floor() const { return floor_; }

  // Newest first; those of one moment by address and client.
  std::vector<Evidence> take();

 private:
  void keep_newest();

  size_t limit_;
  std::vector<Evidence> kept_;
  std::optional<WallTime> floor_;
};

}  // namespace etymon::store
