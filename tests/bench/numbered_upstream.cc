#include "tests/bench/numbered_upstream.h"

#include <poll.h>

#include <array>

#include "resolver/net/datagram_batch.h"

namespace etymon::bench {
namespace {

const Endpoint kAnyPort{IpAddress::v4(0x7F000001U), 0};
constexpr int kSocketBuffer = 4 << 20;
constexpr int kLookUpEveryMs = 100;  // how often the thread looks whether it is to stop

using Message = std::array<uint8_t, testing::kNumberedMessageMax>;

}  // namespace

NumberedUpstream::NumberedUpstream(const testing::NumberedTtls& ttls)
    : ttls_(ttls),
      socket_(net::open_bound_socket(kAnyPort, SOCK_DGRAM, net::PortSharing::kExclusive).value()) {
  net::set_option(socket_.get(), SOL_SOCKET, SO_RCVBUF, kSocketBuffer);
  net::set_option(socket_.get(), SOL_SOCKET, SO_SNDBUF, kSocketBuffer);
  thread_ = std::thread([this] { serve(); });
}

NumberedUpstream::~NumberedUpstream() {
  stopping_ = true;
  thread_.join();
}

std::string NumberedUpstream::address() const {
  return net::local_endpoint(socket_.get()).text();
}

void NumberedUpstream::serve() {
  net::ReceiveBatch incoming(kAnyPort, net::LocalAddress::kFixed);
  net::SendBatch outgoing(net::LocalAddress::kFixed);
  std::array<Message, net::kBatchMax> messages;
  std::array<net::Datagram, net::kBatchMax> answers;
  pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  while (!stopping_) {
    poll(&readable, 1, kLookUpEveryMs);
    size_t count = 0;
    for (const net::Datagram& query : incoming.receive(socket_.get())) {
      uint8_t* room = messages[count].data();
      const size_t size = testing::write_numbered_answer(query.bytes, room, ttls_);
      answers[count] = {{room, size}, query.peer, query.local, query.interface};
      count += size > 0 ? 1U : 0U;
    }
    outgoing.send(socket_.get(), std::span(answers).first(count));
  }
}

}  // namespace etymon::bench
