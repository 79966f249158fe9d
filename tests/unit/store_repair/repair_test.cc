// Repair: whatever one file of a store suffers, what comes of it is sound, tells nothing that was
// not delivered, and covers nothing that is missing.
#include "store/upkeep/repair.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "store/files/database.h"
#include "store/files/format_file.h"
#include "store/store_opener.h"
#include "store/tables/forget_log.h"
#include "store/tables/tables.h"
#include "store/upkeep/closed_store.h"
#include "tests/support/eventually.h"
#include "tests/unit/store/image.h"
#include "tests/unit/store_upkeep/past.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

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

TEST_F(RepairTest, a_sound_store_loses_nothing) {
  make_store();
  const RepairReport report = repaired();
  EXPECT_EQ(report.deliveries, told_.size());
  EXPECT_THAT(report.gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  for (const Fact& fact : told_) {
    EXPECT_TRUE(open()->coverage().covers({std::get<0>(fact), std::get<0>(fact)}));
    break;  // Opening it takes a while; the first is from the oldest fold.
  }
}

// The last of them are in the turn log alone.
TEST_F(RepairTest, what_was_told_right_before_a_crash_stays) {
  make_store();
  const std::string image = folder_.path() + "/image";
  {
    options_.sync_every = Milliseconds(60'000);
    const auto store = open();
    for (int i = 0; i < 3; ++i) {
      clock_.advance(Milliseconds(1));
      deliver(*store, answer_of("last.example", {"203.0.113.9"}), "10.0.0.9", clock_.wall());
    }
    told_ = facts(*store);
    take_image(options_.path, image);
  }
  options_.path = image;
  EXPECT_EQ(repaired().deliveries, told_.size());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

TEST_F(RepairTest, a_crash_ends_the_coverage_also_when_the_clock_was_ahead_before) {
  auto store = open();
  deliver_now(*store, plain_, "10.0.0.9");
  const WallTime ahead = clock_.wall();
  clock_.set_wall(ahead - Seconds(3600));
  deliver_now(*store, plain_, "10.0.0.9");
  const WallTime crashed = clock_.wall();
  const std::string image = folder_.path() + "/image";
  take_image(options_.path, image);
  options_.path = image;
  clock_.advance(Seconds(600));
  EXPECT_EQ(repaired().deliveries, 2U);
  store = open();
  EXPECT_TRUE(store->coverage().covers({crashed, crashed}));
  EXPECT_FALSE(store->coverage().covers({crashed + Seconds(1), crashed + Seconds(1)}));
  EXPECT_TRUE(store->coverage().covers({ahead, ahead}));
}

TEST_F(RepairTest, the_damaged_files_stay) {
  make_store();
  const RepairReport report = repaired();
  for (const char* file : {"/FORMAT", "/journal/CURRENT", "/tables/CURRENT"}) {
    EXPECT_TRUE(fs::exists(report.put_aside + file));
    EXPECT_TRUE(fs::exists(options_.path + file));
  }
  EXPECT_THAT(repaired().put_aside, ::testing::Ne(report.put_aside));
}

TEST_F(RepairTest, recording_goes_on_in_it) {
  make_store();
  repaired();
  {
    const auto store = open();
    deliver_some(*store, "10.0.0.9");
    told_ = facts(*store);
    ASSERT_TRUE(store->fold().ok());
  }
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

// Where the fold begins, no block of the table can be read.
TEST_F(RepairTest, what_was_folded_beside_damage_stays) {
  make_store();
  for (const std::string& file : files_of("by_name")) {
    overwrite(path("tables") + file, 0, "damage");
  }
  ASSERT_TRUE(open()->fold().ok());
  ASSERT_TRUE(StoreOpener::clear_journal(*open()).ok());
  EXPECT_EQ(repaired().deliveries, told_.size());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

TEST_F(RepairTest, manifests_and_their_names_are_no_loss) {
  make_store();
  for (const char* database : {"tables", "journal"}) {
    fs::remove(path(database) + "/CURRENT");
  }
  EXPECT_THAT(repaired().gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  for (const auto& file : fs::directory_iterator(path("tables"))) {
    if (file.path().filename().string().starts_with("MANIFEST")) {
      overwrite(file.path(), 20, std::string(100, '\xFF'));
    }
  }
  EXPECT_THAT(repaired().gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

TEST_F(RepairTest, a_manifest_is_no_loss_either_where_something_was_let_go) {
  make_store_that_let_go();
  remove_manifest_of_the_tables();
  EXPECT_THAT(repaired().gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

// No list says which files there were, and those are gone that count what was in the others.
TEST_F(RepairTest, nothing_is_covered_that_is_missing_with_the_manifest_and_the_counts) {
  make_store();
  ASSERT_TRUE(StoreOpener::clear_journal(*open()).ok());
  std::vector<std::string> gone = files_of("by_client");
  gone.push_back(files_of("deliveries").front());
  remove_files(gone);
  remove_manifest_of_the_tables();
  repaired();
  const size_t missing = missing_of_what_was_told();
  EXPECT_GT(missing, 0U);
  EXPECT_LE(missing, told_of(empty_)) << "the addresses tell of the others";
}

TEST_F(RepairTest, counts_that_are_gone_of_one_fold_are_missed_in_an_hour_that_others_count) {
  make_busy_hour(plain_, plain_);
  remove_files({files_of("by_client").back(), files_of("deliveries").back()});
  remove_manifest_of_the_tables();
  repaired();
  const size_t missing = missing_of_what_was_told();
  EXPECT_GE(missing, 1U) << "what the outline of the second fold leaves out";
  EXPECT_LE(missing, 2U) << "its first as well, where RocksDB has made one outline of both";
}

TEST_F(RepairTest, what_was_lost_with_its_count_is_missed_where_a_name_tells_of_it) {
  make_busy_hour(plain_, empty_);
  remove_files({files_of("by_client").back(), files_of("deliveries").back()});
  remove_manifest_of_the_tables();
  repaired();
  EXPECT_EQ(missing_of_what_was_told(), 3U);
}

TEST_F(RepairTest, a_lost_format_file_is_no_loss) {
  make_store();
  fs::remove(path("FORMAT"));
  EXPECT_THAT(repaired().gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

using Damage = std::function<void(const std::string& file)>;

// A table that says nothing which the others do not say as well. A file has its table's name in it.
bool is_of_derived_table(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  return std::ranges::any_of(
      std::initializer_list<const char*>{"answer_ids", "by_address", "by_client", "by_name"},
      [&](const char* table) { return text.find(table) != std::string::npos; });
}

class DamagedFileTest : public RepairTest, public ::testing::WithParamInterface<std::string> {
 protected:
  static constexpr size_t kWays = 4;

  size_t way() const {
    const std::vector<std::string> names = {"data", "page", "footer", "gone"};
    return static_cast<size_t>(std::ranges::find(names, GetParam()) - names.begin());
  }

  Damage damage() const {
    const std::map<std::string, Damage> ways = {
        {"data", [](const std::string& file) { overwrite(file, 20, "\xFF\x01\xFF"); }},
        {"page",
         [](const std::string& file) {
           overwrite(file, fs::file_size(file) / 2,
                     std::string(std::min<size_t>(4096, fs::file_size(file) / 2), '\0'));
         }},
        {"footer",
         [](const std::string& file) {
           overwrite(file, fs::file_size(file) - 30, std::string(30, '\x55'));
         }},
        {"gone", [](const std::string& file) { fs::remove(file); }}};
    return ways.at(GetParam());
  }
};

TEST_P(DamagedFileTest, of_a_table_leaves_the_others_to_tell_the_past) {
  make_store();
  const std::string sound = folder_.path() + "/sound";
  fs::copy(options_.path, sound, fs::copy_options::recursive);
  std::vector<std::string> all = files(".sst");
  std::ranges::sort(all);
  for (size_t i = way(); i < all.size(); i += kWays) {  // Each file suffers one of the ways.
    const std::string& file = all[i];
    fs::remove_all(options_.path);
    fs::copy(sound, options_.path, fs::copy_options::recursive);
    const bool is_derived = is_of_derived_table(file);
    damage()(file);
    SCOPED_TRACE(file);
    repaired();
    EXPECT_LT(missing_of_what_was_told(), told_.size());
    EXPECT_TRUE(!is_derived || missing_of_what_was_told() == 0);
  }
}

TEST_P(DamagedFileTest, of_the_journal_costs_its_own_time_only) {
  make_store();
  for (const std::string& file : files(".log")) {
    if (file.find("journal") != std::string::npos && fs::file_size(file) > 100) {
      damage()(file);
    }
  }
  repaired();
  EXPECT_LE(missing_of_what_was_told(), 100U);  // those that were not folded
}

INSTANTIATE_TEST_SUITE_P(Ways, DamagedFileTest, ::testing::Values("data", "page", "footer", "gone"),
                         [](const auto& test) { return test.param; });

TEST_F(RepairTest, lost_deliveries_are_told_by_the_addresses) {
  make_store();
  for (const std::string& file : files(".sst")) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    if (text.find("deliveries") != std::string::npos &&
        file.find("/tables/") != std::string::npos) {
      fs::remove(file);  // The compacted one: ingested files do not name their table.
    }
  }
  repaired();
  const size_t missing = missing_of_what_was_told();
  EXPECT_GT(missing, 0U);
  EXPECT_LE(missing, told_of(empty_)) << "answers without an address are told nowhere else";
}

TEST_F(RepairTest, lost_deliveries_of_a_busy_hour_leave_what_its_outlines_show) {
  {
    const auto store = open();
    for (int fold = 0; fold < 2; ++fold) {
      for (int told = 0; told < 3; ++told) {
        clock_.advance(Seconds(60));
        deliver(*store, answer_of("busy.example", {"203.0.113.9"}), "10.0.0.9", clock_.wall());
      }
      ASSERT_TRUE(store->fold().ok());
    }
    ASSERT_TRUE(StoreOpener::clear_journal(*store).ok());  // Else it has some of them, too.
    told_ = facts(*store);
    ASSERT_EQ(told_.size(), 6U);
    ASSERT_EQ(hour_of(std::get<0>(*told_.begin())), hour_of(std::get<0>(*told_.rbegin())));
  }
  for (const auto& [file, table] : files_by_table()) {
    if (table == "deliveries") {
      fs::remove(path("tables") + file);
    }
  }
  repaired();
  const size_t missing = missing_of_what_was_told();
  EXPECT_GE(missing, 2U) << "the second of each fold";
  EXPECT_LE(missing, 4U) << "all but the first and the last, where RocksDB has made one of both";
  const std::set<Fact> left = facts(*open());
  EXPECT_EQ(*left.begin(), *told_.begin());
  EXPECT_EQ(*left.rbegin(), *told_.rbegin());
}

// Whatever happens to a file, of whichever table: the floors are kept, and hold. Of the file that
// has them, the coverage is left, which does not reach before them.
TEST_F(RepairTest, what_was_let_go_does_not_come_back) {
  const WallTime floor = make_store_that_let_go();
  const std::string sound = folder_.path() + "/sound";
  fs::copy(options_.path, sound, fs::copy_options::recursive);
  const auto repair_without = [&](const std::string& table, const auto& spoil) {
    fs::remove_all(options_.path);
    fs::copy(sound, options_.path, fs::copy_options::recursive);
    spoil();
    repaired();
    if (table == "kept") {
      EXPECT_TRUE(verify_closed(options_.path)->is_sound());
      EXPECT_FALSE(open()->coverage().covers({floor - Seconds(1), floor - Seconds(1)}));
    } else {
      EXPECT_LT(missing_of_what_was_told(), told_.size());
      EXPECT_EQ(open()->statistics().kept_since, floor);
    }
  };
  std::map<std::string, std::string> one_of_each;
  for (const auto& [file, table] : files_by_table()) {
    one_of_each.try_emplace(table, file);
  }
  for (const auto& [table, file] : one_of_each) {
    SCOPED_TRACE(table + " " + file);
    repair_without(table, [&] { fs::remove(path("tables") + file); });
    repair_without(table, [&] { overwrite(path("tables") + file, 20, "\xFF\x01\xFF"); });
  }
}

TEST_F(RepairTest, a_sound_store_keeps_its_floors_and_no_hour_before_them_is_a_gap) {
  const WallTime floor = make_store_that_let_go();
  const RepairReport report = repaired();
  EXPECT_THAT(report.gaps, IsEmpty());
  EXPECT_EQ(report.deliveries, told_.size());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  EXPECT_EQ(open()->statistics().kept_since, floor);
  const Kept expected{.all = hour_of(floor), .clients = {}};
  EXPECT_EQ(*open_tables()->kept(), expected);
}

TEST_F(RepairTest, what_was_forgotten_does_not_come_back) {
  make_store();
  {
    const auto store = open();
    const ForgetOrder order{{.client = IpPrefix(ip("10.0.0.7"))}, ForgetMode::kForget, "unix"};
    const auto report = with_patience(clock_, [&] { return store->forget(order); });
    ASSERT_EQ(report->deliveries, 50U);
    told_ = facts(*store);
  }
  remove_manifest_of_the_tables();
  EXPECT_THAT(repaired().gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  const auto records = open()->forgotten();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].by, "unix");
  EXPECT_EQ(records[0].report.deliveries, 50U);
}

TEST_F(RepairTest, what_was_being_forgotten_goes_on_to_be) {
  make_store();
  PendingForget order;
  order.client = IpPrefix(ip("10.0.0.7"));
  order.record.asked = clock_.wall();
  order.record.by = "unix";
  order.record.by_client = true;
  order.record.span = {WallTime(), clock_.wall()};
  {
    const auto tables = std::move(*Tables::open(path("tables"), *rocksdb::Env::Default(), 1 << 20));
    const Tables::RowValues rows{{pending_forget_key(), encode_forget(order)}};
    ASSERT_TRUE(tables->put({{Table::kKept, &rows}}).ok());
  }
  remove_manifest_of_the_tables();
  repaired();
  const auto store = open();
  // RocksDB may be compacting, for which forgetting waits.
  ASSERT_TRUE(testing::eventually([&] {
    StoreOpener::let_go(*store);
    return store->forgotten().size() == 1;
  }));
  EXPECT_EQ(store->forgotten()[0].report.deliveries, 50U);
  EXPECT_TRUE(std::ranges::none_of(
      facts(*store), [](const Fact& fact) { return std::get<1>(fact) == "10.0.0.7"; }));
}

TEST_F(RepairTest, what_is_known_of_devices_stays) {
  make_store();
  learn_of_a_device();
  EXPECT_FALSE(repaired().hosts_lost);
  EXPECT_EQ(open()->host_intervals().size(), 1U);
}

TEST_F(RepairTest, what_was_known_of_devices_and_cannot_be_read_is_put_aside) {
  make_store();
  learn_of_a_device();
  overwrite(path("hosts"), 0, "\xFF\xFF\xFF");
  ASSERT_FALSE(Store::open(options_, clock_).ok());
  const RepairReport report = repaired();
  EXPECT_TRUE(report.hosts_lost);
  EXPECT_TRUE(fs::exists(report.put_aside + "/hosts"));
  EXPECT_TRUE(open()->host_intervals().empty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

// As where a sector of it has gone bad: reading it fails, which is no damage that could be seen.
TEST_F(RepairTest, what_was_known_of_devices_is_put_aside_too_where_reading_it_fails) {
  make_store();
  fs::remove(path("hosts"));
  fs::create_directory(path("hosts"));
  ASSERT_FALSE(Store::open(options_, clock_).ok());
  const RepairReport report = repaired();
  EXPECT_TRUE(report.hosts_lost);
  EXPECT_TRUE(fs::exists(report.put_aside + "/hosts"));
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

TEST_F(RepairTest, one_that_was_cut_short_goes_on) {
  make_store();
  const std::string sound = folder_.path() + "/sound";
  fs::copy(options_.path, sound, fs::copy_options::recursive);
  repaired();
  // As a crash leaves it between two renames: the new journal is in place, the tables are not.
  fs::create_directory(path("repaired"));
  fs::rename(path("tables"), path("repaired/tables"));
  fs::rename(path("FORMAT"), path("repaired/FORMAT"));
  EXPECT_FALSE(Store::open(options_, clock_).ok());
  fs::copy(sound + "/tables", path("tables"), fs::copy_options::recursive);
  repaired();
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  EXPECT_FALSE(fs::exists(path("repaired")));
}

// Both databases are in place, FORMAT is not.
TEST_F(RepairTest, one_that_was_cut_short_before_its_last_step_goes_on) {
  make_store();
  repaired();
  fs::create_directory(path("repaired"));
  fs::rename(path("FORMAT"), path("repaired/FORMAT"));
  const RepairReport report = repaired();
  EXPECT_TRUE(report.went_on);
  EXPECT_EQ(report.deliveries, told_.size());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  EXPECT_FALSE(fs::exists(path("repaired")));
}

// The journal was moved, and there were no tables to begin with: one of the new databases comes
// before the other leaves, so that no start takes the folder for an empty one.
TEST_F(RepairTest, one_that_was_cut_short_before_anything_was_in_place_goes_on) {
  make_store();
  repaired();
  fs::create_directory(path("repaired"));
  for (const char* name : {"FORMAT", "journal", "tables"}) {
    fs::rename(path(name), path("repaired/") + name);
  }
  fs::create_directory(path("journal"));
  const RepairReport report = repaired();
  EXPECT_TRUE(report.went_on);
  EXPECT_EQ(report.deliveries, told_.size());
  EXPECT_TRUE(fs::exists(report.put_aside + "/journal"));
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

TEST_F(RepairTest, what_an_earlier_one_made_and_did_not_put_in_place_is_made_anew) {
  make_store();
  fs::create_directories(path("repaired/tables"));
  fs::create_directories(path("repaired.partial/journal"));
  std::ofstream(path("repaired/FORMAT")) << "etymon store format " << kFormatVersion << "\n";
  const RepairReport report = repaired();
  EXPECT_FALSE(report.went_on);
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  EXPECT_FALSE(fs::exists(path("repaired")));
  EXPECT_FALSE(fs::exists(path("repaired.partial")));
}

TEST_F(RepairTest, what_an_earlier_one_made_takes_the_place_of_no_newer_store) {
  tell(*open());
  fs::copy(options_.path, folder_.path() + "/earlier", fs::copy_options::recursive);
  make_store();
  fs::rename(folder_.path() + "/earlier", path("repaired"));
  fs::remove(path("FORMAT"));
  EXPECT_FALSE(repaired().went_on);
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

// Answers without addresses are in no other table, but the journal had not let them go yet.
TEST_F(RepairTest, what_the_tables_lost_and_the_journal_still_has_is_kept) {
  {
    const auto store = open();
    deliver_now(*store, empty_, "10.0.0.1");
    told_ = facts(*store);
  }
  const std::string before = folder_.path() + "/before";
  fs::copy(path("journal"), before, fs::copy_options::recursive);
  ASSERT_TRUE(open()->fold().ok());
  for (const auto& [file, table] : files_by_table()) {
    if (table == "deliveries") {
      fs::remove(path("tables") + file);
    }
  }
  fs::remove_all(path("journal"));
  fs::rename(before, path("journal"));
  EXPECT_EQ(repaired().deliveries, 1U);
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

TEST_F(RepairTest, a_store_that_is_open_is_not_touched) {
  const auto store = open();
  const auto refused = repair(options_.path, clock_.wall());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(RepairTest, where_no_store_is_none_is_made) {
  const auto refused = repair(folder_.path(), clock_.wall());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

}  // namespace
}  // namespace etymon::store
