// Coverage log: the intervals during which everything was recorded, as they are being written.
//
// A plain value; its owner (the journal) guards it. Time is given. Every change marks rows, which
// take_rows() hands out to be written with the journal's next write, so that no delivery from after
// a gap can be on disk without the gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/history.h"

namespace etymon::store {

// Key and value in the database; an empty value deletes the row. FORMAT.md has the bytes.
struct CoverageRow {
  std::string key;
  std::string value;

  friend bool operator==(const CoverageRow&, const CoverageRow&) = default;
};

// What the log holds at one moment. The coverage is put together from it without the owner's lock,
// for which loops wait.
struct CoverageSnapshot {
  std::shared_ptr<const std::vector<CoverageInterval>> intervals;
  std::optional<size_t> live;  // of them, the one that goes on until `now`
  WallTime now;

  Coverage coverage() const;
};

class CoverageLog {
 public:
  // The rows as they were found at start. An interval that is still live there ended in a crash, at
  // its last heartbeat or, if that is later, with the delivery that came last - unless that may be
  // from before the clock was set back, and of another interval. Error: kDataLoss.
  static Result<CoverageLog> load(const std::vector<CoverageRow>& rows,
                                  std::optional<WallTime> last_delivery);

  bool is_live() const { return live_.has_value(); }

  // Recording begins: now, behind what was lost last, or with the last cut_before(), whichever is
  // latest; gives that moment. A clock that was set back may come before both. REQUIRES:
  // !is_live().
  WallTime begin(WallTime now, CoverageEdge edge);

  // The live interval ends; nothing when there is none.
  void end(WallTime at, CoverageEdge edge);

  // It is as if the live interval had not begun; nothing when there is none.
  void withdraw();

  // Deliveries of that span were lost: what held the first of them ends just before it. What began
  // behind the first is gone; of one that had ended, what lies behind the last of them stays.
  void lose(const TimeSpan& span);

  // An interval that another log had. The same one, or a shorter one of the same start, adds
  // nothing.
  void add(const CoverageInterval& interval);

  // What was covered elsewhere, but for what was left out since the import `began`
  // (times_left_out() then), and what cut_before() takes. It becomes one with what was imported
  // before and overlaps or touches it: an import each second leaves one interval, not thousands.
  void import(const TimeSpan& span, uint64_t began);

  // Some of what was recorded in these spans is gone: they are in no interval any more. Of one that
  // is still to come, a clock that was ahead had recorded it: the live interval, which has not
  // reached it yet, stays as it is. Looks once at each interval, however many spans there are.
  // REQUIRES: each span begins and ends behind the one before.
  void leave_out(std::span<const TimeSpan> spans, WallTime now);
  // How often that was done.
  uint64_t times_left_out() const { return times_left_out_; }

  // What was recorded before this moment is no longer complete: intervals that end before it are
  // gone, those in which it lies begin with it, and none begins before it any more.
  void cut_before(WallTime moment);

  // What changed since the last call, and the live interval with its heartbeat at `settled`, the
  // moment up to which nothing is still to come.
  std::vector<CoverageRow> take_rows(WallTime settled);

  // These rows, taken before, were not written: they are due again.
  void put_back(std::span<const CoverageRow> rows);

  // Rows wait to be written; the heartbeat alone does not count.
  bool has_changes() const { return !changed_.empty(); }

  // All intervals; the live one ends at `now`. They are copied once after each change.
  CoverageSnapshot snapshot(WallTime now);

  std::optional<WallTime> first() const;

 private:
  using Key = std::pair<WallTime, CoverageEdge>;  // start, and how it began
  struct Ending {
    WallTime at;
    CoverageEdge edge = CoverageEdge::kNow;
  };
  struct LeftOut {
    WallTime end;
    uint64_t time = 0;  // times_left_out() since then
  };

  static CoverageInterval interval_of(const std::pair<const Key, Ending>& row);
  bool may_hold(const Key& crashed, WallTime delivery) const;
  void end_before(const Key& key, WallTime lost);
  void begin_behind(const Key& key, WallTime lost);
  std::map<Key, Ending>::const_iterator first_import(const TimeSpan& span) const;
  void join_import(CoverageInterval import);
  void note_left_out(const TimeSpan& span);
  void erase(const Key& key);
  void cut(const Key& key, WallTime moment);
  std::span<const TimeSpan> overlapping(const std::pair<const Key, Ending>& row,
                                        std::span<const TimeSpan> spans, WallTime now) const;
  void leave_out(const Key& key, std::span<const TimeSpan> spans);
  void put(const CoverageInterval& interval);

  CoverageSnapshot copy() const;
  // For every change of it, and of live_.
  std::map<Key, Ending>& change();

  std::map<Key, Ending> intervals_;
  std::optional<Key> live_;
  CoverageSnapshot last_snapshot_;  // without intervals: there was a change since
  WallTime lost_;                // latest of the deliveries that were lost since the last begin()
  WallTime cut_;                 // latest moment of cut_before()
  std::map<Key, bool> changed_;  // false: erased
  std::map<WallTime, LeftOut> left_out_;  // by start; may overlap
  uint64_t times_left_out_ = 0;
};

// Notices steps of the wall clock by comparing its advance with that of the monotonic clock.
class ClockWatch {
 public:
  // True when the wall clock has stepped, either way, since the last call. Slow adjustments by NTP
  // (at most 500 us a second) stay far below the limit between two calls, and so does what a busy
  // machine lies between reading one clock and the other (read_both()).
  bool stepped(WallTime wall, MonotonicTime monotonic);

  // Whether the last call was about a later moment.
  bool is_later_than(MonotonicTime moment) const { return monotonic_ && *monotonic_ > moment; }

  // The wall clock at the last call before this one.
  WallTime before() const { return before_; }

 private:
  static constexpr Microseconds kStep = Milliseconds(200);

  WallTime before_;
  WallTime wall_;
  std::optional<MonotonicTime> monotonic_;
};

}  // namespace etymon::store
