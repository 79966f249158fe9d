// Forwarders that have each other as upstreams, which no setting of one of them shows.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "resolver/base/bytes.h"
#include "tests/integration/etymond.h"
#include "tests/integration/loopback_socket.h"
#include "tests/support/dns_messages.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr size_t kRound = 100;         // names that go round in the circle
constexpr size_t kOthers = 50;         // and names that do not
constexpr auto kUpstreamTimeout = 1s;  // as configured below
// The client's question; what a forwarder asks for it, 1 + 2 retries; and what the other one does.
constexpr size_t kQueriesPerName = 1 + 3 + 3;
constexpr uint16_t kServFail = 2;

class Circle : public ::testing::Test {
 protected:
  std::vector<std::string> config() const {
    const std::string path = folder_.path() + "/config.toml";
    const std::string upstream = outside_.address();
    std::ofstream(path) << "upstream.timeout = \"1s\"\n"
                        << "upstream.domains = [\"outside.example " << upstream << "\"]\n";
    return {"--config", path};
  }

  std::vector<std::string> listening_too() const {
    std::vector<std::string> flags = config();
    flags.insert(flags.end(), {"--listen", "127.0.0.1:" + std::to_string(meeting_port_)});
    return flags;
  }

  uint64_t queries() const {
    return count_in(first_.status(), "queries") + count_in(second_.status(), "queries");
  }

  // Names of the circle's, all at once; then all answers to them, by id.
  void send_round(const LoopbackSocket& client) const {
    for (size_t i = 0; i < kRound; ++i) {
      const std::string name = "n" + std::to_string(i) + ".circle.example";
      client.send(query(name, RecordType::kA).id(static_cast<uint16_t>(i)).wire());
    }
  }
  static std::set<uint16_t> failures_heard(const LoopbackSocket& client) {
    std::set<uint16_t> ids;
    while (ids.size() < kRound) {
      const std::string message = client.receive(kPatience);
      if (message.empty()) {
        break;
      }
      const auto* octets = reinterpret_cast<const uint8_t*>(message.data());
      EXPECT_EQ(load_u16(octets + 2) & 0xF, kServFail);
      ids.insert(load_u16(octets));
    }
    return ids;
  }

  // Names that the circle has nothing to do with.
  void ask_outside(const std::string& what) const {
    for (size_t i = 0; i < kOthers; ++i) {
      const std::string name = what + std::to_string(i) + ".outside.example";
      const LoopbackSocket client(SOCK_DGRAM, "127.0.0.8", first_.port());
      client.send(query(name, RecordType::kA).wire());
      const std::string answer = client.receive(kPatience);
      ASSERT_GT(answer.size(), 12U);
      EXPECT_EQ(load_u16(reinterpret_cast<const uint8_t*>(answer.data()) + 6), 1);
    }
  }

  const ScriptedResolver outside_{[](const Asked& asked) {
    return std::optional(answer_to(asked).a(asked.name, 300, "192.0.2.1"));
  }};
  TemporaryFolder folder_;
  const uint16_t meeting_port_ = free_port();
  const Etymond first_{{"127.0.0.1:" + std::to_string(meeting_port_)}, config()};
  const Etymond second_{{"127.0.0.1:" + std::to_string(first_.port())}, listening_too()};
};

TEST_F(Circle, ends_in_time_without_a_storm_and_holds_up_nobody) {
  const LoopbackSocket client(SOCK_DGRAM, "127.0.0.7", first_.port());
  const auto began = Clock::now();
  send_round(client);
  ask_outside("meanwhile");
  const auto others_took = Clock::now() - began;
  EXPECT_EQ(failures_heard(client).size(), kRound);
  const auto took = Clock::now() - began;
  RecordProperty("took_ms", std::to_string(took / 1ms));
  RecordProperty("others_took_ms", std::to_string(others_took / 1ms));
  EXPECT_LT(took, kUpstreamTimeout + 500ms);
  EXPECT_LT(others_took, kUpstreamTimeout) << "others did not wait for the circle";

  const uint64_t after = queries();
  RecordProperty("queries", std::to_string(after));
  EXPECT_GE(after, kRound * 2 + kOthers) << "they did go round";
  EXPECT_LE(after, kRound * kQueriesPerName + kOthers);
  ask_outside("later");
  EXPECT_EQ(queries(), after + kOthers) << "nothing goes round any more";
}

}  // namespace
}  // namespace etymon::testing
