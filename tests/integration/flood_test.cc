// Strangers, floods from one address, and names that nobody answers: what they get, and that the
// others hardly notice. Everybody has a loopback address of his own.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "resolver/base/bytes.h"
#include "tests/integration/etymond.h"
#include "tests/integration/loopback_socket.h"
#include "tests/support/dns_messages.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kFlooded = 2s;
constexpr unsigned kFloodRate = 20'000;    // queries a second, as far as the machine manages
constexpr unsigned kFloodRateMin = 5'000;  // ten times what one address may send
constexpr auto kPeriod = 5ms;              // of the others' questions
// A question or its answer may be lost where the kernel has no room while the daemon waits for a
// processor; stubs ask again, too.
constexpr auto kAskAgain = 300ms;
constexpr auto kLastWait = 5s;  // as long as stubs do

std::string ask_for(const std::string& name, uint16_t id) {
  return query(name, RecordType::kA).id(id).wire();
}

bool is_address_answer(const std::string& message) {
  const auto* octets = reinterpret_cast<const uint8_t*>(message.data());
  return message.size() > 12 && (load_u16(octets + 2) & 0x020F) == 0 && load_u16(octets + 6) == 1;
}

// Whoever asks for what the flood is not about: a name that is known and one that is not, in turn.
class Household {
 public:
  Household(uint16_t port, std::string fresh_zone)
      : socket_(SOCK_DGRAM, "127.0.0.7", port), fresh_zone_(std::move(fresh_zone)) {}

  void ask_for_a_while(Clock::duration time) {
    const auto end = Clock::now() + time;
    ask_while([end] { return Clock::now() < end; });
  }

  void ask_while(const std::function<bool()>& condition) {
    for (auto next = Clock::now(); condition(); next += kPeriod) {
      const auto number = static_cast<uint16_t>(++asked_);
      const std::string fresh = "n" + std::to_string(number) + "." + fresh_zone_;
      waiting_[number] = {ask_for(number % 2 == 0 ? "known.example" : fresh, number), {}};
      hear_until(next + kPeriod);
    }
    const auto last = Clock::now() + kLastWait;
    while (!waiting_.empty() && Clock::now() < last) {
      hear_until(Clock::now() + kPeriod);
    }
  }

  size_t asked() const { return asked_; }
  size_t lost() const { return asked_ - answered_; }
  // Questions that had to be asked again.
  size_t lost_at_first() const { return asked_again_.size(); }

 private:
  struct Waiting {
    std::string query;
    Clock::time_point sent;
  };

  void hear_until(Clock::time_point end) {
    for (auto& [id, one] : waiting_) {
      if (Clock::now() - one.sent >= kAskAgain) {
        if (one.sent != Clock::time_point()) {
          asked_again_.insert(id);
        }
        one.sent = Clock::now();
        socket_.send(one.query);
      }
    }
    while (Clock::now() < end) {
      const std::string message = socket_.receive(1ms);
      if (message.size() > 12) {
        const auto id = load_u16(reinterpret_cast<const uint8_t*>(message.data()));
        const bool first = waiting_.erase(id) > 0;
        answered_ += first && is_address_answer(message) ? 1U : 0U;
      }
    }
  }

  LoopbackSocket socket_;
  std::string fresh_zone_;
  std::map<uint16_t, Waiting> waiting_;
  std::set<uint16_t> asked_again_;
  size_t asked_ = 0;
  size_t answered_ = 0;
};

// Sends from its start to its end, each query from another one of its addresses.
class Flood {
 public:
  using Name = std::function<std::string(size_t number)>;

  Flood(uint16_t port, const std::vector<std::string>& from, Name name, unsigned rate = kFloodRate)
      : name_(std::move(name)), rate_(rate) {
    for (const std::string& address : from) {
      sockets_.emplace_back(SOCK_DGRAM, address, port);
    }
    thread_ = std::thread([this] { run(); });
  }
  ~Flood() { end(); }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  void end() {
    if (thread_.joinable()) {
      over_ = true;
      thread_.join();
    }
  }

  size_t sent() const { return sent_; }

  // REQUIRES: it has ended.
  Clock::duration took() const { return took_; }
  size_t rate() const { return sent_ * 1'000 / static_cast<size_t>(took_ / 1ms); }  // a second
  size_t octets_sent() const { return octets_sent_; }
  size_t octets_received() const { return octets_received_; }
  size_t answers() const { return answers_; }

 private:
  void run() {
    const auto began = Clock::now();
    while (!over_) {
      const auto due = static_cast<size_t>((Clock::now() - began) * rate_ / 1s);
      while (sent_ < due && !over_) {
        const std::string message = ask_for(name_(sent_), static_cast<uint16_t>(sent_));
        const LoopbackSocket& socket = sockets_[sent_ % sockets_.size()];
        socket.send(message);
        hear(socket);
        octets_sent_ += message.size();
        ++sent_;
      }
      std::this_thread::sleep_for(1ms);
    }
    took_ = Clock::now() - began;
  }

  void hear(const LoopbackSocket& socket) {
    for (std::string message = socket.receive(); !message.empty(); message = socket.receive()) {
      octets_received_ += message.size();
      answers_ += is_address_answer(message) ? 1U : 0U;
    }
  }

  std::vector<LoopbackSocket> sockets_;
  Name name_;
  unsigned rate_;
  std::atomic<bool> over_ = false;
  std::atomic<size_t> sent_ = 0;
  Clock::duration took_{};
  size_t octets_sent_ = 0;
  size_t octets_received_ = 0;
  size_t answers_ = 0;
  std::thread thread_;
};

class Flooded : public ::testing::Test {
 protected:
  // The daemon with more lines of configuration.
  Etymond& daemon(const std::string& config) {
    const std::string path = folder_.path() + "/config.toml";
    std::ofstream(path) << config;
    etymond_.emplace(std::vector{upstream_.address()}, std::vector<std::string>{"--config", path});
    EXPECT_EQ(etymond_->host().ask("known.example").status, "NOERROR");
    return *etymond_;
  }

  // Of an ended flood; what the kernel had no room for is not counted.
  void expect_it_came(const Flood& flood) {
    const uint64_t queries = count_in(etymond_->status(), "queries");
    RecordProperty("flood_rate", std::to_string(flood.rate()));
    RecordProperty("queries", std::to_string(queries));
    EXPECT_GT(flood.sent(), 0U);
    EXPECT_GE(queries, flood.sent() / 5) << "it came to the daemon";
  }

  void expect_hardly_a_loss(const Household& household) {
    RecordProperty("asked", std::to_string(household.asked()));
    RecordProperty("lost", std::to_string(household.lost()));
    RecordProperty("lost_at_first", std::to_string(household.lost_at_first()));
    EXPECT_LE(household.lost() * 100, household.asked());
  }

  // Silent about everything below "victim"; all else has an address.
  const ScriptedResolver upstream_{[](const Asked& asked) {
    return asked.name.ends_with("victim")
               ? std::nullopt
               : std::optional(answer_to(asked).a(asked.name, 300, "192.0.2.1"));
  }};
  TemporaryFolder folder_;
  std::optional<Etymond> etymond_;
};

// What comes from an address that is in nobody's list, well formed or not.
std::vector<std::string> what_strangers_say() {
  return {query("known.example", RecordType::kA).wire(),
          query("known.example", RecordType::kAny).wire(),
          query("known.example", RecordType::kA).opt(4096).wire(),
          query("known.example", RecordType::kA).opt(1232, 0x0001'0000).wire(),
          query("known.example", RecordType::kA).flags(4 << 11).wire(),
          query("known.example", RecordType::kA).wire() + "more",
          std::string("\0\x77\1\0\0\0\0\0\0\0\0\1\0\0\x29\4\xD0\0\0\0\0\0\x0C\0\x0A\0\x08", 27) +
              "12345678",
          "noise"};
}

TEST_F(Flooded, a_stranger_gets_not_one_octet) {
  const Etymond& etymond = daemon("listen.allow = [\"127.0.0.1/32\"]\n");
  const LoopbackSocket stranger(SOCK_DGRAM, "127.0.0.9", etymond.port());
  const LoopbackSocket over_tcp(SOCK_STREAM, "127.0.0.9", etymond.port());
  const std::vector<std::string> said = what_strangers_say();
  for (const std::string& message : said) {
    stranger.send(message);
    over_tcp.send(std::string(1, '\0') + static_cast<char>(message.size()) + message);
  }
  EXPECT_TRUE(eventually([&] {
    return count_in(etymond.status()["answering"], "denied") == said.size() && over_tcp.ended();
  }));
  EXPECT_EQ(etymond.host().ask("known.example").status, "NOERROR");
  EXPECT_EQ(stranger.receive(), "");
  EXPECT_EQ(over_tcp.receive(), "");
}

TEST_F(Flooded, a_refusal_is_never_larger_than_the_query) {
  const Etymond& etymond =
      daemon("listen.allow = [\"127.0.0.1/32\"]\nlisten.strangers = \"refuse\"\n");
  size_t refused = 0;
  for (const std::string& message : what_strangers_say()) {
    const LoopbackSocket stranger(SOCK_DGRAM, "127.0.0.9", etymond.port());
    stranger.send(message);
    EXPECT_EQ(etymond.host().ask("known.example").status, "NOERROR");
    const std::string told = stranger.receive();
    EXPECT_LE(told.size(), message.size());
    refused += told.empty() ? 0U : 1U;
    EXPECT_EQ(stranger.receive(), "");
  }
  EXPECT_GE(refused, 3U);
}

TEST_F(Flooded, an_address_over_its_limit_gets_no_more_than_it_sends) {
  constexpr unsigned kLimit = 100;
  const Etymond& etymond = daemon("listen.local_rate = " + std::to_string(kLimit) + "\n");
  const auto began = Clock::now();
  Flood flood(etymond.port(), {"127.0.0.8"}, [](size_t) { return "known.example"; });
  std::this_thread::sleep_for(kFlooded);
  flood.end();
  const auto seconds = static_cast<size_t>((Clock::now() - began) / 1s);
  RecordProperty("octets_sent", std::to_string(flood.octets_sent()));
  EXPECT_GE(flood.answers(), kLimit / 2);
  EXPECT_LE(flood.answers(), kLimit * (2 + seconds));
  EXPECT_LE(flood.octets_received(), flood.octets_sent());
}

TEST_F(Flooded, one_address_far_over_its_limit_costs_others_nothing) {
  constexpr size_t kLimit = 500;
  const Etymond& etymond = daemon("listen.local_rate = " + std::to_string(kLimit) + "\n");
  Household household(etymond.port(), "other.example");
  Flood flood(etymond.port(), {"127.0.0.8"}, [](size_t) { return "known.example"; });
  household.ask_for_a_while(kFlooded);
  flood.end();
  const uint64_t limited = count_in(etymond.status()["answering"], "limited");
  RecordProperty("flood_rate", std::to_string(flood.rate()));
  RecordProperty("limited", std::to_string(limited));
  expect_hardly_a_loss(household);
  const size_t within_limit = kLimit * static_cast<size_t>(flood.took() / 1s + 2);
  EXPECT_GE(limited + within_limit, flood.sent() * 9 / 10) << "it came to the daemon";
  if (flood.rate() < kFloodRateMin) {  // Of the sender alone: nobody waits for the daemon.
    GTEST_SKIP() << "this machine had no time to send more than " << flood.rate() << " a second";
  }
  EXPECT_LE(household.lost_at_first() * 100, household.asked()) << "without asking again";
}

TEST_F(Flooded, four_addresses_that_ask_for_names_that_nobody_answers_shut_nobody_out) {
  const Etymond& etymond = daemon("");
  Household household(etymond.port(), "other.example");
  Flood flood(etymond.port(), {"127.0.0.8", "127.0.0.9", "127.0.0.10", "127.0.0.11"},
              [](size_t number) { return "a.z" + std::to_string(number) + ".victim"; });
  household.ask_for_a_while(kFlooded);
  flood.end();
  expect_it_came(flood);
  expect_hardly_a_loss(household);
}

TEST_F(Flooded, many_addresses_that_ask_for_random_names_of_one_zone_shut_nobody_out) {
  const Etymond& etymond = daemon("");
  std::vector<std::string> from;
  for (int i = 0; i < 20; ++i) {
    from.push_back("127.0.1." + std::to_string(i + 1));
  }
  Household household(etymond.port(), "other.example");
  Flood flood(etymond.port(), from,
              [](size_t number) { return "r" + std::to_string(number) + ".zone.victim"; });
  household.ask_for_a_while(kFlooded);
  flood.end();
  expect_it_came(flood);
  expect_hardly_a_loss(household);
}

TEST_F(Flooded, a_hundred_thousand_names_that_nobody_answers_leave_what_is_known_alone) {
  constexpr size_t kNames = 100'000;
  // More than the daemon can take: the kernel has no room for some of everybody's questions, so
  // that the others have to ask again. It goes on until they have been answered.
  constexpr unsigned kAsFastAsItGoes = 1'000'000;
  const Etymond& etymond = daemon("");
  Household household(etymond.port(), "other.example");
  Flood flood(
      etymond.port(), {"127.0.0.8", "127.0.0.9", "127.0.0.10", "127.0.0.11"},
      [](size_t number) { return "r" + std::to_string(number) + ".victim"; }, kAsFastAsItGoes);
  household.ask_while([&] { return flood.sent() < kNames; });
  flood.end();
  const uint64_t queries = count_in(etymond.status(), "queries");
  RecordProperty("flood_rate", std::to_string(flood.rate()));
  RecordProperty("queries", std::to_string(queries));
  expect_hardly_a_loss(household);
  EXPECT_GE(queries, kNames / 5) << "they came to the daemon";
}

}  // namespace
}  // namespace etymon::testing
