// A database that failed changes nothing any more, and RocksDB is told of it so that it lies still.
#include "store/files/fenced_files.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <thread>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {
namespace {

using Fault = FaultyDisk::Fault;

class FencedFilesTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

  std::unique_ptr<rocksdb::FSWritableFile> make(FencedFiles& files, const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    const auto made = files.NewWritableFile(path(name), {}, &file, nullptr);
    EXPECT_TRUE(made.ok()) << made.ToString();
    return file;
  }

  std::string content(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  rocksdb::FileLock* lock(FencedFiles& files) {
    rocksdb::FileLock* held = nullptr;
    EXPECT_TRUE(files.LockFile(path("LOCK"), {}, &held, nullptr).ok());
    return held;
  }

  const testing::TemporaryFolder folder_;
  FaultyDisk disk_;
  FencedFiles files_{disk_.env().GetFileSystem()};
};

TEST_F(FencedFilesTest, after_the_first_failure_nothing_reaches_the_disk) {
  std::ofstream(path("named.sst")) << "named";
  const auto whole = make(files_, "1.sst");
  const auto broken = make(files_, "2.sst");
  ASSERT_TRUE(whole->Append("before", {}, nullptr).ok());
  disk_.set(Fault::kIoError, "2.sst");
  EXPECT_FALSE(broken->Append("x", {}, nullptr).ok());
  disk_.set(Fault::kNone);

  EXPECT_FALSE(whole->Append("after", {}, nullptr).ok());
  EXPECT_FALSE(files_.RenameFile(path("1.sst"), path("3.sst"), {}, nullptr).ok());
  std::unique_ptr<rocksdb::FSWritableFile> another;
  EXPECT_FALSE(files_.NewWritableFile(path("4.sst"), {}, &another, nullptr).ok());
  EXPECT_TRUE(files_.DeleteFile(path("named.sst"), {}, nullptr).ok()) << "said, not done";
  EXPECT_EQ(content("named.sst"), "named");
  EXPECT_EQ(content("1.sst"), "before");
  EXPECT_FALSE(std::filesystem::exists(path("4.sst")));
}

TEST_F(FencedFilesTest, a_database_that_was_given_up_writes_nothing) {
  const auto file = make(files_, "1.log");
  files_.put_up();
  EXPECT_FALSE(files_.failure().ok());
  EXPECT_TRUE(file->Append("after", {}, nullptr).ok()) << "said, not done";
  EXPECT_EQ(content("1.log"), "");
}

TEST_F(FencedFilesTest, a_table_that_was_begun_in_vain_is_deleted_behind_the_fence) {
  const auto begun = make(files_, "1.sst");
  const auto log = make(files_, "2.log");
  disk_.set(Fault::kNoSpace, ".log");
  log->Append("x", {}, nullptr).PermitUncheckedError();
  ASSERT_FALSE(files_.failure().ok());
  EXPECT_TRUE(files_.DeleteFile(path("1.sst"), {}, nullptr).ok());
  EXPECT_FALSE(std::filesystem::exists(path("1.sst")));
}

// A manifest that is made while a database is opened counts for nothing before CURRENT names it.
TEST_F(FencedFilesTest, what_nothing_can_name_goes_when_the_database_is_given_up) {
  const auto table = make(files_, "1.sst");
  const auto log = make(files_, "2.log");
  const auto manifest = make(files_, "MANIFEST-3");
  ASSERT_TRUE(manifest->Append("1.sst", {}, nullptr).ok());
  files_.put_up();
  EXPECT_FALSE(std::filesystem::exists(path("1.sst")));
  EXPECT_TRUE(std::filesystem::exists(path("2.log")));
  EXPECT_FALSE(std::filesystem::exists(path("MANIFEST-3")));
}

TEST_F(FencedFilesTest, what_a_manifest_may_name_stays_when_the_database_is_given_up) {
  const auto manifest = make(files_, "MANIFEST-3");
  const auto first = make(files_, "4.sst");
  make(files_, "5.dbtmp");
  ASSERT_TRUE(files_.RenameFile(path("5.dbtmp"), path("CURRENT"), {}, nullptr).ok());
  const auto second = make(files_, "6.sst");
  disk_.set(Fault::kLateError, "MANIFEST-3");
  EXPECT_FALSE(manifest->Append("6.sst", {}, nullptr).ok());
  files_.put_up();
  for (const char* name : {"MANIFEST-3", "CURRENT", "4.sst", "6.sst"}) {
    EXPECT_TRUE(std::filesystem::exists(path(name))) << name;
  }
}

TEST_F(FencedFilesTest, a_log_that_fails_is_told_to_us_alone) {
  const auto log = make(files_, "1.log");
  disk_.set(Fault::kIoError, ".log");
  EXPECT_TRUE(log->Append("lost", {}, nullptr).ok());
  EXPECT_TRUE(log->Sync({}, nullptr).ok());
  EXPECT_EQ(files_.failure().ToString(), "IO error: injected");
  EXPECT_EQ(content("1.log"), "");
}

TEST_F(FencedFilesTest, of_a_full_disk_rocksdb_hears_the_words_and_not_the_code) {
  const auto file = make(files_, "1.sst");
  disk_.set(Fault::kNoSpace, ".sst");
  const rocksdb::IOStatus told = file->Append("x", {}, nullptr);
  EXPECT_TRUE(told.IsIOError());
  EXPECT_FALSE(told.IsNoSpace());
  EXPECT_EQ(told.ToString(), "IO error: No space left on device: injected");
  EXPECT_TRUE(files_.failure().IsNoSpace());
}

TEST_F(FencedFilesTest, while_two_databases_hold_a_folder_no_table_file_is_deleted) {
  const auto shared = std::make_shared<FolderLock>();
  FencedFiles older(disk_.env().GetFileSystem(), shared);
  FencedFiles newer(disk_.env().GetFileSystem(), shared);
  rocksdb::FileLock* const first = lock(older);
  rocksdb::FileLock* const second = lock(newer);
  make(newer, "1.sst");
  make(newer, "1.log");
  EXPECT_TRUE(newer.DeleteFile(path("1.sst"), {}, nullptr).ok());
  EXPECT_TRUE(newer.DeleteFile(path("1.log"), {}, nullptr).ok());
  EXPECT_TRUE(std::filesystem::exists(path("1.sst")));
  EXPECT_FALSE(std::filesystem::exists(path("1.log")));

  ASSERT_TRUE(older.UnlockFile(first, {}, nullptr).ok());
  EXPECT_TRUE(newer.DeleteFile(path("1.sst"), {}, nullptr).ok());
  EXPECT_FALSE(std::filesystem::exists(path("1.sst")));
  FencedFiles stranger(disk_.env().GetFileSystem());
  rocksdb::FileLock* held = nullptr;
  EXPECT_FALSE(stranger.LockFile(path("LOCK"), {}, &held, nullptr).ok());
  ASSERT_TRUE(newer.UnlockFile(second, {}, nullptr).ok());
  ASSERT_TRUE(stranger.UnlockFile(lock(stranger), {}, nullptr).ok());
}

TEST_F(FencedFilesTest, what_a_failed_database_left_is_not_in_the_way_of_an_ingest) {
  make(files_, "fold.sst")->Append("new", {}, nullptr).PermitUncheckedError();
  make(files_, "7.sst")->Append("left over", {}, nullptr).PermitUncheckedError();
  EXPECT_TRUE(files_.LinkFile(path("fold.sst"), path("7.sst"), {}, nullptr).ok());
  EXPECT_EQ(content("7.sst"), "new");
}

// On the true disk, as a faulty one has a lock that puts its callers in an order.
TEST_F(FencedFilesTest, what_several_threads_write_ends_when_the_database_is_given_up) {
  constexpr int kTriesAfter = 100;
  const std::vector<std::string> names = {"1", "2", "3", "4"};
  FencedFiles files(rocksdb::FileSystem::Default());
  std::atomic<int> rounds{0};
  const auto write = [&](rocksdb::FSWritableFile& log, const std::string& table) {
    for (int after = 0; after < kTriesAfter; after += files.failure().ok() ? 0 : 1) {
      EXPECT_TRUE(log.Append("x", {}, nullptr).ok());
      std::unique_ptr<rocksdb::FSWritableFile> begun;
      if (files.NewWritableFile(table, {}, &begun, nullptr).ok()) {
        files.DeleteFile(table, {}, nullptr).PermitUncheckedError();
      }
      ++rounds;
    }
  };
  std::vector<std::unique_ptr<rocksdb::FSWritableFile>> logs;
  std::vector<std::thread> threads;
  for (const std::string& name : names) {
    logs.push_back(make(files, name + ".log"));
    threads.emplace_back(write, std::ref(*logs.back()), path(name + ".sst"));
  }
  EXPECT_TRUE(testing::eventually([&] { return rounds > 500; }));
  files.put_up();
  std::map<std::string, size_t> sizes;
  for (const std::string& name : names) {
    sizes[name] = content(name + ".log").size();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::string& name : names) {
    EXPECT_EQ(content(name + ".log").size(), sizes[name]);
    EXPECT_FALSE(std::filesystem::exists(path(name + ".sst"))) << "nothing can name it";
  }
}

}  // namespace
}  // namespace etymon::store
