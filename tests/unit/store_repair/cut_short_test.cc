// A repair that was cut short goes on, and what an earlier one made is taken for nothing else.
#include <filesystem>
#include <fstream>

#include "store/files/format_file.h"
#include "tests/unit/store_repair/repair_fixture.h"

namespace etymon::store {
namespace {

using CutShortTest = RepairTest;

TEST_F(CutShortTest, goes_on) {
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
TEST_F(CutShortTest, before_its_last_step_goes_on) {
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
TEST_F(CutShortTest, before_anything_was_in_place_goes_on) {
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

TEST_F(CutShortTest, what_an_earlier_one_made_and_did_not_put_in_place_is_made_anew) {
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

TEST_F(CutShortTest, what_an_earlier_one_made_takes_the_place_of_no_newer_store) {
  tell(*open());
  fs::copy(options_.path, folder_.path() + "/earlier", fs::copy_options::recursive);
  make_store();
  fs::rename(folder_.path() + "/earlier", path("repaired"));
  fs::remove(path("FORMAT"));
  EXPECT_FALSE(repaired().went_on);
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

}  // namespace
}  // namespace etymon::store
