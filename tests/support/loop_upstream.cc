#include "tests/support/loop_upstream.h"

#include <algorithm>
#include <utility>

#include "resolver/wire/message.h"

namespace etymon::testing {
namespace {

constexpr size_t kQuestionTail = 4;  // type, class

ByteView name_in(const std::string& message) {
  const ByteView rest = as_bytes(message).subspan(wire::kHeaderSize);
  return rest.first(wire::plain_name_length(rest));
}

uint8_t* mutable_octets(std::string& message) {
  return reinterpret_cast<uint8_t*>(message.data());
}

}  // namespace

std::string UpstreamQuery::qname() const {
  return std::string(as_text(name_in(message)));
}

std::string reply_to(const UpstreamQuery& query, uint16_t flags) {
  std::string reply =
      query.message.substr(0, wire::kHeaderSize + query.qname().size() + kQuestionTail);
  wire::write_header(mutable_octets(reply), {.id = query.id(), .flags = flags, .qdcount = 1});
  return reply;
}

std::string address_reply_to(const UpstreamQuery& query) {
  std::string reply = reply_to(query, kReplyFlags);
  wire::write_header(mutable_octets(reply),
                     {.id = query.id(), .flags = kReplyFlags, .qdcount = 1, .ancount = 1});
  ByteWriter out(reply);
  out.u16(0xC00C);  // the name of the question
  out.u16(static_cast<uint16_t>(RecordType::kA));
  out.u16(static_cast<uint16_t>(RecordClass::kIn));
  out.u32(300);
  out.u16(4);
  out.u32(0xC0000201);
  return reply;
}

std::string with_id(std::string message, uint16_t id) {
  store_u16(mutable_octets(message), id);
  return message;
}

std::string lower_cased(std::string message) {
  const size_t size = name_in(message).size();
  uint8_t* name = mutable_octets(message) + wire::kHeaderSize;
  std::transform(name, name + size, name, to_lower);
  return message;
}

class LoopUpstream::Connection final : public net::TcpStream::Handler {
 public:
  Connection(LoopUpstream& upstream, net::FileDescriptor fd, const Endpoint& peer)
      : upstream_(upstream),
        peer_(peer),
        stream_(net::TcpStream::adopt(upstream.loop_, std::move(fd), {}, *this).value()) {}

  void on_message(ByteView message) override {
    for (const std::string& reply :
         upstream_.answer({std::string(as_text(message)), peer_, Over::kTcp})) {
      send(reply);
    }
  }
  void on_closed(net::CloseReason) override { upstream_.connections_.erase(this); }

  const Endpoint& peer() const { return peer_; }
  void send(const std::string& message) { stream_->send(as_bytes(message)); }

 private:
  LoopUpstream& upstream_;
  Endpoint peer_;
  std::unique_ptr<net::TcpStream> stream_;
};

LoopUpstream::LoopUpstream(net::EventLoop& loop, Script script)
    : loop_(loop), script_(std::move(script)) {
  while (!open({IpAddress::v4(0x7F000001), 0})) {
    // The port that UDP got was taken for TCP: draw another.
  }
}

LoopUpstream::~LoopUpstream() = default;

bool LoopUpstream::open(const Endpoint& at) {
  udp_ = net::UdpServer::open(loop_, at, {}, [this](std::span<const net::Datagram> batch) {
           for (const net::Datagram& datagram : batch) {
             const std::string message(as_text(datagram.bytes));
             for (const std::string& reply : answer({message, datagram.peer, Over::kUdp})) {
               send(reply, datagram.peer);
             }
           }
         }).value();
  auto tcp = net::TcpAcceptor::open(
      loop_, udp_->local(), net::PortSharing::kExclusive,
      [this](net::FileDescriptor fd, const Endpoint& peer) { accept(std::move(fd), peer); });
  if (tcp.ok()) {
    tcp_ = *std::move(tcp);
    endpoint_ = udp_->local();
  }
  return tcp_ != nullptr;
}

void LoopUpstream::accept(net::FileDescriptor fd, const Endpoint& peer) {
  auto connection = std::make_unique<Connection>(*this, std::move(fd), peer);
  connections_.emplace(connection.get(), std::move(connection));
}

std::vector<std::string> LoopUpstream::answer(UpstreamQuery query) {
  asked_.push_back(std::move(query));
  return script_(UpstreamQuery(asked_.back()));
}

size_t LoopUpstream::asked_over(Over over) const {
  return static_cast<size_t>(std::ranges::count(asked_, over, &UpstreamQuery::over));
}

void LoopUpstream::send(const std::string& message, const Endpoint& to) {
  const net::Datagram datagram{as_bytes(message), to, udp_->local().address, 0};
  udp_->send(std::span(&datagram, 1));
}

void LoopUpstream::send_back(const UpstreamQuery& query, const std::string& message) {
  if (query.over == Over::kUdp) {
    return send(message, query.peer);
  }
  const auto found = std::ranges::find_if(
      connections_, [&](const auto& entry) { return entry.second->peer() == query.peer; });
  found->second->send(message);
}

void LoopUpstream::hang_up() {
  connections_.clear();
}

void LoopUpstream::stop_tcp() {
  tcp_.reset();
  hang_up();
}

}  // namespace etymon::testing
