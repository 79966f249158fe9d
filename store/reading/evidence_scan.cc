#include "store/reading/evidence_scan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "store/reading/evidence.h"
#include "store/reading/known_clients.h"
#include "store/reading/pair_rows.h"
#include "store/reading/recent_pairs.h"
#include "store/tables/cached_rows.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

// Rows and pairs that are looked at before whoever asked is asked whether to go on. Most lookups
// have fewer.
constexpr size_t kStepsUnasked = 256;

// Pairs of a wide prefix that are looked at before it pays to ask who the clients are, and the most
// that are asked for.
constexpr size_t kPairsOfUnknown = 128;
constexpr size_t kClientsMax = 4096;

// A row of `by_address` takes some twelve octets of a file, and as long to walk over as two of
// `deliveries`.
constexpr uint64_t kOctetsOfHoursRow = 6;
constexpr uint64_t kRowsOfHoursMax = 600'000;

// Rows that are walked over in less time than a seek takes. Of the networks that are not read by
// the hour most pairs have few.
constexpr unsigned kSteps = 8;

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

// Of a row whose key begins with `prefix`, which is group_key() of the group.
std::optional<AddressKey> key_of(std::string_view key, const std::string& prefix,
                                 const EvidenceGroup& group) {
  return read_rest_of_key(group.address(), group.client(), key.substr(prefix.size()));
}

// What is read from: an EvidenceView's.
struct Sources {
  const Tables& tables;
  const Tail::Parts& parts;
  AddressRows& rows;
  const Kept& kept;
  AnswerBook& book;
  RowCache& cache;
};

class EvidenceScan {
 public:
  EvidenceScan(const EvidenceQuery& query, const Sources& sources)
      : query_(query),
        sources_(sources),
        last_day_(day_of(clamp_time(query.until))),
        newest_(query.limit),
        rows_(sources.rows.rows),
        pair_rows_(query, sources.rows, sources.book, sources.cache) {}

  Result<std::vector<Evidence>> run() {
    const Status read =
        query_.client && query_.address.is_single() ? scan_pair(*query_.client) : scan_all();
    return read ? Result<std::vector<Evidence>>(newest_.take()) : read.error();
  }

 private:
  // One address and one client: one range that holds nobody else, mostly a row or two. Of it, what
  // is newer than the day after the moment is passed over.
  Status scan_pair(const IpAddress& client) {
    const IpAddress& address = query_.address.first();
    EvidenceGroup group(address, client, span_of(client));
    pair_rows_.begin();
    const Result<bool> all = read_pair(address, client, group);
    Status read = all ? pair_rows_.add_firsts(group) : Status(all.error());
    if (read) {
      read = visit_tail([&](const TailPart::Seen& seen) {
        group.add(seen.known, seen.sighting);
        return may_go_on(0);
      });
    }
    newest_.add(group);
    return read;
  }

  Result<bool> read_pair(const IpAddress& address, const IpAddress& client, EvidenceGroup& group) {
    const Day newest = last_day_ + 1;
    const std::string prefix = group_key(address, client);
    auto [cached, is_worth_keeping] =
        sources_.cache.find(sources_.rows.state, RowCache::Kind::kPair, prefix);
    if (cached != nullptr && cached->newest >= newest) {
      CachedWalk walk(std::move(cached));
      return read_rows(walk, prefix, false, group);
    }
    seek_day(address, client, newest);
    if (cached == nullptr && !is_worth_keeping) {
      return read_rows(rows_, prefix, false, group);
    }
    CopyingWalk walk(rows_);
    const Result<bool> read = read_rows(walk, prefix, false, group);
    const bool is_all = read && !(rows_.valid() && rows_.key().starts_with(prefix));
    if (is_all && walk.is_whole()) {
      sources_.cache.keep(sources_.rows.state, RowCache::Kind::kPair, prefix,
                          std::make_shared<const CachedRows>(CachedRows{newest, walk.take()}));
    }
    return read;
  }

  Status scan_all() {
    Status read = visit_tail([this](const TailPart::Seen& seen) {
      gather(seen);
      return may_go_on(tail_.size());
    });
    const Result<std::optional<RecentPairs>> recent = read ? find_recent() : read.error();
    if (!recent) {
      return recent.error();
    }
    if (*recent) {
      read = read_recent(**recent);
    } else {
      for (const KeyRange& range : address_ranges(query_.address)) {
        read = read ? scan(range) : read;
      }
    }
    for (const auto& [key, group] : tail_) {
      newest_.add(group);
    }
    return read;
  }

  // Nothing: it would take longer than reading all pairs, or something of an hour cannot be read,
  // which may be none of these addresses'.
  Result<std::optional<RecentPairs>> find_recent() {
    if (query_.address.is_single() || query_.client) {
      return std::optional<RecentPairs>();
    }
    uint64_t octets = 0;
    for (const KeyRange& range : address_ranges(query_.address)) {
      octets += sources_.tables.octets_of(Table::kByAddress, range);
    }
    const RecentQuery query{.addresses = query_.address,
                            .span = {query_.since, query_.until},
                            .rows = query_.limit,
                            .looked_at = std::min(octets / kOctetsOfHoursRow, kRowsOfHoursMax),
                            .at_least = floor_of_tail(),
                            .should_stop = query_.should_stop};
    auto recent = recent_pairs(query, sources_.rows.hours, sources_.kept, sources_.book);
    const bool is_wanted = recent || recent.error().code == ErrorCode::kUnavailable;
    return is_wanted ? std::move(recent) : std::optional<RecentPairs>();
  }

  // As many rows as are wanted are in the tail alone, and at least as new as this.
  std::optional<WallTime> floor_of_tail() const {
    std::vector<WallTime> times;
    for (const auto& [key, group] : tail_) {
      group.append_newest(times);
    }
    if (times.size() < query_.limit) {
      return std::nullopt;
    }
    const auto last = times.begin() + static_cast<std::ptrdiff_t>(query_.limit - 1);
    std::ranges::nth_element(times, last, std::ranges::greater());
    return *last;
  }

  // What is left in the tail afterwards is older than all that is wanted.
  Status read_recent(const RecentPairs& recent) {
    std::vector<Pair> pairs = recent.pairs;
    for (const auto& [key, group] : tail_) {
      if (group.reaches(recent.since)) {
        pairs.push_back({group.address(), group.client()});
      }
    }
    std::ranges::sort(pairs, PairKeyOrder());
    const auto repeated = std::ranges::unique(pairs);
    pairs.erase(repeated.begin(), repeated.end());
    Status read;
    for (auto pair = pairs.begin(); read && pair != pairs.end(); ++pair) {
      seek_day(pair->address, pair->client, last_day_ + 1);
      read = read_from_here(*pair, group_key(pair->address, pair->client), false);
    }
    return read;
  }

  // All rows of the pair that matter, from where rows_ stands.
  Status read_from_here(const Pair& pair, const std::string& prefix, bool may_be_old) {
    EvidenceGroup group(pair.address, pair.client, span_of(pair.client));
    pair_rows_.begin();
    const Result<bool> is_wanted = read_rows(rows_, prefix, may_be_old, group);
    if (!is_wanted || !*is_wanted) {
      return is_wanted ? Status() : Status(is_wanted.error());
    }
    Status added = pair_rows_.add_firsts(group);
    finish(prefix, group);
    return added;
  }

  TimeSpan span_of(const IpAddress& client) const {
    const WallTime kept = start_of_hour(sources_.kept.since(client));
    return {std::max(query_.since, kept), query_.until};
  }

  template <class Visit>
  Status visit_tail(Visit visit) {
    Status read;
    const auto and_check = [&](const TailPart::Seen& seen) {
      read = visit(seen);
      return read.ok();
    };
    for (const auto& part : sources_.parts) {
      if (read && part->reaches_beyond(sources_.rows.folded)) {
        part->visit({query_.address, query_.client}, and_check);
      }
    }
    return read;
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

  Status scan(const KeyRange& range) {
    rows_.seek(range.first);
    while (rows_.valid() && rows_.key() < range.end) {
      const std::optional<AddressKey> key = read_address_key(rows_.key());
      if (!key) {
        return damaged(Table::kByAddress);
      }
      Status wanted = may_go_on(++pairs_);
      if (!wanted || pairs_ > query_.pairs_max) {
        return wanted;
      }
      if (query_.client && key->client != *query_.client) {
        seek_client(*key);
        continue;
      }
      if (Status read = read_group(*key); !read) {
        return read;
      }
      seek_behind(*key);
    }
    return is_read(rows_, Table::kByAddress);
  }

  // To the next pair: if it may be one of the same address and a known client, at once to where its
  // newest wanted row would be.
  void seek_behind(const AddressKey& pair) {
    if (pairs_ == kPairsOfUnknown) {
      clients_ = known_clients(*sources_.tables.snapshot(), kClientsMax).value_or(clients_);
    }
    const auto next = std::ranges::upper_bound(clients_, pair.client, AddressKeyOrder());
    if (next == clients_.end()) {
      rows_.seek_nearby(after_prefix(group_key(pair.address, pair.client)), kSteps);
    } else {
      seek_day(pair.address, *next, newest_.floor() ? last_day_ : last_day_ + 1, kSteps);
    }
  }

  // From a row of another client on to the client's rows of this address, or of the next.
  void seek_client(const AddressKey& key) {
    std::string target = group_key(key.address, *query_.client);
    if (rows_.key() > target) {
      std::string address;
      append_address(address, key.address);
      target = after_prefix(std::move(address));
    }
    rows_.seek(target);
  }

  // All rows of one address and client that matter.
  Status read_group(const AddressKey& first) {
    const std::string prefix = group_key(first.address, first.client);
    const bool may_be_old = newest_.floor() && !tail_.contains(prefix);
    if (may_be_old && !has_new_rows(first, prefix)) {
      return is_read(rows_, Table::kByAddress);
    }
    seek_newest(first);
    return read_from_here({first.address, first.client}, prefix, may_be_old);
  }

  // From where `rows` stands. False: nothing of the pair is among the newest that are wanted, which
  // can only be if it may be old.
  template <class Rows>
  Result<bool> read_rows(Rows& rows, const std::string& prefix, bool may_be_old,
                         EvidenceGroup& group) {
    const Day first_day = day_of(clamp_time(group.span().start));
    for (; rows.valid() && rows.key().starts_with(prefix); rows.next()) {
      const std::optional<AddressKey> key = key_of(rows.key(), prefix, group);
      if (!key) {
        return damaged(Table::kByAddress);
      }
      if (key->day > last_day_ + 1) {
        continue;  // Of the cache: a cursor has been moved behind these.
      }
      if (key->day < first_day) {
        return true;
      }
      if (may_be_old && is_too_old(key->day) && !group.reaches(*newest_.floor())) {
        return false;
      }
      const Status wanted = may_go_on(pairs_);
      const Status added =
          wanted ? pair_rows_.add(*key, rows.value(), key->day == first_day, group) : wanted;
      if (!added) {
        return added.error();
      }
    }
    const Status read = is_read(rows, Table::kByAddress);
    return read ? Result<bool>(true) : read.error();
  }

  // Whether nothing of that day is among the newest that are wanted.
  // REQUIRES: they have a floor.
  bool is_too_old(Day day) const { return start_of_day(day + 1) <= *newest_.floor(); }

  // Of the pairs of a wide prefix most were told long before the newest that are wanted, and one
  // look at each has to do. False also where all that was told came after the moment. Moves rows_.
  bool has_new_rows(const AddressKey& first, const std::string& prefix) {
    if (first.day > last_day_) {
      seek_day(first.address, first.client, last_day_);
    }
    if (!rows_.valid() || !rows_.key().starts_with(prefix)) {
      return false;
    }
    const std::optional<AddressKey> key = read_address_key(rows_.key());
    return !key || !is_too_old(key->day);
  }

  // To the day after the moment, where what came next may be.
  void seek_newest(const AddressKey& first) {
    if (first.day > last_day_ + 1 || newest_.floor()) {
      seek_day(first.address, first.client, last_day_ + 1);
    }
  }

  void seek_day(const IpAddress& address, const IpAddress& client, Day day, unsigned steps = 0) {
    key_.clear();
    append_key(key_, AddressKey{address, client, day, 0});
    rows_.seek_nearby(key_, steps);
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
  const Sources sources_;
  const Day last_day_;
  NewestEvidence newest_;
  RowCursor& rows_;
  PairRows pair_rows_;
  std::vector<IpAddress> clients_;  // all there are, once it pays to know them
  TailGroups tail_;
  EvidenceGroup* gathering_ = nullptr;  // of tail_, the last that something was added to
  std::string key_;                     // of a row that is looked for
  size_t pairs_ = 0;                    // looked at in the tables
  size_t steps_ = 0;
};

}  // namespace

Result<EvidenceView> EvidenceView::take(const Memory& memory) {
  auto parts = memory.tail.parts();
  Result<AddressRowsPtr> rows = memory.tables.address_rows();
  if (!rows) {
    return rows.error();
  }
  return EvidenceView(memory, std::move(parts), *std::move(rows));
}

EvidenceView::EvidenceView(const Memory& memory, std::shared_ptr<const Tail::Parts> parts,
                           AddressRowsPtr rows)
    : memory_(memory),
      parts_(std::move(parts)),
      rows_(std::move(rows)),
      kept_(memory.tables.kept()) {}

EvidenceView::~EvidenceView() {
  if (rows_ != nullptr) {
    memory_.tables.give_back(std::move(rows_));
  }
}

Result<std::vector<Evidence>> EvidenceView::evidence(const EvidenceQuery& query) {
  return EvidenceScan(query, {memory_.tables, *parts_, *rows_, *kept_, memory_.book,
                              memory_.tables.row_cache()})
      .run();
}

}  // namespace etymon::store
