// What the network notices when the disk under the store is full or hangs: nothing. What the store
// admits afterwards: everything.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"
#include "tests/integration/loopback_socket.h"
#include "tests/integration/small_disk.h"
#include "tests/support/dns_messages.h"
#include "tests/support/setting.h"

namespace etymon::testing {
namespace {

constexpr Milliseconds kNoticed(500);  // far more than an answer takes, on a busy machine, too
constexpr const char* kStranger = "203.0.113.200";  // in no answer of the zone

// What must be true of a daemon whose store goes and comes back.
class Disk : public ::testing::Test {
 protected:
  static std::string verdict(const Etymond& daemon, std::optional<WallTime> at = std::nullopt) {
    return daemon.lookup(kStranger, "127.0.0.1", at).at("verdict");
  }

  static bool is_recording(const Etymond& daemon) {
    return daemon.status().at("store").value("recording", false);
  }

  // Asks until an answer could not be recorded; all are answered. Many hundreds, as a disk gives
  // out its last octets by the page.
  void answer_until_lost(const Etymond& daemon, const std::function<void()>& break_disk) {
    const std::string question = query("node.example.test", RecordType::kA).wire();
    ASSERT_TRUE(eventually([&] {
      break_disk();
      for (int i = 0; i < 1000; ++i) {
        send_datagram(daemon.port(), question);
      }
      EXPECT_EQ(daemon.host().ask("node.example.test").status, "NOERROR") << daemon.said();
      return !is_recording(daemon);
    }));
    gap_ = clock_.wall();
    EXPECT_EQ(daemon.host().ask("shop.example.test").status, "NOERROR");
    EXPECT_EQ(verdict(daemon), "VERDICT_UNKNOWN");
    EXPECT_GE(count_in(daemon.status().at("deliveries"), "lost"), 2U);
  }

  void expect_recording_again(const Etymond& daemon) {
    ASSERT_TRUE(eventually([&] { return is_recording(daemon); }));
    ASSERT_EQ(daemon.host("127.0.0.9").ask("blog.example.test").status, "NOERROR");
    EXPECT_EQ(daemon.lookup("192.0.2.20", "127.0.0.9").at("verdict"), "VERDICT_LIVE");
    EXPECT_EQ(verdict(daemon), "VERDICT_NEVER");
    EXPECT_EQ(verdict(daemon, gap_), "VERDICT_UNKNOWN");
  }

  void expect_a_gap_while_full();

  const SystemClock clock_{};
  const Knot knot_;
  WallTime gap_;
};

void Disk::expect_a_gap_while_full() {
  // Less than RocksDB would like to have for a log at once, so that it takes space as it writes.
  const SmallDisk disk("16m");
  Etymond daemon = [&] {
    const Setting there("TMPDIR", disk.path());
    return Etymond({knot_.address()});
  }();
  ASSERT_EQ(verdict(daemon), "VERDICT_NEVER");
  answer_until_lost(daemon, [&] { disk.fill(); });
  EXPECT_NE(daemon.status().at("store").value("last_error", ""), "");
  disk.make_room();
  expect_recording_again(daemon);

  daemon.kill();
  daemon.start();
  EXPECT_EQ(verdict(daemon, gap_), "VERDICT_UNKNOWN");
  EXPECT_EQ(daemon.lookup("192.0.2.20", "127.0.0.9").at("verdict"), "VERDICT_LIVE");
}

TEST_F(Disk, a_full_one_stops_no_answer_and_leaves_a_gap_that_ends_by_itself) {
  with_small_disks([this] { expect_a_gap_while_full(); });
}

TEST_F(Disk, a_hanging_one_stops_no_answer_and_leaves_a_gap_that_ends_by_itself) {
  const TemporaryFolder folder;
  const std::string hangs = folder.path() + "/hangs";
  const std::string preloaded = std::string("LD_PRELOAD=") + ETYMON_STALLING_DISK;
  const Etymond daemon({knot_.address()}, {}, {"env", "ETYMON_STALL_WHILE=" + hangs, preloaded});
  ASSERT_EQ(verdict(daemon), "VERDICT_NEVER");
  answer_until_lost(daemon, [&] { std::ofstream(hangs).put('!'); });
  const LoopbackSocket host(SOCK_DGRAM, "127.0.0.1", daemon.port());
  const std::string question = query("www.example.test", RecordType::kA).wire();
  for (const WallTime until = clock_.wall() + Seconds(3); clock_.wall() < until;) {
    host.send(question);
    ASSERT_NE(host.receive(kNoticed), "") << "the network waits for the disk";
  }
  EXPECT_FALSE(is_recording(daemon));
  std::filesystem::remove(hangs);
  expect_recording_again(daemon);
}

}  // namespace
}  // namespace etymon::testing
