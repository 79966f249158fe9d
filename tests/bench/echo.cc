// The floor, in plain system calls: it must not become faster or slower with the code under test.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "tests/bench/servers.h"

namespace etymon::bench {
namespace {

constexpr size_t kBatch = 64;
constexpr size_t kDatagramMax = 1'500;
constexpr int kSocketBuffer = 4 << 20;
constexpr uint8_t kQrBit = 0x80;  // in the third octet of a DNS message

struct Slot {
  sockaddr_in peer;
  iovec vector;
  std::array<uint8_t, kDatagramMax> octets;
};

void prepare(Slot& slot, msghdr& header) {
  slot.vector = {slot.octets.data(), slot.octets.size()};
  header = {};
  header.msg_name = &slot.peer;
  header.msg_namelen = sizeof slot.peer;
  header.msg_iov = &slot.vector;
  header.msg_iovlen = 1;
}

void send_all(int socket, mmsghdr* headers, unsigned count) {
  while (count > 0) {
    const int sent = sendmmsg(socket, headers, count, 0);
    if (sent <= 0) {
      return;
    }
    headers += sent;
    count -= static_cast<unsigned>(sent);
  }
}

int open_echo_socket(uint16_t port) {
  const int opened = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  setsockopt(opened, SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof kSocketBuffer);
  setsockopt(opened, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
  sockaddr_in self{};
  self.sin_family = AF_INET;
  self.sin_port = htons(port);
  self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return bind(opened, reinterpret_cast<const sockaddr*>(&self), sizeof self) == 0 ? opened : -1;
}

}  // namespace

int run_echo(uint16_t port) {
  static std::array<Slot, kBatch> slots;
  std::array<mmsghdr, kBatch> headers;
  const int opened = open_echo_socket(port);
  if (opened < 0 || write(STDOUT_FILENO, "ready\n", 6) != 6) {
    return 1;
  }
  for (;;) {
    for (size_t i = 0; i < kBatch; ++i) {
      prepare(slots[i], headers[i].msg_hdr);
    }
    const int received = recvmmsg(opened, headers.data(), kBatch, MSG_WAITFORONE, nullptr);
    if (received < 0) {
      return 1;
    }
    const auto count = static_cast<unsigned>(received);
    for (unsigned i = 0; i < count; ++i) {
      slots[i].vector.iov_len = headers[i].msg_len;
      slots[i].octets[2] |= kQrBit;
    }
    send_all(opened, headers.data(), count);
  }
}

}  // namespace etymon::bench
