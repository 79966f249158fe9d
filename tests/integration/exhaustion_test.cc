// A daemon with hardly any descriptors and hardly any memory, and clients that want more of both
// than there is; and one that knows from its start that it has few.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include "resolver/base/bytes.h"
#include "tests/integration/etymond.h"
#include "tests/integration/loopback_socket.h"
#include "tests/integration/own_network.h"
#include "tests/support/dns_messages.h"
#include "tests/support/process_figures.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr size_t kDescriptors = 128;
constexpr size_t kMemory = 64 << 20;
constexpr size_t kConnections = 200;
constexpr size_t kPerAddress = 25;  // of 32 by default
constexpr size_t kAsked = 400;      // for what is known, under pressure
constexpr auto kMissEvery = 2ms;    // apart, so that each takes a port of its own
constexpr auto kAskEvery = 2ms;     // so that the pressure lasts a second
constexpr auto kStubPatience = 1s;
constexpr auto kRecovery = 5s;
constexpr int kSmallBuffer = 4096;    // of who does not read
constexpr size_t kHugeQueries = 4;    // of each connection
constexpr size_t kHugeRecords = 220;  // of 270 octets: some 60 KB
constexpr size_t kCallers = 30;       // connections to the API
constexpr size_t kOwnDescriptors = 1'000;

// A control group in which processes may take kMemory together; of version 2, or 1 where that has
// the memory.
class MemoryGroup {
 public:
  MemoryGroup() {
    constexpr std::pair<const char*, const char*> kPlaces[] = {
        {"/sys/fs/cgroup", "/memory.max"}, {"/sys/fs/cgroup/memory", "/memory.limit_in_bytes"}};
    for (const auto& [root, limit] : kPlaces) {
      path_ = std::string(root) + "/etymon-test-" + std::to_string(getpid());
      std::error_code ignored;
      fs::create_directory(path_, ignored);
      if (fs::exists(path_ + limit) && std::ofstream(path_ + limit) << kMemory << std::flush) {
        return;
      }
      rmdir(path_.c_str());
    }
    path_.clear();
  }
  ~MemoryGroup() {
    if (exists()) {  // The kernel may not have taken leave of its process yet.
      eventually([this] { return rmdir(path_.c_str()) == 0; });
    }
  }
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  bool exists() const { return !path_.empty(); }
  // What a command has in front of it to run inside.
  std::vector<std::string> enter() const {
    return {"sh", "-c", "echo $$ > " + path_ + "/cgroup.procs && exec \"$@\"", "sh"};
  }

 private:
  std::string path_;
};

// Connections that stay and do not read what they have asked for, and names without end of which
// some are answered and some never.
class Pressure {
 public:
  explicit Pressure(uint16_t port) : port_(port), thread_([this] { miss(); }) {
    const std::string huge = query("huge.example", RecordType::kTxt).wire();
    const std::string framed = std::string(1, '\0') + static_cast<char>(huge.size()) + huge;
    for (size_t i = 0; i < kConnections; ++i) {
      connections_.emplace_back(SOCK_STREAM, "127.0.2." + std::to_string(1 + i / kPerAddress), port,
                                kSmallBuffer);
      for (size_t j = 0; j < kHugeQueries; ++j) {
        connections_.back().send(framed);
      }
    }
  }
  ~Pressure() {
    over_ = true;
    thread_.join();
  }
  Pressure(const Pressure&) = delete;
  Pressure& operator=(const Pressure&) = delete;

 private:
  void miss() const {
    const LoopbackSocket client(SOCK_DGRAM, "127.0.0.8", port_);
    for (size_t number = 0; !over_; ++number) {
      const std::string zone = number % 4 == 0 ? ".other.example" : ".victim";
      client.send(query("n" + std::to_string(number) + zone, RecordType::kTxt).wire());
      client.receive();
      std::this_thread::sleep_for(kMissEvery);
    }
  }

  uint16_t port_;
  std::atomic<bool> over_ = false;
  std::vector<LoopbackSocket> connections_;
  std::thread thread_;
};

class Exhaustion : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(allow_descriptors(kOwnDescriptors)); }

  std::string config() const {
    const std::string path = folder_.path() + "/config.toml";
    std::ofstream(path) << "upstream.timeout = \"2s\"\n"
                        << "upstream.domains = [\"victim " << silent_.address() << "\"]\n"
                        << "cache.size = \"4MiB\"\n"
                        << "store.tail = 1000\n"
                        << "store.tail_memory = \"4MiB\"\n"
                        << "store.block_cache = \"1MiB\"\n";
    return path;
  }

  // How many of kAsked questions for a known name are answered, none asked twice.
  static size_t known_answered(uint16_t port) {
    size_t answered = 0;
    for (size_t i = 0; i < kAsked; ++i) {
      const LoopbackSocket client(SOCK_DGRAM, "127.0.0.7", port);
      client.send(query("known.example", RecordType::kA).wire());
      const std::string answer = client.receive(kStubPatience);
      const auto* octets = reinterpret_cast<const uint8_t*>(answer.data());
      answered += answer.size() > 12 && load_u16(octets + 6) == 1 ? 1U : 0U;
      std::this_thread::sleep_for(kAskEvery);
    }
    return answered;
  }

  // A name that nobody has asked for yet is answered, over UDP and TCP.
  bool answers_anew(const Etymond& etymond) {
    const std::string name = "anew" + std::to_string(++anew_) + ".example";
    return etymond.host().ask(name).status == "NOERROR" &&
           etymond.host().ask(name, "A", Over::kTcp).status == "NOERROR";
  }

  // From its start to its end the daemon does not know how few it has: others may take a machine's.
  void endure(const std::vector<std::string>& within) {
    const Etymond etymond({upstream_.address()}, {"--config", config(), "--api", api_}, within);
    must(words("prlimit --nofile=" + std::to_string(kDescriptors) + ":" +
               std::to_string(kDescriptors) + " --pid " + std::to_string(etymond.process())));
    ASSERT_EQ(etymond.host().ask("known.example").status, "NOERROR");
    ASSERT_EQ(etymond.host().ask("huge.example", "TXT", Over::kTcp).answers.size(), kHugeRecords);
    RecordProperty("descriptors_before", std::to_string(descriptors_of(etymond.process())));
    RecordProperty("memory_before_kib",
                   std::to_string(memory_of(etymond.process(), "VmRSS") >> 10));
    std::optional<Pressure> pressure(std::in_place, etymond.port());
    EXPECT_TRUE(eventually([&] { return descriptors_of(etymond.process()) >= kDescriptors; }));
    const std::vector<LoopbackSocket> callers = connect_to_api();
    const size_t answered = known_answered(etymond.port());
    EXPECT_GE(descriptors_of(etymond.process()), kDescriptors - 1) << "there still were none";
    RecordProperty("memory_peak_kib", std::to_string(memory_of(etymond.process(), "VmHWM") >> 10));
    RecordProperty("answered", std::to_string(answered));
    EXPECT_GE(answered * 100, kAsked * 99);

    pressure.reset();
    const auto ended = Clock::now();
    EXPECT_TRUE(eventually([&] { return answers_anew(etymond); }));
    const auto recovered = Clock::now() - ended;
    RecordProperty("recovered_after_ms", std::to_string(recovered / 1ms));
    EXPECT_LT(recovered, kRecovery);
    expect_api(etymond);
    const Json status = etymond.status();
    EXPECT_EQ(status.at("upstreams").at(0).at("state"), "UPSTREAM_STATE_UP");
    EXPECT_TRUE(eventually([&] { return is_recorded(etymond); })) << "recording goes on, too";
    EXPECT_LT(Clock::now() - ended, 2 * kRecovery);
  }

  std::vector<LoopbackSocket> connect_to_api() const {
    std::vector<LoopbackSocket> callers;
    while (callers.size() < kCallers) {
      callers.emplace_back(SOCK_STREAM, "127.0.0.6", api_port_);
    }
    return callers;
  }

  // Over the unix socket and over TCP.
  void expect_api(const Etymond& etymond) const {
    for (const std::string& server : {etymond.api(), api_}) {
      EXPECT_EQ(run({etymon_program(), "--server", server, "health"}).status, 0) << server;
      const Finished found = run(
          {etymon_program(), "--server", server, "lookup", "192.0.2.1", "--client", "127.0.0.1"});
      EXPECT_EQ(found.status, 0) << server << ": " << found.err;
    }
  }

  bool is_recorded(const Etymond& etymond) {
    const DnsClient client = etymond.host("127.0.0.9");
    const auto before = SystemClock().wall();
    client.ask("known.example");
    const Json found = etymond.lookup("192.0.2.1", "127.0.0.9");
    return found.at("verdict") == "VERDICT_LIVE" &&
           time_in(found.at("candidates").at(0).at("answered_at")) >= before;
  }

  static std::optional<MessageBuilder> say(const Asked& asked) {
    MessageBuilder answer = answer_to(asked);
    if (asked.name != "huge.example") {
      return answer.a(asked.name, 300, "192.0.2.1");
    }
    if (!asked.over_tcp) {
      return answer.flags(0x8380);  // truncated
    }
    const std::string text = std::string(1, static_cast<char>(243)) + std::string(243, 'x');
    for (size_t i = 0; i < kHugeRecords; ++i) {
      answer.record(MessageBuilder::kAnswer, asked.name, RecordType::kTxt, 300, text);
    }
    return answer;
  }

  const ScriptedResolver upstream_{say};
  const ScriptedResolver silent_{[](const Asked&) { return std::nullopt; }};
  const uint16_t api_port_ = free_port();
  const std::string api_ = "127.0.0.1:" + std::to_string(api_port_);
  TemporaryFolder folder_;
  size_t anew_ = 0;
};

TEST_F(Exhaustion, of_descriptors_leaves_what_is_known_and_goes_when_the_pressure_does) {
  endure({});
}

TEST_F(Exhaustion, of_what_clients_may_take_leaves_the_store_and_the_api_their_own) {
  const std::string path = config();
  std::ofstream(path, std::ios::app) << "store.fold_after = \"1s\"\n";
  const Etymond etymond({upstream_.address()}, {"--config", path, "--api", api_},
                        {"prlimit", "--nofile=" + std::to_string(kDescriptors)});
  ASSERT_EQ(etymond.host().ask("known.example").status, "NOERROR");
  EXPECT_NE(etymond.said().find("the system grants 128 descriptors"), std::string::npos);
  const Pressure pressure(etymond.port());
  const std::vector<LoopbackSocket> callers = connect_to_api();
  EXPECT_GE(known_answered(etymond.port()) * 100, kAsked * 99);
  EXPECT_LT(descriptors_of(etymond.process()), kDescriptors);
  expect_api(etymond);
  EXPECT_TRUE(is_recorded(etymond));
  const Json status = etymond.status();
  EXPECT_EQ(count_in(status.at("deliveries"), "lost"), 0U);
  EXPECT_EQ(etymond.said().find("Too many open files"), std::string::npos) << etymond.said();
}

// Who may ask by being on one of the machine's links still may when these cannot be looked at.
TEST_F(Exhaustion, of_descriptors_shuts_out_nobody_on_a_link_of_the_machine) {
  const OwnNetwork network;
  if (!network.why_not().empty()) {
    GTEST_SKIP() << network.why_not();
  }
  must(words("ip addr add 203.0.113.1/24 dev lo"));
  const std::string hosts = folder_.path() + "/hosts";
  const std::string config = folder_.path() + "/config.toml";
  std::ofstream(config) << "local.records = [\"nas.lan A 192.168.1.9\"]\nlocal.hosts = [\"" << hosts
                        << "\"]\n";
  const Etymond etymond({silent_.address()}, {"--config", config});
  const auto is_answered = [&] { return etymond.host("203.0.113.1").ask("nas.lan").status; };
  ASSERT_EQ(is_answered(), "NOERROR");
  must(words("prlimit --nofile=3: --pid " + std::to_string(etymond.process())));
  // It has looked at its links once more when it finds the second change of a file that it looks at
  // before them.
  for (const char* name : {"one", "other.name"}) {
    const size_t said = etymond.said().size();
    std::ofstream(hosts) << "192.168.1.10 " << name << "\n";
    ASSERT_TRUE(eventually([&] {
      return etymond.said().find("Too many open files", said) != std::string::npos;
    })) << etymond.said();
  }
  EXPECT_EQ(is_answered(), "NOERROR");
}

TEST_F(Exhaustion, of_memory_too_leaves_what_is_known_and_goes_when_the_pressure_does) {
  const MemoryGroup group;
  if (!group.exists()) {
    GTEST_SKIP() << "no control group for memory can be made here: that needs root, and a "
                    "hierarchy with the memory controller";
  }
  endure(group.enter());
}

}  // namespace
}  // namespace etymon::testing
