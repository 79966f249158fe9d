#include "tests/endurance/stored_deliveries.h"

#include <rocksdb/db.h>

#include <memory>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "store/store.h"
#include "store/tables/answer_codec.h"
#include "store/tables/keys.h"
#include "store/tables/merge.h"
#include "store/tables/outlines.h"
#include "store/tables/runs.h"
#include "store/tables/sets.h"

namespace etymon::endurance {
namespace {

using namespace etymon::store;  // NOLINT(google-build-using-namespace): its inside is looked at

// A table's row of one host and one answer on one day.
using DayFact = std::tuple<std::string, AnswerId, Day>;

rocksdb::ColumnFamilyOptions options_of(const std::string& table) {
  rocksdb::ColumnFamilyOptions options;
  if (table == "answer_ids") {
    options.merge_operator = concatenation("etymon.ids", merge_ids);
  } else if (table == "by_name") {
    options.merge_operator = concatenation("etymon.clients", merge_clients);
  } else if (table == "by_client") {
    options.merge_operator = concatenation("etymon.activity", merge_activity);
  } else if (table == "by_address") {
    options.merge_operator = concatenation("etymon.outlines", merge_outlines);
  } else {
    options.merge_operator = concatenation("etymon.runs", merge_runs);
  }
  return options;
}

struct OfDay {
  uint64_t count = 0;
  uint32_t hours = 0;  // a bit each
};

// The tables' database, opened for reading.
class OpenTables {
 public:
  explicit OpenTables(const std::string& path) {
    check(rocksdb::DB::ListColumnFamilies({}, path, &names_));
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names_) {
      families.emplace_back(name, options_of(name));
    }
    rocksdb::DB* db = nullptr;
    check(rocksdb::DB::OpenForReadOnly({}, path, families, &handles_, &db));
    db_.reset(db);
  }
  ~OpenTables() {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      db_->DestroyColumnFamilyHandle(handle);
    }
  }
  OpenTables(const OpenTables&) = delete;
  OpenTables& operator=(const OpenTables&) = delete;

  // `visit`: key and value of each row.
  template <class Visit>
  void scan(const std::string& table, Visit visit) const {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] != table) {
        continue;
      }
      const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, handles_[i]));
      for (it->SeekToFirst(); it->Valid(); it->Next()) {
        visit(it->key().ToStringView(), it->value().ToStringView());
      }
      check(it->status());
    }
  }

 private:
  static void check(const rocksdb::Status& status) {
    if (!status.ok()) {
      throw std::runtime_error("cannot read the tables: " + status.ToString());
    }
  }

  std::vector<std::string> names_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::unique_ptr<rocksdb::DB> db_;
};

class Reading {
 public:
  Reading(const std::string& path, Report& report) : tables_(path), report_(report) {}

  StoredDeliveries run() {
    tables_.scan("answers", [&](std::string_view key, std::string_view value) {
      ByteReader reader(key);
      answers_.emplace(read_id(reader), decode_answer(value).value());
    });
    read_deliveries();
    compare_by_address();
    compare_by_name();
    compare_by_client();
    return std::move(found_);
  }

 private:
  static uint64_t count_in_run(std::string_view value, WallTime start) {
    std::vector<Sighting> sightings;
    if (!read_runs(value, start, sightings)) {
      throw std::runtime_error("a run cannot be read");
    }
    return sightings.size();
  }

  // By the head; those of each hour are counted, too.
  static uint64_t count_in_outline(std::string_view value, WallTime start) {
    const RunHead head = read_head(value).value();
    std::vector<Outlined> sightings;
    if (head.is_alias) {
      return head.count;
    }
    uint64_t counted = 0;
    if (read_outline(value, start, sightings)) {
      for (const HourOutline& hour : hours_of(sightings)) {
        counted += hour.count;
      }
    }
    if (counted != head.count) {
      throw std::runtime_error("an outline has not as many as its head says");
    }
    return counted;
  }

  void read_deliveries() {
    tables_.scan("deliveries", [&](std::string_view key, std::string_view value) {
      const DeliveryKey row = read_delivery_key(key).value();
      const uint64_t count = count_in_run(value, start_of_hour(row.hour));
      const std::string client = row.client.text();
      found_[{client, answers_.at(row.answer).question.name.text()}] += count;
      OfDay& day = by_day_[{client, row.answer, day_of(row.hour)}];
      day.count += count;
      day.hours |= 1U << row.hour % kHoursPerDay;
      by_hour_[{client, row.hour}] += count;
    });
  }

  void compare_by_address() {
    std::map<DayFact, size_t> rows;
    tables_.scan("by_address", [&](std::string_view key, std::string_view value) {
      if (key == kFoldedKey) {
        return;
      }
      const AddressKey row = read_address_key(key).value();
      const DayFact fact{row.client.text(), row.answer, row.day};
      const auto day = by_day_.find(fact);
      if (day == by_day_.end() ||
          day->second.count != count_in_outline(value, start_of_day(row.day))) {
        disagree("by_address", fact);
      }
      ++rows[fact];
    });
    for (const auto& [fact, day] : by_day_) {
      if (rows[fact] != answers_.at(std::get<1>(fact)).addresses.size()) {
        disagree("by_address", fact);
      }
    }
  }

  void compare_by_name() {
    std::map<DayFact, uint32_t> asked;
    tables_.scan("by_name", [&](std::string_view key, std::string_view value) {
      const NameKey row = read_name_key(key).value();
      const auto clients = read_clients(value);
      for (const ClientHours& one : clients.value()) {
        if (row.role == NameRole::kAsked) {
          asked[{one.client.text(), row.answer, row.day}] = one.hours;
        }
      }
    });
    for (const auto& [fact, day] : by_day_) {
      if (asked[fact] != day.hours) {
        disagree("by_name", fact);
      }
      asked.erase(fact);
    }
    for (const auto& [fact, hours] : asked) {
      disagree("by_name alone", fact);
    }
  }

  void compare_by_client() {
    std::map<std::pair<std::string, Hour>, uint64_t> told;
    tables_.scan("by_client", [&](std::string_view key, std::string_view value) {
      const ClientKey row = read_client_key(key).value();
      told[{row.client.text(), row.hour}] = read_activity(value).value().deliveries;
    });
    if (told != by_hour_) {
      report_.find("deliveries and by_client disagree");
    }
  }

  void disagree(const std::string& table, const DayFact& fact) {
    report_.find("deliveries and " + table + " disagree on answer " +
                 std::to_string(std::get<1>(fact)) + " for " + std::get<0>(fact));
  }

  const OpenTables tables_;
  Report& report_;
  std::map<AnswerId, Answer> answers_;
  StoredDeliveries found_;
  std::map<DayFact, OfDay> by_day_;
  std::map<std::pair<std::string, Hour>, uint64_t> by_hour_;
};

}  // namespace

StoredDeliveries stored_deliveries(const std::string& folder, Report& report) {
  const SystemClock clock;
  {
    Options options;
    options.path = folder;
    auto opened = Store::open(options, clock);
    const Status folded = opened ? (*opened)->fold() : Status(opened.error());
    if (!folded) {
      report.find("a copy does not open and fold: " + folded.error().message);
      return {};
    }
  }
  return Reading(folder + "/tables", report).run();
}

}  // namespace etymon::endurance
