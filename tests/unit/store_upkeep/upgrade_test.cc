// Upgrade: stores that older programs wrote are opened with everything in them.
#include "store/upkeep/upgrade.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "store/files/format_file.h"
#include "store/tables/keys.h"
#include "store/upkeep/closed_store.h"
#include "tests/unit/store/fixture_story.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A copy of the store that a program of that format wrote.
class FormatTest : public ::testing::TestWithParam<unsigned> {
 protected:
  FormatTest() {
    const std::string name = "format-" + std::to_string(GetParam());
    fs::copy(std::string(ETYMON_STORE_FIXTURES) + "/" + name, options_.path,
             fs::copy_options::recursive);
  }

  void expect_the_story() {
    const auto opened = Store::open(options_, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    Store& store = **opened;
    const auto cdn = store.evidence(about("192.0.2.1", clock_.wall())).value();
    ASSERT_EQ(cdn.size(), 2U);
    EXPECT_EQ(cdn[0].client, ip("2001:db8::77"));
    EXPECT_EQ(cdn[1].client, ip("10.0.0.5"));
    EXPECT_EQ(cdn[1].deliveries, 2U);
    EXPECT_EQ(*cdn[1].answer, story_cdn());
    EXPECT_EQ(cdn[1].first, (Sighting{kStoryStart, 300, Origin::kUpstream, Transport::kUdp}));
    const IpAddress forwarder = GetParam() >= 6 ? story_forwarder() : IpAddress();
    EXPECT_EQ(cdn[0].newest.forwarder, forwarder);
    EXPECT_EQ(cdn[1].newest, (Sighting{kStoryStart + Seconds(60), 240, Origin::kCache,
                                       Transport::kUdp, forwarder}));
    EXPECT_EQ(store.evidence(about("2001:db8::1", clock_.wall())).value().size(), 2U);
    EXPECT_THAT(names(store.evidence(about("198.51.100.9", clock_.wall()))),
                ElementsAre("old.example.net"));
    if (is_whole_story()) {
      expect_the_busy_hour(store);
      expect_every_kind_of_answer(store);
      expect_what_is_gone(store);
    }
    EXPECT_TRUE(store.coverage().covers({kStoryImported, kStoryImported + Seconds(600)}));
    EXPECT_TRUE(store.coverage().covers({kStoryStart, kStoryStart + std::chrono::days(1)}));
    ASSERT_TRUE(store.fold().ok());
    const auto report = store.verify();
    EXPECT_THAT(report->findings, IsEmpty());
    EXPECT_EQ(report->deliveries, is_whole_story() ? 12U : 6U);
    EXPECT_EQ(report->answers, is_whole_story() ? 7U : 4U);
  }

  // An hour of which the table of addresses leaves something out.
  void expect_the_busy_hour(const Store& store) const {
    for (const char* address : {"192.0.2.50", "192.0.2.51"}) {
      EXPECT_EQ(store.evidence(about(address, clock_.wall())).value().at(0).deliveries, 4U);
      const Evidence within =
          store.evidence(about(address, kStoryStart + Seconds(250))).value().at(0);
      EXPECT_EQ(within.deliveries, 3U);
      EXPECT_EQ(within.newest.at, kStoryStart + Seconds(240));
      EXPECT_EQ(within.next->at, kStoryStart + Seconds(300));
    }
  }

  // What only some answers have.
  void expect_every_kind_of_answer(const Store& store) const {
    for (const Answer& told : {story_service(), story_rebinding()}) {
      const std::string address = told.addresses.at(0).address.text();
      EXPECT_EQ(*store.evidence(about(address, clock_.wall())).value().at(0).answer, told);
    }
    const auto devices = store.host_intervals();
    ASSERT_EQ(devices.size(), 1U);
    EXPECT_EQ(devices[0].device, story_device().device);
    EXPECT_EQ(devices[0].address, story_device().address);
    EXPECT_EQ(devices[0].seen, story_device().seen);
  }

  // What was let go or forgotten, and what says so.
  static void expect_what_is_gone(const Store& store) {
    const DeliveryQuery before{.span = {WallTime(), kStoryStart - Seconds(1)}};
    EXPECT_EQ(store.deliveries(before)->size(), 1U) << "old.example.net";
    EXPECT_EQ(store.statistics().kept_since, start_of_hour(hour_of(kStoryFloor)));
    EXPECT_FALSE(store.coverage().covers({kStoryLetGo, kStoryLetGo}));
    ASSERT_EQ(store.forgotten().size(), 1U);
    EXPECT_EQ(store.forgotten()[0].report.deliveries, 1U);
    EXPECT_EQ(store.forgotten()[0].by, "unix");
    const WallTime secret = kStoryForgotten + std::chrono::hours(1);
    EXPECT_TRUE(store.coverage().covers({kStoryForgotten, kStoryForgotten}));
    EXPECT_FALSE(store.coverage().covers({secret, secret}));
    EXPECT_TRUE(store.coverage().covers(
        {secret + std::chrono::hours(2), kStoryForgotten + std::chrono::hours(3)}));
  }

  bool is_whole_story() const { return GetParam() >= 8; }

  std::string path(const char* name) const { return options_.path + "/" + name; }

  const testing::TemporaryFolder folder_;
  testing::ManualClock clock_{kStoryStart + std::chrono::days(2)};
  Options options_{.path = folder_.path() + "/store", .record_wait = Milliseconds(1000)};
};

TEST_P(FormatTest, the_whole_story_is_found) {
  expect_the_story();
  expect_the_story();  // The first time the store has become one of this format.
}

TEST_P(FormatTest, nothing_of_the_older_format_stays) {
  expect_the_story();
  EXPECT_EQ(read_format(options_.path).value(), kFormatVersion);
  EXPECT_FALSE(fs::exists(path("tables.format-1")));
  EXPECT_FALSE(fs::exists(path("tables.new")));
}

// A backup is a store as it was when it was made, which may be long ago.
TEST_P(FormatTest, a_backup_in_it_is_restored) {
  const std::string backup = folder_.path() + "/backup";
  fs::rename(options_.path, backup);
  const Status restored = restore(backup, options_.path);
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  EXPECT_EQ(read_format(backup).value(), GetParam()) << "it is only read";
  EXPECT_EQ(read_format(options_.path).value(), kFormatVersion);
  EXPECT_FALSE(fs::exists(path("tables.format-1")));
  EXPECT_TRUE(verify_closed(options_.path).value().is_sound());
  expect_the_story();
}

// So that the older program still opens what it can repair, or what comes from a backup.
TEST_P(FormatTest, damaged_tables_stay_in_it) {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(path("tables"))) {
    if (file.path().extension() == ".sst") {
      files.push_back(file.path());
    }
  }
  std::ranges::for_each(files, [](const fs::path& file) { fs::remove(file); });
  EXPECT_FALSE(Store::open(options_, clock_).ok());
  EXPECT_EQ(read_format(options_.path).value(), GetParam());
}

TEST_P(FormatTest, tables_without_their_list_stay_in_it) {
  fs::remove(path("tables/CURRENT"));
  EXPECT_FALSE(Store::open(options_, clock_).ok());
  EXPECT_EQ(read_format(options_.path).value(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Formats, FormatTest, ::testing::Range(1U, kFormatVersion + 1));

// The moments at which a crash can leave the folder, by what is in it then.
class InterruptedUpgradeTest : public FormatTest {};

TEST_P(InterruptedUpgradeTest, new_tables_that_are_not_whole_are_written_again) {
  fs::create_directory(path("tables.new"));
  std::ofstream(path("tables.new/CURRENT")) << "MANIFEST-nothing\n";
  expect_the_story();
}

TEST_P(InterruptedUpgradeTest, without_tables_it_begins_again_from_the_old_ones) {
  fs::rename(path("tables"), path("tables.format-1"));
  expect_the_story();
}

TEST_P(InterruptedUpgradeTest, new_tables_without_the_new_format_are_written_again) {
  const fs::path old = folder_.path() + "/old";
  fs::copy(path("tables"), old, fs::copy_options::recursive);
  ASSERT_TRUE(upgrade(options_.path, *rocksdb::Env::Default()).ok());
  fs::rename(old, path("tables.format-1"));
  std::ofstream(path("FORMAT")) << "etymon store format 1\n";
  expect_the_story();
}

TEST_P(InterruptedUpgradeTest, a_store_that_never_got_tables_is_opened_empty) {
  fs::remove_all(path("tables"));
  fs::remove_all(path("journal"));
  ASSERT_TRUE(Store::open(options_, clock_).ok());
  EXPECT_EQ(read_format(options_.path).value(), kFormatVersion);
}

TEST_P(InterruptedUpgradeTest, old_tables_behind_the_new_format_are_removed) {
  ASSERT_TRUE(upgrade(options_.path, *rocksdb::Env::Default()).ok());
  fs::create_directory(path("tables.format-1"));
  expect_the_story();
  EXPECT_FALSE(fs::exists(path("tables.format-1")));
}

INSTANTIATE_TEST_SUITE_P(FromFormat1, InterruptedUpgradeTest, ::testing::Values(1U));

}  // namespace
}  // namespace etymon::store
