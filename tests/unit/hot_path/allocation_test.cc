// An answer from the cache asks for no memory: not where it is made, not where it is sent, and of
// the store only what a turn costs.
#include "tests/support/allocations.h"

#include <gtest/gtest.h>

#include "resolver/forward/server_cookies.h"
#include "resolver/listener/udp_listener.h"
#include "store/store.h"
#include "tests/support/dns_messages.h"
#include "tests/support/loop_harness.h"
#include "tests/unit/hot_path/cached_answers.h"

namespace etymon::hot_path {
namespace {

constexpr uint32_t kNames = 200;
constexpr size_t kTurnSize = 64;
// Turns until everything that grows has its size.
constexpr size_t kWarmUp = 20;
constexpr size_t kTurns = 100;

class CountingSink final : public forward::AnswerSink {
 public:
  void send(std::span<const forward::Outgoing> answers) override {
    for (const forward::Outgoing& answer : answers) {
      sent += answer.message.empty() ? 0U : 1U;
    }
  }

  uint64_t sent = 0;
};

constexpr std::string_view kClientPart = "12345678";

std::string plain_query(uint32_t number) {
  return testing::numbered_query(number);
}

// As a client asks that has not met us before.
std::string query_of_a_newcomer(uint32_t number) {
  return testing::with_cookie(testing::numbered_query(number), kClientPart);
}

// As one asks that shows the cookie it was given.
std::string query_of_an_acquaintance(uint32_t number) {
  forward::ServerCookies cookies(SipHash::open().value(), CachedAnswers::kCookieSeed);
  const wire::ReplyCookie given = cookies.answer(as_bytes(kClientPart), forward::ReplyTo().client(),
                                                 testing::ManualClock().wall());
  return testing::with_cookie(testing::numbered_query(number), as_text(ByteView(given)));
}

TEST(AllocationCount, sees_what_the_thread_asks_for_and_only_that) {
  const uint64_t before = testing::allocations_of_this_thread();
  { const std::string text(1000, 'x'); }
  const uint64_t after = testing::allocations_of_this_thread();
  EXPECT_EQ(after - before, 1U);
  EXPECT_EQ(testing::allocations_of_this_thread(), after);
}

// What many turns of answers ask for, once everything that grows has its size.
uint64_t allocations_with(const forward::Forwarder::Options& options,
                          std::string (*query_for)(uint32_t number) = plain_query) {
  NullRecorder recorder;
  CachedAnswers answers(recorder, kNames, options);
  CountingSink sink;
  forward::ReplyTo client;
  client.sink = &sink;
  std::vector<std::string> queries;
  for (uint32_t number = 0; number < kNames; ++number) {
    queries.push_back(query_for(number));
  }
  size_t next = 0;
  const auto take_turn = [&] {
    for (size_t i = 0; i < kTurnSize; ++i) {
      answers.forwarder.handle(as_bytes(queries[++next % kNames]), client);
    }
    answers.turn.finish();
  };
  for (size_t i = 0; i < kWarmUp; ++i) {
    take_turn();
  }
  const uint64_t before = testing::allocations_of_this_thread();
  for (size_t i = 0; i < kTurns; ++i) {
    take_turn();
  }
  const uint64_t after = testing::allocations_of_this_thread();
  EXPECT_EQ(sink.sent, (kWarmUp + kTurns) * kTurnSize);
  const bool limited = !options.client_ttls.rules().empty();
  EXPECT_EQ(answers.forwarder.counters().ttl_changed, limited ? sink.sent : 0);
  const bool known = query_for == query_of_an_acquaintance;
  EXPECT_EQ(answers.forwarder.counters().good_cookies, known ? sink.sent : 0);
  return after - before;
}

TEST(CachedAnswer, is_made_without_asking_for_memory) {
  EXPECT_EQ(allocations_with({}), 0U);
}

TEST(CachedAnswer, is_told_other_ttls_without_asking_for_memory) {
  forward::Forwarder::Options options;
  options.client_ttls = forward::ClientTtls({{IpPrefix::around(IpAddress(), 0), {.cap_s = 1}}});
  EXPECT_EQ(allocations_with(options), 0U);
}

TEST(CachedAnswer, brings_a_cookie_without_asking_for_memory) {
  EXPECT_EQ(allocations_with({}, query_of_a_newcomer), 0U);
  EXPECT_EQ(allocations_with({}, query_of_an_acquaintance), 0U);
}

// A client and the listener that it asks, on one thread: the client's part is two system calls.
class Conversation {
 public:
  explicit Conversation(const Endpoint& server)
      : socket_(net::open_bound_socket({IpAddress::v4(0x7F000001), 0}, SOCK_DGRAM,
                                       net::PortSharing::kExclusive)
                    .value()),
        query_(testing::numbered_query(1)) {
    net::SocketAddress address;
    const socklen_t size = net::to_socket_address(server, 0, address);
    EXPECT_EQ(::connect(socket_.get(), &address.any, size), 0);
  }

  // Takes the answers that have come and, when it has those to all its questions, asks again.
  void go_on() {
    std::array<char, 512> room;
    while (recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT) > 0) {
      ++answered;
    }
    if (answered == asked_) {
      ask();
    }
  }

  void ask() {
    for (size_t i = 0; i < kTurnSize; ++i) {
      asked_ += ::send(socket_.get(), query_.data(), query_.size(), 0) > 0 ? 1U : 0U;
    }
  }

  uint64_t answered = 0;

 private:
  net::FileDescriptor socket_;
  std::string query_;
  uint64_t asked_ = 0;
};

TEST(CachedAnswer, goes_from_socket_to_socket_without_asking_for_memory) {
  NullRecorder recorder;
  CachedAnswers answers(recorder, kNames);
  testing::LoopHarness harness;
  const auto listener = listener::UdpListener::open(harness.loop(), {IpAddress::v4(0x7F000001), 0},
                                                    {}, answers.forwarder)
                            .value();
  Conversation client(listener->local());
  uint64_t before = 0;
  uint64_t after = 0;
  const net::TurnEnd end(harness.loop(), [&] {
    answers.turn.finish();
    client.go_on();
    const uint64_t turns = client.answered / kTurnSize;
    before = turns <= kWarmUp ? testing::allocations_of_this_thread() : before;
    after = turns <= kWarmUp + kTurns ? testing::allocations_of_this_thread() : after;
  });
  client.ask();
  ASSERT_TRUE(harness.run_until([&] { return client.answered > kTurnSize * (kWarmUp + kTurns); }));
  EXPECT_EQ(after - before, 0U);
}

// What the store asks for, its journal writer's thread included, while `turns` turns are recorded.
double allocations_per_turn(store::Store& store, testing::ManualClock& clock, size_t turn_size) {
  constexpr size_t kRecorded = 2'000;
  std::vector<Delivery> turn(turn_size);
  uint64_t before = 0;
  uint32_t next = 0;
  for (size_t i = 0; i < 2 * kRecorded; ++i) {
    before = i == kRecorded ? testing::allocations_of_all_threads() : before;
    clock.advance(Milliseconds(1));
    for (Delivery& delivery : turn) {
      delivery.at = clock.wall();
      delivery.answer = 1 + ++next % kNames;
      delivery.client = IpAddress::v4(0x0A000000U + next % 20);
    }
    EXPECT_EQ(store.record(turn), Recorded::kYes);
  }
  return static_cast<double>(testing::allocations_of_all_threads() - before) / kRecorded;
}

class StoreAllocations : public ::testing::Test {
 protected:
  StoreAllocations() {
    for (uint32_t number = 0; number < kNames; ++number) {
      Answer answer;
      answer.question.name = *DomainName::from_text("n" + std::to_string(number) + ".bench");
      answer.chain = {answer.question.name};
      answer.addresses = {{IpAddress::v4(0x64400000U + number), Via::kA}};
      store_->remember(answer);
    }
  }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  std::unique_ptr<store::Store> store_ =
      store::Store::open({.path = folder_.path() + "/store", .record_wait = Milliseconds(1000)},
                         clock_)
          .value();
};

// RocksDB asks some 15 times for each write, and the tail's lists double now and then; neither has
// to do with how many answers a turn has.
constexpr double kPerTurnMax = 24;

TEST_F(StoreAllocations, are_few_for_each_turn) {
  const double per_turn = allocations_per_turn(*store_, clock_, 1);
  RecordProperty("allocations_per_turn", std::to_string(per_turn));
  EXPECT_LE(per_turn, kPerTurnMax);
}

TEST_F(StoreAllocations, do_not_grow_with_the_answers_of_a_turn) {
  const double per_turn = allocations_per_turn(*store_, clock_, kTurnSize);
  RecordProperty("allocations_per_turn", std::to_string(per_turn));
  EXPECT_LE(per_turn, kPerTurnMax);
}

}  // namespace
}  // namespace etymon::hot_path
