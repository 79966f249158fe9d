#include "store/reader.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "resolver/base/bytes.h"
#include "store/evidence.h"
#include "store/outlines.h"
#include "store/runs.h"

namespace etymon::store {
namespace {

// Rows of an answer, newest first, of which the whole outline is looked at. Validity rarely reaches
// further than the next day; rows where it does say so (RunHead::is_long). Of all older rows the
// head is enough, so a long history costs little more than a short one.
constexpr unsigned kRowsDecoded = 2;

// Rows and pairs that are looked at before whoever asked is asked whether to go on. Most lookups
// have fewer.
constexpr size_t kStepsUnasked = 256;

Error damaged(Table table = Table::kByAddress) {
  return {ErrorCode::kDataLoss, std::string("table ") + name_of(table) + " is damaged"};
}

// A seek makes an iterator forget why it found nothing more: whoever looks for what comes next asks
// before.
Status is_read(const rocksdb::Iterator& rows, Table table) {
  const rocksdb::Status status = rows.status();
  return status.ok() ? Status()
                     : to_status(status, std::string("cannot read the table ") + name_of(table));
}

Error stopped() {
  return {ErrorCode::kUnavailable, "stopped"};
}

// Groups in the order of their keys in `by_address`, so that both sources can be walked in step.
using TailGroups = std::map<std::string, EvidenceGroup>;

std::string group_key(const IpAddress& address, const IpAddress& client) {
  std::string key;
  append_address(key, address);
  append_address(key, client);
  return key;
}

// What has been read of one answer within a group.
struct AnswerRows {
  KnownAnswerPtr known;
  unsigned decoded = 0;
  std::optional<AddressKey> oldest_counted;  // the last row of which only the head was read
  std::optional<Sighting> first;             // of that row; it may stand under another address
};
using AnswersRead = std::unordered_map<AnswerId, AnswerRows>;

class EvidenceScan {
 public:
  EvidenceScan(const EvidenceQuery& query, const Memory& memory)
      : query_(query),
        memory_(memory),
        last_day_(day_of(clamp_time(query.until))),
        ranges_(ranges_of(query, last_day_)),
        newest_(query.limit) {}

  Result<std::vector<Evidence>> run() {
    const auto parts = memory_.tail.parts();
    Result<AddressRowsPtr> taken = memory_.tables.address_rows();
    if (!taken) {
      return taken.error();
    }
    AddressRowsPtr view = *std::move(taken);
    rows_ = view->rows.get();
    homes_ = view->homes.get();
    hours_ = view->hours.get();
    kept_ = memory_.tables.kept();
    Status read = gather_tail(parts, view->folded);
    read = read ? scan_all() : read;
    memory_.tables.give_back(std::move(view));
    if (!read) {
      return read.error();
    }
    for (const auto& [key, group] : tail_) {
      newest_.add(group);
    }
    return newest_.take();
  }

 private:
  static bool is_pair(const EvidenceQuery& query) {
    return query.client && query.address.is_single();
  }

  // One address and one client are one range that holds nobody else; of it, what is newer than the
  // day after the moment is passed over.
  static std::vector<KeyRange> ranges_of(const EvidenceQuery& query, Day last_day) {
    if (is_pair(query)) {
      std::string first;
      append_key(first, AddressKey{query.address.first(), *query.client, last_day + 1, 0});
      return {{first, after_prefix(group_key(query.address.first(), *query.client))}};
    }
    return address_ranges(query.address);
  }

  TimeSpan span_of(const IpAddress& client) const {
    const WallTime kept = start_of_hour(kept_->since(client));
    return {std::max(query_.since, kept), query_.until};
  }

  Status gather_tail(const std::vector<std::shared_ptr<const TailPart>>& parts, Sequence folded) {
    Status gathered;
    const auto visit = [&](const TailPart::Seen& seen) {
      gather(seen);
      gathered = may_go_on(tail_.size());
      return gathered.ok();
    };
    for (const auto& part : parts) {
      if (gathered && part->last().value_or(folded + 1) > folded) {
        part->visit({query_.address, query_.client}, visit);
      }
    }
    return gathered;
  }

  // After so many pairs of one source, and one step more.
  Status may_go_on(size_t pairs) {
    if (pairs > query_.pairs_max && query_.beyond == EvidenceQuery::Beyond::kRefuse) {
      return Error{ErrorCode::kResourceExhausted,
                   "more than " + std::to_string(query_.pairs_max) + " pairs"};
    }
    const bool is_asked = ++steps_ % kStepsUnasked == 0 && query_.should_stop;
    return is_asked && query_.should_stop() ? Status(stopped()) : Status();
  }

  // Deliveries of one client follow each other often: the groups are searched when it changes.
  void gather(const TailPart::Seen& seen) {
    if (gathering_ == nullptr || gathering_->client() != seen.client ||
        gathering_->address() != seen.address) {
      gathering_ = &tail_
                        .try_emplace(group_key(seen.address, seen.client), seen.address,
                                     seen.client, span_of(seen.client))
                        .first->second;
    }
    gathering_->add(seen.known, seen.sighting);
  }

  Status scan_all() {
    for (const KeyRange& range : ranges_) {
      Status scanned = scan(range);
      if (!scanned) {
        return scanned;
      }
    }
    return {};
  }

  Status scan(const KeyRange& range) {
    rows_->Seek(range.first);
    while (rows_->Valid() && to_view(rows_->key()) < range.end) {
      const std::optional<AddressKey> key = read_address_key(to_view(rows_->key()));
      if (!key) {
        return damaged();
      }
      Status wanted = may_go_on(++pairs_);
      if (!wanted || pairs_ > query_.pairs_max) {
        return wanted;
      }
      if (query_.client && key->client != *query_.client) {
        seek_client(*key);
        continue;
      }
      Status read = read_group(*key);
      if (!read || is_pair(query_)) {
        return read;
      }
      rows_->Seek(after_prefix(group_key(key->address, key->client)));
    }
    return is_read(*rows_, Table::kByAddress);
  }

  // From a row of another client on to the client's rows of this address, or of the next.
  void seek_client(const AddressKey& key) {
    std::string target = group_key(key.address, *query_.client);
    if (to_view(rows_->key()) > target) {
      std::string address;
      append_address(address, key.address);
      target = after_prefix(std::move(address));
    }
    rows_->Seek(target);
  }

  // All rows of one address and client that matter.
  Status read_group(const AddressKey& first) {
    const std::string prefix = group_key(first.address, first.client);
    EvidenceGroup group(first.address, first.client, span_of(first.client));
    AnswersRead answers;
    const bool may_be_old = newest_.floor() && !tail_.contains(prefix);
    if (may_be_old && !has_new_rows(first, prefix)) {
      return is_read(*rows_, Table::kByAddress);
    }
    seek_newest(first);
    const Result<bool> is_wanted = read_rows(prefix, may_be_old, answers, group);
    if (!is_wanted || !*is_wanted) {
      return is_wanted ? Status() : Status(is_wanted.error());
    }
    Status added = add_firsts(answers, group);
    finish(prefix, group);
    return added;
  }

  // From where rows_ stands. False: nothing of the pair is among the newest that are wanted, which
  // can only be if it may be old.
  Result<bool> read_rows(const std::string& prefix, bool may_be_old, AnswersRead& answers,
                         EvidenceGroup& group) {
    const Day first_day = day_of(clamp_time(group.span().start));
    for (; rows_->Valid() && to_view(rows_->key()).starts_with(prefix); rows_->Next()) {
      const std::optional<AddressKey> key = read_address_key(to_view(rows_->key()));
      if (!key) {
        return damaged();
      }
      if (key->day < first_day) {
        return true;
      }
      if (may_be_old && is_too_old(key->day) && !group.reaches(*newest_.floor())) {
        return false;
      }
      const Status wanted = may_go_on(pairs_);
      const Status added = wanted ? add_row(*key, key->day == first_day, answers, group) : wanted;
      if (!added) {
        return added.error();
      }
    }
    const Status read = is_read(*rows_, Table::kByAddress);
    return read ? Result<bool>(true) : read.error();
  }

  // Whether nothing of that day is among the newest that are wanted.
  // REQUIRES: they have a floor.
  bool is_too_old(Day day) const { return start_of_day(day + 1) <= *newest_.floor(); }

  // Of the pairs of a wide prefix most were told long before the newest that are wanted, and one
  // look at each has to do. False also where all that was told came after the moment. Moves rows_.
  bool has_new_rows(const AddressKey& first, const std::string& prefix) {
    if (first.day > last_day_) {
      seek_day(first, last_day_);
    }
    if (!rows_->Valid() || !to_view(rows_->key()).starts_with(prefix)) {
      return false;
    }
    const std::optional<AddressKey> key = read_address_key(to_view(rows_->key()));
    return !key || !is_too_old(key->day);
  }

  // To the day after the moment, where what came next may be.
  void seek_newest(const AddressKey& first) {
    if (first.day > last_day_ + 1 || (newest_.floor() && first.day > last_day_)) {
      seek_day(first, last_day_ + 1);
    }
  }

  void seek_day(const AddressKey& pair, Day day) {
    std::string key;
    append_key(key, AddressKey{pair.address, pair.client, day, 0});
    rows_->Seek(key);
  }

  Status add_row(const AddressKey& key, bool is_cut, AnswersRead& answers, EvidenceGroup& group) {
    AnswerRows& answer = answers[key.answer];
    if (!answer.known) {
      Result<KnownAnswerPtr> known = memory_.book.find(key.answer);
      if (!known) {
        return known.error();
      }
      answer.known = std::move(*known);
    }
    const std::optional<RunHead> head = read_head(to_view(rows_->value()));
    if (!head) {
      return damaged();
    }
    if (key.day < last_day_ && answer.decoded >= kRowsDecoded && !head->is_long && !is_cut) {
      group.add_count(answer.known, head->count);
      answer.oldest_counted = key;
      answer.first = read_first(to_view(rows_->value()), start_of_day(key.day));
      return {};
    }
    const auto add = [&](std::string_view outline) {
      return add_outline(key, outline, answer, group);
    };
    return head->is_alias ? read_at_home(key, *answer.known, add) : add(to_view(rows_->value()));
  }

  // A row that has nothing from before the moment is none of those that validity is looked for in.
  Status add_outline(const AddressKey& key, std::string_view outline, AnswerRows& answer,
                     EvidenceGroup& group) {
    outlined_.clear();
    if (!read_outline(outline, start_of_day(key.day), group.last_wanted(), outlined_)) {
      return damaged();
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
  Status show_skipped_at(WallTime edge, const AddressKey& key) {
    const auto later = std::ranges::upper_bound(
        outlined_, edge, {}, [](const Outlined& one) { return one.sighting.at; });
    if (later == outlined_.end() || later->skipped == 0) {
      return {};
    }
    const Hour hour = hour_of(later->sighting.at);
    std::string row;
    append_key(row, DeliveryKey{hour, key.client, key.answer});
    hours_->Seek(row);
    sightings_.clear();
    if (const Status read = is_read(*hours_, Table::kDeliveries); !read) {
      return read;
    }
    if (!hours_->Valid() || hours_->key() != row ||
        !read_runs(to_view(hours_->value()), start_of_hour(hour), sightings_)) {
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

  Status add_firsts(const AnswersRead& answers, EvidenceGroup& group) {
    for (const auto& [id, answer] : answers) {
      Status added;
      if (answer.first) {
        group.add_first(answer.known, *answer.first);
      } else if (answer.oldest_counted) {
        added = add_first_at_home(answer, group);
      }
      if (!added) {
        return added;
      }
    }
    return {};
  }

  Status add_first_at_home(const AnswerRows& answer, EvidenceGroup& group) {
    const AddressKey& key = *answer.oldest_counted;
    return read_at_home(key, *answer.known, [&](std::string_view outline) {
      const auto first = read_first(outline, start_of_day(key.day));
      if (first) {
        group.add_first(answer.known, *first);
      }
      return first ? Status() : Status(damaged());
    });
  }

  // What `read` says of the outline of the row `key`, which stands under another address.
  template <class Read>
  Status read_at_home(AddressKey key, const KnownAnswer& known, Read read) {
    if (known.answer().addresses.empty()) {
      return damaged();
    }
    key.address = home_address(known.answer());
    std::string home;
    append_key(home, key);
    if (!is_next_home(home)) {
      homes_->Seek(home);
    }
    if (const Status found = is_read(*homes_, Table::kByAddress); !found) {
      return found;
    }
    const bool is_there = homes_->Valid() && homes_->key() == home;
    return is_there ? read(to_view(homes_->value())) : Status(damaged());
  }

  // Whether the row stands right behind the last one: that of the day before mostly does, and a
  // step costs a tenth of a seek.
  bool is_next_home(const std::string& home) {
    if (!homes_->Valid() || to_view(homes_->key()) >= home) {
      return false;
    }
    homes_->Next();
    return homes_->Valid() && homes_->key() == home;
  }

  void finish(const std::string& key, EvidenceGroup& group) {
    const auto in_tail = tail_.find(key);
    if (in_tail != tail_.end()) {
      group.add(in_tail->second);
      tail_.erase(in_tail);
    }
    newest_.add(group);
  }

  const EvidenceQuery& query_;
  const Memory& memory_;
  const Day last_day_;
  const std::vector<KeyRange> ranges_;
  NewestEvidence newest_;
  rocksdb::Iterator* rows_ = nullptr;
  rocksdb::Iterator* homes_ = nullptr;  // sees the same
  rocksdb::Iterator* hours_ = nullptr;  // the same moment of `deliveries`
  KeptPtr kept_;                        // as of after the rows
  TailGroups tail_;
  EvidenceGroup* gathering_ = nullptr;  // of tail_, the last that something was added to
  std::vector<Outlined> outlined_;      // of the row at hand
  std::vector<Sighting> sightings_;     // of an hour of it
  size_t pairs_ = 0;                    // looked at in the tables
  size_t steps_ = 0;
};

}  // namespace

Result<std::vector<Evidence>> read_evidence(const EvidenceQuery& query, const Memory& memory) {
  auto found = EvidenceScan(query, memory).run();
  // Rows that were still there may lead to answers that are gone by now; such rows are no longer
  // kept, so the next look does not see them.
  if (!found && found.error().code == ErrorCode::kNotFound) {
    found = EvidenceScan(query, memory).run();
  }
  return found;
}

}  // namespace etymon::store
