#include "api/service/acceptor.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "resolver/base/this_thread.h"

namespace etymon::service {
namespace {

// New connections of one entrance in one turn; then it is another's turn.
constexpr int kAcceptsPerTurn = 16;
// Long enough to cost nothing, short enough that no client gives up meanwhile.
constexpr Milliseconds kRest{100};
constexpr Seconds kSilence{60};

union PeerAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_storage room;
};

Connections::Peer peer_of(const PeerAddress& address) {
  switch (address.any.sa_family) {
    case AF_INET:
      return IpAddress::v4(ntohl(address.v4.sin_addr.s_addr));
    case AF_INET6:
      return IpAddress::v6(std::span<const uint8_t, 16>(address.v6.sin6_addr.s6_addr));
    default:
      return std::nullopt;
  }
}

bool is_over_before_it_began(int error) {
  return error == EINTR || error == ECONNABORTED;
}

}  // namespace

Acceptor::Acceptor(std::vector<Entrance> entrances, Options options)
    : entrances_(std::move(entrances)), options_(std::move(options)), thread_([this] {
        name_this_thread("api-acceptor");
        run();
      }) {}

Acceptor::~Acceptor() {
  ends_ = true;
  for (const Entrance& entrance : entrances_) {
    entrance.listener.end();
  }
  thread_.join();
}

void Acceptor::run() {
  while (!ends_) {
    wait();
    bool has_room = true;
    for (const Entrance& entrance : entrances_) {
      has_room = take_some(entrance) && has_room;
    }
    if (!has_room && !ends_) {
      std::this_thread::sleep_for(kRest);
    }
  }
}

void Acceptor::wait() const {
  std::vector<pollfd> waited;
  for (const Entrance& entrance : entrances_) {
    waited.push_back({entrance.listener.descriptor(), POLLIN, 0});
  }
  poll(waited.data(), waited.size(), -1);
}

bool Acceptor::take_some(const Entrance& entrance) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    PeerAddress peer{};
    socklen_t size = sizeof(peer);
    const int descriptor =
        accept4(entrance.listener.descriptor(), &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      take(entrance, descriptor, peer_of(peer));
    } else if (errno == EAGAIN || ends_) {
      return true;
    } else if (const int error = errno; !is_over_before_it_began(error)) {
      options_.connections.count_exhausted();
      tell(exhausted_, std::string("the API cannot take connections, and tries again: ") +
                           std::strerror(error));
      return false;
    }
  }
  return true;
}

void Acceptor::take(const Entrance& entrance, int descriptor, const Connections::Peer& peer) {
  if (options_.connections.add(descriptor, peer)) {
    entrance.hand_over(descriptor);
    return;
  }
  close(descriptor);
  tell(crowded_, "the API has too many connections: one more, of " +
                     (peer ? peer->text() : entrance.listener.address().text()) + ", was closed");
}

void Acceptor::tell(Trouble& trouble, const std::string& what) const {
  const MonotonicTime now = options_.clock.monotonic();
  if (now >= trouble.silent_until && options_.on_notice) {
    trouble.silent_until = now + kSilence;
    options_.on_notice(api::LogLevel::kWarning, what);
  }
}

}  // namespace etymon::service
