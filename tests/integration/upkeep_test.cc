// Keeping the store, as its owner does it: with the daemon at work, and with the daemon stopped.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"
#include "tests/support/dns_messages.h"

namespace etymon::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int kOk = 0;
constexpr int kDamaged = 1;
constexpr int kStoreError = 4;
constexpr int kFailed = 5;

class Upkeep : public ::testing::Test {
 protected:
  // etymond's flags for a store that is not served.
  static Finished etymond(const std::vector<std::string>& flags) {
    std::vector<std::string> line = {etymond_program()};
    line.insert(line.end(), flags.begin(), flags.end());
    return run(line);
  }

  void damage_a_file_of(const std::string& store) {
    for (const auto& file : fs::recursive_directory_iterator(store)) {
      if (file.path().extension() == ".sst") {
        std::fstream stream(file.path(), std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(10);
        stream.write("\xFF\xFF\xFF\xFF", 4);
      }
    }
  }

  uint64_t recorded() const { return count_in(etymond_.status().at("deliveries"), "recorded"); }

  const TemporaryFolder folder_;
  const std::string backup_ = folder_.path() + "/backup";
  const std::string restored_ = folder_.path() + "/restored";
  const SystemClock clock_;
  const Knot knot_;
  Etymond etymond_{{knot_.address()}};
};

TEST_F(Upkeep, a_backup_made_under_load_is_restored_and_answers_lookups) {
  etymond_.host("127.0.0.5").ask("shop.example.test");
  const WallTime asked = clock_.wall();
  std::atomic<bool> enough = false;
  std::thread load([&] {
    const std::string question = query("www.example.test", RecordType::kA).id(7).wire();
    while (!enough) {
      send_datagram(etymond_.port(), question);
    }
  });
  EXPECT_TRUE(eventually([&] { return recorded() > 2000; }));
  const uint64_t before = recorded();
  const Finished made = etymond_.command({"backup", backup_});
  EXPECT_TRUE(eventually([&] { return recorded() > before + 2000; }));
  enough = true;
  load.join();
  ASSERT_EQ(made.status, kOk) << made.err;
  EXPECT_THAT(made.out, HasSubstr("backup in " + backup_));
  etymond_.stop();

  const Finished restored = etymond({"--restore", backup_, "--store", restored_});
  ASSERT_EQ(restored.status, kOk) << restored.err;
  EXPECT_EQ(etymond({"--verify", "--store", restored_}).status, kOk);
  fs::remove_all(etymond_.store());
  fs::rename(restored_, etymond_.store());
  etymond_.start();
  const Json shop = etymond_.lookup("192.0.2.20", "127.0.0.5", asked);
  EXPECT_EQ(shop.at("candidates").at(0).at("name"), "shop.example.test");
  const Json www = etymond_.lookup("192.0.2.10", "127.0.0.1");
  EXPECT_GE(www.at("candidates").at(0).at("deliveries").get<uint64_t>(), before);
}

TEST_F(Upkeep, a_backup_replaces_nothing) {
  fs::create_directory(backup_);
  const Finished refused = etymond_.command({"backup", backup_});
  EXPECT_EQ(refused.status, kFailed);
  EXPECT_THAT(refused.err, HasSubstr(backup_ + " exists"));
}

TEST_F(Upkeep, a_running_daemon_verifies_its_store) {
  etymond_.host().ask("shop.example.test");
  const Finished text = etymond_.command({"verify"});
  EXPECT_EQ(text.status, kOk) << text.err;
  EXPECT_THAT(text.out, HasSubstr("SOUND"));
  const Finished json = etymond_.command({"verify", "--json"});
  EXPECT_TRUE(Json::parse(json.out).at("findings").empty());
}

TEST_F(Upkeep, a_stopped_daemon_s_store_is_verified_and_repaired_by_etymond) {
  etymond_.host().ask("shop.example.test");
  EXPECT_EQ(etymond({"--verify", "--store", etymond_.store()}).status, kStoreError)
      << "the daemon has it open";
  etymond_.stop();
  const Finished sound = etymond({"--verify", "--store", etymond_.store()});
  EXPECT_EQ(sound.status, kOk) << sound.err;
  EXPECT_THAT(sound.out, HasSubstr("sound: "));
  damage_a_file_of(etymond_.store());
  const Finished damaged = etymond({"--verify", "--store", etymond_.store()});
  EXPECT_EQ(damaged.status, kDamaged);
  EXPECT_THAT(damaged.out, HasSubstr("journal: "));

  const Finished repaired = etymond({"--repair", "--store", etymond_.store()});
  EXPECT_EQ(repaired.status, kOk) << repaired.err;
  EXPECT_THAT(repaired.out, HasSubstr("repaired: "));
  EXPECT_THAT(repaired.out, HasSubstr("the damaged files are in "));
  EXPECT_EQ(etymond({"--verify", "--store", etymond_.store()}).status, kOk);
}

// Of files that root made in it the service could not open its store again.
TEST_F(Upkeep, root_leaves_nothing_of_its_own_in_the_store_of_another) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "this is about root";
  }
  constexpr uid_t kOwner = 4711;
  etymond_.host("127.0.0.5").ask("shop.example.test");
  ASSERT_EQ(etymond_.stop(), kOk);
  const fs::path store = etymond_.store();
  fs::permissions(store.parent_path(), fs::perms(0755));
  const auto each = [&](const auto& visit) {
    visit(store);
    for (const auto& file : fs::recursive_directory_iterator(store)) {
      visit(file.path());
    }
  };
  each([](const fs::path& file) { ASSERT_EQ(lchown(file.c_str(), kOwner, kOwner), 0) << file; });
  for (const char* work : {"--verify", "--repair", "--verify"}) {
    EXPECT_EQ(etymond({work, "--store", store}).status, kOk) << work;
    each([&](const fs::path& file) {
      struct stat found {};
      ASSERT_EQ(lstat(file.c_str(), &found), 0) << file;
      EXPECT_EQ(found.st_uid, kOwner) << file << " after " << work;
      EXPECT_EQ(found.st_gid, kOwner) << file << " after " << work;
    });
  }
}

TEST_F(Upkeep, what_is_no_backup_is_not_restored) {
  const Finished none = etymond({"--restore", folder_.path(), "--store", restored_});
  EXPECT_EQ(none.status, kStoreError);
  EXPECT_THAT(none.err, HasSubstr("is no backup"));
  EXPECT_FALSE(fs::exists(restored_));
  const Finished taken = etymond({"--restore", etymond_.store(), "--store", etymond_.store()});
  EXPECT_EQ(taken.status, kStoreError);
  EXPECT_THAT(taken.err, HasSubstr("not empty"));
}

}  // namespace
}  // namespace etymon::testing
