#include "store/upkeep/rescue.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "resolver/base/bytes.h"
#include "resolver/base/hash.h"
#include "store/tables/answer_codec.h"
#include "store/tables/outlines.h"
#include "store/tables/runs.h"
#include "store/tables/sets.h"

namespace etymon::store {
namespace {

// A delivery of which the answer is not known was told about now.
constexpr Seconds kMargin{5};

std::unique_ptr<rocksdb::Iterator> rows_of(const Tables& tables, Table table) {
  return std::unique_ptr<rocksdb::Iterator>(
      tables.opened()->db().NewIterator(rocksdb::ReadOptions(), tables.opened()->family(table)));
}

std::optional<std::string> row_of(const Tables& tables, Table table, const std::string& key) {
  std::string value;
  return tables.opened()->db().Get({}, tables.opened()->family(table), key, &value).ok()
             ? std::optional(value)
             : std::nullopt;
}

bool is_earlier(const Sighting& a, const Sighting& b) {
  const auto order = [](const Sighting& s) {
    return std::tuple(s.at, s.validity_s, s.origin, s.transport, s.forwarder);
  };
  return order(a) < order(b);
}

bool lies_in(const Sighting& sighting, Hour hour) {
  return clamp_time(sighting.at) == sighting.at && hour_of(sighting.at) == hour;
}

// What `by_address` tells of an hour.
struct HourTold {
  std::vector<Sighting> sightings;
  bool is_all = true;
};

// The sightings of either, each as often as it is in the one that has it more often.
std::vector<Sighting> united(std::vector<Sighting> a, std::vector<Sighting> b) {
  std::ranges::sort(a, is_earlier);
  std::ranges::sort(b, is_earlier);
  std::vector<Sighting> all;
  std::ranges::set_union(a, b, std::back_inserter(all), is_earlier);
  return all;
}

}  // namespace

std::optional<std::string> Rescue::salvaged_row(Table table, const std::string& key) const {
  return row_of(salvaged_.tables(), table, key);
}

bool Rescue::is_kept(const IpAddress& client, Hour hour) const {
  return hour >= salvaged_.kept().since(client);
}

FoldedSoFar Rescue::folded() const {
  FoldedSoFar folded;
  if (!salvaged_.losses().position) {
    folded.position = salvaged_.position();
  }
  folded.newest = newest_;
  return folded;
}

// What was being forgotten goes on after the next start: rows that were gone may have come back. An
// order that has its record is done, and was read from an old file.
Status Rescue::rescue_forgotten() {
  const ForgetLog& log = salvaged_.forgotten();
  Tables::RowValues rows;
  bool is_done = false;
  for (const ForgetRecord& record : log.records) {
    rows[forget_record_key(record)] = encode_forget(record);
    is_done = is_done || (log.pending && log.pending->record.asked == record.asked);
  }
  if (log.pending && !is_done) {
    rows[pending_forget_key()] = encode_forget(*log.pending);
  }
  return tables_.put({{Table::kKept, &rows}});
}

Status Rescue::rescue_tables() {
  const TableLosses& losses = salvaged_.losses();
  const Kept& kept = salvaged_.kept();
  Status done = kept == Kept() ? Status() : tables_.keep(kept, kept.all);
  done = done ? rescue_forgotten() : done;
  Rebuild rebuild(tables_, salvaged_.position());
  if (done) {
    done = rescue_deliveries(rebuild);
  }
  if (done && losses.may_lack_deliveries()) {
    done = rescue_homes(rebuild);
  }
  if (done) {
    done = rebuild.finish();
  }
  if (done && losses.unlisted) {
    done = find_what_no_list_misses();
  }
  if (!done) {
    return done;
  }
  find_incomplete_hours();
  if (losses.everything || counts_are_lost_) {
    gaps_.add({Gaps::kAlways, Gaps::kForever});
  }
  if (losses.clients || losses.everything) {  // The counts cannot say what is missing.
    for (const auto& [first, last] : losses.hours) {
      gaps_.add_hours(std::min(first, last), std::max(first, last));
    }
  }
  return {};
}

Status Rescue::rescue_deliveries(Rebuild& rebuild) {
  const auto rows = rows_of(salvaged_.tables(), Table::kDeliveries);
  std::vector<Sighting> sightings;
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::optional<DeliveryKey> key = read_delivery_key(to_view(rows->key()));
    sightings.clear();
    if (!key) {
      gaps_.add({Gaps::kAlways, Gaps::kForever});
      continue;
    }
    if (!is_kept(key->client, key->hour)) {
      continue;
    }
    if (!read_runs(to_view(rows->value()), start_of_hour(key->hour), sightings)) {
      gaps_.add_hours(key->hour, key->hour);
    }
    if (salvaged_.losses().may_lack_deliveries()) {
      complete(*key, sightings);
    }
    const Status added = add(rebuild, *key, sightings);
    if (!added) {
      return added;
    }
  }
  return to_status(rows->status(), "cannot read what was salvaged");
}

// What `by_address` tells of the same hour, client and answer.
void Rescue::complete(const DeliveryKey& key, std::vector<Sighting>& sightings) const {
  const Result<std::string> bytes = salvaged_.tables().answer(key.answer);
  const auto answer = bytes ? decode_answer(*bytes) : Result<Answer>(bytes.error());
  if (!answer || answer->addresses.empty()) {
    return;
  }
  std::string home;
  append_key(home, AddressKey{home_address(*answer), key.client, day_of(key.hour), key.answer});
  const auto value = salvaged_row(Table::kByAddress, home);
  std::vector<Outlined> told;
  if (value && read_outlines(*value, start_of_day(day_of(key.hour)), told)) {
    std::vector<Sighting> of_hour;
    for (const Outlined& one : told) {
      if (lies_in(one.sighting, key.hour)) {
        of_hour.push_back(one.sighting);
      }
    }
    sightings = united(std::move(sightings), std::move(of_hour));
  }
}

// The rows of `by_address` of which `deliveries` has nothing, as far as they tell it: what an
// outline leaves out is gone, and the hour is counted as incomplete.
Status Rescue::rescue_homes(Rebuild& rebuild) {
  const auto rows = rows_of(salvaged_.tables(), Table::kByAddress);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::optional<AddressKey> row = read_address_key(to_view(rows->key()));
    std::vector<Outlined> outlined;
    if (!row || !read_outlines(to_view(rows->value()), start_of_day(row->day), outlined)) {
      continue;  // An alias, perhaps.
    }
    std::map<Hour, HourTold> hours;
    for (const auto& [sighting, skipped, longer] : outlined) {
      const Hour hour = hour_of(clamp_time(sighting.at));
      if (is_kept(row->client, hour)) {
        hours[hour].sightings.push_back(sighting);
        hours[hour].is_all = hours[hour].is_all && skipped == 0;
      }
    }
    for (auto& [hour, told] : hours) {
      const DeliveryKey key{hour, row->client, row->answer};
      std::string text;
      append_key(text, key);
      if (salvaged_row(Table::kDeliveries, text)) {
        continue;
      }
      if (!told.is_all) {
        gaps_.add_hours(hour, hour);
      }
      const Status added = add(rebuild, key, told.sightings);
      if (!added) {
        return added;
      }
    }
  }
  return to_status(rows->status(), "cannot read what was salvaged");
}

Status Rescue::add(Rebuild& rebuild, const DeliveryKey& key, std::vector<Sighting>& sightings) {
  const size_t before = sightings.size();
  std::erase_if(sightings, [&](const Sighting& sighting) { return !lies_in(sighting, key.hour); });
  std::ranges::stable_sort(sightings, {}, &Sighting::at);
  if (salvaged_.losses().repeats) {
    sightings.erase(std::unique(sightings.begin(), sightings.end()), sightings.end());
  }
  if (sightings.size() < before && !salvaged_.losses().repeats) {
    gaps_.add_hours(key.hour, key.hour);
  }
  if (sightings.empty()) {
    return {};
  }
  const Status added = rebuild.add(key.answer, key.client, sightings,
                                   [this](AnswerId id) { return salvaged_.tables().answer(id); });
  const bool has_no_answer = !added && (added.error().code == ErrorCode::kNotFound ||
                                        added.error().code == ErrorCode::kDataLoss);
  if (has_no_answer) {
    gaps_.add_hours(key.hour, key.hour);
    return {};
  }
  for (const Sighting& sighting : sightings) {
    if (sighting.origin != Origin::kImport) {
      newest_ = std::max(newest_.value_or(sighting.at), sighting.at);
    }
  }
  return added;
}

void Rescue::find_incomplete_hours() {
  const auto rows = rows_of(salvaged_.tables(), Table::kByClient);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::optional<ClientKey> key = read_client_key(to_view(rows->key()));
    const std::optional<Activity> were = read_activity(to_view(rows->value()));
    if (!key || !is_kept(key->client, key->hour)) {
      continue;
    }
    const auto value = row_of(tables_, Table::kByClient, rows->key().ToString());
    const std::optional<Activity> are = value ? read_activity(*value) : std::nullopt;
    if (!were || !are || are->deliveries < were->deliveries) {
      gaps_.add_hours(key->hour, key->hour);
    }
  }
}

Status Rescue::find_what_no_list_misses() {
  const Status found = find_uncounted();
  return found ? find_lost_of_names() : found;
}

std::optional<Activity> Rescue::counted(const ClientKey& key) const {
  std::string text;
  append_key(text, key);
  const auto value = salvaged_row(Table::kByClient, text);
  return value ? read_activity(*value) : std::nullopt;
}

// More in an hour than the counts say: of some fold they are gone.
Status Rescue::find_uncounted() {
  const auto rows = rows_of(tables_, Table::kByClient);
  for (rows->SeekToFirst(); rows->Valid() && !counts_are_lost_; rows->Next()) {
    const std::optional<ClientKey> key = read_client_key(to_view(rows->key()));
    const std::optional<Activity> are = read_activity(to_view(rows->value()));
    const std::optional<Activity> were = key ? counted(*key) : std::nullopt;
    counts_are_lost_ = !are || !were || were->deliveries < are->deliveries;
  }
  return to_status(rows->status(), "cannot read the new tables");
}

// Of an answer without an address, the names alone tell beside what is gone.
Status Rescue::find_lost_of_names() {
  const auto rows = rows_of(salvaged_.tables(), Table::kByName);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::optional<NameKey> row = read_name_key(to_view(rows->key()));
    const auto clients = read_clients(to_view(rows->value()));
    if (!row || !clients) {
      continue;
    }
    for (const ClientHours& told : *clients) {
      find_lost(*row, told);
    }
  }
  return to_status(rows->status(), "cannot read what was salvaged");
}

// The hours of which the name tells, and the new tables have nothing.
void Rescue::find_lost(const NameKey& row, const ClientHours& told) {
  for (unsigned i = 0; i < kHoursPerDay; ++i) {
    const Hour hour = row.day * kHoursPerDay + i;
    if ((told.hours >> i & 1) == 0 || !is_kept(told.client, hour)) {
      continue;
    }
    std::string key;
    append_key(key, DeliveryKey{hour, told.client, row.answer});
    if (!row_of(tables_, Table::kDeliveries, key)) {
      gaps_.add_hours(hour, hour);
      counts_are_lost_ = counts_are_lost_ || !counted({told.client, hour});
    }
  }
}

bool Rescue::is_told(const std::string& answer, const IpAddress& client,
                     const Sighting& sighting) const {
  const auto id = tables_.id_of(hash_bytes(as_bytes(answer)), answer);
  if (!id || !*id) {
    return false;
  }
  const Hour hour = hour_of(clamp_time(sighting.at));
  std::string key;
  append_key(key, DeliveryKey{hour, client, **id});
  const auto value = row_of(tables_, Table::kDeliveries, key);
  std::vector<Sighting> told;
  return value && read_runs(*value, start_of_hour(hour), told) &&
         std::ranges::find(told, sighting) != told.end();
}

Status Rescue::rescue_journal(const SalvagedJournal& journal) {
  const Result<AnswerId> last_answer = tables_.last_answer();
  if (!last_answer) {
    return last_answer.error();
  }
  const bool position_is_known = !salvaged_.losses().position;
  const Sequence last = journal.entries.empty() ? 0 : journal.entries.rbegin()->first;
  Rebuild rebuild(tables_, std::max(salvaged_.position(), last), *last_answer);
  std::unordered_map<AnswerId, std::string> answers;  // by the numbers that the entries use
  for (const auto& [sequence, entry] : journal.entries) {
    const bool is_folded = position_is_known && sequence <= salvaged_.position();
    if (is_folded && !salvaged_.losses().may_lack_deliveries()) {
      continue;
    }
    for (const JournalEntry::Definition& definition : entry.definitions) {
      answers[definition.id] = definition.answer;
    }
    for (const Delivery& delivery : entry.deliveries) {
      if (!is_kept(delivery.client, hour_of(clamp_time(delivery.at)))) {
        continue;
      }
      const auto bytes = answers.find(delivery.answer);
      const auto answer = bytes == answers.end()
                              ? Result<Answer>(Error{ErrorCode::kNotFound, "no such answer"})
                              : decode_answer(bytes->second);
      const Sighting sighting = sighting_of(delivery);
      // Without a list, the file with the newest position may be gone.
      const bool may_be_told = is_folded || !position_is_known || salvaged_.losses().unlisted;
      if (!answer) {
        if (!is_folded) {
          gaps_.add({delivery.at - kMargin, delivery.at + kMargin});
        }
      } else if (!may_be_told || !is_told(bytes->second, delivery.client, sighting)) {
        const Status added = rebuild.add(*answer, delivery.client, {&sighting, 1});
        if (!added) {
          return added;
        }
      }
    }
  }
  return rebuild.finish();
}

}  // namespace etymon::store
