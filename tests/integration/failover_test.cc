// Upstreams that die and come back while clients go on asking.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

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

 private:
  std::atomic<bool> dead_{false};
  ScriptedResolver resolver_{[this](const Asked& asked) {
    return dead_ ? std::nullopt : std::optional(answer_to(asked).a(asked.name, 300, "192.0.2.1"));
  }};
};

// One client that asks for a new name every millisecond, and counts what it hears.
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
      const std::string name = "n" + std::to_string(asked_) + ".example";
      const std::string message =
          query(name, RecordType::kA).id(static_cast<uint16_t>(asked_)).wire();
      send(socket_, message.data(), message.size(), 0);
      ++asked_;
    }
  }
  void hear_the_rest() {
    const auto end = Clock::now() + kStubPatience;
    while (answered_ + failed_ < asked_ && Clock::now() < end) {
      hear_until(Clock::now() + kPeriod);
    }
  }

  size_t asked() const { return asked_; }
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
        const bool good = (load_u16(&message[2]) & 0xF) == 0 && load_u16(&message[6]) == 1;
        ++(good ? answered_ : failed_);
      }
    }
  }

  int socket_;
  size_t asked_ = 0;
  size_t answered_ = 0;
  size_t failed_ = 0;
};

TEST(Failover, two_upstreams_die_in_turn_and_one_question_in_a_thousand_fails_at_most) {
  Mortal first;
  Mortal second;
  const Etymond etymond({first.address(), second.address()});
  SteadyClient client(etymond.port());

  client.ask_for(1s);
  for (Mortal* upstream : {&first, &second}) {
    upstream->die();
    client.ask_for(2s);
    upstream->rise();
    client.ask_for(1s);
  }
  client.hear_the_rest();

  EXPECT_GE(client.asked(), 6'900U);
  EXPECT_LE(client.asked() - client.answered(), client.asked() / 1'000);
}

TEST(Failover, after_all_upstreams_were_gone_answers_come_back_without_a_restart) {
  Mortal only;
  const Etymond etymond({only.address()});
  SteadyClient client(etymond.port());
  ASSERT_EQ(etymond.host().ask("before.example").status, "NOERROR");

  only.die();
  client.ask_for(200ms);
  EXPECT_EQ(etymond.host().ask("meanwhile.example").status, "SERVFAIL");
  only.rise();

  EXPECT_TRUE(eventually([&] { return etymond.host().ask("after.example").status == "NOERROR"; }));
}

}  // namespace
}  // namespace etymon::testing
