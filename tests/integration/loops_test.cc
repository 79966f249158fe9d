// Several event loops, each with its own sockets and its own share of the cache: clients notice
// nothing, and nothing that they were told goes unrecorded.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "resolver/base/bytes.h"
#include "tests/integration/etymond.h"
#include "tests/integration/loopback_socket.h"
#include "tests/support/dns_messages.h"
#include "tests/support/processors.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

constexpr size_t kLoops = 2;
// Each has a port of its own, by which the kernel chooses the loop: that all of them come to one
// happens once in 2^99 runs.
constexpr size_t kClients = 100;
constexpr size_t kSampled = 10;  // one in so many is looked up
constexpr const char* kName = "www.example";
constexpr const char* kAddress = "192.0.2.1";

class Loops : public ::testing::Test {
 protected:
  explicit Loops(const std::string& more_lines = "")
      : etymond_({upstream_.address()}, {"--config", config(more_lines)}) {}

  std::string config(const std::string& more_lines) const {
    const std::string path = folder_.path() + "/config.toml";
    std::ofstream(path) << "listen.loops = " << kLoops << "\nlisten.tcp_per_client = 200\n"
                        << more_lines;
    return path;
  }

  static std::string client(size_t number) { return "127.0.3." + std::to_string(number + 1); }

  // Each client asks and is answered.
  void all_ask(int type) const {
    const std::string message = query(kName, RecordType::kA).wire();
    const std::string length = {'\0', static_cast<char>(message.size())};
    for (size_t i = 0; i < kClients; ++i) {
      const LoopbackSocket socket(type, client(i), etymond_.port());
      socket.send(type == SOCK_STREAM ? length + message : message);
      std::string answer = socket.receive(kPatience);
      answer.erase(0, type == SOCK_STREAM ? length.size() : 0);
      ASSERT_GT(answer.size(), 12U);
      EXPECT_EQ(load_u16(reinterpret_cast<const uint8_t*>(answer.data()) + 6), 1);
    }
  }

  const ScriptedResolver upstream_{[](const Asked& asked) {
    return std::optional(answer_to(asked).a(asked.name, 300, kAddress));
  }};
  TemporaryFolder folder_;
  const Etymond etymond_;
};

TEST_F(Loops, all_of_them_answer_record_and_forget) {
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    const size_t before = upstream_.times_asked(kName);
    const uint64_t answered = count_in(etymond_.status().at("deliveries"), "answered");
    all_ask(type);
    EXPECT_EQ(upstream_.times_asked(kName), before + kLoops) << "once for each loop's cache";
    Json deliveries;
    EXPECT_TRUE(eventually([&] {
      deliveries = etymond_.status().at("deliveries");
      return count_in(deliveries, "recorded") == count_in(deliveries, "answered");
    }));
    EXPECT_EQ(count_in(deliveries, "answered"), answered + kClients);
    EXPECT_EQ(count_in(deliveries, "lost"), 0U);
    const Json flushed = Json::parse(etymond_.command({"flush", kName, "--json"}).out);
    EXPECT_EQ(count_in(flushed, "answers"), kLoops) << flushed;
  }
  for (size_t i = 0; i < kClients; i += kSampled) {
    const Json found = etymond_.lookup(kAddress, client(i));
    EXPECT_EQ(found.at("verdict"), "VERDICT_LIVE") << client(i);
    EXPECT_EQ(found.at("candidates").at(0).at("name"), kName);
  }
  const Json cache = etymond_.status().at("cache");
  EXPECT_EQ(count_in(cache, "hits") + count_in(cache, "misses"), 2 * kClients);
}

// Each loop needs a processor; and Linux heeds it where sockets share a port since 6.2: before, it
// goes by the sender.
bool can_be_apart() {
  utsname kernel{};
  unsigned major = 0;
  unsigned minor = 0;
  return uname(&kernel) == 0 && std::sscanf(kernel.release, "%u.%u", &major, &minor) == 2 &&
         std::pair(major, minor) >= std::pair(6U, 2U) && has_processor(0) && has_processor(1);
}

// Over loopback a datagram comes in on the processor from which it was sent.
class LoopsApart : public Loops {
 protected:
  LoopsApart() : Loops(can_be_apart() ? "listen.affinity = \"on\"\n" : "") {}

  void ask_from(size_t processor) const {
    std::thread([&] {
      stay_on_processor(processor);
      all_ask(SOCK_DGRAM);
    }).join();
  }
};

TEST_F(LoopsApart, answer_what_comes_in_on_their_processor) {
  if (!can_be_apart()) {
    GTEST_SKIP() << "it takes the processors 0 and 1, and Linux 6.2";
  }
  const size_t before = upstream_.times_asked(kName);
  for (size_t processor = 0; processor < kLoops; ++processor) {
    ask_from(processor);
    EXPECT_EQ(upstream_.times_asked(kName), before + processor + 1)
        << "one loop's cache alone for processor " << processor;
  }
}

// Where a thread may run, and what it is called.
struct ThreadPlace {
  std::string name;
  cpu_set_t processors;

  bool is_a_loop() const { return name == "loop"; }
  bool may_run_on(size_t processor) const { return CPU_ISSET(processor, &processors); }
};

std::vector<ThreadPlace> threads_of(pid_t process) {
  std::vector<ThreadPlace> threads;
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
    ThreadPlace thread;
    CPU_ZERO(&thread.processors);
    std::getline(std::ifstream(entry.path() / "comm"), thread.name);
    const pid_t id = std::stoi(entry.path().filename());
    if (sched_getaffinity(id, sizeof thread.processors, &thread.processors) == 0) {
      threads.push_back(thread);  // else it has ended
    }
  }
  return threads;
}

TEST(LoopApart, has_a_processor_that_nothing_else_of_the_daemon_uses) {
  if (!has_processor(0) || !has_processor(1)) {
    GTEST_SKIP() << "it takes the processors 0 and 1";
  }
  const TemporaryFolder folder;
  const std::string config = folder.path() + "/config.toml";
  std::ofstream(config) << "listen.affinity = \"on\"\n";
  const Etymond etymond({"127.0.0.1:9"}, {"--config", config}, {"taskset", "--cpu-list", "0,1"});
  constexpr std::ptrdiff_t kThreadsOfALoop = 2;  // see resolver/base/relay.h
  std::vector<ThreadPlace> threads;
  ASSERT_TRUE(eventually([&] {
    threads = threads_of(etymond.process());
    return std::ranges::count_if(threads, &ThreadPlace::is_a_loop) == kThreadsOfALoop;
  }));
  EXPECT_GT(std::ssize(threads), kThreadsOfALoop);
  for (const ThreadPlace& thread : threads) {
    EXPECT_EQ(thread.may_run_on(0), thread.is_a_loop()) << thread.name;
    EXPECT_EQ(thread.may_run_on(1), !thread.is_a_loop()) << thread.name;
  }
}

// The limits on connections are of all loops together, whichever of them the kernel chooses; and
// those that say nothing are closed when their time is over.
class LimitedLoops : public ::testing::Test {
 protected:
  static constexpr size_t kPerClient = 3;
  static constexpr size_t kInAll = 5;
  // All connections of one kind come to the same loop once in 2^20 runs.
  static constexpr size_t kTried = 20;

  std::string config() const {
    const std::string path = folder_.path() + "/config.toml";
    std::ofstream(path) << "listen.loops = " << kLoops << "\nlisten.tcp_per_client = " << kPerClient
                        << "\nlisten.tcp_connections = " << kInAll
                        << "\nlisten.tcp_idle = \"1s\"\n";
    return path;
  }

  size_t refused() const { return count_in(etymond_.status().at("connections"), "over_limit"); }
  size_t open() const { return count_in(etymond_.status().at("connections"), "open"); }

  TemporaryFolder folder_;
  const Etymond etymond_{{"127.0.0.1:9"}, {"--config", config()}};
};

TEST_F(LimitedLoops, count_connections_together_and_close_those_that_are_idle) {
  std::vector<LoopbackSocket> sockets;
  for (size_t i = 0; i < kTried; ++i) {
    sockets.emplace_back(SOCK_STREAM, "127.0.3.1", etymond_.port());
  }
  EXPECT_TRUE(eventually([&] { return refused() == kTried - kPerClient; })) << refused();
  for (size_t i = 0; i < kTried; ++i) {
    sockets.emplace_back(SOCK_STREAM, "127.0.4." + std::to_string(i + 1), etymond_.port());
  }
  EXPECT_TRUE(eventually([&] { return refused() == 2 * kTried - kInAll; })) << refused();
  EXPECT_TRUE(eventually([&] { return open() == 0; })) << "after listen.tcp_idle";
  EXPECT_EQ(count_in(etymond_.status().at("connections"), "timed_out"), kInAll);
}

}  // namespace
}  // namespace etymon::testing
