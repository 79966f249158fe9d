// Clients that keep connections and give nothing for them: what they cost, and when it comes back.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/integration/etymond.h"
#include "tests/integration/loopback_socket.h"
#include "tests/support/dns_messages.h"
#include "tests/support/process_figures.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr size_t kConnections = 2'000;
constexpr size_t kPerAddress = 30;  // of 32 by default
constexpr size_t kByDefault = 512;  // connections at once
constexpr int kSmallBuffer = 4096;  // of who does not read; the kernel keeps no less
constexpr size_t kDescriptors = kConnections + 500;
constexpr size_t kAtOnce = 20;  // connections between two questions
constexpr int kAskedBefore = 500;
// An octet each second, the first within one: then everybody's message has taken longer than the
// 5 s that it may take, and nobody was idle for 10 s.
constexpr auto kSlowFor = 8s;
// What connections may take of the loop's time is held to by tests/unit/net; this is what is left
// when this process, which sends all of it, is in the way, too.
constexpr auto kWhileTheyCome = 100ms;
constexpr size_t kUnreadQueries = 400;
// As many as stay below what one connection may leave unread, 256 KiB.
constexpr size_t kHugeQueries = 4;
constexpr size_t kHugeRecords = 220;  // of 270 octets: some 60 KB
constexpr size_t kMemoryMax = 64 << 20;

std::string framed(const std::string& message) {
  return std::string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())} +
         message;
}

std::string question(const std::string& name) {
  return framed(query(name, RecordType::kTxt).wire());
}

// How long answers took.
class Times {
 public:
  void add(Clock::duration time) { times_.push_back(time); }
  std::chrono::microseconds quantile(double part) {
    std::ranges::sort(times_);
    const auto at = static_cast<size_t>(part * static_cast<double>(times_.size() - 1));
    return std::chrono::duration_cast<std::chrono::microseconds>(times_.at(at));
  }

 private:
  std::vector<Clock::duration> times_;
};

// Asks the daemon that is attacked and one that is not, in turn: whatever else this machine has to
// do holds up both alike.
class Pairs {
 public:
  Pairs(uint16_t attacked, uint16_t calm)
      : to_attacked_(SOCK_DGRAM, "127.0.0.7", attacked), to_calm_(SOCK_DGRAM, "127.0.0.7", calm) {}

  void ask_both() {
    attacked_.add(time_of(to_attacked_));
    calm_.add(time_of(to_calm_));
  }

  Times& attacked() { return attacked_; }
  Times& calm() { return calm_; }

 private:
  static Clock::duration time_of(const LoopbackSocket& client) {
    const auto began = Clock::now();
    client.send(query("known.example", RecordType::kA).wire());
    EXPECT_NE(client.receive(kPatience), "");
    return Clock::now() - began;
  }

  LoopbackSocket to_attacked_;
  LoopbackSocket to_calm_;
  Times attacked_;
  Times calm_;
};

std::optional<MessageBuilder> say(const Asked& asked) {
  MessageBuilder answer = answer_to(asked);
  if (asked.name != "huge.example" && asked.name != "large.example") {
    return answer.a(asked.name, 300, "192.0.2.1");
  }
  if (!asked.over_tcp) {
    return answer.flags(0x8380);  // truncated
  }
  const std::string text = std::string(1, static_cast<char>(243)) + std::string(243, 'x');
  const size_t records = asked.name == "huge.example" ? kHugeRecords : 2;
  for (size_t i = 0; i < records; ++i) {
    answer.record(MessageBuilder::kAnswer, asked.name, RecordType::kTxt, 300, text);
  }
  return answer;
}

// The path of a configuration in `folder`.
std::string config(const TemporaryFolder& folder, const std::string& text) {
  std::string path = folder.path() + "/config.toml";
  std::ofstream(path) << text;
  return path;
}

class SlowClients : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(allow_descriptors(kDescriptors));
    for (const Etymond* daemon : {&etymond_, &calm_}) {
      for (const char* name : {"large.example", "huge.example"}) {
        ASSERT_EQ(daemon->host().ask(name, "TXT", Over::kTcp).status, "NOERROR");
      }
      ASSERT_EQ(daemon->host().ask("known.example").status, "NOERROR");
    }
    descriptors_ = descriptors_of(etymond_.process());
    memory_ = memory_of(etymond_.process(), "VmRSS");
    forget_peak_of(etymond_.process());
  }

  // So many connections at once.
  void connect_all() {
    for (size_t i = 0; i < kConnections; ++i) {
      slow_.emplace_back(SOCK_STREAM, "127.0.2." + std::to_string(1 + i / kPerAddress),
                         etymond_.port(), kSmallBuffer);
      ASSERT_TRUE(slow_.back().connected());
    }
    EXPECT_TRUE(eventually([&] { return taken_in() >= kConnections * 95 / 100; })) << taken_in();
  }

  // Each of them says what `first` gives for its number. Others ask meanwhile.
  void say_first(Pairs& others, const std::function<std::string(size_t)>& first) const {
    for (size_t i = 0; i < kConnections; ++i) {
      slow_[i].send(first(i));
      if (i % kAtOnce == 0) {
        others.ask_both();
      }
    }
  }

  // Every third connection says one octet of a question a second; not all at the same moment.
  void trickle(Clock::time_point since) {
    const size_t tricklers = (kConnections + 2) / 3;
    const auto due = static_cast<size_t>((Clock::now() - since) * tricklers / 1s);
    const std::string message = question("large.example");
    for (; trickled_ < due; ++trickled_) {
      const size_t octet = trickled_ / tricklers;
      slow_[trickled_ % tricklers * 3].send(message.substr(octet % message.size(), 1));
    }
  }

  // Of those that trickle.
  size_t hung_up_on() const {
    size_t count = 0;
    for (size_t i = 0; i < slow_.size(); i += 3) {
      count += slow_[i].ended() ? 1U : 0U;
    }
    return count;
  }

  size_t taken_in() const { return descriptors_of(etymond_.process()) - descriptors_; }

  // The attack costs others a fifth of what they wait for, and `slack`. Without any, 99 in 100
  // could not be held to it here: two daemons that both have nothing to do differ by tenfold in
  // that when other programs take the processors, while half of the answers come within a tenth of
  // each other.
  static void expect_no_worse(Pairs& others, double part, std::chrono::microseconds slack) {
    EXPECT_LE(others.attacked().quantile(part), others.calm().quantile(part) * 12 / 10 + slack)
        << part;
  }

  void record(const std::string& phase, Pairs& others) {
    for (const auto& [whose, times] :
         {std::pair("attacked", &others.attacked()), std::pair("calm", &others.calm())}) {
      for (const auto& [name, part] : {std::pair("p50", 0.5), std::pair("p99", 0.99)}) {
        RecordProperty(phase + "_" + whose + "_" + name + "_us",
                       std::to_string(times->quantile(part).count()));
      }
    }
  }

  void expect_memory_is_bounded() {
    const size_t peak = memory_of(etymond_.process(), "VmHWM");
    RecordProperty("memory_before_kib", std::to_string(memory_ >> 10));
    RecordProperty("memory_gained_kib", std::to_string((peak - std::min(peak, memory_)) >> 10));
    EXPECT_LE(peak, memory_ + kMemoryMax);
  }

  void expect_descriptors_come_back() const {
    EXPECT_TRUE(eventually([&] { return descriptors_of(etymond_.process()) <= descriptors_ + 4; }))
        << descriptors_of(etymond_.process()) - descriptors_ << " are held";
  }

  // What was sent before is over: the daemon has nothing left to do.
  void wait_until_idle() const {
    uint64_t before = 0;
    EXPECT_TRUE(eventually([&] {
      const uint64_t queries = count_in(etymond_.status(), "queries");
      return queries == std::exchange(before, queries);
    }));
  }

  const ScriptedResolver upstream_{say};
  TemporaryFolder folder_;
  const Etymond etymond_{
      {upstream_.address()},
      {"--config", config(folder_, "listen.tcp_connections = " +
                                       std::to_string(kConnections + kByDefault) + "\n")}};
  const Etymond calm_{{upstream_.address()}};
  std::vector<LoopbackSocket> slow_;
  size_t descriptors_ = 0;
  size_t memory_ = 0;
  size_t trickled_ = 0;
};

// A third each: an octet a second, a length and nothing behind it, and questions without end whose
// answers are not read.
TEST_F(SlowClients, hold_up_nobody_and_are_hung_up_on) {
  std::string unread;
  for (size_t i = 0; i < kUnreadQueries; ++i) {
    unread += question("large.example");
  }
  Pairs before(etymond_.port(), calm_.port());
  for (int i = 0; i < kAskedBefore; ++i) {
    before.ask_both();
  }
  connect_all();
  Pairs coming(etymond_.port(), calm_.port());
  say_first(coming, [&](size_t i) {
    return i % 3 == 1 ? std::string("\0\x20", 2) : i % 3 == 2 ? unread : "";
  });
  wait_until_idle();
  Pairs there(etymond_.port(), calm_.port());
  const auto began = Clock::now();
  while (Clock::now() < began + kSlowFor) {
    trickle(began);
    there.ask_both();
  }
  RecordProperty("still_there", std::to_string(taken_in()));
  EXPECT_GE(hung_up_on(), kConnections / 3 * 95 / 100) << "their messages took too long";
  record("before", before);
  record("coming", coming);
  record("there", there);
  expect_no_worse(there, 0.5, 150us);
  expect_no_worse(there, 0.99, 5ms);
  expect_no_worse(coming, 0.99, kWhileTheyCome);
  EXPECT_EQ(etymond_.host().ask("known.example", "A", Over::kTcp).status, "NOERROR");
  expect_memory_is_bounded();
  expect_descriptors_come_back();
  EXPECT_TRUE(eventually([&] {  // The others still have what they did not read before them.
    for (size_t i = 0; i < slow_.size(); ++i) {
      if (i % 3 != 2 && !slow_[i].ended()) {
        return false;
      }
    }
    return true;
  }));
}

TEST_F(SlowClients, that_read_none_of_many_huge_answers_take_no_more_than_their_room) {
  std::string unread;
  for (size_t i = 0; i < kHugeQueries; ++i) {
    unread += question("huge.example");
  }
  connect_all();
  Pairs coming(etymond_.port(), calm_.port());
  say_first(coming, [&](size_t) { return unread; });
  record("coming", coming);
  expect_no_worse(coming, 0.99, kWhileTheyCome);
  EXPECT_EQ(etymond_.host().ask("large.example", "TXT", Over::kTcp).answers.size(), 2U);
  expect_memory_is_bounded();
  expect_descriptors_come_back();
}

// One that was not used for a second may give its place away: the one that must stay asks now and
// then.
TEST(TooManyConnections, are_closed_and_one_in_use_is_not) {
  ASSERT_TRUE(allow_descriptors(kDescriptors));
  const ScriptedResolver upstream(say);
  const TemporaryFolder folder;
  // Nothing but their number closes connections, however long it takes to open them.
  const Etymond etymond({upstream.address()},
                        {"--config", config(folder, "listen.tcp_idle = \"5m\"\n")});
  const size_t before = descriptors_of(etymond.process());
  const LoopbackSocket early(SOCK_STREAM, "127.0.0.7", etymond.port());
  const auto is_answered = [&] {
    early.send(framed(query("known.example", RecordType::kA).wire()));
    return !early.receive(kPatience).empty();
  };
  std::vector<LoopbackSocket> many;
  for (size_t i = 0; i < kConnections; ++i) {
    if (i % kPerAddress == 0) {
      ASSERT_TRUE(is_answered()) << "beside " << i;
    }
    many.emplace_back(SOCK_STREAM, "127.0.2." + std::to_string(1 + i / kPerAddress),
                      etymond.port());
    ASSERT_TRUE(many.back().connected());
  }
  const auto ended = [&] {
    return static_cast<size_t>(
        std::ranges::count_if(many, [](const auto& socket) { return socket.ended(); }));
  };
  EXPECT_TRUE(eventually([&] { return ended() >= kConnections - (kByDefault - 1); }));
  EXPECT_EQ(ended(), kConnections - (kByDefault - 1));
  EXPECT_LE(descriptors_of(etymond.process()), before + kByDefault + 4);
  EXPECT_TRUE(is_answered());
  many.clear();
  EXPECT_TRUE(eventually([&] {
    return etymond.host().ask("known.example", "A", Over::kTcp).status == "NOERROR";
  })) << "there is room again";
}

}  // namespace
}  // namespace etymon::testing
