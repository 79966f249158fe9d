#include "store/coverage_log.h"

#include <algorithm>
#include <iterator>

#include "resolver/base/bytes.h"
#include "store/keys.h"

namespace etymon::store {
namespace {

// A covered moment between two losses says too little to be worth a row: a disk that fails and
// comes back many times a second would fill the table with them.
constexpr Microseconds kShortestBetweenLosses = Seconds(1);
// Spans that are remembered to be left out of imports. Each may become an interval while the loops
// wait, which takes some 10 ms for as many.
constexpr size_t kLeftOutMax = 1000;

uint64_t microseconds(WallTime time) {
  return static_cast<uint64_t>(clamp_time(time).time_since_epoch().count());
}

WallTime wall_time(uint64_t value) {
  return WallTime(Microseconds(static_cast<int64_t>(value & INT64_MAX)));
}

std::string encode(WallTime time, CoverageEdge edge) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.u64(microseconds(time));
  writer.u8(static_cast<uint8_t>(edge));
  return bytes;
}

// Half a row: a time and an edge.
Result<std::pair<WallTime, CoverageEdge>> decode(const std::string& bytes) {
  ByteReader reader(bytes);
  const WallTime time = wall_time(reader.u64());
  const auto edge = static_cast<CoverageEdge>(reader.u8());
  const bool is_known = edge >= CoverageEdge::kStart && edge <= CoverageEdge::kDamage;
  if (!reader.ok() || !reader.at_end() || !is_known) {
    return Error{ErrorCode::kDataLoss, "a row of the coverage is damaged"};
  }
  return std::pair(time, edge);
}

}  // namespace

Result<CoverageLog> CoverageLog::load(const std::vector<CoverageRow>& rows,
                                      std::optional<WallTime> last_delivery) {
  CoverageLog log;
  std::vector<Key> crashed;
  for (const CoverageRow& row : rows) {
    const auto key = decode(row.key);
    const auto ending = decode(row.value);
    if (!key || !ending) {
      return key ? ending.error() : key.error();
    }
    log.intervals_[*key] = {ending->first, ending->second};
    if (ending->second == CoverageEdge::kNow) {
      crashed.push_back(*key);
    }
  }
  for (const Key& key : crashed) {
    const bool lasted = last_delivery && log.may_hold(key, *last_delivery);
    Ending& ending = log.intervals_[key];
    ending = {lasted ? std::max(ending.at, *last_delivery) : ending.at, CoverageEdge::kCrash};
    log.changed_[key] = true;
  }
  return log;
}

// Another interval that reaches further is of a clock that was ahead. What is not before its
// beginning may have come while it lasted, or in the gap behind it.
bool CoverageLog::may_hold(const Key& crashed, WallTime delivery) const {
  const WallTime end = intervals_.at(crashed).at;
  return std::ranges::none_of(intervals_, [&](const auto& other) {
    return other.first != crashed && other.first.second != CoverageEdge::kImport &&
           other.first.first <= delivery && other.second.at > end;
  });
}

void CoverageLog::begin(WallTime now, CoverageEdge edge) {
  live_ = Key{std::max({now, std::exchange(lost_, {}) + Microseconds(1), cut_}), edge};
  while (intervals_.contains(*live_)) {  // A clock that was set back can come by a moment twice.
    live_->first += Microseconds(1);
  }
  change()[*live_] = {live_->first, CoverageEdge::kNow};
  changed_[*live_] = true;
}

void CoverageLog::end(WallTime at, CoverageEdge edge) {
  if (!live_) {
    return;
  }
  change()[*live_] = {std::max(at, live_->first), edge};
  changed_[*live_] = true;
  live_.reset();
}

void CoverageLog::lose(const TimeSpan& span) {
  lost_ = std::max(lost_, span.end);
  std::vector<Key> overlapping;
  for (const auto& [key, ending] : intervals_) {
    if (key.second != CoverageEdge::kImport && key.first <= span.end &&
        (live_ == key || ending.at >= span.start)) {
      overlapping.push_back(key);
    }
  }
  for (const Key& key : overlapping) {
    key.first <= span.start ? end_before(key, span.start) : begin_behind(key, span.end);
  }
}

void CoverageLog::end_before(const Key& key, WallTime lost) {
  const WallTime end = lost - Microseconds(1);
  change()[key] = {end, CoverageEdge::kLoss};
  changed_[key] = true;
  if (live_ == key) {
    live_.reset();
  }
  const bool after_loss = key.second == CoverageEdge::kLoss;
  if (end < key.first + (after_loss ? kShortestBetweenLosses : Microseconds(0))) {
    erase(key);
  }
}

// It began among what was lost: a turn of the one loop may be stamped before, another behind it.
void CoverageLog::begin_behind(const Key& key, WallTime lost) {
  const Ending ending = intervals_[key];
  const bool was_live = live_ == key;
  erase(key);
  if (was_live) {
    live_.reset();
  } else if (ending.at > lost) {
    put({lost + Microseconds(1), CoverageEdge::kLoss}, ending);
  }
}

void CoverageLog::erase(const Key& key) {
  change().erase(key);
  changed_[key] = false;
}

void CoverageLog::add(const CoverageInterval& interval) {
  const Key key{interval.span.start, interval.began};
  const auto [it, is_new] = change().try_emplace(key, Ending{interval.span.end, interval.ended});
  if (is_new || it->second.at < interval.span.end) {
    it->second = {interval.span.end, interval.ended};
    changed_[key] = true;
  }
}

void CoverageLog::import(const TimeSpan& span, uint64_t began) {
  const bool is_cut = span.start < cut_;
  Key key{std::max(span.start, cut_), is_cut ? CoverageEdge::kRetention : CoverageEdge::kImport};
  for (const auto& [start, out] : left_out_) {
    if (out.time <= began || out.end < key.first || start > span.end) {
      continue;
    }
    if (key.first < start) {
      join_import(key, {start - Microseconds(1), CoverageEdge::kForgotten});
    }
    key = {out.end + Microseconds(1), CoverageEdge::kForgotten};
  }
  if (key.first <= span.end) {
    join_import(key, {span.end, CoverageEdge::kImport});
  }
}

void CoverageLog::join_import(Key key, Ending ending) {
  const TimeSpan span{key.first, ending.at};
  std::vector<Key> joined;
  for (auto it = intervals_.begin(); it != intervals_.end() && it->first.first <= span.end; ++it) {
    const auto& [other, other_ending] = *it;
    const bool begins_within = other.second == CoverageEdge::kImport && other.first >= span.start;
    const bool ends_within = other_ending.edge == CoverageEdge::kImport &&
                             other.first <= span.start && other_ending.at >= span.start;
    if (!begins_within && !ends_within) {
      continue;
    }
    if (ends_within && other_ending.at >= span.end) {
      return;  // It is known.
    }
    key = std::min(key, other);
    ending = ending.at < other_ending.at ? other_ending : ending;
    joined.push_back(other);
  }
  std::ranges::for_each(joined, [this](const Key& other) { erase(other); });
  put(key, ending);
}

void CoverageLog::cut_before(WallTime moment) {
  cut_ = std::max(cut_, moment);
  std::vector<Key> older;
  for (auto it = intervals_.begin(); it != intervals_.end() && it->first.first < moment; ++it) {
    older.push_back(it->first);
  }
  for (const Key& key : older) {
    const bool lasts = live_ == key || intervals_[key].at >= moment;
    lasts ? cut(key, moment) : erase(key);
  }
}

// Of several that are cut at one moment the longest tells all of it; the live one stays itself.
void CoverageLog::cut(const Key& key, WallTime moment) {
  const Ending ending = intervals_[key];
  const bool is_live = live_ == key;
  erase(key);
  Key begun{moment, CoverageEdge::kRetention};
  while ((is_live && intervals_.contains(begun)) || live_ == begun) {
    begun.first += Microseconds(1);
  }
  const auto [it, is_new] = change().try_emplace(begun, ending);
  const bool is_longer = !is_new && it->second.at < ending.at;
  if (is_longer) {
    it->second = ending;
  }
  if (is_live) {
    it->second.at = std::max(it->second.at, begun.first);
    live_ = begun;
  }
  changed_[begun] = true;
}

void CoverageLog::leave_out(std::span<const TimeSpan> spans, WallTime now) {
  ++times_left_out_;
  for (const TimeSpan& span : spans) {
    note_left_out(span);
    std::vector<Key> overlapping;
    for (const auto& [key, ending] : intervals_) {
      const WallTime reached = live_ == key ? std::max(ending.at, now) : ending.at;
      if (key.first <= span.end && reached >= span.start) {
        overlapping.push_back(key);
      }
    }
    std::ranges::for_each(overlapping, [&](const Key& key) { leave_out(key, span); });
  }
}

// Beyond the limit each two neighbours become one, and with them what lies between: so less is
// covered than could be.
void CoverageLog::note_left_out(const TimeSpan& span) {
  LeftOut& out = left_out_[span.start];
  out = {std::max(out.end, span.end), times_left_out_};
  if (left_out_.size() <= kLeftOutMax) {
    return;
  }
  for (auto it = left_out_.begin(); it != left_out_.end() && std::next(it) != left_out_.end();) {
    const auto next = std::next(it);
    it->second = {std::max(it->second.end, next->second.end),
                  std::max(it->second.time, next->second.time)};
    it = left_out_.erase(next);
  }
}

// What is left of the interval: the part before the span, the part behind it. A live interval goes
// on behind it, also when that is not yet.
void CoverageLog::leave_out(const Key& key, const TimeSpan& span) {
  const Ending ending = intervals_[key];
  const bool is_live = live_ == key;
  erase(key);
  if (is_live) {
    live_.reset();
  }
  if (key.first < span.start) {
    put(key, {span.start - Microseconds(1), CoverageEdge::kForgotten});
  }
  Key behind{span.end + Microseconds(1), CoverageEdge::kForgotten};
  if (!is_live && ending.at >= behind.first) {
    put(behind, ending);
  }
  if (is_live) {
    while (intervals_.contains(behind)) {
      behind.first += Microseconds(1);
    }
    change()[behind] = {std::max(ending.at, behind.first), CoverageEdge::kNow};
    changed_[behind] = true;
    live_ = behind;
  }
}

// Of several that begin alike the longest tells all of it; the live one stays itself.
void CoverageLog::put(const Key& key, const Ending& ending) {
  Key begun = key;
  while (live_ == begun) {
    begun.first += Microseconds(1);
  }
  const auto [it, is_new] = change().try_emplace(begun, ending);
  if (!is_new && it->second.at < ending.at) {
    it->second = ending;
  }
  changed_[begun] = true;
}

std::vector<CoverageRow> CoverageLog::take_rows(WallTime settled) {
  if (live_) {
    Ending& ending = intervals_[*live_];
    ending.at = std::max(ending.at, settled);
    changed_[*live_] = true;
  }
  std::vector<CoverageRow> rows;
  for (const auto& [key, kept] : changed_) {
    CoverageRow row{encode(key.first, key.second), {}};
    if (kept) {
      const Ending& ending = intervals_[key];
      row.value = encode(ending.at, ending.edge);
    }
    rows.push_back(std::move(row));
  }
  changed_.clear();
  return rows;
}

void CoverageLog::put_back(std::span<const CoverageRow> rows) {
  for (const CoverageRow& row : rows) {
    const Result<Key> key = decode(row.key);
    changed_[*key] = intervals_.contains(*key);
  }
}

std::map<CoverageLog::Key, CoverageLog::Ending>& CoverageLog::change() {
  last_snapshot_.intervals = nullptr;
  return intervals_;
}

CoverageSnapshot CoverageLog::snapshot(WallTime now) {
  if (last_snapshot_.intervals == nullptr) {
    last_snapshot_ = copy();
  }
  last_snapshot_.now = now;
  return last_snapshot_;
}

CoverageSnapshot CoverageLog::copy() const {
  CoverageSnapshot copied;
  auto all = std::make_shared<std::vector<CoverageInterval>>();
  all->reserve(intervals_.size());
  for (const auto& [key, ending] : intervals_) {
    copied.live = live_ == key ? std::optional(all->size()) : copied.live;
    all->push_back({{key.first, ending.at}, key.second, ending.edge});
  }
  copied.intervals = std::move(all);
  return copied;
}

Coverage CoverageSnapshot::coverage() const {
  std::vector<CoverageInterval> all = *intervals;
  if (live) {
    TimeSpan& span = all[*live].span;
    span.end = std::max(span.start, now);
  }
  return Coverage(std::move(all));
}

std::optional<WallTime> CoverageLog::first() const {
  return intervals_.empty() ? std::nullopt : std::optional(intervals_.begin()->first.first);
}

bool ClockWatch::stepped(WallTime wall, MonotonicTime monotonic) {
  const bool first = !monotonic_.has_value();
  const Microseconds difference =
      first ? Microseconds(0) : (wall - wall_) - (monotonic - *monotonic_);
  before_ = wall_;
  wall_ = wall;
  monotonic_ = monotonic;
  return difference > kStep || difference < -kStep;
}

}  // namespace etymon::store
