#include "store/reading/pair_rows.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "store/tables/run_head.h"
#include "store/tables/runs.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

// Rows of an answer, newest first, of which the whole outline is looked at. Validity rarely reaches
// further than the next day; rows where it does say so (RunHead::is_long). Of all older rows the
// head is enough, so a long history costs little more than a short one.
constexpr unsigned kRowsDecoded = 2;

}  // namespace

PairRows::PairRows(const EvidenceQuery& query, AddressRows& rows, AnswerBook& book, RowCache& cache)
    : query_(query),
      last_day_(day_of(clamp_time(query.until))),
      rows_(rows),
      book_(book),
      cache_(cache),
      outlined_(rows.outlined) {}

Status PairRows::add(const AddressKey& key, std::string_view value, bool is_cut,
                     EvidenceGroup& group) {
  AnswerRows& answer = answers_[key.answer];
  if (!answer.known) {
    Result<KnownAnswerPtr> known = book_.find(key.answer);
    if (!known) {
      return known.error();
    }
    answer.known = std::move(*known);
  }
  const std::optional<RunHead> head = read_head(value);
  if (!head) {
    return damaged(Table::kByAddress);
  }
  if (key.day < last_day_ && answer.decoded >= kRowsDecoded && !head->is_long && !is_cut) {
    group.add_count(answer.known, head->count);
    answer.oldest_counted = key;
    answer.first = read_first(value, start_of_day(key.day));
    return {};
  }
  const Result<std::string_view> outline =
      head->is_alias ? outline_at_home(key, *answer.known) : value;
  return outline ? add_outline(key, *outline, answer, group) : outline.error();
}

// A row that has nothing from before the moment is none of those that validity is looked for in.
Status PairRows::add_outline(const AddressKey& key, std::string_view outline, AnswerRows& answer,
                             EvidenceGroup& group) {
  outlined_.clear();
  if (!read_outline(outline, start_of_day(key.day), group.last_wanted(), outlined_)) {
    return damaged(Table::kByAddress);
  }
  const bool is_past = !outlined_.empty() && outlined_.front().sighting.at <= group.span().end;
  answer.decoded += is_past ? 1 : 0;
  Status shown;
  for (const WallTime edge : {group.span().start - Microseconds(1), group.last_wanted()}) {
    shown = shown ? show_skipped_at(edge, key) : shown;
  }
  group.add(answer.known, outlined_);
  return shown;
}

// Where `edge` lies between two sightings and something is left out there, all of that hour.
Status PairRows::show_skipped_at(WallTime edge, const AddressKey& key) {
  const auto later = std::ranges::upper_bound(outlined_, edge, {},
                                              [](const Outlined& one) { return one.sighting.at; });
  if (later == outlined_.end() || later->skipped == 0) {
    return {};
  }
  const Hour hour = hour_of(later->sighting.at);
  key_.clear();
  append_key(key_, DeliveryKey{hour, key.client, key.answer});
  const auto row = read_row(rows_.hours, Table::kDeliveries);
  if (!row) {
    return row.error();
  }
  sightings_.clear();
  if (!read_runs(*row, start_of_hour(hour), sightings_)) {
    return damaged(Table::kDeliveries);
  }
  std::vector<Outlined> all;
  for (const Sighting& sighting : sightings_) {
    all.push_back({sighting});
  }
  const auto first = outlined_.erase(later - 1, later + 1);
  outlined_.insert(first, all.begin(), all.end());
  return {};
}

Status PairRows::add_firsts(EvidenceGroup& group) {
  for (const auto& [id, answer] : answers_) {
    Status added;
    if (answer.first) {
      group.add_first(answer.known, *answer.first);
    } else if (answer.oldest_counted && query_.wants_first) {
      added = add_first_at_home(answer, group);
    }
    if (!added) {
      return added;
    }
  }
  return {};
}

Status PairRows::add_first_at_home(const AnswerRows& answer, EvidenceGroup& group) {
  const AddressKey& key = *answer.oldest_counted;
  const Result<std::string_view> outline = outline_at_home(key, *answer.known);
  if (!outline) {
    return outline.error();
  }
  const auto first = read_first(*outline, start_of_day(key.day));
  if (first) {
    group.add_first(answer.known, *first);
  }
  return first ? Status() : Status(damaged(Table::kByAddress));
}

// That of the row `key`, which stands under another address. Until the next row is read.
Result<std::string_view> PairRows::outline_at_home(AddressKey key, const KnownAnswer& known) {
  if (known.answer().addresses.empty()) {
    return damaged(Table::kByAddress);
  }
  key.address = home_address(known.answer());
  key_.clear();
  append_key(key_, key);
  return read_row(rows_.homes, Table::kByAddress);
}

// The value of the row with key_, which must be there. Until the next one is read.
Result<std::string_view> PairRows::read_row(RowCursor& rows, Table table) {
  const auto kind =
      table == Table::kDeliveries ? RowCache::Kind::kDeliveries : RowCache::Kind::kByAddress;
  auto [cached, is_worth_keeping] = cache_.find(rows_.state, kind, key_);
  if (cached != nullptr) {
    row_ = std::move(cached);
    return std::string_view(row_->octets);
  }
  rows.seek_nearby(key_);  // That of the day before mostly stands right behind the last one.
  if (const Status read = is_read(rows, table); !read) {
    return read.error();
  }
  if (!rows.valid() || rows.key() != key_) {
    return damaged(table);
  }
  if (is_worth_keeping) {
    cache_.keep(rows_.state, kind, key_,
                std::make_shared<const CachedRows>(CachedRows{0, std::string(rows.value())}));
  }
  return rows.value();
}

}  // namespace etymon::store
