#include "resolver/net/udp_client.h"

#include <cerrno>
#include <utility>

namespace etymon::net {
namespace {

// All ports that need no privilege: 64512, twice as many as the kernel would choose from.
constexpr uint32_t kFirstPort = 1024;
constexpr uint32_t kPortCount = 65536 - kFirstPort;

// Even with half of all ports taken, eight draws fail only once in 256 times; then the kernel,
// which knows the free ones, chooses.
constexpr int kPortDraws = 8;

void bind_unpredictably(int fd, const Endpoint& peer, Random& random) {
  Endpoint local{peer.address.is_v4() ? IpAddress::v4(INADDR_ANY) : IpAddress(), 0};
  for (int draw = 0; draw < kPortDraws; ++draw) {
    local.port = static_cast<uint16_t>(kFirstPort + random.below(kPortCount));
    SocketAddress address;
    const socklen_t size = to_socket_address(local, 0, address);
    if (bind(fd, &address.any, size) == 0) {
      return;
    }
  }
}

// Questions go with DF, and what ICMP says about the path's MTU is not believed: they fit any.
void forbid_fragments(int fd, const IpAddress& peer) {
  if (peer.is_v4()) {
    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  } else {
    set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  }
}

}  // namespace

Result<std::unique_ptr<UdpClient>> UdpClient::open(FdGroup& group, const Endpoint& peer,
                                                   Random& random, OnReadable on_readable) {
  Result<FileDescriptor> fd = open_socket(peer.address, SOCK_DGRAM);
  if (!fd) {
    return fd.error();
  }
  bind_unpredictably(fd->get(), peer, random);
  forbid_fragments(fd->get(), peer.address);
  SocketAddress address;
  const socklen_t size = to_socket_address(peer, 0, address);
  if (connect(fd->get(), &address.any, size) != 0) {
    return system_error("cannot reach " + peer.text(), errno);
  }
  std::unique_ptr<UdpClient> client(new UdpClient(group, *std::move(fd), std::move(on_readable)));
  if (const Status added = group.add(client->fd_.get(), *client); !added) {
    return added.error();
  }
  return client;
}

// The client may be gone before its own function object has returned.
void UdpClient::on_readable() {
  const OnReadable call = on_readable_;
  call();
}

}  // namespace etymon::net
