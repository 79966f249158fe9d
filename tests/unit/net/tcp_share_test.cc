// However many connections have something to say, others are looked at in between.
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "resolver/net/tcp_acceptor.h"
#include "resolver/net/tcp_stream.h"
#include "tests/support/fakes.h"
#include "tests/support/loop_harness.h"

namespace etymon::net {
namespace {

using testing::LoopHarness;
using testing::ManualClock;

const Endpoint kLoopback{IpAddress::v4(0x7F000001), 0};
constexpr size_t kConnections = 100;
constexpr size_t kMessages = 400;              // of each connection, all there from the start
constexpr size_t kMessageSize = 30;            // octets
constexpr size_t kPiece = 512 / kMessageSize;  // messages of one connection that are taken at once

// Many clients, each of whom has sent all of its messages; and a descriptor that can always be
// read, as a socket on which datagrams come in: it tells how much is taken from the connections
// between two looks at it.
class TcpShareTest : public ::testing::Test, private TcpStream::Handler {
 protected:
  // Each message takes `time` of the clock.
  void take_all(Microseconds time) {
    time_ = time;
    auto acceptor =
        TcpAcceptor::open(harness_.loop(), kLoopback, PortSharing::kExclusive,
                          [this](FileDescriptor fd, const Endpoint&) { take_in(std::move(fd)); })
            .value();
    std::vector<FileDescriptor> clients;
    for (size_t i = 0; i < kConnections; ++i) {
      clients.push_back(connect(acceptor->local()));
    }
    ASSERT_TRUE(harness_.run_until([this] { return waiting_.size() == kConnections; }));
    for (FileDescriptor& fd : waiting_) {  // Not before all of their messages are there.
      streams_.push_back(TcpStream::adopt(harness_.loop(), std::move(fd), {}, *this).value());
    }
    FileDescriptor other(eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
    FdWatch watch = FdWatch::open(harness_.loop(), other.get(), [this](Interest) {
                      most_ = std::max(most_, std::exchange(taken_, 0));
                      clock_.advance(Microseconds(10));
                    }).value();
    watch.want(Interest::kRead);
    ASSERT_TRUE(harness_.run_until([this] { return messages_ == kConnections * kMessages; }));
    streams_.clear();
  }

  // Messages between two looks.
  size_t most() const { return most_; }

 private:
  static FileDescriptor connect(const Endpoint& server) {
    FileDescriptor fd = open_socket(kLoopback.address, SOCK_STREAM).value();
    SocketAddress address;
    const socklen_t size = to_socket_address(server, 0, address);
    static_cast<void>(::connect(fd.get(), &address.any, size));  // over loopback: at once
    std::string all;
    for (size_t i = 0; i < kMessages; ++i) {
      all += std::string("\0\x1c", 2) + std::string(kMessageSize - 2, 'x');
    }
    EXPECT_EQ(::send(fd.get(), all.data(), all.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(all.size()));
    return fd;
  }

  void take_in(FileDescriptor fd) { waiting_.push_back(std::move(fd)); }

  void on_message(ByteView) override {
    ++messages_;
    ++taken_;
    clock_.advance(time_);
  }
  void on_closed(CloseReason) override {}

  ManualClock clock_;
  LoopHarness harness_{&clock_};
  std::vector<FileDescriptor> waiting_;
  std::vector<std::unique_ptr<TcpStream>> streams_;
  Microseconds time_{0};
  size_t messages_ = 0;
  size_t taken_ = 0;  // since the last look
  size_t most_ = 0;
};

TEST_F(TcpShareTest, a_few_connections_at_most_are_read_from_between_two_looks_at_others) {
  take_all(Microseconds(0));
  EXPECT_LE(most(), 16 * (kPiece + 1));
}

TEST_F(TcpShareTest, messages_that_take_long_are_taken_for_a_fifth_of_a_millisecond_only) {
  take_all(Microseconds(20));
  EXPECT_LE(most(), 200 / 20 + kPiece + 1);
}

}  // namespace
}  // namespace etymon::net
