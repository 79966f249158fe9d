// The watcher on its thread, with lease files that come, change and go. What it hears of the
// kernel's neighbours is tested between network namespaces: tests/integration/hosts_test.cc.
#include "resolver/hosts/host_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "resolver/base/guarded.h"
#include "tests/support/fakes.h"

namespace etymon::hosts {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class Learned final : public HostLearner {
 public:
  void learn(std::span<const HostSighting> sightings) override {
    auto all = all_.lock();
    all->insert(all->end(), sightings.begin(), sightings.end());
  }
  bool has(const std::string& device) const {
    auto all = all_.lock();
    return std::ranges::any_of(*all, [&](const auto& seen) { return seen.device == device; });
  }
  ptrdiff_t times(const std::string& device) const {
    auto all = all_.lock();
    return std::ranges::count(*all, device, &HostSighting::device);
  }

 private:
  Guarded<std::vector<HostSighting>> all_;
};

class Warnings {
 public:
  void add(const std::string& text) { *text_.lock() += text + "\n"; }
  std::string text() const { return *text_.lock(); }

 private:
  Guarded<std::string> text_;
};

// Time as the test tells it, reading by reading: whoever reads waits for the next word. So the
// watcher is where the test knows it to be, and ten seconds are over when the test says so. A round
// of the watcher has two readings: what is due, and for how long to wait.
class ToldClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(Seconds(1'700'000'000)); }
  MonotonicTime monotonic() const override {
    std::unique_lock lock(mutex_);
    ++readings_;
    change_.notify_all();
    change_.wait(lock, [this] { return readings_ <= told_ || over_; });
    return now_;
  }

  // What the next reading finds. True when what came of it is done, and there is one more reading.
  bool tell(Microseconds now) {
    std::unique_lock lock(mutex_);
    now_ = MonotonicTime(now);
    ++told_;
    change_.notify_all();
    return change_.wait_for(lock, 20s, [this] { return readings_ > told_; });
  }
  // Nobody waits any more.
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    change_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable change_;
  mutable size_t readings_ = 0;  // that were begun
  size_t told_ = 0;              // of them, how many may end
  MonotonicTime now_{};
  bool over_ = false;
};

// The watcher starts with a look at everything, and each new one does: nothing is slept for.
template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 4'000 && !condition(); ++i) {
    std::this_thread::sleep_for(Milliseconds(5));
  }
  return condition();
}

class Watching : public ::testing::Test {
 protected:
  std::unique_ptr<HostWatcher> watcher(Neighbours neighbours = Neighbours::kIgnore) {
    return watcher_at(clock_, neighbours);
  }
  std::unique_ptr<HostWatcher> watcher_at(const Clock& clock,
                                          Neighbours neighbours = Neighbours::kIgnore) {
    auto made =
        std::make_unique<HostWatcher>(HostWatcher::Options{neighbours, {file()}}, learned_, clock,
                                      [this](const std::string& text) { warnings_.add(text); });
    made->start();
    return made;
  }
  std::string file() const { return folder_.path() + "/leases"; }
  void write(const std::string& text) { std::ofstream(file()) << text; }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  Learned learned_;
  Warnings warnings_;
};

TEST_F(Watching, leases_are_learned_at_the_start) {
  write("0 02:00:00:00:00:07 192.168.1.7 laptop *\n");
  const auto watching = watcher();
  EXPECT_TRUE(soon([&] { return learned_.has("mac:02:00:00:00:00:07"); }));
}

TEST_F(Watching, leases_that_kea_has_moved_aside_are_learned_unless_they_have_ended) {
  const std::string header = "address,hwaddr,valid_lifetime,expire,hostname,state\n";
  const std::string end = ",3600,4000000000,,0\n";
  std::ofstream(file() + ".2") << header << "192.168.1.7,02:00:00:00:00:07" << end
                               << "192.168.1.8,02:00:00:00:00:08" << end;
  std::ofstream(file() + ".1") << header << "192.168.1.9,02:00:00:00:00:09" << end;
  write(header + "192.168.1.7,02:00:00:00:00:07,0,4000000000,,0\n");
  clock_.set_wall(WallTime(Seconds(4'000'000'000)));
  const auto watching = watcher();
  EXPECT_TRUE(soon([&] { return learned_.has("mac:02:00:00:00:00:09"); }));
  EXPECT_TRUE(learned_.has("mac:02:00:00:00:00:08"));
  EXPECT_FALSE(learned_.has("mac:02:00:00:00:00:07"));
}

TEST_F(Watching, a_file_that_is_not_there_yet_is_waited_for) {
  watcher()->stop();
  EXPECT_EQ(warnings_.text(), "");
}

TEST_F(Watching, it_looks_at_once_when_it_is_told_to) {
  write("0 02:00:00:00:00:07 192.168.1.7 laptop *\n");
  const auto watching = watcher();
  EXPECT_TRUE(soon([&] { return learned_.has("mac:02:00:00:00:00:07"); }));
  write("0 02:00:00:00:00:08 192.168.1.8 desk *\n");
  watching->look_now();
  EXPECT_TRUE(soon([&] { return learned_.has("mac:02:00:00:00:00:08"); }));
}

TEST_F(Watching, it_looks_every_ten_seconds_by_itself_and_not_before) {
  write("0 02:00:00:00:00:07 192.168.1.7 laptop *\n");
  ToldClock clock;
  const auto watching = watcher_at(clock);
  EXPECT_TRUE(clock.tell(0s));
  EXPECT_EQ(learned_.times("mac:02:00:00:00:00:07"), 1) << "at the start";
  std::ofstream(file(), std::ios::app) << "0 02:00:00:00:00:08 192.168.1.8 desk *\n";
  for (const int looks : {1, 2}) {
    const Microseconds next = looks * 10s;
    EXPECT_TRUE(clock.tell(next - 1ms) && clock.tell(next - 1ms));
    EXPECT_EQ(learned_.times("mac:02:00:00:00:00:07"), looks) << "it is not due yet";
    EXPECT_TRUE(clock.tell(next) && clock.tell(next));
    EXPECT_EQ(learned_.times("mac:02:00:00:00:00:07"), looks + 1);
    EXPECT_EQ(learned_.times("mac:02:00:00:00:00:08"), looks) << "the file has changed";
  }
  clock.end();
}

TEST_F(Watching, a_file_that_is_gone_holds_as_it_was_last_read) {
  write("0 02:00:00:00:00:07 192.168.1.7 laptop *\n");
  const auto watching = watcher();
  EXPECT_TRUE(soon([&] { return learned_.times("mac:02:00:00:00:00:07") == 1; }));
  std::filesystem::remove(file());
  watching->look_now();
  EXPECT_TRUE(soon([&] { return learned_.times("mac:02:00:00:00:00:07") == 2; }));
}

TEST_F(Watching, a_file_without_any_lease_is_warned_of) {
  write("these are no leases\n");
  const auto watching = watcher();
  EXPECT_TRUE(soon([&] { return !warnings_.text().empty(); }));
  EXPECT_THAT(warnings_.text(), HasSubstr(file() + ": no lease in it"));
}

TEST_F(Watching, a_folder_or_a_pipe_in_a_files_place_is_warned_of_and_holds_up_nothing) {
  mkfifo(file().c_str(), 0600);
  const auto watching = watcher();
  EXPECT_TRUE(soon([&] { return !warnings_.text().empty(); }));
  EXPECT_THAT(warnings_.text(), HasSubstr("is no file"));
}

TEST_F(Watching, it_can_be_stopped_at_any_time_and_twice) {
  const auto watching = watcher(Neighbours::kWatch);
  watching->stop();
  watching->stop();
}

}  // namespace
}  // namespace etymon::hosts
