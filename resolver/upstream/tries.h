// Try: one message to one upstream, and the wait for its answer. Inside this folder only.
//
// Belongs to one loop thread. A try waits until it is closed or its exchange is over; several of
// one exchange may wait at once, each with an id and a spelling of its own and, over UDP, a port
// that none of the others has; none takes what belongs to another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "resolver/upstream/stream_link.h"
#include "resolver/upstream/udp_link.h"

namespace etymon::upstream {

enum class Path { kUdp, kStream };
enum class Edns { kYes, kNo };

class Try;

class TryOwner {
 public:
  virtual ~TryOwner() = default;
  // Something came in; not judged at all yet. Octets behind `message` may have been cut off. The
  // try may be gone afterwards.
  virtual void on_message(Try& from, ByteView message) = 0;
  // So much came to this try's port that was no answer that it is left to itself.
  virtual void on_distrusted(Try& from) = 0;
  // ICMP says, truly or not, that nobody listens there. What comes in is taken all the same.
  virtual void on_refused(Try& from) = 0;
  // Nothing will come in any more: it could not leave, or the connection has ended.
  virtual void on_failed(Try& from) = 0;
  // The same, and the upstream has answered others on that connection: it is worth another one.
  virtual void on_left_behind(Try& from) = 0;
};

// What all tries know of the message they sent.
struct Sent {
  size_t server = 0;
  Path path = Path::kUdp;
  Edns edns = Edns::kYes;
  bool cookie = false;
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

  // Worth waiting for: its answer would be taken, and nothing says that there will be none.
  bool hopeful() const { return open() && !distrusted_ && !refused_ && !cut_; }
  bool distrusted() const { return distrusted_; }
  // So much came that was not the answer that nothing is taken any more; it is only counted.
  void distrust() { distrusted_ = true; }
  // It is not waited for any more; should an answer come, it is taken.
  void refuse() { refused_ = true; }
  bool cut() const { return cut_; }
  // Its answer was cut. Another one comes, and is taken, if that was forged.
  void note_cut() { cut_ = true; }
  // It was waited for as long as usual. Should an answer come, it is taken all the same.
  virtual void lose_patience() {}
  // What came in was not its answer.
  virtual void count_mismatch() = 0;

 protected:
  Sent sent_;

 private:
  bool distrusted_ = false;
  bool refused_ = false;
  bool cut_ = false;
};

// Over UDP, on a port that it shares with questions of the same turn.
class UdpTry final : public Try, private UdpLink::Waiter {
 public:
  UdpTry(TryOwner& owner, Sent sent) : Try(std::move(sent)), owner_(owner) {}
  ~UdpTry() override { close(); }

  // Gets the id that the message must have. Errors as UdpLink::open().
  Status join(UdpLinks& links, Random& random);
  void send(ByteView message) { link_->queue(message); }
  bool open() const override { return link_ != nullptr; }
  void close() override;
  void count_mismatch() override { link_->count_guess(); }

 private:
  void on_link_message(ByteView message) override { owner_.on_message(*this, message); }
  void on_link_distrusted() override { owner_.on_distrusted(*this); }
  void on_link_refused() override { owner_.on_refused(*this); }
  void on_link_closed() override;

  TryOwner& owner_;
  std::shared_ptr<UdpLink> link_;
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
  void lose_patience() override;
  void count_mismatch() override {}  // Nobody forges what comes over a connection.

 private:
  void on_link_message(ByteView message) override { owner_.on_message(*this, message); }
  void on_link_closed(StreamLink::End end) override;

  TryOwner& owner_;
  StreamLink& link_;
  bool joined_ = false;
};

}  // namespace etymon::upstream
