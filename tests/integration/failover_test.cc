// Upstreams that die and come back while clients go on asking.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "resolver/base/bytes.h"
#include "tests/integration/etymond.h"
#include "tests/support/dns_messages.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// What a stub waits for before it tells its program that there is no answer.
constexpr auto kStubPatience = 5s;
constexpr uint32_t kRate = 1'000;  // questions a second
constexpr auto kPeriod = std::chrono::microseconds(1s) / kRate;

// An upstream that can be silenced: datagrams to it are lost, as when its machine has died.
class Mortal {
 public:
  std::string address() const { return resolver_.address(); }
  void die() { dead_ = true; }
  void rise() { dead_ = false; }
  size_t answers() const { return answers_; }

 private:
  std::optional<MessageBuilder> say(const Asked& asked) {
    if (dead_) {
      return std::nullopt;
    }
    ++answers_;
    return answer_to(asked).a(asked.name, 300, "192.0.2.1");
  }

  std::atomic<bool> dead_{false};
  std::atomic<size_t> answers_{0};
  ScriptedResolver resolver_{[this](const Asked& asked) { return say(asked); }};
};

// An upstream that is ended, so that its machine says that nobody listens at its port, and that is
// started anew there.
class Mended {
 public:
  Mended() { rise(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void die() { resolver_.reset(); }
  // Others on this machine may have the port for a moment.
  void rise() {
    const bool risen = eventually([this] {
      try {
        resolver_.emplace([this](const Asked& asked) { return say(asked); },
                          ResolverOptions{.port = port_});
      } catch (const std::runtime_error&) {
        return false;
      }
      return true;
    });
    if (!risen) {
      throw std::runtime_error("the upstream's port was taken");
    }
  }
  size_t answers() const { return answers_; }

 private:
  std::optional<MessageBuilder> say(const Asked& asked) {
    ++answers_;
    return answer_to(asked).a(asked.name, 300, "192.0.2.1");
  }

  const uint16_t port_ = free_port();
  std::atomic<size_t> answers_{0};
  std::optional<ScriptedResolver> resolver_;
};

// One client that asks for a new name every millisecond, and counts what it hears in time.
class SteadyClient {
 public:
  explicit SteadyClient(uint16_t port) : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons(port);
    connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof server);
  }
  ~SteadyClient() { close(socket_); }
  SteadyClient(const SteadyClient&) = delete;
  SteadyClient& operator=(const SteadyClient&) = delete;

  void ask_for(Clock::duration time) {
    const auto end = Clock::now() + time;
    for (auto next = Clock::now(); next < end; next += kPeriod) {
      hear_until(next);
      const std::string name = "n" + std::to_string(asked_at_.size()) + ".example";
      const std::string message =
          query(name, RecordType::kA).id(static_cast<uint16_t>(asked_at_.size())).wire();
      send(socket_, message.data(), message.size(), 0);
      asked_at_.push_back(Clock::now());
    }
  }
  void hear_the_rest() {
    const auto end = Clock::now() + kStubPatience;
    while (heard_.size() < asked() && Clock::now() < end) {
      hear_until(Clock::now() + kPeriod);
    }
  }

  size_t asked() const { return asked_at_.size(); }
  size_t answered() const { return answered_; }

 private:
  void hear_until(Clock::time_point end) {
    for (auto left = end - Clock::now(); left > 0s; left = end - Clock::now()) {
      pollfd ready{socket_, POLLIN, 0};
      const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left);
      if (poll(&ready, 1, static_cast<int>(milliseconds.count())) <= 0) {
        return;
      }
      std::array<uint8_t, 512> message{};
      if (recv(socket_, message.data(), message.size(), 0) > 0) {
        hear(message);
      }
    }
  }

  // The first word on a question counts, and a late one is none.
  void hear(const std::array<uint8_t, 512>& message) {
    const size_t question = load_u16(&message[0]);
    const bool good = (load_u16(&message[2]) & 0xF) == 0 && load_u16(&message[6]) == 1;
    const bool first = question < asked() && heard_.insert(question).second;
    if (first && good && Clock::now() - asked_at_[question] <= kStubPatience) {
      ++answered_;
    }
  }

  int socket_;
  std::vector<Clock::time_point> asked_at_;  // by id
  std::set<size_t> heard_;                   // ids
  size_t answered_ = 0;
};

template <class Upstream>
class DyingInTurn : public ::testing::Test {};
using WaysToDie = ::testing::Types<Mortal, Mended>;
TYPED_TEST_SUITE(DyingInTurn, WaysToDie);

TYPED_TEST(DyingInTurn, two_upstreams_leave_one_question_in_a_thousand_unanswered_at_most) {
  TypeParam first;
  TypeParam second;
  const Etymond etymond({first.address(), second.address()});
  SteadyClient client(etymond.port());

  client.ask_for(500ms);
  for (const auto& [dying, living] : {std::pair{&first, &second}, std::pair{&second, &first}}) {
    const size_t before = living->answers();
    dying->die();
    client.ask_for(1500ms);
    EXPECT_GE(living->answers() - before, 1'300U) << "of 1,500 that nobody else can have answered";
    dying->rise();
    client.ask_for(500ms);
  }
  client.hear_the_rest();

  this->RecordProperty("asked", std::to_string(client.asked()));
  this->RecordProperty("failed", std::to_string(client.asked() - client.answered()));
  EXPECT_LE(client.asked() - client.answered(), client.asked() / 1'000);
}

TYPED_TEST(DyingInTurn, after_all_were_gone_answers_come_back_without_a_restart) {
  TypeParam only;
  const Etymond etymond({only.address()});
  SteadyClient client(etymond.port());
  ASSERT_EQ(etymond.host().ask("before.example").status, "NOERROR");

  only.die();
  client.ask_for(200ms);
  EXPECT_EQ(etymond.host().ask("meanwhile.example").status, "SERVFAIL");
  only.rise();

  int more = 0;
  EXPECT_TRUE(eventually([&] {
    return etymond.host().ask("after" + std::to_string(++more) + ".example").status == "NOERROR";
  }));
}

// Who looks at the log when the network is "down" finds out why.
TEST(Outage, of_an_upstream_is_in_the_log_and_its_end_too) {
  const TemporaryFolder folder;
  const std::string config = folder.path() + "/config.toml";
  std::ofstream(config) << "upstream.failures = 1\n";
  Mortal upstream;
  upstream.die();
  const Etymond etymond({upstream.address()},
                        {"--config", config, "--loops", "2"});  // one loop knows nothing
  const auto heard = [&etymond](const std::string& what) {
    return eventually([&] { return etymond.said().find(what) != std::string::npos; });
  };
  etymond.host().ask("www.example");
  EXPECT_TRUE(heard("upstream " + upstream.address() + " does not answer in time"))
      << etymond.said();
  EXPECT_TRUE(heard("no upstream answers in time; clients may be told SERVFAIL")) << etymond.said();
  upstream.rise();
  EXPECT_TRUE(eventually([&] { return etymond.host().ask("www.example").status == "NOERROR"; }));
  EXPECT_TRUE(heard("upstream " + upstream.address() + " answers again")) << etymond.said();
}

}  // namespace
}  // namespace etymon::testing
