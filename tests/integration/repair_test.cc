// Repair with the programs themselves: a store of which one kind of file was damaged, what `etymond
// --repair` says, and what lookups say afterwards.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"
#include "tests/integration/small_disk.h"

namespace etymon::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kOk = 0;
constexpr int kStoreError = 4;
constexpr const char* kHost = "127.0.0.5";
constexpr const char* kFolded = "192.0.2.10";          // www: in the tables
constexpr const char* kUnfolded = "192.0.2.20";        // shop: in the journal
constexpr const char* kStranger = "203.0.113.200";     // in no answer of the zone
constexpr const char* kIncomplete = "not complete: ";  // what --repair calls a gap

void zero(const fs::path& file) {
  const auto size = fs::file_size(file);
  std::ofstream(file, std::ios::binary | std::ios::trunc) << std::string(size, '\0');
}

// Zeros at the end of a log are room that was made ready for it, so its damage is another one.
void scramble(const fs::path& file) {
  const auto size = fs::file_size(file);
  std::ofstream(file, std::ios::binary | std::ios::trunc) << std::string(size, '\x55');
}

// A daemon that was killed: `www` was asked in its first run and is folded, `shop` in its second.
class RepairedStore : public ::testing::Test {
 protected:
  RepairedStore() {
    std::ofstream(configuration()) << "[store]\nfold_after = \"1s\"\n";
    etymond_.emplace(std::vector<std::string>{knot_.address()},
                     std::vector<std::string>{"--config", configuration()});
    etymond_->host(kHost).ask("www.example.test");
    first_run_ = clock_.wall();
    EXPECT_TRUE(eventually([this] {
      return count_in(etymond_->status().at("store"), "folds") > 0;
    })) << etymond_->status();
    etymond_->stop();
    std::ofstream(configuration()) << "[store]\nfold_after = \"24h\"\n";
    etymond_->start();
    etymond_->host(kHost).ask("shop.example.test");
    second_run_ = clock_.wall();
    EXPECT_TRUE(eventually([this] { return is_in_a_log("shop"); }));
    etymond_->kill();
  }

  // Its sync was the first of the second run, so it is no longer in the turn log alone.
  bool is_in_a_log(const std::string& label) const {
    const fs::directory_iterator files(etymond_->store() + "/journal");
    return std::any_of(begin(files), end(files), [&](const fs::directory_entry& file) {
      std::ifstream stream(file.path(), std::ios::binary);
      const std::string octets{std::istreambuf_iterator<char>(stream), {}};
      return file.path().extension() == ".log" && octets.find(label) != std::string::npos;
    });
  }

  std::string configuration() const { return folder_.path() + "/etymond.toml"; }

  // Damages each file below the store's `database` whose name has `part` in it.
  void damage(const std::string& database, const std::string& part,
              const std::function<void(const fs::path&)>& how) const {
    size_t files = 0;
    for (const auto& file : fs::directory_iterator(etymond_->store() + "/" + database)) {
      if (file.path().filename().string().find(part) != std::string::npos) {
        how(file.path());
        ++files;
      }
    }
    EXPECT_GT(files, 0U) << database << "/" << part;
  }

  // Repairs, verifies and starts; gives what the repair said.
  std::string repaired() {
    const Finished done = run({etymond_program(), "--repair", "--store", etymond_->store()});
    EXPECT_EQ(done.status, kOk) << done.err;
    EXPECT_THAT(done.out, HasSubstr("the damaged files are in "));
    const Finished verified = run({etymond_program(), "--verify", "--store", etymond_->store()});
    EXPECT_EQ(verified.status, kOk) << verified.out << verified.err;
    etymond_->start();
    return done.out;
  }

  void expect_found(const char* address, const std::string& name, WallTime at) const {
    const Json answer = etymond_->lookup(address, kHost, at);
    ASSERT_EQ(answer.at("verdict"), "VERDICT_LIVE") << answer;
    EXPECT_EQ(answer.at("candidates").at(0).at("name"), name);
  }
  void expect_it_as_it_was_on_a_full_disk() const;
  void expect_www() const { expect_found(kFolded, "www.example.test", first_run_); }
  void expect_shop() const { expect_found(kUnfolded, "shop.example.test", second_run_); }

  std::string verdict(const char* address, WallTime at) const {
    return etymond_->lookup(address, kHost, at).at("verdict");
  }

  const SystemClock clock_{};
  const Knot knot_;
  const TemporaryFolder folder_;
  std::optional<Etymond> etymond_;
  WallTime first_run_;
  WallTime second_run_;
};

TEST_F(RepairedStore, without_its_manifests_and_their_names_has_lost_nothing) {
  damage("tables", "CURRENT", [](const fs::path& file) { fs::remove(file); });
  damage("journal", "CURRENT", zero);
  damage("tables", "MANIFEST", zero);
  EXPECT_THAT(repaired(), Not(HasSubstr(kIncomplete)));
  expect_www();
  expect_shop();
  EXPECT_EQ(verdict(kStranger, first_run_), "VERDICT_NEVER");
}

TEST_F(RepairedStore, whose_journal_has_lost_a_log_still_tells_what_was_folded) {
  damage("journal", ".log", scramble);
  damage("journal", "turns", zero);
  EXPECT_THAT(repaired(), HasSubstr(kIncomplete));
  expect_www();
  EXPECT_EQ(verdict(kUnfolded, second_run_), "VERDICT_UNKNOWN");
  EXPECT_EQ(verdict(kStranger, second_run_), "VERDICT_UNKNOWN");
}

// Nobody can say of such a log that there was anything in it; but nobody says that it was recorded.
TEST_F(RepairedStore, whose_journal_has_a_log_of_zeros_claims_nothing_of_its_time) {
  damage("journal", ".log", zero);
  damage("journal", "turns", zero);
  repaired();
  expect_www();
  EXPECT_EQ(verdict(kUnfolded, second_run_), "VERDICT_UNKNOWN");
}

TEST_F(RepairedStore, whose_log_is_lost_takes_the_last_entry_from_its_turns) {
  damage("journal", ".log", scramble);
  EXPECT_THAT(repaired(), HasSubstr(kIncomplete));
  expect_www();
  expect_shop();
  EXPECT_EQ(verdict(kStranger, second_run_), "VERDICT_UNKNOWN");
}

TEST_F(RepairedStore, whose_tables_are_lost_still_tells_what_was_not_folded) {
  damage("tables", ".sst", zero);
  EXPECT_THAT(repaired(), HasSubstr(kIncomplete));
  expect_shop();
  EXPECT_EQ(verdict(kFolded, first_run_), "VERDICT_UNKNOWN");
  EXPECT_EQ(verdict(kStranger, first_run_), "VERDICT_UNKNOWN");
  EXPECT_THAT(etymond_->command({"status"}).out, HasSubstr("recording"));
}

TEST_F(RepairedStore, whose_coverage_is_lost_tells_the_names_and_claims_nothing) {
  damage("journal", ".sst", zero);
  EXPECT_THAT(repaired(), HasSubstr(kIncomplete));
  expect_www();
  EXPECT_EQ(verdict(kStranger, first_run_), "VERDICT_UNKNOWN");
}

void RepairedStore::expect_it_as_it_was_on_a_full_disk() const {
  const SmallDisk disk("256m");
  const std::string store = disk.path() + "/store";
  fs::copy(etymond_->store(), store, fs::copy_options::recursive);
  const auto files = [&] {
    std::map<std::string, uintmax_t> sizes;
    for (const auto& file : fs::recursive_directory_iterator(store)) {
      sizes[file.path()] = file.is_regular_file() ? file.file_size() : 0;
    }
    return sizes;
  };
  const auto before = files();
  disk.fill();
  const Finished refused = run({etymond_program(), "--repair", "--store", store});
  EXPECT_EQ(refused.status, kStoreError);
  EXPECT_EQ(std::ranges::count(refused.err, '\n'), 1) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("No space left on device"));
  EXPECT_EQ(files(), before);
  disk.make_room();
  const Finished repaired = run({etymond_program(), "--repair", "--store", store});
  EXPECT_EQ(repaired.status, kOk) << repaired.err;
}

TEST_F(RepairedStore, is_as_it_was_when_the_disk_is_full) {
  with_small_disks([this] { expect_it_as_it_was_on_a_full_disk(); });
}

}  // namespace
}  // namespace etymon::testing
