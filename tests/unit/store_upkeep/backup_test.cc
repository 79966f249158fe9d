// Backup and restore: the copy of a running store holds what had been recorded, and only a sound
// copy becomes a store again.
#include "store/upkeep/backup.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <stop_token>
#include <thread>

#include "store/upkeep/closed_store.h"
#include "store/upkeep/repair.h"
#include "tests/unit/store_upkeep/past.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// For forgetting to take rows out, if it can. It can not, so this is waited out.
constexpr Milliseconds kTimeToForget{1000};

class BackupTest : public PastTest {
 protected:
  uint64_t deliveries_in(const std::string& folder) {
    Options options = options_;
    options.path = folder;
    const auto store = Store::open(options, clock_);
    EXPECT_TRUE(store.ok()) << store.error().message;
    uint64_t deliveries = 0;
    const auto evidence = (*store)->evidence(about("198.51.100.1", clock_.wall()));
    for (const Evidence& one : evidence.value()) {
      deliveries += one.deliveries;
    }
    return deliveries;
  }

  static void damage_largest_file(const std::string& folder) {
    fs::path largest;
    for (const auto& file : fs::recursive_directory_iterator(folder)) {
      if (file.path().extension() == ".sst" &&
          (largest.empty() || file.file_size() > fs::file_size(largest))) {
        largest = file.path();
      }
    }
    std::fstream stream(largest, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(20);
    stream.write("\xFF\x00\xFF", 3);
  }

  static std::vector<std::string> files_below(const std::string& folder) {
    std::vector<std::string> files;
    std::error_code none;  // there is no such folder
    for (const auto& file : fs::recursive_directory_iterator(folder, none)) {
      files.push_back(file.path().string());
    }
    std::ranges::sort(files);
    return files;
  }

  const std::string backup_ = folder_.path() + "/backup";
  const std::string restored_ = folder_.path() + "/restored";
};

TEST_F(BackupTest, holds_what_is_folded_and_what_is_not) {
  const auto store = open();
  tell(*store);
  deliver_now(*store, plain_, "10.0.0.9");
  ASSERT_TRUE(store->backup(backup_ + "/").ok());
  deliver_now(*store, plain_, "10.0.0.9");
  EXPECT_EQ(deliveries_in(backup_), 7U);
  EXPECT_FALSE(fs::exists(backup_ + ".partial"));
  EXPECT_EQ(fs::status(backup_).permissions(), fs::perms::owner_all);
}

TEST_F(BackupTest, and_its_store_are_verified_with_what_is_not_folded) {
  const auto store = open();
  deliver_now(*store, plain_, "10.0.0.9");
  deliver_now(*store, plain_, "10.0.0.9");
  EXPECT_EQ(store->verify()->unfolded, 2U);
  ASSERT_TRUE(store->backup(backup_).ok());
  EXPECT_EQ(verify_closed(backup_)->unfolded, 2U);
  EXPECT_EQ(verify_closed(backup_)->deliveries, 0U);
  ASSERT_TRUE(store->fold().ok());
  EXPECT_EQ(store->verify()->unfolded, 0U);
  EXPECT_EQ(store->verify()->deliveries, 2U);
}

TEST_F(BackupTest, misses_nothing_of_what_is_folded_meanwhile) {
  const auto store = open();
  std::atomic<uint64_t> delivered = 0;
  std::atomic<bool> done = false;
  std::thread recording([&] {
    while (!done) {
      deliver_now(*store, plain_, "10.0.0.9");
      ++delivered;
      EXPECT_TRUE(store->fold().ok());
    }
  });
  for (int i = 0; i < 5; ++i) {
    const std::string folder = backup_ + std::to_string(i);
    const uint64_t before = delivered;
    EXPECT_TRUE(store->backup(folder).ok());
    EXPECT_GE(deliveries_in(folder), before);
    EXPECT_THAT(verify_closed(folder).value().findings, IsEmpty());
  }
  done = true;
  recording.join();
}

// The journal is copied first: what goes from the tables behind it would be covered, and missing.
TEST_F(BackupTest, covers_nothing_that_is_forgotten_meanwhile) {
  const std::string client = "10.0.0.1";
  const auto store = open();
  tell(*store);
  const DeliveryQuery theirs{.span = {WallTime(), clock_.wall()}, .client = ip(client)};
  const auto told = store->deliveries(theirs);
  ASSERT_EQ(told->size(), 6U);
  std::future<Result<ForgetReport>> forgetting;
  const auto at_the_first_file = [&](uint64_t, uint64_t) {
    if (!forgetting.valid()) {
      forgetting = std::async(std::launch::async, [&] {
        return store->forget({.query = {.client = *IpPrefix::from_text(client)},
                              .mode = ForgetMode::kForget,
                              .by = "test"});
      });
      forgetting.wait_for(kTimeToForget);
    }
  };
  ASSERT_TRUE(store->backup(backup_, {{}, at_the_first_file}).ok());
  const auto forgotten = with_patience(clock_, [&] { return forgetting.get(); });
  ASSERT_TRUE(forgotten.ok()) << forgotten.error().message;
  EXPECT_EQ(forgotten->deliveries, 6U) << "it waits for the backup";
  EXPECT_THAT(store->deliveries(theirs).value(), IsEmpty());

  options_.path = backup_;
  const auto copy = open();
  const auto there = copy->deliveries(theirs);
  for (const RecordedDelivery& one : *told) {
    const WallTime at = one.sighting.at;
    const bool is_there = std::ranges::any_of(
        *there, [at](const RecordedDelivery& other) { return other.sighting.at == at; });
    EXPECT_TRUE(is_there || !copy->coverage().covers({at, at}));
  }
}

TEST_F(BackupTest, replaces_nothing) {
  const auto store = open();
  fs::create_directory(backup_);
  EXPECT_EQ(store->backup(backup_).error().code, ErrorCode::kAlreadyExists);
  fs::create_directory(restored_ + ".partial");
  EXPECT_EQ(store->backup(restored_).error().code, ErrorCode::kAlreadyExists);
  EXPECT_TRUE(fs::exists(restored_ + ".partial"));
}

// The file system fails when it is asked about such a name, and the daemon must not end for it.
TEST_F(BackupTest, a_name_that_no_file_system_takes_is_refused) {
  const auto store = open();
  const std::string too_long = folder_.path() + "/" + std::string(300, 'a');
  EXPECT_FALSE(store->backup(too_long).ok());
  const Status below = store->backup(too_long + "/backup");
  ASSERT_FALSE(below.ok());
  EXPECT_EQ(below.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(below.error().message.find("too long"), std::string::npos) << below.error().message;
}

TEST_F(BackupTest, a_backup_that_cannot_be_written_leaves_nothing) {
  const auto store = open();
  std::ofstream(folder_.path() + "/file") << "no folder";
  EXPECT_FALSE(store->backup(folder_.path() + "/file/backup").ok());
  Meter meter({}, 0);
  const Status failed = write_backup(backup_,
                                     {[](const std::string&, Meter&) { return Status(); },
                                      [](const std::string&, Meter&) {
                                        return Status(Error{ErrorCode::kIo, "full"});
                                      }},
                                     meter);
  EXPECT_EQ(failed.error().message, "full");
  EXPECT_FALSE(fs::exists(backup_));
  EXPECT_FALSE(fs::exists(backup_ + ".partial"));
}

TEST_F(BackupTest, one_that_is_stopped_on_the_way_leaves_nothing) {
  const auto store = open();
  tell(*store);
  std::stop_source stop;
  const auto at_the_first_file = [&](uint64_t, uint64_t) { stop.request_stop(); };
  const Status stopped = store->backup(backup_, {stop.get_token(), at_the_first_file});
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(fs::exists(backup_));
  EXPECT_FALSE(fs::exists(backup_ + ".partial"));
}

TEST_F(BackupTest, goes_to_another_file_system_too) {
  const fs::path elsewhere = "/dev/shm";
  if (!fs::exists(elsewhere)) {
    GTEST_SKIP() << "this machine has no second file system to write to";
  }
  const std::string backup = elsewhere / ("etymon-backup-" + std::to_string(getpid()));
  const auto store = open();
  tell(*store);
  uint64_t copied = 0;
  const auto follow = [&](uint64_t done, uint64_t) { copied = done; };
  EXPECT_TRUE(store->backup(backup, {{}, follow}).ok());
  EXPECT_GT(copied, 0U);
  EXPECT_TRUE(restore(backup, restored_).ok());
  fs::remove_all(backup);
  EXPECT_EQ(deliveries_in(restored_), 6U);
}

TEST_F(BackupTest, it_tells_in_the_end_that_all_was_copied) {
  const auto store = open();
  tell(*store);
  uint64_t left = 0;
  const auto follow = [&](uint64_t done, uint64_t total) { left = total - done; };
  EXPECT_TRUE(store->backup(backup_, {{}, follow}).ok());
  EXPECT_EQ(left, 0U) << "also of files that a backup does without";
}

TEST_F(BackupTest, is_restored_as_a_copy) {
  tell(*open());
  ASSERT_TRUE(open()->backup(backup_).ok());
  fs::create_directory(restored_);  // An empty folder may be there.
  ASSERT_TRUE(restore(backup_, restored_).ok());
  fs::remove_all(backup_);
  fs::remove_all(options_.path);
  EXPECT_EQ(deliveries_in(restored_), 6U);
}

// It may be where a file system is mounted, with nothing to be written beside it.
TEST_F(BackupTest, is_restored_inside_the_empty_folder_that_is_there) {
  tell(*open());
  ASSERT_TRUE(open()->backup(backup_).ok());
  fs::create_directories(restored_ + "/lost+found");  // that of a new file system
  fs::create_directory(restored_ + ".partial");       // beside it, nothing is looked at
  const int held = ::open(restored_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const Status restored = restore(backup_, restored_);
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  struct stat of_the_held {};
  struct stat of_the_name {};
  ASSERT_EQ(fstat(held, &of_the_held), 0);
  ASSERT_EQ(stat(restored_.c_str(), &of_the_name), 0);
  ::close(held);
  EXPECT_EQ(of_the_held.st_ino, of_the_name.st_ino);
  EXPECT_FALSE(fs::exists(restored_ + "/restored.partial"));
  EXPECT_EQ(deliveries_in(restored_), 6U);
}

// It died while it copied, or between the moves by which the copy's parts get their places.
TEST_F(BackupTest, a_restore_that_was_cut_short_is_no_store_and_is_run_again) {
  tell(*open());
  ASSERT_TRUE(open()->backup(backup_).ok());
  for (const bool was_copied : {false, true}) {
    SCOPED_TRACE(was_copied);
    fs::create_directories(restored_);
    fs::copy(backup_, restored_ + "/restored.partial", fs::copy_options::recursive);
    if (was_copied) {
      fs::rename(restored_ + "/restored.partial/journal", restored_ + "/journal");
    } else {
      fs::remove(restored_ + "/restored.partial/FORMAT");
    }
    Options options = options_;
    options.path = restored_;
    const auto begun = Store::open(options, clock_);
    ASSERT_FALSE(begun.ok());
    EXPECT_THAT(begun.error().message, HasSubstr("has not ended: run it again"));
    EXPECT_FALSE(repair(restored_, clock_.wall()).ok());
    EXPECT_FALSE(restore(restored_ + "/restored.partial", restored_).ok());
    EXPECT_TRUE(fs::exists(restored_ + "/restored.partial")) << "somebody's backup now";

    const Status restored = restore(backup_, restored_);
    ASSERT_TRUE(restored.ok()) << restored.error().message;
    EXPECT_EQ(deliveries_in(restored_), 6U);
    fs::remove_all(restored_);
  }
}

// It died when all had moved up. What was left would say, once FORMAT is lost, that it goes on.
TEST_F(BackupTest, a_restore_that_was_cut_short_at_its_very_end_is_over_with_the_next_start) {
  tell(*open());
  fs::create_directory(options_.path + "/restored.partial");
  EXPECT_NE(open(), nullptr);
  fs::remove(options_.path + "/FORMAT");
  const auto repaired = repair(options_.path, clock_.wall());
  ASSERT_TRUE(repaired.ok()) << repaired.error().message;
  EXPECT_EQ(deliveries_in(options_.path), 6U);
}

TEST_F(BackupTest, a_restore_that_fails_while_it_moves_leaves_nothing) {
  tell(*open());
  ASSERT_TRUE(open()->backup(backup_).ok());
  fs::create_directories(restored_ + "/lost+found/file");
  fs::create_directories(backup_ + "/lost+found/other");  // which cannot take the place of that
  EXPECT_FALSE(restore(backup_, restored_).ok());
  fs::remove_all(restored_ + "/lost+found");
  EXPECT_TRUE(fs::is_empty(restored_));
}

TEST_F(BackupTest, two_are_not_restored_into_one_folder_at_once) {
  tell(*open());
  ASSERT_TRUE(open()->backup(backup_).ok());
  fs::create_directory(restored_);
  const int held = ::open(restored_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  EXPECT_FALSE(restore(backup_, restored_).ok());
  ::close(held);
  EXPECT_TRUE(restore(backup_, restored_).ok());
}

// It would grow the store, and go with it.
TEST_F(BackupTest, is_not_made_inside_the_store) {
  const auto store = open();
  fs::create_directory_symlink(options_.path, folder_.path() + "/link");
  for (const char* inside : {"/store/backup", "/store", "/link/backup", "/store/tables/../b"}) {
    const Status refused = store->backup(folder_.path() + inside);
    ASSERT_FALSE(refused.ok()) << inside;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << inside;
  }
  EXPECT_TRUE(store->backup(options_.path + "-backup").ok());
}

TEST_F(BackupTest, a_damaged_backup_is_not_restored) {
  tell(*open());
  ASSERT_TRUE(open()->backup(backup_).ok());
  damage_largest_file(backup_);
  const Status refused = restore(backup_, restored_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kDataLoss);
  EXPECT_FALSE(fs::exists(restored_));
  fs::create_directory(restored_);
  EXPECT_FALSE(restore(backup_, restored_).ok());
  EXPECT_TRUE(fs::is_empty(restored_));
}

// What is missing would be made anew, empty, beside a coverage of the whole past.
TEST_F(BackupTest, one_that_was_cut_short_is_neither_restored_nor_sound) {
  tell(*open());
  for (const char* missing :
       {"/tables", "/tables/CURRENT", "/journal", "/journal/CURRENT", "/FORMAT"}) {
    ASSERT_TRUE(open()->backup(backup_).ok());
    fs::remove_all(backup_ + missing);
    const auto before = files_below(backup_);
    const std::string database =
        std::string(missing).starts_with("/tables") ? "/tables" : "/journal";
    const auto remains = files_below(backup_ + database);
    const Status refused = restore(backup_, restored_);
    ASSERT_FALSE(refused.ok()) << missing;
    const bool is_backup = fs::exists(backup_ + "/FORMAT");
    EXPECT_EQ(refused.error().code, is_backup ? ErrorCode::kDataLoss : ErrorCode::kNotFound);
    EXPECT_FALSE(fs::exists(restored_));
    EXPECT_EQ(files_below(backup_), before) << missing;
    if (is_backup) {
      EXPECT_FALSE(verify_closed(backup_).value().is_sound()) << missing;
      EXPECT_FALSE(fs::exists(backup_ + missing));
      EXPECT_EQ(files_below(backup_ + database), remains) << missing;
    }
    fs::remove_all(backup_);
  }
}

TEST_F(BackupTest, one_of_which_hardly_anything_came_is_not_restored) {
  tell(*open());
  ASSERT_TRUE(open()->backup(backup_).ok());
  fs::remove_all(backup_ + "/journal");
  fs::remove_all(backup_ + "/tables");
  const Status refused = restore(backup_, restored_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kDataLoss);
}

TEST_F(BackupTest, is_not_restored_over_another_store) {
  tell(*open());
  ASSERT_TRUE(open()->backup(backup_).ok());
  const Status refused = restore(backup_, options_.path);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(deliveries_in(options_.path), 6U);
}

TEST_F(BackupTest, what_is_no_store_is_neither_restored_nor_verified) {
  fs::create_directory(backup_);
  EXPECT_EQ(restore(backup_, restored_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(verify_closed(backup_).error().code, ErrorCode::kNotFound);
}

TEST_F(BackupTest, a_store_that_is_held_is_not_verified_as_a_closed_one) {
  const auto store = open();
  EXPECT_EQ(verify_closed(options_.path).error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(BackupTest, damage_to_a_closed_store_is_found) {
  tell(*open());
  EXPECT_THAT(verify_closed(options_.path).value().findings, IsEmpty());
  damage_largest_file(options_.path);
  EXPECT_FALSE(verify_closed(options_.path).value().is_sound());
}

}  // namespace
}  // namespace etymon::store
