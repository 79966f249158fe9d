#include "store/reading/name_cells.h"

#include <algorithm>
#include <tuple>

#include "store/tables/sets.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

class Cells {
 public:
  Cells(const DeliveryQuery& query, const Kept& kept)
      : query_(query),
        kept_since_(kept),
        first_(hour_of(clamp_time(query.span.start))),
        last_(hour_of(clamp_time(query.span.end))) {}

  void add(const NameKey& key, const ClientHours& told) {
    if (query_.client && told.client != *query_.client) {
      return;
    }
    const Hour first = std::max(first_, kept_since_.since(told.client));
    for (Hour hour = key.day * kHoursPerDay; hour < (key.day + 1) * kHoursPerDay; ++hour) {
      const bool in_hour = (told.hours >> (hour % kHoursPerDay) & 1U) != 0;
      if (in_hour && first <= hour && hour <= last_) {
        kept_.push_back({hour, told.client, key.answer});
      }
    }
    if (kept_.size() > kept_max_) {
      drop_late();
    }
  }

  std::vector<DeliveryKey> take() {
    drop_late();
    return std::move(kept_);
  }

 private:
  bool is_newest_first() const { return query_.order == ListingOrder::kNewestFirst; }

  // In the order of the listing.
  void sort() {
    std::ranges::sort(kept_, [this](const DeliveryKey& a, const DeliveryKey& b) {
      if (a.hour != b.hour) {
        return is_newest_first() ? a.hour > b.hour : a.hour < b.hour;
      }
      return std::tie(a.client, a.answer) < std::tie(b.client, b.answer);
    });
    kept_.erase(std::unique(kept_.begin(), kept_.end()), kept_.end());
  }

  // A cell holds at least one delivery of its hour, so cells behind the first `limit` are not
  // needed; those of the listing's first and last hour may lie outside the span and do not count. A
  // cell stands here once for each name that leads to it: an answer has few.
  void drop_late() {
    sort();
    const Hour begin = is_newest_first() ? last_ : first_;
    const auto whole = std::ranges::partition_point(
        kept_, [begin](const DeliveryKey& cell) { return cell.hour == begin; });
    if (static_cast<size_t>(kept_.end() - whole) > query_.limit) {
      const Hour enough = (whole + static_cast<std::ptrdiff_t>(query_.limit))->hour;
      const auto end = std::ranges::partition_point(kept_, [&](const DeliveryKey& cell) {
        return is_newest_first() ? cell.hour >= enough : cell.hour <= enough;
      });
      kept_.erase(end, kept_.end());
    }
    kept_max_ = 2 * kept_.size() + 4096;
  }

  const DeliveryQuery& query_;
  const Kept& kept_since_;
  const Hour first_;
  const Hour last_;
  std::vector<DeliveryKey> kept_;
  size_t kept_max_ = 4096;
};

// Walks over the rows of days that are not asked for. A name has rows of every day of its history,
// newest first: a few of them are passed one by one, which costs less than a seek; then one seek
// passes the rest, so that an hour of a long history costs what it does of a short one.
class DaySkip {
 public:
  DaySkip(Day first, Day last, rocksdb::Iterator& rows) : first_(first), last_(last), rows_(rows) {}

  bool is_wanted(const NameKey& key) const { return first_ <= key.day && key.day <= last_; }

  // From a row that is not wanted, at which the iterator stands, towards the next one that is.
  void go_on(const NameKey& key) {
    if (++passed_ <= kPassedMax) {
      rows_.Next();
      return;
    }
    passed_ = 0;
    std::string target;
    if (key.day > last_) {
      append_key(target, NameKey{key.name, key.role, last_, 0});
    } else {  // Behind the oldest row of this name in this role.
      append_key(target, NameKey{key.name, key.role, 0, kAnswerIdMax});
      target = after_prefix(std::move(target));
    }
    rows_.Seek(target);
  }

  void stop() { passed_ = 0; }

 private:
  static constexpr unsigned kPassedMax = 4;

  const Day first_;
  const Day last_;
  rocksdb::Iterator& rows_;
  unsigned passed_ = 0;  // one after the other
};

}  // namespace

KeyRange name_range(const DomainName& name, NameMatch match) {
  KeyRange range;
  range.first = name.canonical().sort_key();
  if (match == NameMatch::kSubtree) {
    range.end = range.first.empty() ? std::string(kBehindAllKeys) : after_prefix(range.first);
  } else {
    range.first.push_back('\0');
    range.end = after_prefix(range.first);
  }
  return range;
}

Result<std::vector<DeliveryKey>> read_name_cells(const DeliveryQuery& query, const Kept& kept,
                                                 rocksdb::Iterator& rows,
                                                 const WantsAnswer& wants) {
  DaySkip skip(day_of(clamp_time(query.span.start)), day_of(clamp_time(query.span.end)), rows);
  Cells cells(query, kept);
  rows.Seek(name_range(*query.name, query.match).first);
  while (rows.Valid()) {
    if (query.should_stop && query.should_stop()) {
      return Error{ErrorCode::kUnavailable, "the listing was stopped"};
    }
    const std::optional<NameKey> key = read_name_key(to_view(rows.key()));
    if (!key) {
      return damaged(Table::kByName);
    }
    if (!skip.is_wanted(*key)) {
      skip.go_on(*key);
      continue;
    }
    skip.stop();
    const Result<bool> wanted = wants(key->answer);
    if (!wanted) {
      return wanted.error();
    }
    if (*wanted) {
      const auto clients = read_clients(to_view(rows.value()));
      if (!clients) {
        return damaged(Table::kByName);
      }
      std::ranges::for_each(*clients, [&](const ClientHours& told) { cells.add(*key, told); });
    }
    rows.Next();
  }
  const Status read = is_read(rows, Table::kByName);
  return read ? Result<std::vector<DeliveryKey>>(cells.take()) : read.error();
}

}  // namespace etymon::store
