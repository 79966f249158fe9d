// A handler that keeps what it is given and answers when the turn ends, as a forwarder with its
// Turn does; and client sockets that do what a test wants.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "resolver/forward/query_handler.h"
#include "resolver/listener/access_list.h"
#include "resolver/net/socket.h"
#include "tests/support/loop_harness.h"

namespace etymon::listener {

class KeepingHandler final : public forward::QueryHandler {
 public:
  struct Kept {
    std::string message;
    forward::ReplyTo from;
  };

  void handle(ByteView message, const forward::ReplyTo& from) override {
    kept.push_back({std::string(as_text(message)), from});
  }

  void turn_away(ByteView message, const forward::ReplyTo& from, forward::TurnAway how) override {
    turned_away.push_back({std::string(as_text(message)), from});
    reasons.push_back(how);
  }

  // Sends `text` in answer to each of `which`, all in one call.
  void answer(const std::vector<Kept>& which, const std::string& text) {
    std::vector<forward::Outgoing> answers;
    for (const Kept& query : which) {
      answers.push_back({query.from, as_bytes(text)});
    }
    if (!answers.empty()) {
      answers[0].to.sink->send(answers);
    }
  }

  std::vector<Kept> kept;
  std::vector<Kept> turned_away;
  std::vector<forward::TurnAway> reasons;  // of those
};

inline const Endpoint kLoopback{IpAddress::v4(0x7F000001), 0};

inline AccessList only(const char* prefix) {
  return AccessList({IpPrefix::from_text(prefix).value()});
}

class ListenerTest : public ::testing::Test {
 protected:
  net::EventLoop& loop() { return harness_.loop(); }
  bool run_until(std::function<bool()> done) { return harness_.run_until(std::move(done)); }
  bool run_until_kept(size_t count) {
    return run_until([this, count] { return handler_.kept.size() == count; });
  }

  // A client's socket, bound to `from`, connected to `to`.
  static net::FileDescriptor client(int type, const Endpoint& to,
                                    const Endpoint& from = kLoopback) {
    auto fd = net::open_bound_socket(from, type, net::PortSharing::kExclusive).value();
    net::SocketAddress address;
    const socklen_t size = net::to_socket_address(to, 0, address);
    ::connect(fd.get(), &address.any, size);
    return fd;
  }

  static void write(const net::FileDescriptor& fd, std::string_view octets) {
    ::send(fd.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
  }

  // What is there now.
  static std::string read(const net::FileDescriptor& fd) {
    std::string room(1 << 16, '\0');
    const ssize_t size = recv(fd.get(), room.data(), room.size(), 0);
    room.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return room;
  }

  // The other side has ended the connection.
  static bool ended(const net::FileDescriptor& fd) {
    char octet = 0;
    return recv(fd.get(), &octet, 1, MSG_PEEK) == 0;
  }

  testing::LoopHarness harness_;
  KeepingHandler handler_;
};

}  // namespace etymon::listener
