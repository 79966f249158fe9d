#include "store/removal/forget_search.h"

#include <algorithm>
#include <utility>

#include "resolver/base/bytes.h"
#include "store/reading/name_cells.h"
#include "store/tables/sets.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

// Rows, or deliveries, taken out by one ingest: some megabytes of memory.
constexpr uint64_t kAtOnce = 20'000;
// Rows looked at in one step, so that a fold need not wait long: some 100 ms.
constexpr uint64_t kLookedAtAtOnce = 200'000;

std::string behind(std::string_view key) {
  return std::string(key) + '\0';
}

KeyRange range_of(const PendingForget& order) {
  return order.name ? name_range(*order.name, order.record.match)
                    : KeyRange{{}, std::string(kBehindAllKeys)};
}

}  // namespace

ForgetSearch::ForgetSearch(const Tables& tables, const PendingForget& order)
    : tables_(tables), order_(order), range_(range_of(order)), from_(range_.first) {}

uint64_t ForgetSearch::octets() const {
  return tables_.octets_of(Table::kByName, {range_.first, from_});
}

uint64_t ForgetSearch::octets_max() const {
  return tables_.octets_of(Table::kByName, range_);
}

Result<ForgetSearch::Collected> ForgetSearch::collect(ForgetRows& rows) const {
  const rocksdb::Slice end = to_slice(range_.end);
  const OpenTablesPtr opened = tables_.opened();
  const auto names = opened->scan(Table::kByName, end);
  Collected collected{false, from_};
  uint64_t looked_at = 0;
  for (names->Seek(from_); names->Valid(); names->Next()) {
    if (rows.deliveries() >= kAtOnce || rows.size() >= kAtOnce || looked_at >= kLookedAtAtOnce) {
      return collected;
    }
    ++looked_at;
    const Status taken = collect_row(rows, to_view(names->key()), to_view(names->value()));
    if (!taken) {
      return taken.error();
    }
    collected.from = behind(to_view(names->key()));
  }
  const Status read = is_read(*names, Table::kByName);
  return read ? Result<Collected>({true, range_.end}) : read.error();
}

Status ForgetSearch::collect_row(ForgetRows& rows, std::string_view key,
                                 std::string_view value) const {
  const auto row = read_name_key(key);
  if (!row) {
    return damaged(Table::kByName);
  }
  const TimeSpan& span = order_.record.span;
  if (row->day < day_of(span.start) || day_of(span.end) < row->day || !leads(rows, key, *row)) {
    return {};
  }
  const auto clients = read_clients(value);
  if (!clients) {
    return damaged(Table::kByName);
  }
  for (const ClientHours& told : *clients) {
    if (order_.client && !order_.client->contains(told.client)) {
      continue;
    }
    const Status taken = rows.take_out({row->day, told.client, row->answer}, told.hours);
    if (!taken) {
      return taken;
    }
  }
  return {};
}

// Several names of an answer may lie in the range: one of them leads to it.
bool ForgetSearch::leads(ForgetRows& rows, std::string_view key, const NameKey& row) const {
  if (!order_.name) {
    return row.role == NameRole::kAsked;
  }
  const AnswerFacts* facts = rows.facts(row.answer);
  if (facts == nullptr) {
    return true;  // take_out() says what is wrong.
  }
  const auto first = std::ranges::find_if(facts->name_rows, [&](const std::string& name_row) {
    return name_row >= range_.first && name_row < range_.end;
  });
  return first == facts->name_rows.end() || key.starts_with(*first);
}

}  // namespace etymon::store
