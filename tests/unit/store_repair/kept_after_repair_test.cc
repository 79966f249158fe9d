// Repair: what was let go or forgotten stays away, and what is known of devices stays.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "store/tables/forget_log.h"
#include "tests/support/eventually.h"
#include "tests/unit/store_repair/repair_fixture.h"

namespace etymon::store {
namespace {

using ::testing::IsEmpty;

using KeptAfterRepairTest = RepairTest;

// Whatever happens to a file, of whichever table: the floors are kept, and hold. Of the file that
// has them, the coverage is left, which does not reach before them.
TEST_F(KeptAfterRepairTest, what_was_let_go_does_not_come_back) {
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

TEST_F(KeptAfterRepairTest, a_sound_store_keeps_its_floors_and_no_hour_before_them_is_a_gap) {
  const WallTime floor = make_store_that_let_go();
  const RepairReport report = repaired();
  EXPECT_THAT(report.gaps, IsEmpty());
  EXPECT_EQ(report.deliveries, told_.size());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  EXPECT_EQ(open()->statistics().kept_since, floor);
  const Kept expected{.all = hour_of(floor), .clients = {}};
  EXPECT_EQ(*open_tables()->kept(), expected);
}

TEST_F(KeptAfterRepairTest, what_was_forgotten_does_not_come_back) {
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

TEST_F(KeptAfterRepairTest, what_was_being_forgotten_goes_on_to_be) {
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

TEST_F(KeptAfterRepairTest, what_is_known_of_devices_stays) {
  make_store();
  learn_of_a_device();
  EXPECT_FALSE(repaired().hosts_lost);
  EXPECT_EQ(open()->host_intervals().size(), 1U);
}

TEST_F(KeptAfterRepairTest, what_was_known_of_devices_and_cannot_be_read_is_put_aside) {
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
TEST_F(KeptAfterRepairTest, what_was_known_of_devices_is_put_aside_too_where_reading_it_fails) {
  make_store();
  fs::remove(path("hosts"));
  fs::create_directory(path("hosts"));
  ASSERT_FALSE(Store::open(options_, clock_).ok());
  const RepairReport report = repaired();
  EXPECT_TRUE(report.hosts_lost);
  EXPECT_TRUE(fs::exists(report.put_aside + "/hosts"));
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

}  // namespace
}  // namespace etymon::store
