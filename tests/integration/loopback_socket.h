// LoopbackSocket: a client's socket on a loopback address of its own, for tests that say things
// which no DNS program says, or say them faster. One thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace etymon::testing {

class LoopbackSocket {
 public:
  // From `address` to the port of 127.0.0.1. `type`: SOCK_DGRAM or SOCK_STREAM. `receive_buffer`:
  // octets that the kernel keeps for it, 0 for as many as usual. A stream with a small one has
  // small segments, too: for those of loopback, 64 KiB, the kernel keeps a megabyte at the other
  // side.
  LoopbackSocket(int type, const std::string& address, uint16_t port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
      setsockopt(socket_, IPPROTO_TCP, TCP_MAXSEG, &kSmallSegment, sizeof kSmallSegment);
    }
    const sockaddr_in local = at(address, 0);
    const sockaddr_in server = at("127.0.0.1", port);
    connected_ = bind(socket_, reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0 &&
                 connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0;
  }
  ~LoopbackSocket() {
    if (socket_ >= 0) {
      close(socket_);
    }
  }
  LoopbackSocket(LoopbackSocket&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_) {}
  LoopbackSocket& operator=(LoopbackSocket&&) = delete;

  bool connected() const { return connected_; }

  // As much as goes without waiting.
  void send(const std::string& octets) const {
    ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  // Of a stream: nothing more will be sent, and all that comes is still taken.
  void end() const { shutdown(socket_, SHUT_WR); }

  // What is there within `patience`: a datagram, or what has come of a stream; empty for nothing.
  std::string receive(std::chrono::milliseconds patience = std::chrono::milliseconds(0)) const {
    pollfd ready{socket_, POLLIN, 0};
    std::array<char, 4'096> room;
    const ssize_t size = poll(&ready, 1, static_cast<int>(patience.count())) > 0
                             ? recv(socket_, room.data(), room.size(), MSG_DONTWAIT)
                             : 0;
    return size > 0 ? std::string(room.data(), static_cast<size_t>(size)) : std::string();
  }

  // Of a stream: the other side has ended it, and nothing is left to be read.
  bool ended() const {
    char octet = 0;
    const ssize_t size = recv(socket_, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN);
  }

 private:
  static constexpr int kSmallSegment = 1220;  // octets, as on most ways through the Internet

  static sockaddr_in at(const std::string& address, uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    inet_pton(AF_INET, address.c_str(), &out.sin_addr);
    out.sin_port = htons(port);
    return out;
  }

  int socket_;
  bool connected_ = false;
};

}  // namespace etymon::testing
