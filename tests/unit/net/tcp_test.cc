#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "resolver/net/tcp_acceptor.h"
#include "resolver/net/tcp_stream.h"
#include "tests/support/loop_harness.h"

namespace etymon::net {
namespace {

using testing::LoopHarness;

const Endpoint kLoopback{IpAddress::v4(0x7F000001), 0};

// One end of a connection; remembers everything, and may send it back.
class Peer final : public TcpStream::Handler {
 public:
  void on_message(ByteView message) override {
    messages.emplace_back(as_text(message));
    if (echoes) {
      stream->send(message);
    }
  }
  void on_closed(CloseReason why) override {
    closed = why;
    stream.reset();
  }

  bool echoes = false;
  std::unique_ptr<TcpStream> stream;
  std::vector<std::string> messages;
  std::optional<CloseReason> closed;
};

// A server that takes one connection after the other into `peer`, and a bare client socket that can
// write and read whatever octets it likes.
class TcpTest : public ::testing::Test {
 protected:
  void listen(const TcpLimits& limits) {
    acceptor_ = TcpAcceptor::open(
                    harness_.loop(), kLoopback, PortSharing::kExclusive,
                    [this, limits](FileDescriptor fd, const Endpoint&) {
                      peer_.stream =
                          TcpStream::adopt(harness_.loop(), std::move(fd), limits, peer_).value();
                    })
                    .value();
  }

  // Connects a bare socket and waits until the server has it.
  void connect_bare() {
    bare_ = open_socket(kLoopback.address, SOCK_STREAM).value();
    SocketAddress address;
    const socklen_t size = to_socket_address(acceptor_->local(), 0, address);
    static_cast<void>(::connect(bare_.get(), &address.any, size));  // goes on in the background
    ASSERT_TRUE(harness_.run_until([&] { return peer_.stream != nullptr; }));
  }

  void write_bare(std::string_view octets) {
    ASSERT_EQ(::send(bare_.get(), octets.data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()));
  }

  // The bare socket says nothing more, and goes on reading. The server has seen it.
  void end_bare() {
    ASSERT_EQ(::shutdown(bare_.get(), SHUT_WR), 0);
    harness_.run_for(Milliseconds(5));
  }

  std::string read_bare() {
    std::string room(1 << 16, '\0');
    const ssize_t size = recv(bare_.get(), room.data(), room.size(), 0);
    room.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return room;
  }

  // The server has ended the connection, in good order, and nothing is left to be read.
  bool bare_ended() {
    char octet = 0;
    return recv(bare_.get(), &octet, 1, MSG_PEEK) == 0;
  }

  bool run_until_closed() {
    return harness_.run_until([&] { return peer_.closed.has_value(); });
  }

  size_t turns_ = 0;  // that worked, where a test counts them
  LoopHarness harness_;
  Peer peer_;
  FileDescriptor bare_;
  std::unique_ptr<TcpAcceptor> acceptor_;
};

const std::string kTwoFrames("\0\3one\0\3two", 10);

TEST_F(TcpTest, messages_arrive_whole_wherever_the_segments_end) {
  listen({});
  for (size_t split = 1; split < kTwoFrames.size(); ++split) {
    connect_bare();
    write_bare(kTwoFrames.substr(0, split));
    harness_.run_until([&] { return true; });
    write_bare(kTwoFrames.substr(split));
    ASSERT_TRUE(harness_.run_until([&] { return peer_.messages.size() == 2; }));
    ASSERT_EQ(peer_.messages, (std::vector<std::string>{"one", "two"}));
    peer_ = Peer();
  }
}

TEST_F(TcpTest, what_is_sent_arrives_framed_and_in_order) {
  listen({});
  connect_bare();
  peer_.stream->send(as_bytes("one"));
  peer_.stream->send(as_bytes("two"));
  EXPECT_EQ(read_bare(), kTwoFrames);
}

TEST_F(TcpTest, a_client_may_send_before_it_is_connected) {
  listen({});
  peer_.echoes = true;
  Peer client;
  client.stream = TcpStream::connect(harness_.loop(), acceptor_->local(), {}, client).value();
  client.stream->send(as_bytes("early"));
  ASSERT_TRUE(harness_.run_until([&] { return client.messages.size() == 1; }));
  EXPECT_EQ(client.messages[0], "early");
}

TEST_F(TcpTest, large_messages_pass_in_both_directions) {
  listen({});
  peer_.echoes = true;
  Peer client;
  client.stream = TcpStream::connect(harness_.loop(), acceptor_->local(), {}, client).value();
  const std::vector<std::string> sent = {std::string(65'535, 'a'), std::string(65'535, 'b')};
  for (const std::string& message : sent) {
    client.stream->send(as_bytes(message));
  }
  ASSERT_TRUE(harness_.run_until([&] { return client.messages.size() == 2; }));
  EXPECT_EQ(client.messages, sent);
}

TEST_F(TcpTest, a_peer_that_closes_is_told_of_as_such) {
  listen({});
  connect_bare();
  bare_.reset();
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kPeerClosed);
}

TEST_F(TcpTest, who_ends_its_side_gets_all_answers_and_then_the_end) {
  listen({});
  connect_bare();
  write_bare(kTwoFrames);
  end_bare();
  ASSERT_EQ(peer_.messages.size(), 2U);
  ASSERT_FALSE(peer_.closed.has_value());
  peer_.stream->send(as_bytes("one"));
  harness_.run_for(Milliseconds(5));
  ASSERT_FALSE(peer_.closed.has_value()) << "one is not answered yet";
  peer_.stream->send(as_bytes("two"));
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kPeerClosed);
  EXPECT_EQ(read_bare(), kTwoFrames);
  EXPECT_TRUE(bare_ended());
}

TEST_F(TcpTest, who_ends_its_side_gets_answers_that_must_wait_to_be_read) {
  listen({.unsent_max = 20 << 20});
  connect_bare();
  write_bare(kTwoFrames);
  ASSERT_TRUE(harness_.run_until([&] { return peer_.messages.size() == 2; }));
  const std::string large(60'000, 'x');
  for (int i = 0; i < 150; ++i) {  // 9 MB: below half the mark, so that the end is seen
    peer_.stream->send(as_bytes(large));
  }
  end_bare();
  size_t come = 0;
  Timer reading(harness_.loop(), [&] { come += read_bare().size(); });
  reading.repeat(Milliseconds(1));
  EXPECT_TRUE(harness_.run_until([&] { return come == 150 * (large.size() + 2); }));
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kPeerClosed);
  EXPECT_TRUE(bare_ended());
}

TEST_F(TcpTest, who_ends_its_side_is_waited_for_no_longer_than_any_other) {
  listen({.idle = Milliseconds(20), .answer = Milliseconds(20)});
  connect_bare();
  write_bare(kTwoFrames);
  end_bare();
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kIdle);
}

TEST_F(TcpTest, who_ends_its_side_and_goes_is_noticed_with_the_next_answers) {
  listen({});
  connect_bare();
  write_bare(kTwoFrames + kTwoFrames);
  ASSERT_TRUE(harness_.run_until([&] { return peer_.messages.size() == 4; }));
  bare_.reset();
  harness_.run_for(Milliseconds(5));
  for (int i = 0; i < 3 && !peer_.closed; ++i) {
    peer_.stream->send(as_bytes("late"));
    harness_.run_for(Milliseconds(5));
  }
  ASSERT_TRUE(peer_.closed.has_value());
  EXPECT_EQ(*peer_.closed, CloseReason::kReset);
}

// Its socket can be read all the time, and there is nothing in it.
TEST_F(TcpTest, who_ends_its_side_costs_no_time_while_an_answer_is_awaited) {
  listen({});
  connect_bare();
  write_bare(kTwoFrames);
  end_bare();
  const TurnEnd end(harness_.loop(), [this] { ++turns_; });
  harness_.run_for(Milliseconds(50));
  EXPECT_LE(turns_, 3U);
  EXPECT_FALSE(peer_.closed.has_value());
}

TEST_F(TcpTest, a_connection_that_we_opened_ends_with_its_peers_side) {
  listen({});
  Peer client;
  client.stream = TcpStream::connect(harness_.loop(), acceptor_->local(), {}, client).value();
  client.stream->send(as_bytes("one"));
  ASSERT_TRUE(harness_.run_until([&] { return peer_.messages.size() == 1; }));
  peer_.stream->send(as_bytes("first"));
  peer_.stream->send(as_bytes("second"));
  peer_.stream.reset();
  ASSERT_TRUE(harness_.run_until([&] { return client.closed.has_value(); }));
  EXPECT_EQ(client.messages.size(), 2U);
  EXPECT_EQ(*client.closed, CloseReason::kPeerClosed);
}

TEST_F(TcpTest, a_connection_to_nobody_is_unreachable) {
  listen({});
  const Endpoint gone = acceptor_->local();
  acceptor_.reset();
  peer_.stream = TcpStream::connect(harness_.loop(), gone, {}, peer_).value();
  peer_.stream->send(as_bytes("anybody?"));
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kUnreachable);
}

TEST_F(TcpTest, an_idle_connection_is_closed) {
  listen({.idle = Milliseconds(20)});
  connect_bare();
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kIdle);
}

TEST_F(TcpTest, a_connection_is_idle_no_sooner_than_the_last_answer_that_it_waits_for_has_left) {
  listen({.idle = Milliseconds(20), .answer = LoopHarness::kLimit});
  connect_bare();
  write_bare(kTwoFrames);
  for (const char* answer : {"one", "two"}) {
    harness_.run_for(Milliseconds(60));
    ASSERT_FALSE(peer_.closed.has_value()) << "before answer " << answer;
    peer_.stream->send(as_bytes(answer));
  }
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kIdle);
  EXPECT_EQ(read_bare(), kTwoFrames);
}

// Some messages are no questions.
TEST_F(TcpTest, a_connection_that_waits_for_an_answer_that_never_comes_is_closed) {
  listen({.idle = Milliseconds(20), .answer = Milliseconds(40)});
  connect_bare();
  write_bare(kTwoFrames);
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kIdle);
  EXPECT_EQ(peer_.messages.size(), 2U);
}

// Or a way that died would be kept alive by our own questions.
TEST_F(TcpTest, questions_that_nobody_answers_do_not_keep_a_connection_from_being_idle) {
  listen({});
  Peer client;
  client.stream =
      TcpStream::connect(harness_.loop(), acceptor_->local(), {.idle = Milliseconds(100)}, client)
          .value();
  Timer asking(harness_.loop(),
               [&] { client.closed ? void() : client.stream->send(as_bytes("anybody?")); });
  asking.repeat(Milliseconds(10));
  EXPECT_TRUE(harness_.run_until([&] { return client.closed.has_value(); }, Milliseconds(2'000)));
  EXPECT_EQ(client.closed.value(), CloseReason::kIdle);
  EXPECT_GE(peer_.messages.size(), 2U);
}

TEST_F(TcpTest, the_first_question_behind_an_answer_has_the_whole_time) {
  listen({});
  Peer client;
  client.stream =
      TcpStream::connect(harness_.loop(), acceptor_->local(), {.idle = Milliseconds(600)}, client)
          .value();
  for (const size_t answered : {1U, 2U}) {
    client.stream->send(as_bytes("question"));
    harness_.run_for(Milliseconds(400));
    ASSERT_FALSE(client.closed.has_value()) << "before answer " << answered;
    peer_.stream->send(as_bytes("answer"));
    ASSERT_TRUE(harness_.run_until([&] { return client.messages.size() == answered; }));
    harness_.run_for(Milliseconds(400));
  }
  EXPECT_FALSE(client.closed.has_value());
}

TEST_F(TcpTest, answers_that_were_taken_begin_an_accepted_connections_time_anew) {
  listen({.idle = Milliseconds(600)});
  connect_bare();
  write_bare(kTwoFrames);
  for (int i = 0; i < 2; ++i) {
    harness_.run_for(Milliseconds(400));
    ASSERT_FALSE(peer_.closed.has_value());
    peer_.stream->send(as_bytes("answer"));
  }
  harness_.run_for(Milliseconds(400));
  EXPECT_FALSE(peer_.closed.has_value());
}

// As on a way that died, the other side's kernel takes nothing more.
TEST_F(TcpTest, a_connection_of_ours_that_leads_nowhere_ends_before_it_is_idle) {
  std::vector<FileDescriptor> unread;
  acceptor_ = TcpAcceptor::open(
                  harness_.loop(), kLoopback, PortSharing::kExclusive,
                  [&](FileDescriptor fd, const Endpoint&) { unread.push_back(std::move(fd)); })
                  .value();
  const TcpLimits limits = {.unacknowledged = Milliseconds(300), .unsent_max = 100 << 20};
  peer_.stream = TcpStream::connect(harness_.loop(), acceptor_->local(), limits, peer_).value();
  const std::string large(60'000, 'x');
  for (int i = 0; i < 300; ++i) {  // 18 MB: far above the kernel's buffers
    peer_.stream->send(as_bytes(large));
  }
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kReset);
}

TEST_F(TcpTest, a_message_that_trickles_in_is_cut_off) {
  listen({.message = Milliseconds(40)});
  connect_bare();
  write_bare(std::string_view("\0\x50", 2));
  Timer trickle(harness_.loop(), [&] { ::send(bare_.get(), "x", 1, MSG_NOSIGNAL); });
  trickle.repeat(Milliseconds(5));
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kSlowMessage);
  EXPECT_TRUE(peer_.messages.empty());
}

TEST_F(TcpTest, an_announced_message_above_the_limit_closes_the_connection) {
  listen({.message_max = 100});
  connect_bare();
  write_bare(std::string_view("\0\x65", 2));  // 101
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kOversized);
}

TEST_F(TcpTest, answers_that_nobody_reads_close_the_connection_at_the_high_water_mark) {
  listen({.unsent_max = 100'000});
  connect_bare();
  const std::string large(60'000, 'x');
  for (int i = 0; i < 500 && !peer_.closed; ++i) {  // 30 MB: far above the kernel's buffers
    peer_.stream->send(as_bytes(large));
    harness_.run_until([] { return true; });
  }
  ASSERT_TRUE(peer_.closed.has_value());
  EXPECT_EQ(*peer_.closed, CloseReason::kNotReading);
}

// Kilobytes, the most so far.
long memory_peak() {
  rusage used{};
  EXPECT_EQ(getrusage(RUSAGE_SELF, &used), 0);
  return used.ru_maxrss;
}

TEST_F(TcpTest, of_answers_that_come_at_once_no_more_wait_than_may) {
  listen({});
  connect_bare();
  const std::string large(60'000, 'x');
  const std::vector<ByteView> answers(4'096, as_bytes(large));  // 240 MB
  const long before = memory_peak();
  peer_.stream->send(answers);
  EXPECT_LE(memory_peak() - before, 64 << 10);
  ASSERT_TRUE(run_until_closed());
  EXPECT_EQ(*peer_.closed, CloseReason::kNotReading);
}

TEST_F(TcpTest, nothing_is_read_from_a_peer_that_does_not_read) {
  listen({.idle = Milliseconds(100), .unsent_max = 20 << 20});
  connect_bare();
  const std::string large(60'000, 'x');
  for (int i = 0; i < 300; ++i) {  // 18 MB: above half the mark, also behind the kernel's buffers
    peer_.stream->send(as_bytes(large));
  }
  write_bare(kTwoFrames);
  ASSERT_TRUE(run_until_closed());
  EXPECT_TRUE(peer_.messages.empty());
  EXPECT_EQ(*peer_.closed, CloseReason::kNotReading);
}

TEST_F(TcpTest, the_acceptor_rests_while_there_are_no_descriptors_and_goes_on_afterwards) {
  listen({});
  // The undefined-behaviour sanitizer opens a pipe when it first meets a type: let it meet the
  // clock's while there are descriptors.
  harness_.run_for(Milliseconds(1));
  rlimit usual{};
  getrlimit(RLIMIT_NOFILE, &usual);
  bare_ = open_socket(kLoopback.address, SOCK_STREAM).value();
  rlimit none = usual;
  none.rlim_cur =
      static_cast<rlim_t>(bare_.get()) + 1;  // The next descriptor would be one too many.
  setrlimit(RLIMIT_NOFILE, &none);
  SocketAddress address;
  const socklen_t size = to_socket_address(acceptor_->local(), 0, address);
  static_cast<void>(::connect(bare_.get(), &address.any, size));  // goes on in the background
  EXPECT_TRUE(harness_.run_until([&] { return acceptor_->exhausted() > 0; }));
  harness_.run_for(Milliseconds(20));
  EXPECT_EQ(acceptor_->exhausted(), 1U);  // It does not spin.
  setrlimit(RLIMIT_NOFILE, &usual);
  EXPECT_TRUE(harness_.run_until([&] { return peer_.stream != nullptr; }));
}

}  // namespace
}  // namespace etymon::net
