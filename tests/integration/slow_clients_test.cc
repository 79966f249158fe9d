// Clients that keep connections and give nothing for them: what they cost, and when it comes back.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/integration/etymond.h"
#include "tests/integration/loopback_socket.h"
#include "tests/support/dns_messages.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr size_t kConnections = 480;  // of 512 at once by default
constexpr size_t kPerAddress = 30;    // of 32
constexpr int kSmallBuffer = 4096;    // of who does not read; the kernel keeps no less
constexpr size_t kUnreadQueries = 400;
constexpr auto kSlowFor = 2s;
constexpr size_t kQuestions = 200;  // to measure with

#if defined(__SANITIZE_ADDRESS__)
constexpr size_t kMemoryMax = 512 << 20;  // what is freed is kept for a while
#else
constexpr size_t kMemoryMax = 64 << 20;
#endif

std::string framed(const std::string& message) {
  return std::string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())} +
         message;
}

size_t descriptors_of(pid_t process) {
  const std::filesystem::directory_iterator open("/proc/" + std::to_string(process) + "/fd");
  return static_cast<size_t>(std::distance(begin(open), end(open)));
}

size_t resident_bytes_of(pid_t process) {
  size_t total = 0;
  size_t resident = 0;
  std::ifstream("/proc/" + std::to_string(process) + "/statm") >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

class SlowClients : public ::testing::Test {
 protected:
  // So that the test need not wait for ten seconds.
  std::string config() const {
    const std::string path = folder_.path() + "/config.toml";
    std::ofstream(path) << "listen.tcp_idle = \"3s\"\n";
    return path;
  }

  // Asks for a known name again and again; gives what the slowest in twenty had to wait.
  Clock::duration time_of_udp() const {
    const LoopbackSocket client(SOCK_DGRAM, "127.0.0.7", etymond_.port());
    std::vector<Clock::duration> times;
    for (size_t i = 0; i < kQuestions; ++i) {
      const auto began = Clock::now();
      client.send(query("large.example", RecordType::kA).wire());
      EXPECT_NE(client.receive(kPatience), "");
      times.push_back(Clock::now() - began);
    }
    std::ranges::sort(times);
    return times[times.size() * 19 / 20];
  }

  // A third each: an octet a second, a length and nothing behind it, and questions without end
  // whose answers are not read.
  void connect_all() {
    std::string unread;
    for (size_t i = 0; i < kUnreadQueries; ++i) {
      unread += framed(query("large.example", RecordType::kA).wire());
    }
    for (size_t i = 0; i < kConnections; ++i) {
      slow_.emplace_back(SOCK_STREAM, "127.0.2." + std::to_string(1 + i / kPerAddress),
                         etymond_.port(), kSmallBuffer);
      ASSERT_TRUE(slow_.back().connected());
      slow_.back().send(i % 3 == 1 ? std::string("\0\x20", 2) : i % 3 == 2 ? unread : "");
    }
  }

  // One octet of a question a second.
  void trickle() {
    if (Clock::now() < next_octet_) {
      return;
    }
    next_octet_ = Clock::now() + 1s;
    const std::string message = framed(query("large.example", RecordType::kA).wire());
    for (size_t i = 0; i < slow_.size(); i += 3) {
      slow_[i].send(message.substr(trickled_ % message.size(), 1));
    }
    ++trickled_;
  }

  const ScriptedResolver upstream_{[](const Asked& asked) {
    MessageBuilder answer = answer_to(asked);
    for (int i = 1; i <= 25; ++i) {
      answer.a(asked.name, 300, "192.0.2." + std::to_string(i));
    }
    return std::optional(answer);
  }};
  TemporaryFolder folder_;
  const Etymond etymond_{{upstream_.address()}, {"--config", config()}};
  std::vector<LoopbackSocket> slow_;
  size_t trickled_ = 0;
  Clock::time_point next_octet_{};
};

TEST_F(SlowClients, hold_up_nobody_and_are_hung_up_on) {
  const auto before = time_of_udp();
  const size_t descriptors = descriptors_of(etymond_.process());
  const size_t memory = resident_bytes_of(etymond_.process());
  connect_all();
  EXPECT_TRUE(eventually([&] {
    return descriptors_of(etymond_.process()) >= descriptors + kConnections * 9 / 10;
  })) << "they were taken in";
  const auto end = Clock::now() + kSlowFor;
  auto worst = Clock::duration(0);
  while (Clock::now() < end) {
    trickle();
    worst = std::max(worst, time_of_udp());
    std::this_thread::sleep_for(500ms);
  }
  RecordProperty("before_us", std::to_string(before / 1us));
  RecordProperty("worst_us", std::to_string(worst / 1us));
  EXPECT_LE(worst, before * 10 + 250ms);
  EXPECT_EQ(etymond_.host().ask("large.example", "A", Over::kTcp).status, "NOERROR");
  EXPECT_LE(resident_bytes_of(etymond_.process()), memory + kMemoryMax);
  EXPECT_TRUE(eventually([&] {
    trickle();
    return descriptors_of(etymond_.process()) <= descriptors + 4;
  })) << "descriptors come back";
  EXPECT_TRUE(eventually([&] {  // Behind what they did not read.
    return std::ranges::all_of(slow_, [](const auto& socket) {
      while (!socket.receive().empty()) {
      }
      return socket.ended();
    });
  }));
}

}  // namespace
}  // namespace etymon::testing
