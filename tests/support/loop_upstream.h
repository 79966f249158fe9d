// LoopUpstream: a recursive resolver on the test's own event loop, UDP and TCP on one port, that
// says exactly what the test tells it to, octet by octet. Belongs to the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "resolver/model/domain_name.h"
#include "resolver/model/record.h"
#include "resolver/net/tcp_acceptor.h"
#include "resolver/net/tcp_stream.h"
#include "resolver/net/udp_server.h"

namespace etymon::testing {

enum class Over { kUdp, kTcp };

// What an upstream was asked, and where it came from.
struct UpstreamQuery {
  std::string message;
  Endpoint peer;
  Over over = Over::kUdp;

  uint16_t id() const { return load_u16(octets()); }
  // As it was spelled on the wire.
  std::string qname() const;
  bool edns() const { return load_u16(octets() + 10) > 0; }
  const uint8_t* octets() const { return reinterpret_cast<const uint8_t*>(message.data()); }
};

// Header and question of `query` as a response with these flags, no records.
std::string reply_to(const UpstreamQuery& query, uint16_t flags);
// The same with one A record, 192.0.2.1.
std::string address_reply_to(const UpstreamQuery& query);
// The same message with another id.
std::string with_id(std::string message, uint16_t id);
// The same message, its question in lower case.
std::string lower_cased(std::string message);

inline constexpr uint16_t kReplyFlags = 0x8180;  // QR, RD, RA

class LoopUpstream {
 public:
  // Returns the messages to send back, in order.
  using Script = std::function<std::vector<std::string>(const UpstreamQuery&)>;

  LoopUpstream(net::EventLoop& loop, Script script);
  ~LoopUpstream();

  Endpoint endpoint() const { return endpoint_; }
  const std::vector<UpstreamQuery>& asked() const { return asked_; }
  size_t asked_over(Over over) const;

  void set_script(Script script) { script_ = std::move(script); }
  // To a client of the UDP socket, from its own address and port.
  void send(const std::string& message, const Endpoint& to);
  // The same way as `query` came, whenever that was. REQUIRES: its connection is still there.
  void send_back(const UpstreamQuery& query, const std::string& message);
  size_t connections() const { return connections_.size(); }
  // Ends all TCP connections.
  void hang_up();
  // From now on nobody listens there.
  void stop_tcp();
  void stop_udp() { udp_.reset(); }

 private:
  class Connection;

  std::vector<std::string> answer(UpstreamQuery query);
  bool open(const Endpoint& at);
  void accept(net::FileDescriptor fd, const Endpoint& peer);

  net::EventLoop& loop_;
  Script script_;
  Endpoint endpoint_;
  std::vector<UpstreamQuery> asked_;
  std::map<const Connection*, std::unique_ptr<Connection>> connections_;
  std::unique_ptr<net::UdpServer> udp_;
  std::unique_ptr<net::TcpAcceptor> tcp_;
};

}  // namespace etymon::testing
