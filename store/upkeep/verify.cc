#include "store/upkeep/verify.h"

#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "resolver/base/bytes.h"
#include "store/tables/answer_codec.h"
#include "store/tables/answer_facts.h"
#include "store/tables/forget_log.h"
#include "store/tables/kept_rows.h"
#include "store/tables/outlines.h"
#include "store/tables/runs.h"
#include "store/tables/sets.h"
#include "store/upkeep/digest.h"
#include "store/upkeep/findings.h"

namespace etymon::store {
namespace {

// Rows between two looks at whether to stop.
constexpr uint64_t kRowsAtOnce = 1024;

constexpr const char* kNotDecoded = "cannot be decoded";
constexpr const char* kNoAnswer = "the answer is not there";
constexpr const char* kWrongTime = "a time that does not belong to the row";

// What one pair of tables must both tell.
struct Pair {
  Digest told;      // by the table itself
  Digest expected;  // from what the others say
};

// The rows of one table, as a share of the octets of its files.
class RowMeter {
 public:
  RowMeter(const TablesView& view, Table table, Meter& meter)
      : meter_(meter),
        octets_(view.octets_of(table)),
        rows_(view.estimated_rows(table)),
        start_(meter.done()) {}

  bool goes_on(uint64_t read) {
    const double share =
        static_cast<double>(read) / static_cast<double>(std::max({rows_, read, uint64_t{1}}));
    meter_.move_to(start_ + static_cast<uint64_t>(static_cast<double>(octets_) * share));
    return meter_.check().ok();
  }

  void end() { meter_.move_to(start_ + octets_); }

 private:
  Meter& meter_;
  const uint64_t octets_;
  const uint64_t rows_;
  const uint64_t start_;
};

std::vector<rocksdb::LiveFileMetaData> live_files(const OpenTables& tables) {
  std::vector<rocksdb::LiveFileMetaData> files;
  tables.db().GetLiveFilesMetaData(&files);
  return files;
}

// Of one file. What a compaction has let go of by now is no finding.
rocksdb::Status check_file(const rocksdb::LiveFileMetaData& file, const OpenTables& tables) {
  const std::string path = file.db_path + file.name;
  rocksdb::SstFileReader reader(tables.db().GetOptions());
  rocksdb::Status status = reader.Open(path);
  if (status.ok()) {
    status = reader.VerifyChecksum();
  }
  std::error_code unreadable;  // then nobody has let go of it
  if (status.ok() || std::filesystem::exists(path, unreadable) || unreadable) {
    return status;
  }
  const auto is_it = [&](const rocksdb::LiveFileMetaData& live) { return live.name == file.name; };
  return std::ranges::any_of(live_files(tables), is_it) ? status : rocksdb::Status();
}

class Verification {
 public:
  Verification(TablesView& view, const Kept& kept, Meter& meter, VerifyReport& report)
      : view_(view), kept_(kept), meter_(meter), report_(report), answers_(view) {}

  Status run() {
    walk(Table::kAnswers, [this](auto key, auto value) { see_answer(key, value); });
    walk(Table::kAnswerIds, [this](auto key, auto value) { see_answer_ids(key, value); });
    walk(Table::kDeliveries, [this](auto key, auto value) { see_deliveries(key, value); });
    walk(Table::kByAddress, [this](auto key, auto value) { see_address(key, value); });
    walk(Table::kByName, [this](auto key, auto value) { see_name(key, value); });
    walk(Table::kByClient, [this](auto key, auto value) { see_client(key, value); });
    if (const auto floors = read_kept(view_.rows(Table::kKept)); !floors) {
      findings_.add("kept", floors.error().message, "");
    }
    if (const auto forgotten = read_forget_log(view_.rows(Table::kKept)); !forgotten) {
      findings_.add("kept", forgotten.error().message, "");
    }
    if (const Status going_on = meter_.check(); !going_on) {
      return going_on;
    }
    for (Finding& finding : findings_.list()) {
      report_.findings.push_back(std::move(finding));
    }
    compare(ids_, "answer_ids", "does not list the answers", "answers");
    compare(hours_, "by_address", "does not tell the deliveries", "hours of answers");
    compare(aliases_, "by_address", "an answer's addresses do not agree", "rows");
    compare(names_, "by_name", "does not tell the deliveries", "hours of clients");
    compare(clients_, "by_client", "does not count the deliveries", "deliveries");
    return {};
  }

 private:
  using Row = std::function<void(std::string_view key, std::string_view value)>;

  void walk(Table table, const Row& visit) {
    rocksdb::Iterator& rows = view_.rows(table);
    std::string last;
    uint64_t read = 0;
    RowMeter row_meter(view_, table, meter_);
    for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
      if (read++ % kRowsAtOnce == 0 && !row_meter.goes_on(read)) {
        return;
      }
      last.assign(to_view(rows.key()));
      visit(last, to_view(rows.value()));
    }
    row_meter.end();
    report_.rows += read;
    if (!rows.status().ok()) {
      findings_.add(name_of(table), "cannot be read behind a row: " + rows.status().ToString(),
                    last);
    }
  }

  bool is_kept(const IpAddress& client, Hour hour) const { return hour >= kept_.since(client); }

  void see_answer(std::string_view key, std::string_view value) {
    ByteReader reader(key);
    const AnswerId id = read_id(reader);
    if (!reader.ok() || !reader.at_end() || !decode_answer(value)) {
      return findings_.add("answers", kNotDecoded, key);
    }
    ++report_.answers;
    ids_.expected.add(id_fact(hash_bytes(as_bytes(value)), id));
  }

  void see_answer_ids(std::string_view key, std::string_view value) {
    ByteReader reader(key);
    const uint64_t hash = reader.u64();
    const std::vector<AnswerId> ids = read_ids(value);
    if (!reader.ok() || !reader.at_end() || value.size() != ids.size() * kIdOctets) {
      return findings_.add("answer_ids", kNotDecoded, key);
    }
    for (const AnswerId id : ids) {
      ids_.told.add(id_fact(hash, id));
    }
  }

  void see_deliveries(std::string_view key, std::string_view value) {
    const std::optional<DeliveryKey> row = read_delivery_key(key);
    sightings_read_.clear();
    if (!row || !read_runs(value, start_of_hour(row->hour), sightings_read_)) {
      return findings_.add("deliveries", kNotDecoded, key);
    }
    if (!is_kept(row->client, row->hour)) {
      return;
    }
    for (const Sighting& sighting : sightings_read_) {
      if (hour_of(clamp_time(sighting.at)) != row->hour) {
        return findings_.add("deliveries", kWrongTime, key);
      }
    }
    report_.deliveries += sightings_read_.size();
    clients_.expected.add(client_fact(row->client, row->hour), sightings_read_.size());
    const AnswerFacts* answer = answers_.find(row->answer);
    if (answer == nullptr) {
      return findings_.add("deliveries", kNoAnswer, key);
    }
    if (answer->home) {
      add_hours(hours_.expected, {*answer->home, row->client, day_of(row->hour), row->answer},
                hours_of(sightings_read_));
    }
    for (const std::string& name : answer->name_rows) {
      names_.expected.add(name_fact(name, row->answer, row->client, row->hour));
    }
  }

  void see_address(std::string_view key, std::string_view value) {
    if (key == kFoldedKey) {
      return value.size() == sizeof(uint64_t) ? void()
                                              : findings_.add("by_address", kNotDecoded, key);
    }
    const std::optional<AddressKey> row = read_address_key(key);
    const std::optional<RunHead> head = read_head(value);
    if (!row || !head) {
      return findings_.add("by_address", kNotDecoded, key);
    }
    const Hour since = kept_.since(row->client);
    if (day_of(since) > row->day) {
      return;
    }
    const AnswerFacts* answer = answers_.find(row->answer);
    if (answer == nullptr) {
      return findings_.add("by_address", kNoAnswer, key);
    }
    // Of a day that is kept in part the heads may count what is no longer there.
    const bool whole_day = since <= row->day * kHoursPerDay;
    if (answer->home != row->address) {
      if (!head->is_alias) {
        return findings_.add("by_address", "sightings under an address that is not the home", key);
      }
      return aliases_.told.add(alias_fact(*row, *head, whole_day));
    }
    see_home(key, *row, value);
    for (const IpAddress& other : answer->others) {
      AddressKey alias = *row;
      alias.address = other;
      aliases_.expected.add(alias_fact(alias, *head, whole_day));
    }
  }

  void see_home(std::string_view key, const AddressKey& row, std::string_view value) {
    outlined_read_.clear();
    if (!read_outline(value, start_of_day(row.day), outlined_read_)) {
      return findings_.add("by_address", kNotDecoded, key);
    }
    std::vector<HourOutline> hours = hours_of(outlined_read_);
    for (const HourOutline& hour : hours) {
      if (day_of(clamp_time(hour.first.at)) != row.day) {
        return findings_.add("by_address", kWrongTime, key);
      }
    }
    std::erase_if(hours, [&](const HourOutline& hour) {
      return !is_kept(row.client, hour_of(hour.first.at));
    });
    add_hours(hours_.told, row, hours);
    for (const HourOutline& hour : hours) {
      if (!is_as_in_deliveries(row, hour_of(hour.first.at))) {
        return findings_.add("by_address", "tells an hour otherwise than `deliveries`", key);
      }
    }
  }

  // Of an hour of which more than the outline stands here, as in rows of before format 8. Others
  // are compared by their digests.
  bool is_as_in_deliveries(const AddressKey& row, Hour hour) {
    const auto shown = std::ranges::equal_range(
        outlined_read_, hour, {}, [](const Outlined& one) { return hour_of(one.sighting.at); });
    if (shown.size() <= kShownOfAnHour) {
      return true;
    }
    std::string key;
    append_key(key, DeliveryKey{hour, row.client, row.answer});
    rocksdb::Iterator& rows = view_.rows(Table::kDeliveries);  // which was walked before
    rows.Seek(key);
    sightings_read_.clear();
    return rows.Valid() && rows.key() == key &&
           read_runs(to_view(rows.value()), start_of_hour(hour), sightings_read_) &&
           std::ranges::equal(sightings_read_, shown, {}, {}, &Outlined::sighting);
  }

  void see_name(std::string_view key, std::string_view value) {
    const std::optional<NameKey> row = read_name_key(key);
    const auto clients = read_clients(value);
    if (!row || !clients) {
      return findings_.add("by_name", kNotDecoded, key);
    }
    const std::string_view name = key.substr(0, key.size() - kDayOctets - kIdOctets);
    for (const ClientHours& client : *clients) {
      for (unsigned i = 0; i < kHoursPerDay; ++i) {
        const Hour hour = row->day * kHoursPerDay + i;
        if ((client.hours >> i & 1) != 0 && is_kept(client.client, hour)) {
          names_.told.add(name_fact(name, row->answer, client.client, hour));
        }
      }
    }
  }

  void see_client(std::string_view key, std::string_view value) {
    const std::optional<ClientKey> row = read_client_key(key);
    const std::optional<Activity> activity = read_activity(value);
    if (!row || !activity) {
      return findings_.add("by_client", kNotDecoded, key);
    }
    if (is_kept(row->client, row->hour)) {
      clients_.told.add(client_fact(row->client, row->hour), activity->deliveries);
    }
  }

  void add_hours(Digest& digest, const AddressKey& key, const std::vector<HourOutline>& hours) {
    fact_.clear();
    append_key(fact_, key);
    const size_t common = fact_.size();
    for (const HourOutline& hour : hours) {
      fact_.resize(common);
      append_outline(fact_, start_of_day(key.day), {&hour, 1});
      digest.add(fact_);
    }
  }

  std::string_view id_fact(uint64_t hash, AnswerId id) {
    fact_ = answer_hash_key(hash);
    append_id(fact_, id);
    return fact_;
  }

  std::string_view client_fact(const IpAddress& client, Hour hour) {
    fact_.clear();
    append_key(fact_, ClientKey{client, hour});
    return fact_;
  }

  std::string_view name_fact(std::string_view name, AnswerId id, const IpAddress& client,
                             Hour hour) {
    fact_.assign(name);
    append_key(fact_, DeliveryKey{hour, client, id});
    return fact_;
  }

  std::string_view alias_fact(const AddressKey& key, const RunHead& head, bool whole_day) {
    fact_.clear();
    append_key(fact_, key);
    if (whole_day) {
      ByteWriter writer(fact_);
      writer.u64(head.count);
      writer.u8(head.is_long ? 1 : 0);
    }
    return fact_;
  }

  void compare(const Pair& pair, const std::string& table, const std::string& what,
               const std::string& unit) {
    if (pair.told == pair.expected) {
      return;
    }
    const uint64_t told = pair.told.facts();
    const uint64_t expected = pair.expected.facts();
    report_.findings.push_back(
        {table, what + (told == expected ? "; as many " + unit + ", but others"
                                         : "; " + unit + ": " + std::to_string(told) +
                                               " instead of " + std::to_string(expected))});
  }

  static constexpr size_t kIdOctets = 5;
  static constexpr size_t kDayOctets = 3;

  TablesView& view_;
  const Kept& kept_;
  Meter& meter_;
  VerifyReport& report_;
  AnswerFactsCache answers_;
  Findings findings_;
  Pair ids_;
  Pair hours_;
  Pair aliases_;
  Pair names_;
  Pair clients_;
  std::vector<Sighting> sightings_read_;  // of the row at hand
  std::vector<Outlined> outlined_read_;   // the same
  std::string fact_;
};

}  // namespace

uint64_t work_of_verifying(const OpenTables& tables) {
  uint64_t octets = 0;
  for (size_t i = 0; i < kTableCount; ++i) {
    octets += tables.figure(static_cast<Table>(i), "rocksdb.total-sst-files-size");
  }
  return 2 * octets;  // once for the checksums, once for the rows
}

Status verify_view(TablesView& view, const Kept& kept, Meter& meter, VerifyReport& report) {
  Status done = Verification(view, kept, meter, report).run();
  if (done) {
    meter.finish();
  }
  return done;
}

Status verify_checksums(const OpenTables& tables, Meter& meter, VerifyReport& report) {
  Finding damaged{"tables", "the checksum of a file does not hold"};
  for (const rocksdb::LiveFileMetaData& file : live_files(tables)) {
    if (const Status going_on = meter.check(); !going_on) {
      return going_on;
    }
    const rocksdb::Status checked = check_file(file, tables);
    if (!checked.ok() && damaged.first.empty()) {
      damaged.what += ": " + checked.ToString();
      damaged.first = file.name;
    }
    meter.advance(file.size);
  }
  if (!damaged.first.empty()) {
    report.findings.push_back(std::move(damaged));
  }
  return {};
}

}  // namespace etymon::store
