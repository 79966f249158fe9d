#include "store/journal/coverage_log.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "resolver/base/bytes.h"
#include "store/tables/keys.h"

namespace etymon::store {
namespace {

// A covered moment between two losses says too little to be worth a row: a disk that fails and
// comes back many times a second would fill the table with them.
constexpr Microseconds kShortestBetweenLosses = Seconds(1);
// Spans that are remembered to be left out of imports. Each may become an interval while the loops
// wait, which takes less than 1 ms for as many.
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

CoverageInterval CoverageLog::interval_of(const std::pair<const Key, Ending>& row) {
  const auto& [key, ending] = row;
  return {{key.first, ending.at}, key.second, ending.edge};
}

// Another interval that reaches further is of a clock that was ahead. What is not before its
// beginning may have come while it lasted, or in the gap behind it.
bool CoverageLog::may_hold(const Key& crashed, WallTime delivery) const {
  const WallTime end = intervals_.at(crashed).at;
  return std::ranges::none_of(intervals_, [&](const auto& other) {
    return other.first != crashed && !interval_of(other).is_imported() &&
           other.first.first <= delivery && other.second.at > end;
  });
}

WallTime CoverageLog::begin(WallTime now, CoverageEdge edge) {
  const WallTime start = std::max({now, std::exchange(lost_, {}) + Microseconds(1), cut_});
  put({{start, start}, edge, CoverageEdge::kNow});
  return start;
}

void CoverageLog::end(WallTime at, CoverageEdge edge) {
  if (!live_) {
    return;
  }
  change()[*live_] = {std::max(at, live_->first), edge};
  changed_[*live_] = true;
  live_.reset();
}

void CoverageLog::withdraw() {
  if (live_) {
    erase(*live_);
    live_.reset();
  }
}

void CoverageLog::lose(const TimeSpan& span) {
  lost_ = std::max(lost_, span.end);
  std::vector<Key> overlapping;
  for (const auto& row : intervals_) {
    const auto& [key, ending] = row;
    if (!interval_of(row).is_imported() && key.first <= span.end &&
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
    put({{lost + Microseconds(1), ending.at}, CoverageEdge::kLoss, ending.edge});
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
      join_import({{key.first, start - Microseconds(1)}, key.second, CoverageEdge::kForgotten});
    }
    key = {out.end + Microseconds(1), CoverageEdge::kForgotten};
  }
  if (key.first <= span.end) {
    join_import({{key.first, span.end}, key.second, CoverageEdge::kImport});
  }
}

// Where those begin that may reach into the span, and perhaps others. Imports that overlap become
// one, so that none before the last that begins earlier can.
std::map<CoverageLog::Key, CoverageLog::Ending>::const_iterator CoverageLog::first_import(
    const TimeSpan& span) const {
  auto it = intervals_.lower_bound({span.start, CoverageEdge{}});
  while (it != intervals_.begin()) {
    --it;
    if (interval_of(*it).is_imported()) {
      break;
    }
  }
  return it;
}

// REQUIRES: an import. Whatever else begins or ends one that is known, both are imports.
void CoverageLog::join_import(CoverageInterval import) {
  const TimeSpan span = import.span;
  std::vector<Key> joined;
  for (auto it = first_import(span); it != intervals_.end() && it->first.first <= span.end; ++it) {
    const CoverageInterval other = interval_of(*it);
    if (!other.is_imported() || other.span.end < span.start) {
      continue;
    }
    if (other.span.start <= span.start && other.span.end >= span.end) {
      return;  // It is known.
    }
    if (it->first < Key{import.span.start, import.began}) {
      std::tie(import.span.start, import.began) = it->first;
    }
    if (import.span.end < other.span.end) {
      import.span.end = other.span.end;
      import.ended = other.ended;
    }
    joined.push_back(it->first);
  }
  std::ranges::for_each(joined, [this](const Key& other) { erase(other); });
  put(CoverageInterval{{}, CoverageEdge::kImport}.part(import));
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

void CoverageLog::cut(const Key& key, WallTime moment) {
  const CoverageInterval whole = interval_of(*intervals_.find(key));
  erase(key);
  put(whole.part({{moment, whole.span.end}, CoverageEdge::kRetention, whole.ended}));
}

void CoverageLog::leave_out(std::span<const TimeSpan> spans, WallTime now) {
  ++times_left_out_;
  std::ranges::for_each(spans, [this](const TimeSpan& span) { note_left_out(span); });
  std::vector<std::pair<Key, std::span<const TimeSpan>>> all;
  for (const auto& row : intervals_) {
    if (const auto inside = overlapping(row, spans, now); !inside.empty()) {
      all.emplace_back(row.first, inside);
    }
  }
  for (const auto& [key, inside] : all) {
    leave_out(key, inside);
  }
}

// Those of the spans that lie in the interval, or reach into it.
std::span<const TimeSpan> CoverageLog::overlapping(const std::pair<const Key, Ending>& row,
                                                   std::span<const TimeSpan> spans,
                                                   WallTime now) const {
  const auto& [key, ending] = row;
  const WallTime reached = live_ == key ? std::max(ending.at, now) : ending.at;
  const auto first = std::ranges::lower_bound(spans, key.first, {}, &TimeSpan::end);
  const auto behind = std::ranges::upper_bound(spans, reached, {}, &TimeSpan::start);
  return first < behind ? std::span(first, behind) : std::span<const TimeSpan>();
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

// What is left of the interval: the parts before the spans, and the part behind the last. A live
// interval goes on behind it, also when that is not yet.
void CoverageLog::leave_out(const Key& key, std::span<const TimeSpan> spans) {
  CoverageInterval rest = interval_of(*intervals_.find(key));
  erase(key);
  for (const TimeSpan& span : spans) {
    if (rest.span.start < span.start) {
      put(rest.part(
          {{rest.span.start, span.start - Microseconds(1)}, rest.began, CoverageEdge::kForgotten}));
    }
    rest = rest.part(
        {{span.end + Microseconds(1), rest.span.end}, CoverageEdge::kForgotten, rest.ended});
  }
  if (rest.ended == CoverageEdge::kNow || rest.span.end >= rest.span.start) {
    put(rest);
  }
}

// Of several that begin alike the longest tells all of it. The live one stays itself, and an import
// is none of what was recorded here: such two begin a microsecond apart.
void CoverageLog::put(const CoverageInterval& interval) {
  const bool is_live = interval.ended == CoverageEdge::kNow;
  const auto stays_apart = [&](const auto& row) {
    const CoverageInterval other = interval_of(row);
    return is_live || other.ended == CoverageEdge::kNow ||
           other.is_imported() != interval.is_imported();
  };
  Key key{interval.span.start, interval.began};
  auto known = intervals_.find(key);
  while (known != intervals_.end() && stays_apart(*known)) {
    key.first += Microseconds(1);
    known = intervals_.find(key);
  }
  const bool is_longest = known == intervals_.end() || known->second.at < interval.span.end;
  if (!is_live && (interval.span.end < key.first || !is_longest)) {
    return;
  }
  change()[key] = {std::max(interval.span.end, key.first), interval.ended};
  changed_[key] = true;
  live_ = is_live ? std::optional(key) : live_;
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
  for (const auto& row : intervals_) {
    copied.live = live_ == row.first ? std::optional(all->size()) : copied.live;
    all->push_back(interval_of(row));
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
