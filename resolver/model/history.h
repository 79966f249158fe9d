// The words in which the past is told: what was seen, and what was watched. Values, any thread.
//
// The store's reader fills them, attribution judges them, neither knows the other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"

namespace etymon {

// A closed span of wall time. A moment known to the microsecond has start == end.
struct TimeSpan {
  WallTime start;
  WallTime end;

  bool contains(WallTime t) const { return start <= t && t <= end; }
  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

// One delivery, seen from the answer it carried.
struct Sighting {
  WallTime at;
  uint32_t validity_s = 0;
  Origin origin = Origin::kUpstream;
  Transport transport = Transport::kUdp;
  IpAddress forwarder = {};  // see Delivery

  WallTime valid_until() const { return at + Seconds(validity_s); }
  friend bool operator==(const Sighting&, const Sighting&) = default;
};

inline Sighting sighting_of(const Delivery& delivery) {
  return {delivery.at, delivery.validity_s, delivery.origin, delivery.transport,
          delivery.forwarder};
}

// All deliveries of one answer to one client, seen from one address it carried and one moment.
struct Evidence {
  IpAddress client;
  AnswerAddress address;
  std::shared_ptr<const Answer> answer;
  uint64_t deliveries = 0;       // at or before the moment; 0: only `next` is set
  Sighting first;                // oldest of them, if that was asked for
  Sighting newest;               // newest of them
  WallTime valid_until;          // latest end of validity among them
  std::optional<Sighting> next;  // first one after the moment
};

// Why recording began or ended. Stored: values are never renumbered.
enum class CoverageEdge : uint8_t {
  kStart = 1,      // the daemon began to record
  kStop = 2,       // it was stopped in order
  kCrash = 3,      // found at the next start: everything up to here is safe
  kLoss = 4,       // deliveries were lost here, or the store came back after a loss
  kClockStep = 5,  // the wall clock stepped
  kImport = 6,     // first or last moment of an imported capture, or of what is left of it
  kRetention = 7,  // older history was let go
  kNow = 8,        // still recording
  kForgotten = 9,  // deliveries of the hours next to it were forgotten on request
  kDamage = 10,    // what was recorded beyond this was lost to damage, and the store repaired
};

// During [span.start, span.end] every delivery was recorded.
struct CoverageInterval {
  TimeSpan span;
  CoverageEdge began = CoverageEdge::kStart;
  CoverageEdge ended = CoverageEdge::kNow;

  // Whether another clock gave the times. Of what is left of an import one edge at least says so.
  bool is_imported() const {
    return began == CoverageEdge::kImport || ended == CoverageEdge::kImport;
  }
  // This part of it, with the edges that it has now; of an import it stays one.
  CoverageInterval part(CoverageInterval left) const;

  friend bool operator==(const CoverageInterval&, const CoverageInterval&) = default;
};

// What was recorded without a gap. Intervals of several sources may overlap; order by start. Where
// they overlap, or one ends in the microsecond in which another starts, there is no gap.
class Coverage {
 public:
  Coverage() = default;
  explicit Coverage(std::vector<CoverageInterval> intervals);

  const std::vector<CoverageInterval>& intervals() const { return intervals_; }
  // The intervals joined: ascending, with a gap between any two.
  const std::vector<TimeSpan>& runs() const { return runs_; }

  // Since when recording had run without a gap up to and including `moment`; nothing when `moment`
  // itself was not covered.
  std::optional<WallTime> covered_since(WallTime moment) const;

  // True when all of `span` was covered.
  bool covers(const TimeSpan& span) const;

 private:
  std::vector<CoverageInterval> intervals_;
  std::vector<TimeSpan> runs_;
};

}  // namespace etymon
