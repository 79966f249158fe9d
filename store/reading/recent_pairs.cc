#include "store/reading/recent_pairs.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "resolver/base/flat_map.h"
#include "resolver/base/small_vector.h"
#include "store/tables/answer_codec.h"
#include "store/tables/keys.h"
#include "store/tables/runs.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

constexpr size_t kLookedAtUnasked = 4096;  // rows between two questions whether to go on
constexpr size_t kAnswersMax = 50'000;     // that are known at once

// An answer, as far as it matters here.
struct Wanted {
  uint64_t mark = 0;                      // of its content, which may go by several numbers
  SmallVector<IpAddress, 1> addresses{};  // those that are asked about
};

class Search {
 public:
  Search(const RecentQuery& query, RowCursor& deliveries, const Kept& kept, AnswerBook& book)
      : query_(query), rows_(deliveries), kept_(kept), book_(book) {}

  Result<std::optional<RecentPairs>> run() {
    const Hour first = hour_of(clamp_time(query_.span.start));
    for (Hour hour = hour_of(clamp_time(query_.span.end));; --hour) {
      if (const Status read = read_hour(hour); !read) {
        return read.error();
      }
      if (looked_at_ > query_.looked_at) {
        return std::optional<RecentPairs>();
      }
      if (is_enough(start_of_hour(hour))) {
        return std::optional(newest());
      }
      if (hour <= first || takes_too_long(hour)) {
        return std::optional<RecentPairs>();
      }
    }
  }

 private:
  struct Told {
    WallTime at;
    Pair pair;
  };

  bool is_enough(WallTime read_from) const {
    return times_.size() >= query_.rows || (query_.at_least && read_from <= *query_.at_least);
  }

  // If what comes before `hour` is as what was read. Of the last hour only a part may count.
  bool takes_too_long(Hour hour) const {
    const double found = static_cast<double>(std::max<size_t>(times_.size(), 1));
    double hours = hours_back_to(start_of_hour(hour)) * static_cast<double>(query_.rows) / found;
    if (query_.at_least) {
      hours = std::min(hours, hours_back_to(*query_.at_least));
    }
    const double an_hour = static_cast<double>(looked_at_) / static_cast<double>(hours_read_);
    return hours * an_hour > static_cast<double>(query_.looked_at);
  }

  double hours_back_to(WallTime moment) const {
    using Hours = std::chrono::duration<double, std::ratio<3600>>;
    return Hours(query_.span.end - moment).count();
  }

  // A seek costs as much as many rows, and hours may be empty for months.
  static constexpr size_t kRowsOfASeek = 16;

  Status read_hour(Hour hour) {
    ++hours_read_;
    looked_at_ += kRowsOfASeek;
    const std::string prefix = hour_prefix(hour);
    for (rows_.seek(prefix); rows_.valid() && rows_.key().starts_with(prefix); rows_.next()) {
      if (++looked_at_ > query_.looked_at) {
        return {};
      }
      const std::optional<DeliveryKey> key = read_delivery_key(rows_.key());
      Status read = key ? may_go_on() : Status(damaged(Table::kDeliveries));
      if (read && hour >= kept_.since(key->client)) {
        read = read_row(*key, rows_.value());
      }
      if (!read) {
        return read;
      }
    }
    return is_read(rows_, Table::kDeliveries);
  }

  Status may_go_on() const {
    const bool is_asked = looked_at_ % kLookedAtUnasked == 0 && query_.should_stop;
    return is_asked && query_.should_stop() ? Status(Error{ErrorCode::kUnavailable, "stopped"})
                                            : Status();
  }

  Status read_row(const DeliveryKey& key, std::string_view value) {
    const Result<const Wanted*> wanted = wanted_of(key.answer);
    if (!wanted) {
      return wanted.error();
    }
    if ((*wanted)->addresses.empty()) {
      return {};
    }
    sightings_.clear();
    if (!read_runs(value, start_of_hour(key.hour), sightings_)) {
      return damaged(Table::kDeliveries);
    }
    if (const std::optional<WallTime> at = last_within_span()) {
      const bool is_new = marks_of(key.client).insert((*wanted)->mark).second;
      add(*at, key.client, **wanted, is_new);
    }
    return {};
  }

  // `is_new`: this makes other Evidence rows than those before.
  void add(WallTime at, const IpAddress& client, const Wanted& wanted, bool is_new) {
    if (at < since_) {
      return;
    }
    times_.insert(times_.end(), is_new ? wanted.addresses.size() : 0, at);
    for (const IpAddress& address : wanted.addresses) {
      told_.push_back({at, {address, client}});
    }
    if (times_.size() > 2 * query_.rows) {
      drop_older();
    }
  }

  // Than the newest rows. REQUIRES: there are so many.
  void drop_older() {
    const auto last = times_.begin() + static_cast<std::ptrdiff_t>(query_.rows - 1);
    std::ranges::nth_element(times_, last, std::ranges::greater());
    since_ = std::max(since_, *last);
    times_.erase(last + 1, times_.end());
    std::erase_if(told_, [this](const Told& told) { return told.at < since_; });
  }

  std::optional<WallTime> last_within_span() const {
    std::optional<WallTime> last;
    for (const Sighting& sighting : sightings_) {
      if (query_.span.contains(sighting.at)) {
        last = std::max(last.value_or(sighting.at), sighting.at);
      }
    }
    return last;
  }

  // Until the next call.
  Result<const Wanted*> wanted_of(AnswerId id) {
    if (wanted_.size() == kAnswersMax) {
      wanted_.clear();
    }
    const auto [entry, is_new] = wanted_.try_emplace(id);
    if (is_new) {
      const auto known = book_.find(id);
      if (!known) {
        return known.error();
      }
      entry->second.mark = (*known)->mark();
      visit_addresses((*known)->bytes(), [&](const IpAddress& address) {
        if (query_.addresses.contains(address)) {
          entry->second.addresses.push_back(address);
        }
      });
    }
    return &entry->second;
  }

  // What a client was told stands together.
  FlatSet<uint64_t>& marks_of(const IpAddress& client) {
    if (marks_ == nullptr || client != client_) {
      client_ = client;
      marks_ = &marks_by_client_[client];
    }
    return *marks_;
  }

  // REQUIRES: is_enough().
  RecentPairs newest() {
    since_ = std::max(since_, query_.at_least.value_or(since_));
    if (times_.size() >= query_.rows) {
      drop_older();
    }
    RecentPairs recent{.since = since_, .pairs = {}};
    for (const Told& told : told_) {
      if (told.at >= since_) {
        recent.pairs.push_back(told.pair);
      }
    }
    std::ranges::sort(recent.pairs, PairKeyOrder());
    const auto repeated = std::ranges::unique(recent.pairs);
    recent.pairs.erase(repeated.begin(), repeated.end());
    return recent;
  }

  const RecentQuery& query_;
  RowCursor& rows_;
  const Kept& kept_;
  AnswerBook& book_;
  size_t looked_at_ = 0;
  size_t hours_read_ = 0;
  FlatMap<AnswerId, Wanted> wanted_;
  // Whose content was found: each stands in the newest of its hours first.
  std::map<IpAddress, FlatSet<uint64_t>, AddressKeyOrder> marks_by_client_;
  FlatSet<uint64_t>* marks_ = nullptr;  // of client_
  IpAddress client_;
  WallTime since_ = WallTime::min();  // nothing from before this is among the newest
  std::vector<WallTime> times_;       // when each Evidence row was told last, or not long before
  std::vector<Told> told_;
  std::vector<Sighting> sightings_;
};

}  // namespace

Result<std::optional<RecentPairs>> recent_pairs(const RecentQuery& query, RowCursor& deliveries,
                                                const Kept& kept, AnswerBook& book) {
  return Search(query, deliveries, kept, book).run();
}

}  // namespace etymon::store
