#include "tests/support/scripted_resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tests/support/process.h"

namespace etymon::testing {
namespace {

constexpr size_t kHeaderSize = 12;      // RFC 1035 section 4.1.1
constexpr size_t kMessageMax = 65'535;  // RFC 1035 section 4.2.2
constexpr int kBacklog = 16;

sockaddr_in loopback(const std::string& host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  address.sin_port = htons(port);
  return address;
}

int listen_on(int type, const sockaddr_in& address) {
  const int bound = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(bound, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(bound);
    throw std::runtime_error("ScriptedResolver: the port was taken");
  }
  if (type == SOCK_STREAM) {
    listen(bound, kBacklog);
  }
  return bound;
}

// The uncompressed name at the beginning of the question; empty when it is cut.
ByteView name_octets(ByteView query) {
  size_t end = kHeaderSize;
  while (end < query.size() && query[end] != 0) {
    end += query[end] + 1U;
  }
  return end < query.size() ? query.subspan(kHeaderSize, end + 1 - kHeaderSize) : ByteView();
}

bool read_all(int connection, uint8_t* to, size_t size) {
  return recv(connection, to, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

}  // namespace

ScriptedResolver::ScriptedResolver(Script script, ResolverOptions options)
    : script_(std::move(script)), options_(std::move(options)) {
  options_.port = options_.port == 0 ? free_port() : options_.port;
  const sockaddr_in address = loopback(options_.address, options_.port);
  udp_ = listen_on(SOCK_DGRAM, address);
  try {
    tcp_ = listen_on(SOCK_STREAM, address);
  } catch (...) {
    close(udp_);
    throw;
  }
  stop_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { serve(); });
}

ScriptedResolver::~ScriptedResolver() {
  eventfd_write(stop_, 1);
  thread_.join();
  for (const int descriptor : {udp_, tcp_, stop_}) {
    close(descriptor);
  }
}

std::string ScriptedResolver::address() const {
  return options_.address + ":" + std::to_string(options_.port);
}

bool ScriptedResolver::send(const std::string& message, uint16_t to_port) const {
  const sockaddr_in to = loopback("127.0.0.1", to_port);
  return sendto(udp_, message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                sizeof to) == static_cast<ssize_t>(message.size());
}

size_t ScriptedResolver::times_asked(const std::string& name) const {
  auto asked = asked_.lock();
  const auto found = asked->find(name);
  return found == asked->end() ? 0 : found->second;
}

void ScriptedResolver::serve() {
  std::array<pollfd, 3> watched = {pollfd{udp_, POLLIN, 0}, pollfd{tcp_, POLLIN, 0},
                                   pollfd{stop_, POLLIN, 0}};
  while (poll(watched.data(), watched.size(), -1) > 0 && watched[2].revents == 0) {
    if (watched[0].revents != 0) {
      serve_datagram();
    }
    if (watched[1].revents != 0) {
      serve_connection();
    }
  }
}

void ScriptedResolver::serve_datagram() {
  std::array<uint8_t, kMessageMax> query;
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  auto* address = reinterpret_cast<sockaddr*>(&peer);
  const ssize_t got = recvfrom(udp_, query.data(), query.size(), 0, address, &size);
  if (got <= 0) {
    return;
  }
  const ByteView message = ByteView(query).first(static_cast<size_t>(got));
  if (const auto reply = answer(message, false, ntohs(peer.sin_port))) {
    sendto(udp_, reply->data(), reply->size(), 0, address, size);
  }
}

// One question, and those that have come behind it; whoever asks later connects again.
void ScriptedResolver::serve_connection() {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const int connection = accept4(tcp_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC);
  pollfd more{connection, POLLIN, 0};
  while (serve_question(connection, ntohs(peer.sin_port)) && poll(&more, 1, 0) > 0) {
  }
  close(connection);
}

bool ScriptedResolver::serve_question(int connection, uint16_t port) {
  std::array<uint8_t, 2> length{};
  if (!read_all(connection, length.data(), length.size())) {
    return false;
  }
  std::string query(load_u16(length.data()), '\0');
  auto* octets = reinterpret_cast<uint8_t*>(query.data());
  const auto reply = read_all(connection, octets, query.size())
                         ? answer(as_bytes(query), true, port)
                         : std::nullopt;
  if (reply) {
    store_u16(length.data(), static_cast<uint16_t>(reply->size()));
    ::send(connection, length.data(), length.size(), MSG_MORE | MSG_NOSIGNAL);
    ::send(connection, reply->data(), reply->size(), MSG_NOSIGNAL);
  }
  return reply.has_value();
}

std::optional<std::string> ScriptedResolver::answer(ByteView query, bool over_tcp, uint16_t port) {
  const ByteView spelled = query.size() > kHeaderSize ? name_octets(query) : ByteView();
  const auto name = DomainName::from_wire(spelled);
  if (!name || query.size() < kHeaderSize + spelled.size() + 4) {
    return std::nullopt;
  }
  const auto type = RecordType{load_u16(spelled.data() + spelled.size())};
  const Asked asked{name->canonical().text(),    type, load_u16(query.data()), over_tcp,
                    std::string(as_text(query)), port};
  ++(*asked_.lock())[asked.name];
  const auto message = script_(asked);
  if (!message) {
    return std::nullopt;
  }
  std::string reply = message->wire();
  const std::string back = options_.spelling == Spelling::kAsAsked ? std::string(as_text(spelled))
                                                                   : name->canonical().wire();
  std::ranges::copy(back, reply.begin() + kHeaderSize);
  return reply;
}

}  // namespace etymon::testing
