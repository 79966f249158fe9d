#include "resolver/hosts/neighbour_socket.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace etymon::hosts {
namespace {

// The kernel's messages of a dump have up to 32 KiB.
constexpr size_t kBufferOctets = 64 << 10;
// Buffers read at one go, so that a flood of news does not keep the thread from stopping.
constexpr int kReadsMax = 64;

Error system_error(const std::string& what) {
  return {ErrorCode::kIo, what + ": " + std::strerror(errno)};
}

}  // namespace

Result<std::unique_ptr<NeighbourSocket>> NeighbourSocket::open() {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) {
    return system_error("cannot open an rtnetlink socket");
  }
  std::unique_ptr<NeighbourSocket> opened(new NeighbourSocket(fd));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_NEIGH;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return system_error("cannot listen to the neighbour table");
  }
  return opened;
}

NeighbourSocket::NeighbourSocket(int fd)
    : fd_(fd),
      ticks_per_second_(static_cast<uint32_t>(std::max(sysconf(_SC_CLK_TCK), 1L))),
      buffer_(kBufferOctets, '\0') {}

NeighbourSocket::~NeighbourSocket() {
  close(fd_);
}

Status NeighbourSocket::request_all() {
  const std::string request = neighbour_dump_request(++sequence_);
  if (send(fd_, request.data(), request.size(), 0) < 0) {
    return system_error("cannot ask for the neighbour table");
  }
  return {};
}

NeighbourNews NeighbourSocket::read(WallTime now) {
  NeighbourNews all;
  for (int i = 0; i < kReadsMax; ++i) {
    sockaddr_nl sender{};
    socklen_t size = sizeof(sender);
    const ssize_t got = recvfrom(fd_, buffer_.data(), buffer_.size(), MSG_TRUNC,
                                 reinterpret_cast<sockaddr*>(&sender), &size);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      all.failed |= errno != EAGAIN;  // ENOBUFS above all
      break;
    }
    if (sender.nl_pid != 0) {
      continue;  // Another process can write to us; the kernel alone is believed.
    }
    const auto octets = static_cast<size_t>(got);
    NeighbourNews news = read_neighbours(as_bytes(buffer_).first(std::min(octets, buffer_.size())),
                                         now, ticks_per_second_);
    std::ranges::move(news.sightings, std::back_inserter(all.sightings));
    all.dump_ended |= news.dump_ended;
    all.failed |= news.failed || octets > buffer_.size();
  }
  return all;
}

}  // namespace etymon::hosts
