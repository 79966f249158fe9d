#include "store/reading/address_cells.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

constexpr size_t kCellsMin = 4096;  // so many are kept before later ones are dropped

class Cells {
 public:
  Cells(const DeliveryQuery& query, const Kept& kept)
      : query_(query),
        kept_since_(kept),
        first_(day_of(clamp_time(query.span.start))),
        last_(day_of(clamp_time(query.span.end))) {}

  // Else its answer may be gone already.
  bool may_have(const AddressKey& key) const {
    return first_ <= key.day && key.day <= last_ &&
           key.day >= day_of(kept_since_.since(key.client));
  }
  Day first() const { return first_; }
  Day last() const { return last_; }

  void add(const AddressKey& key) {
    kept_.push_back({key.day, key.client, key.answer});
    if (kept_.size() > kept_max_) {
      drop_late();
    }
  }

  std::vector<DayCell> take() {
    drop_late();
    return std::move(kept_);
  }

 private:
  bool is_newest_first() const { return query_.order == ListingOrder::kNewestFirst; }

  // In the order of the listing, and within a day as the rows of its hours lie on the disk.
  void sort() {
    std::ranges::sort(kept_, [this](const DayCell& a, const DayCell& b) {
      if (a.day != b.day) {
        return is_newest_first() ? a.day > b.day : a.day < b.day;
      }
      return a.client == b.client ? a.answer < b.answer : AddressKeyOrder()(a.client, b.client);
    });
  }

  // A cell holds at least one delivery of its day. Of the listing's first and last day, and of the
  // day in which a client's past begins, it may lie outside of what is told.
  bool is_certain(const DayCell& cell) const {
    return first_ < cell.day && cell.day < last_ &&
           cell.day > day_of(kept_since_.since(cell.client));
  }

  // Cells of the days behind the first `limit` deliveries are not needed.
  void drop_late() {
    sort();
    size_t certain = 0;
    for (auto cell = kept_.begin(); cell != kept_.end(); ++cell) {
      certain += is_certain(*cell) ? size_t{1} : 0;
      if (certain > query_.limit) {
        const Day enough = cell->day;
        kept_.erase(std::find_if(cell, kept_.end(),
                                 [enough](const DayCell& later) { return later.day != enough; }),
                    kept_.end());
        break;
      }
    }
    kept_max_ = 2 * kept_.size() + kCellsMin;
  }

  const DeliveryQuery& query_;
  const Kept& kept_since_;
  const Day first_;
  const Day last_;
  std::vector<DayCell> kept_;
  size_t kept_max_ = kCellsMin;
};

// From a row on to the next one of its pair in the span, or of the next pair.
void skip_to_span(const AddressKey& key, const Cells& cells, rocksdb::Iterator& rows) {
  if (key.day > cells.last()) {
    std::string target;
    append_key(target, AddressKey{key.address, key.client, cells.last(), 0});
    rows.Seek(target);
  } else if (key.day < cells.first()) {
    std::string pair;
    append_address(pair, key.address);
    append_address(pair, key.client);
    rows.Seek(after_prefix(std::move(pair)));
  } else {
    rows.Next();
  }
}

// An answer with several addresses in the prefix counts under the first of them.
bool is_first_of(const IpPrefix& prefix, const Answer& answer, const IpAddress& address) {
  const auto first = std::ranges::find_if(
      answer.addresses, [&](const AnswerAddress& a) { return prefix.contains(a.address); });
  return first != answer.addresses.end() && first->address == address;
}

Status add(const AddressKey& key, const DeliveryQuery& query, const FindWanted& find,
           Cells& cells) {
  const Result<KnownAnswerPtr> known = find(key.answer);
  if (!known) {
    return known.error();
  }
  if (*known != nullptr && is_first_of(*query.address, (*known)->answer(), key.address)) {
    cells.add(key);
  }
  return {};
}

Status read_range(const KeyRange& range, const DeliveryQuery& query, rocksdb::Iterator& rows,
                  const FindWanted& find, Cells& cells) {
  for (rows.Seek(range.first); rows.Valid() && to_view(rows.key()) < range.end;) {
    if (query.should_stop && query.should_stop()) {
      return Error{ErrorCode::kUnavailable, "the listing was stopped"};
    }
    const auto key = read_address_key(to_view(rows.key()));
    if (!key) {
      return damaged(Table::kByAddress);
    }
    const Status added = cells.may_have(*key) ? add(*key, query, find, cells) : Status();
    if (!added) {
      return added;
    }
    skip_to_span(*key, cells, rows);
  }
  return is_read(rows, Table::kByAddress);
}

}  // namespace

Result<std::vector<DayCell>> read_address_cells(const DeliveryQuery& query, const Kept& kept,
                                                rocksdb::Iterator& rows, const FindWanted& find) {
  Cells cells(query, kept);
  for (const KeyRange& range : address_ranges(*query.address)) {
    const Status read = read_range(range, query, rows, find, cells);
    if (!read) {
      return read.error();
    }
  }
  return cells.take();
}

}  // namespace etymon::store
