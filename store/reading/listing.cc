#include "store/reading/listing.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "resolver/base/flat_map.h"
#include "store/reading/address_cells.h"
#include "store/reading/listing_page.h"
#include "store/reading/name_cells.h"
#include "store/tables/runs.h"
#include "store/tables/sets.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

constexpr size_t kLimitMax = 10'000;
constexpr size_t kJudgedMax = 10'000;         // a few MB of answers
constexpr uint64_t kNameOctetsMax = 1 << 20;  // of rows of a name: some milliseconds of reading

class Listing {
 public:
  Listing(const DeliveryQuery& query, const Memory& memory)
      : query_(rest_of(query)),
        memory_(memory),
        first_(hour_of(clamp_time(query_.span.start))),
        last_(hour_of(clamp_time(query_.span.end))),
        page_(query_) {}

  Result<DeliveryPage> run() {
    newest_ = memory_.tail.newest();
    const auto parts = memory_.tail.parts();
    snapshot_ = memory_.tables.snapshot();
    rows_ = open(Table::kDeliveries, kEnd);
    const auto addresses = open(Table::kByAddress, kEnd);
    const Result<Sequence> folded = read_position(*addresses);
    if (!folded) {
      return folded.error();
    }
    for (const auto& part : *parts) {
      if (part->reaches_beyond(*folded)) {
        read_part(*part);
      }
    }
    const Status listed = read_tables();
    if (!listed) {
      return listed.error();
    }
    if (is_stopped_ && !read_) {
      return stopped();
    }
    return is_stopped_ ? cut_page() : whole_page();
  }

 private:
  // What is kept is looked up anew: what had gone from the rows lies before it.
  std::unique_ptr<rocksdb::Iterator> open(Table table, const rocksdb::Slice& end) {
    auto rows = snapshot_->scan(table, end);
    kept_ = memory_.tables.kept();
    return rows;
  }

  static Error stopped() { return {ErrorCode::kUnavailable, "the listing was stopped"}; }

  // True from the first time on.
  bool is_stopped() {
    is_stopped_ = is_stopped_ || (query_.should_stop && query_.should_stop());
    return is_stopped_;
  }

  DeliveryPage whole_page() {
    DeliveryPage page{page_.take(), std::nullopt};
    if (page.deliveries.size() == query_.limit) {
      page.next = position_behind(page.deliveries, query_.from);
    }
    return page;
  }

  // Of what was found in memory and in a part of the tables: what lies in the hours that were read
  // whole. The next page begins with the hour behind them.
  DeliveryPage cut_page() {
    DeliveryPage page = whole_page();
    const WallTime begin = is_newest_first() ? just_before(*read_) : start_of_hour(*read_ + 1);
    const auto is_behind = [&](const RecordedDelivery& one) {
      return is_newest_first() ? one.sighting.at <= begin : one.sighting.at >= begin;
    };
    const size_t found = page.deliveries.size();
    std::erase_if(page.deliveries, is_behind);
    if (!page.next || page.deliveries.size() < found) {
      page.next = ListingPosition{begin};
    }
    return page;
  }

  // Without the time before the place where the page begins.
  static DeliveryQuery rest_of(DeliveryQuery query) {
    if (query.from && query.order == ListingOrder::kNewestFirst) {
      query.span.end = std::min(query.span.end, query.from->at);
    } else if (query.from) {
      query.span.start = std::max(query.span.start, query.from->at);
    }
    return query;
  }

  bool is_newest_first() const { return query_.order == ListingOrder::kNewestFirst; }

  Status read_tables() {
    if (query_.name && !(query_.client && is_client_smaller())) {
      return list_by_name();
    }
    if (query_.client) {
      return list_by_client();
    }
    return query_.address && !is_span_smaller() ? list_by_address() : list_by_hour();
  }

  // The rows of a name are everybody's who was told it, and a page reads all those of its days; the
  // hours of a client are read until the page is full. So a name with few rows is less to read than
  // any client, and one with many is more, unless the client was told much and hardly ever that.
  bool is_client_smaller() const {
    return query_.others == OthersRows::kLeftAlone ||
           memory_.tables.octets_of(Table::kByName, name_range(*query_.name, query_.match)) >
               kNameOctetsMax;
  }

  // A wide prefix has a long past, with rows of its own for each client: the hours of a short span
  // may be less to read, whoever was answered in them.
  bool is_span_smaller() const {
    uint64_t of_prefix = 0;
    for (const KeyRange& range : address_ranges(*query_.address)) {
      of_prefix += memory_.tables.octets_of(Table::kByAddress, range);
    }
    const KeyRange span{hour_prefix(first_), hour_prefix(last_ + 1)};
    return memory_.tables.octets_of(Table::kDeliveries, span) < of_prefix;
  }

  // ---- The tail.

  void read_part(const TailPart& part) {
    size_t answer = 0;
    for (auto some = part.answers_from(0); !some.empty(); some = part.answers_from(answer)) {
      for (const KnownAnswerPtr& known : some) {
        if (is_stopped()) {
          return;
        }
        if (matches(known->answer(), query_)) {
          read_deliveries(part, answer, known);
        }
        ++answer;
      }
    }
  }

  void read_deliveries(const TailPart& part, size_t answer, const KnownAnswerPtr& known) {
    size_t read = 0;
    for (auto some = part.deliveries(answer, 0); !some.empty();
         some = part.deliveries(answer, read)) {
      for (const auto& [client, sighting] : some) {
        if (!has_come_since(sighting)) {
          take(client, known, sighting);
        }
      }
      read += some.size();
    }
  }

  // A part is read answer by answer while others record. What comes meanwhile is left to a later
  // page: it would be found of some answers alone, and who goes on behind it would miss what came
  // before it of the others.
  bool has_come_since(const Sighting& sighting) const {
    return sighting.origin != Origin::kImport && sighting.at > newest_;
  }

  void take(const IpAddress& client, const KnownAnswerPtr& known, const Sighting& sighting) {
    const bool is_wanted = query_.span.contains(sighting.at) &&
                           query_.client.value_or(client) == client &&
                           sighting.at >= start_of_hour(kept_->since(client));
    if (is_wanted) {
      page_.add(client, known, sighting);
    }
  }

  // ---- The tables.

  // What goes by this number; null: it is not wanted. Most answers of an hour were told to many,
  // and the book has a lock that the loops want, too.
  Result<KnownAnswerPtr> wanted(AnswerId id) {
    if (const auto judged = judged_.find(id); judged != judged_.end()) {
      return judged->second;
    }
    Result<KnownAnswerPtr> known = memory_.book.find(id);
    if (known && !matches((*known)->answer(), query_)) {
      known = KnownAnswerPtr();
    }
    if (known) {
      if (judged_.size() == kJudgedMax) {
        judged_.clear();
      }
      judged_.emplace(id, *known);
    }
    return known;
  }

  Status list_by_name() {
    const KeyRange range = name_range(*query_.name, query_.match);
    const rocksdb::Slice end = to_slice(range.end);
    const auto names = open(Table::kByName, end);
    auto cells = read_name_cells(query_, *kept_, *names, [this](AnswerId id) -> Result<bool> {
      const auto known = wanted(id);
      return known ? Result<bool>(*known != nullptr) : known.error();
    });
    if (!cells) {
      return cells.error();
    }
    return read_cells(std::move(*cells));
  }

  Status list_by_client() {
    std::string prefix;
    append_address(prefix, *query_.client);
    std::string start;
    append_key(start, ClientKey{*query_.client, last_});
    std::vector<Hour> hours;  // those in which the client was answered, newest first
    const auto rows = open(Table::kByClient, kEnd);
    for (rows->Seek(start); rows->Valid() && to_view(rows->key()).starts_with(prefix);
         rows->Next()) {
      const std::optional<ClientKey> key = read_client_key(to_view(rows->key()));
      if (!key) {
        return damaged(Table::kByClient);
      }
      if (key->hour < first_) {
        break;
      }
      hours.push_back(key->hour);
    }
    const Status read = is_read(*rows, Table::kByClient);
    return read ? read_hours_of_client(std::move(hours)) : read;
  }

  Status read_hours_of_client(std::vector<Hour> hours) {
    if (!is_newest_first()) {
      std::ranges::reverse(hours);
    }
    for (size_t i = 0; i < hours.size() && !is_done(hours[i]); ++i) {
      std::string here = hour_prefix(hours[i]);
      append_address(here, *query_.client);
      const Status read = read_rows(here);
      if (!read) {
        return read;
      }
      note_read(hours[i]);
    }
    return {};
  }

  // All hours that hold anything, one after the other.
  Status list_by_hour() {
    for (seek_hour(is_newest_first() ? last_ : first_); rows_->Valid();) {
      const std::optional<DeliveryKey> key = read_delivery_key(to_view(rows_->key()));
      if (!key) {
        return damaged(Table::kDeliveries);
      }
      if (key->hour < first_ || key->hour > last_ || is_done(key->hour)) {
        break;
      }
      const Status read = read_rows(hour_prefix(key->hour));
      if (!read) {
        return read;
      }
      note_read(key->hour);
      if (is_newest_first()) {
        rows_->SeekForPrev(hour_prefix(key->hour));
      }
    }
    return is_read(*rows_, Table::kDeliveries);
  }

  // To a row of the first hour of the listing that is not before `hour`.
  void seek_hour(Hour hour) {
    if (is_newest_first()) {
      rows_->SeekForPrev(hour_prefix(hour + 1));
    } else {
      rows_->Seek(hour_prefix(hour));
    }
  }

  // Rows of `by_address` lead to days, clients and answers.
  Status list_by_address() {
    const auto addresses = open(Table::kByAddress, kEnd);
    const auto cells =
        read_address_cells(query_, *kept_, *addresses, [this](AnswerId id) { return wanted(id); });
    return cells ? read_days(*cells) : cells.error();
  }

  // Day by day, and all of a day's hours that lie in the span.
  Status read_days(std::span<const DayCell> cells) {
    while (!cells.empty()) {
      const Day day = cells.front().day;
      const auto end =
          std::ranges::find_if(cells, [day](const DayCell& c) { return c.day != day; });
      const auto of_day = cells.first(static_cast<size_t>(end - cells.begin()));
      for (Hour i = 0; i < kHoursPerDay; ++i) {
        const Hour hour = day * kHoursPerDay + (is_newest_first() ? kHoursPerDay - 1 - i : i);
        if (hour < first_ || hour > last_) {
          continue;
        }
        if (is_done(hour)) {
          return {};
        }
        const Status read = read_hour(hour, of_day);
        if (!read) {
          return read;
        }
      }
      cells = cells.subspan(of_day.size());
    }
    return {};
  }

  Status read_hour(Hour hour, std::span<const DayCell> cells) {
    for (const DayCell& cell : cells) {
      const Status read = read_cell({hour, cell.client, cell.answer});
      if (!read) {
        return read;
      }
    }
    note_read(hour);
    return {};
  }

  // Hours are read in the listing's order: does this one come too late to matter? Also true when
  // nobody waits for the listing any more.
  bool is_done(Hour hour) {
    if (is_stopped()) {
      return true;
    }
    return is_newest_first()
               ? hour < last_ && page_.is_full_within({start_of_hour(hour + 1), WallTime::max()})
               : hour > first_ && page_.is_full_within({WallTime::min(), just_before(hour)});
  }

  static WallTime just_before(Hour hour) { return start_of_hour(hour) - Microseconds(1); }

  // All that the hour has is on the page, unless reading was given up in it.
  void note_read(Hour hour) {
    if (!is_stopped()) {
      read_ = hour;
    }
  }

  // The rows of these keys, as far as they exist. Hour by hour as the listing wants them, and
  // within an hour as they lie on the disk: a block is decompressed once then, not for every row in
  // it.
  Status read_cells(std::vector<DeliveryKey> cells) {
    std::ranges::sort(cells, [&](const DeliveryKey& a, const DeliveryKey& b) {
      if (a.hour != b.hour) {
        return is_newest_first() ? a.hour > b.hour : a.hour < b.hour;
      }
      return a.client == b.client ? a.answer < b.answer : AddressKeyOrder()(a.client, b.client);
    });
    for (size_t i = 0; i < cells.size() && !is_done(cells[i].hour); ++i) {
      const Status read = read_cell(cells[i]);
      if (!read) {
        return read;
      }
      if (i + 1 == cells.size() || cells[i + 1].hour != cells[i].hour) {
        note_read(cells[i].hour);
      }
    }
    return {};
  }

  // The row of this key, if there is one.
  Status read_cell(const DeliveryKey& cell) {
    std::string key;
    append_key(key, cell);
    rows_->Seek(key);
    if (rows_->Valid() && rows_->key() == key) {
      return read_row(cell);
    }
    return is_read(*rows_, Table::kDeliveries);
  }

  // All rows whose key begins with `prefix`.
  Status read_rows(const std::string& prefix) {
    for (rows_->Seek(prefix);
         rows_->Valid() && to_view(rows_->key()).starts_with(prefix) && !is_stopped();
         rows_->Next()) {
      const std::optional<DeliveryKey> key = read_delivery_key(to_view(rows_->key()));
      const Status read = key ? read_row(*key) : Status(damaged(Table::kDeliveries));
      if (!read) {
        return read;
      }
    }
    return is_read(*rows_, Table::kDeliveries);
  }

  // Each page of a busy hour reads all of it, and its times alone tell that it has no room for
  // most: they take less than finding the answer, unless that tells most rows apart.
  Status read_row(const DeliveryKey& key) {
    if (key.hour < kept_->since(key.client)) {
      return {};  // Its answer may be gone already.
    }
    const bool any_answer = !query_.name && !query_.address && !query_.rcode;
    Status read = any_answer ? read_sightings(key) : Status();
    if (!read || (any_answer && sightings_.empty())) {
      return read;
    }
    const auto known = wanted(key.answer);
    if (!known) {
      return known.error();
    }
    if (*known == nullptr) {
      return {};
    }
    read = any_answer ? read : read_sightings(key);
    for (const Sighting& sighting : sightings_) {
      take(key.client, *known, sighting);
    }
    return read;
  }

  // Those of the row at which the iterator stands for which the page has room.
  Status read_sightings(const DeliveryKey& key) {
    sightings_.clear();
    if (!read_runs(to_view(rows_->value()), start_of_hour(key.hour), sightings_)) {
      return damaged(Table::kDeliveries);
    }
    std::erase_if(sightings_, [this](const Sighting& sighting) {
      return !query_.span.contains(sighting.at) || !page_.has_room_for(sighting.at);
    });
    return {};
  }

  inline static const rocksdb::Slice kEnd = to_slice(kBehindAllKeys);

  const DeliveryQuery query_;
  const Memory& memory_;
  const Hour first_;
  const Hour last_;
  ListingPage page_;
  WallTime newest_;  // of what was in the tail when the reading began
  std::shared_ptr<const TablesSnapshot> snapshot_;
  KeptPtr kept_;                              // as of after the rows
  std::unique_ptr<rocksdb::Iterator> rows_;   // of `deliveries`
  FlatMap<AnswerId, KnownAnswerPtr> judged_;  // by wanted()
  std::vector<Sighting> sightings_;
  bool is_stopped_ = false;
  std::optional<Hour> read_;  // the last one that was read whole, with all before it in the listing
};

}  // namespace

Result<DeliveryPage> list_deliveries(const DeliveryQuery& query, const Memory& memory) {
  const bool is_bounded = query.limit > 0 && query.limit <= kLimitMax &&
                          (!query.from || query.from->given <= ListingPosition::kGivenMax);
  if (!is_bounded || query.span.end < query.span.start) {
    return Error{ErrorCode::kInvalidArgument,
                 "a listing takes a limit of 1 to 10000 and a span that does not end before it "
                 "begins"};
  }
  auto found = Listing(query, memory).run();
  if (!found && found.error().code == ErrorCode::kNotFound) {  // As in Look::evidence().
    found = Listing(query, memory).run();
  }
  return found;
}

}  // namespace etymon::store
