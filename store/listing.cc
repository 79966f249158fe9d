#include "store/listing.h"

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "store/name_cells.h"
#include "store/runs.h"
#include "store/sets.h"

namespace etymon::store {
namespace {

constexpr size_t kLimitMax = 10'000;

Error damaged(const char* table) {
  return {ErrorCode::kDataLoss, std::string("table ") + table + " is damaged"};
}

bool has_name(const Answer& answer, const DeliveryQuery& query) {
  const auto matches = [&](const DomainName& name) {
    return query.match == NameMatch::kSubtree ? name.is_within(*query.name) : name == *query.name;
  };
  return matches(answer.question.name) || std::ranges::any_of(answer.chain, matches);
}

bool matches(const Answer& answer, const DeliveryQuery& query) {
  const auto in_prefix = [&](const AnswerAddress& a) { return query.address->contains(a.address); };
  return (!query.rcode || answer.rcode == *query.rcode) &&
         (!query.name || has_name(answer, query)) &&
         (!query.address || std::ranges::any_of(answer.addresses, in_prefix));
}

// The newest deliveries of what it is given, in bounded memory.
class Newest {
 public:
  explicit Newest(size_t limit) : limit_(limit) {}

  void add(RecordedDelivery delivery) {
    kept_.push_back(std::move(delivery));
    if (kept_.size() >= 4 * limit_ + 4096) {
      keep_newest();
    }
  }

  // True when nothing from before `moment` can still be among the newest.
  bool has_enough_since(WallTime moment) const {
    const auto since = [moment](const RecordedDelivery& d) { return d.sighting.at >= moment; };
    return kept_.size() >= limit_ &&
           static_cast<size_t>(std::ranges::count_if(kept_, since)) >= limit_;
  }

  std::vector<RecordedDelivery> take() {
    keep_newest();
    return std::move(kept_);
  }

 private:
  void keep_newest() {
    std::ranges::stable_sort(kept_, std::ranges::greater(),
                             [](const RecordedDelivery& d) { return d.sighting.at; });
    kept_.resize(std::min(kept_.size(), limit_));
  }

  const size_t limit_;
  std::vector<RecordedDelivery> kept_;
};

class Listing {
 public:
  Listing(const DeliveryQuery& query, const Memory& memory)
      : query_(query),
        memory_(memory),
        first_(hour_of(clamp_time(query.span.start))),
        last_(hour_of(clamp_time(query.span.end))),
        newest_(query.limit) {}

  Result<std::vector<RecordedDelivery>> run() {
    const auto parts = memory_.tail.parts();
    snapshot_ = memory_.tables.snapshot();
    rows_ = open(Table::kDeliveries, kEnd);
    const auto addresses = open(Table::kByAddress, kEnd);
    const Sequence folded = read_position(*addresses);
    for (const auto& part : parts) {
      if (part->last().value_or(folded + 1) > folded) {
        read_part(*part);
      }
    }
    const Status listed = read_tables();
    if (!listed) {
      return listed.error();
    }
    return newest_.take();
  }

 private:
  // What is kept is looked up anew: what had gone from the rows lies before it.
  std::unique_ptr<rocksdb::Iterator> open(Table table, const rocksdb::Slice& end) {
    auto rows = memory_.tables.scan(table, end, snapshot_.get());
    kept_ = memory_.tables.kept();
    return rows;
  }

  Status read_tables() {
    if (query_.name) {
      return list_by_name();
    }
    if (query_.client) {
      return list_by_client();
    }
    return query_.address ? list_by_address() : list_by_hour();
  }

  // ---- The tail.

  void read_part(const TailPart& part) {
    size_t answer = 0;
    for (auto some = part.answers_from(0); !some.empty(); some = part.answers_from(answer)) {
      for (const KnownAnswerPtr& known : some) {
        if (matches(known->answer, query_)) {
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
        take(client, known, sighting);
      }
      read += some.size();
    }
  }

  void take(const IpAddress& client, const KnownAnswerPtr& known, const Sighting& sighting) {
    const bool is_wanted = query_.span.contains(sighting.at) &&
                           query_.client.value_or(client) == client &&
                           sighting.at >= start_of_hour(kept_->since(client));
    if (is_wanted) {
      newest_.add({sighting, client, std::shared_ptr<const Answer>(known, &known->answer)});
    }
  }

  // ---- The tables.

  Status list_by_name() {
    const KeyRange range = name_range(query_);
    const rocksdb::Slice end = to_slice(range.end);
    const auto names = open(Table::kByName, end);
    auto cells = read_name_cells(query_, *kept_, *names, [this](AnswerId id) -> Result<bool> {
      const auto known = memory_.book.find(id);
      return known ? Result<bool>(matches((*known)->answer, query_)) : known.error();
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
    const auto hours = open(Table::kByClient, kEnd);
    for (hours->Seek(start); hours->Valid() && to_view(hours->key()).starts_with(prefix);
         hours->Next()) {
      const std::optional<ClientKey> key = read_client_key(to_view(hours->key()));
      if (!key) {
        return damaged("by_client");
      }
      if (key->hour < first_ || is_done(key->hour)) {
        return {};
      }
      std::string here;
      append_key(here, DeliveryKey{key->hour, key->client, 0});
      here.resize(sizeof(Hour) + prefix.size());  // without the answer
      const Status read = read_rows(here);
      if (!read) {
        return read;
      }
    }
    return to_status(hours->status(), "cannot read the table by_client");
  }

  // All hours that hold anything, newest first.
  Status list_by_hour() {
    for (rows_->SeekForPrev(hour_prefix(last_ + 1)); rows_->Valid();) {
      const std::optional<DeliveryKey> key = read_delivery_key(to_view(rows_->key()));
      if (!key) {
        return damaged("deliveries");
      }
      if (key->hour < first_ || is_done(key->hour)) {
        break;
      }
      const Status read = read_rows(hour_prefix(key->hour));
      if (!read) {
        return read;
      }
      rows_->SeekForPrev(hour_prefix(key->hour));
    }
    return to_status(rows_->status(), "cannot read the table deliveries");
  }

  // Rows of `by_address` lead to clients and answers; an answer with several addresses in the
  // prefix counts under the first of them.
  Status list_by_address() {
    const auto ranges = address_ranges(*query_.address);
    const auto addresses = open(Table::kByAddress, kEnd);
    std::vector<DeliveryKey> cells;
    for (const KeyRange& range : ranges) {
      for (addresses->Seek(range.first);
           addresses->Valid() && to_view(addresses->key()) < range.end;) {
        const auto key = read_address_key(to_view(addresses->key()));
        if (!key) {
          return damaged("by_address");
        }
        const Status added = add_day(*key, cells);
        if (!added) {
          return added;
        }
        skip_to_span(*key, *addresses);
      }
    }
    const Status read = to_status(addresses->status(), "cannot read the table by_address");
    return read ? read_cells(std::move(cells)) : read;
  }

  // From a row on to the next one of its group in the span, or of the next group.
  void skip_to_span(const AddressKey& key, rocksdb::Iterator& addresses) const {
    if (key.day > day_of(last_)) {
      std::string target;
      append_key(target, AddressKey{key.address, key.client, day_of(last_), 0});
      addresses.Seek(target);
    } else if (key.day < day_of(first_)) {
      std::string group;
      append_address(group, key.address);
      append_address(group, key.client);
      addresses.Seek(after_prefix(std::move(group)));
    } else {
      addresses.Next();
    }
  }

  Status add_day(const AddressKey& key, std::vector<DeliveryKey>& cells) {
    const bool is_kept = key.day >= day_of(kept_->since(key.client));
    if (key.day > day_of(last_) || key.day < day_of(first_) || !is_kept) {
      return {};
    }
    const auto known = memory_.book.find(key.answer);
    if (!known) {
      return known.error();
    }
    const auto in_prefix = [&](const AnswerAddress& a) {
      return query_.address->contains(a.address);
    };
    const auto first = std::ranges::find_if((*known)->answer.addresses, in_prefix);
    if (first == (*known)->answer.addresses.end() || first->address != key.address) {
      return {};
    }
    const Hour begin = std::max(first_, key.day * kHoursPerDay);
    const Hour end = std::min(last_, (key.day + 1) * kHoursPerDay - 1);
    for (Hour hour = begin; hour <= end; ++hour) {
      cells.push_back({hour, key.client, key.answer});
    }
    return {};
  }

  // Hours are read newest first: is this one too old to matter?
  bool is_done(Hour hour) const {
    return hour < last_ && newest_.has_enough_since(start_of_hour(hour + 1));
  }

  // The rows of these keys, as far as they exist.
  Status read_cells(std::vector<DeliveryKey> cells) {
    std::ranges::sort(cells, std::ranges::greater(), &DeliveryKey::hour);
    for (size_t i = 0; i < cells.size() && !is_done(cells[i].hour); ++i) {
      std::string key;
      append_key(key, cells[i]);
      rows_->Seek(key);
      const Status read = rows_->Valid() && rows_->key() == key ? read_row(cells[i]) : Status();
      if (!read) {
        return read;
      }
    }
    return to_status(rows_->status(), "cannot read the table deliveries");
  }

  static std::string hour_prefix(Hour hour) {
    std::string prefix;
    append_key(prefix, DeliveryKey{hour, IpAddress(), 0});
    prefix.resize(sizeof(Hour));
    return prefix;
  }

  // All rows whose key begins with `prefix`.
  Status read_rows(const std::string& prefix) {
    for (rows_->Seek(prefix); rows_->Valid() && to_view(rows_->key()).starts_with(prefix);
         rows_->Next()) {
      const std::optional<DeliveryKey> key = read_delivery_key(to_view(rows_->key()));
      const Status read = key ? read_row(*key) : Status(damaged("deliveries"));
      if (!read) {
        return read;
      }
    }
    return to_status(rows_->status(), "cannot read the table deliveries");
  }

  Status read_row(const DeliveryKey& key) {
    if (key.hour < kept_->since(key.client)) {
      return {};  // Its answer may be gone already.
    }
    const auto known = memory_.book.find(key.answer);
    if (!known) {
      return known.error();
    }
    if (!matches((*known)->answer, query_)) {
      return {};
    }
    sightings_.clear();
    if (!read_runs(to_view(rows_->value()), start_of_hour(key.hour), sightings_)) {
      return damaged("deliveries");
    }
    for (const Sighting& sighting : sightings_) {
      take(key.client, *known, sighting);
    }
    return {};
  }

  inline static const rocksdb::Slice kEnd{"\xFF", 1};  // behind every key of ours

  const DeliveryQuery& query_;
  const Memory& memory_;
  const Hour first_;
  const Hour last_;
  Newest newest_;
  std::shared_ptr<const rocksdb::Snapshot> snapshot_;
  KeptPtr kept_;                             // as of after the rows
  std::unique_ptr<rocksdb::Iterator> rows_;  // of `deliveries`
  std::vector<Sighting> sightings_;
};

}  // namespace

Result<std::vector<RecordedDelivery>> list_deliveries(const DeliveryQuery& query,
                                                      const Memory& memory) {
  if (query.limit == 0 || query.limit > kLimitMax || query.span.end < query.span.start) {
    return Error{ErrorCode::kInvalidArgument,
                 "a listing takes a limit of 1 to 10000 and a span that does not end before it "
                 "begins"};
  }
  auto found = Listing(query, memory).run();
  if (!found && found.error().code == ErrorCode::kNotFound) {  // As in read_evidence().
    found = Listing(query, memory).run();
  }
  return found;
}

}  // namespace etymon::store
