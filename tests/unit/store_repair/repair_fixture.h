// A closed store with some history, what becomes of it when its files suffer, and what a repair
// leaves. One thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "store/files/database.h"
#include "store/store_opener.h"
#include "store/tables/tables.h"
#include "store/upkeep/closed_store.h"
#include "store/upkeep/repair.h"
#include "tests/unit/store_upkeep/past.h"

namespace etymon::store {

namespace fs = std::filesystem;

// Time, client, asked name, forwarder.
using Fact = std::tuple<WallTime, std::string, std::string, std::string>;

class RepairTest : public PastTest {
 protected:
  // A closed store: two folds that were compacted, another that was not, and some in the journal
  // alone, of two runs.
  void make_store() {
    auto store = open();
    tell(*store);
    ASSERT_TRUE(StoreOpener::compact(*store).ok());
    tell(*store);
    deliver_some(*store, "10.0.0.7");
    store.reset();
    store = open();
    deliver_some(*store, "10.0.0.8");
    told_ = facts(*store);
    covered_ = store->coverage();
  }

  void deliver_some(Store& store, const std::string& client) {
    for (int i = 0; i < 50; ++i) {
      clock_.advance(Seconds(60));
      const Answer answer = answer_of("n" + std::to_string(i) + ".example", {"203.0.113.9"});
      deliver_through(store, i % 2 == 0 ? "10.0.0.1" : "::", answer, client, clock_.wall());
    }
  }

  static std::set<Fact> facts(const Store& store) {
    std::set<Fact> facts;
    const DeliveryQuery all{.span = {WallTime(), WallTime(Seconds(4'000'000'000))},
                            .limit = 10'000};
    const auto told = store.deliveries(all);
    EXPECT_TRUE(told.ok());
    for (const RecordedDelivery& one : told.value()) {
      facts.emplace(one.sighting.at, one.client.text(), one.answer->question.name.text(),
                    one.sighting.forwarder.text());
    }
    return facts;
  }

  std::string path(const std::string& name) const { return options_.path + "/" + name; }

  std::vector<std::string> files(const std::string& extension) const {
    std::vector<std::string> files;
    for (const auto& file : fs::recursive_directory_iterator(options_.path)) {
      if (file.path().extension() == extension) {
        files.push_back(file.path().string());
      }
    }
    return files;
  }

  static void overwrite(const std::string& file, size_t from, const std::string& octets) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(from));
    stream << octets;
  }

  RepairReport repaired() {
    const auto report = repair(options_.path, clock_.wall());
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report ? *report : RepairReport{};
  }

  // Opens what was repaired; gives how many deliveries are missing, none of them covered.
  size_t missing_of_what_was_told() {
    const auto report = verify_closed(options_.path);
    EXPECT_TRUE(report.ok() && report->is_sound());
    clock_.advance(Seconds(1));  // Opening begins another interval, behind all that was told.
    const auto store = open();
    const std::set<Fact> still = facts(*store);
    EXPECT_TRUE(std::ranges::includes(told_, still)) << "something was invented";
    size_t missing = 0;
    for (const Fact& fact : told_) {
      if (!still.contains(fact)) {
        ++missing;
        const WallTime at = std::get<0>(fact);
        EXPECT_FALSE(store->coverage().covers({at, at})) << std::get<2>(fact);
      }
    }
    return missing;
  }

  size_t told_of(const Answer& answer) const {
    const std::string name = answer.question.name.text();
    return static_cast<size_t>(
        std::ranges::count_if(told_, [&](const Fact& fact) { return std::get<2>(fact) == name; }));
  }

  // As make_store(), but everything from before the time that is returned was let go. Some rows of
  // it are still there.
  WallTime make_store_that_let_go() {
    make_store();
    const auto store = open();
    clock_.advance(std::chrono::hours(10));
    deliver_some(*store, "10.0.0.6");
    EXPECT_TRUE(store->fold().ok());
    EXPECT_TRUE(store->change_retention({.keep = std::chrono::hours(20)}).ok());
    StoreOpener::let_go(*store);
    deliver_some(*store, "10.0.0.5");
    const size_t before = told_.size();
    told_ = facts(*store);
    EXPECT_LT(told_.size(), before + 100);
    return store->statistics().kept_since.value_or(WallTime());
  }

  // So that files must tell by themselves which table they are of.
  void remove_manifest_of_the_tables() const {
    for (const auto& file : fs::directory_iterator(path("tables"))) {
      if (file.path().filename().string().starts_with("MANIFEST")) {
        fs::remove(file.path());
      }
    }
  }

  void learn_of_a_device() {
    const auto store = open();
    const HostSighting seen{"02:00:00:00:00:01",
                            ip("10.0.0.1"),
                            {clock_.wall(), clock_.wall()},
                            HostSource::kNeighbour,
                            false};
    store->learn({&seen, 1});
    ASSERT_EQ(store->host_intervals().size(), 1U);
  }

  // Of the closed store's tables, those of the oldest folds first. RocksDB writes files anew while
  // the tables are open, and gives them higher numbers; so they are not.
  std::vector<rocksdb::LiveFileMetaData> live_files() const {
    std::vector<ColumnFamily> families;
    for (size_t i = 0; i < kTableCount; ++i) {
      families.push_back({name_of(static_cast<Table>(i)), {}});
    }
    std::vector<rocksdb::LiveFileMetaData> live;
    const auto database =
        Database::open_to_read(common_options(*rocksdb::Env::Default()), path("tables"), families);
    EXPECT_TRUE(database.ok()) << database.error().message;
    (*database)->db().GetLiveFilesMetaData(&live);
    std::ranges::stable_sort(live, {}, &rocksdb::LiveFileMetaData::largest_seqno);
    return live;
  }

  // Their names, which begin with a slash.
  std::map<std::string, std::string> files_by_table() const {
    std::map<std::string, std::string> files;
    for (const rocksdb::LiveFileMetaData& file : live_files()) {
      files[file.name] = file.column_family_name;
    }
    return files;
  }

  std::vector<std::string> files_of(const std::string& table) const {
    std::vector<std::string> files;
    for (const rocksdb::LiveFileMetaData& file : live_files()) {
      if (file.column_family_name == table) {
        files.push_back(file.name);
      }
    }
    return files;
  }

  // Files of the closed store's tables, as a disk loses them that forgets names.
  void remove_files(const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      fs::remove(path("tables") + name);
    }
  }

  // Two folds in one hour, and nothing in the journal.
  void make_busy_hour(const Answer& first, const Answer& second) {
    const auto store = open();
    for (const Answer& answer : {first, second}) {
      for (int told = 0; told < 3; ++told) {
        deliver_now(*store, answer, "10.0.0.9");
      }
      ASSERT_TRUE(store->fold().ok());
    }
    ASSERT_TRUE(StoreOpener::clear_journal(*store).ok());
    told_ = facts(*store);
    ASSERT_EQ(told_.size(), 6U);
    ASSERT_EQ(hour_of(std::get<0>(*told_.begin())), hour_of(std::get<0>(*told_.rbegin())));
  }

  std::set<Fact> told_;
  Coverage covered_;
};

}  // namespace etymon::store
