// Try: one message to one upstream, and the wait for its answer. Inside this folder only.
//
// Belongs to one loop thread. A try waits until it is closed or its exchange is over; several of
// one exchange may wait at once, each with an id, a spelling and a way of its own, and none takes
// what belongs to another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "resolver/net/udp_client.h"
#include "resolver/upstream/stream_link.h"

namespace etymon::upstream {

enum class Path { kUdp, kStream };
enum class Edns { kYes, kNo };

class Try;

// Whether the exchange goes on; when it is over, the try that asks is gone, too.
enum class Verdict { kGoesOn, kOver };

class TryOwner {
 public:
  virtual ~TryOwner() = default;
  // Something came in; not judged at all yet. Octets behind `message` may have been cut off.
  virtual Verdict on_message(Try& from, ByteView message) = 0;
  // Nothing will come in any more: nobody listens there, or the connection has ended.
  virtual void on_failed(Try& from) = 0;
};

// What all tries know of the message they sent.
struct Sent {
  size_t server = 0;
  Path path = Path::kUdp;
  Edns edns = Edns::kYes;
  uint16_t id = 0;
  std::string qname;  // as it was spelled
  MonotonicTime at{};
};

class Try {
 public:
  explicit Try(Sent sent) : sent_(std::move(sent)) {}
  virtual ~Try() = default;

  const Sent& sent() const { return sent_; }
  virtual bool open() const = 0;
  virtual void close() = 0;

  // Open, and its answer would be taken.
  bool hopeful() const { return open() && !distrusted_; }
  bool distrusted() const { return distrusted_; }
  // So much came that was not the answer that nothing is taken any more; it is only counted.
  void distrust() { distrusted_ = true; }
  unsigned count_mismatch() { return ++mismatches_; }

 protected:
  Sent sent_;

 private:
  unsigned mismatches_ = 0;
  bool distrusted_ = false;
};

// Over UDP, on a socket that serves this one message.
class UdpTry final : public Try {
 public:
  // `room`: where datagrams are received, shared by all tries of a pool.
  UdpTry(TryOwner& owner, std::span<uint8_t> room, Sent sent)
      : Try(std::move(sent)), owner_(owner), room_(room) {}

  Status start(net::EventLoop& loop, const Endpoint& server, Random& random, ByteView message);
  bool open() const override { return socket_ != nullptr; }
  void close() override { socket_.reset(); }

 private:
  void receive();

  TryOwner& owner_;
  std::span<uint8_t> room_;
  std::unique_ptr<net::UdpClient> socket_;
};

// Over the connection that all questions to an upstream share.
class StreamTry final : public Try, private StreamLink::Waiter {
 public:
  StreamTry(TryOwner& owner, StreamLink& link, Sent sent)
      : Try(std::move(sent)), owner_(owner), link_(link) {}
  ~StreamTry() override { close(); }

  // Gets the id that the message must have. Errors as StreamLink::join().
  Status join();
  void send(ByteView message) { link_.send(message); }
  bool open() const override { return joined_; }
  void close() override;

 private:
  void on_link_message(ByteView message) override { owner_.on_message(*this, message); }
  void on_link_closed() override;

  TryOwner& owner_;
  StreamLink& link_;
  bool joined_ = false;
};

}  // namespace etymon::upstream
