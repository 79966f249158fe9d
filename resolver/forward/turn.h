// Turn: the answers of one turn of the event loop, recorded before any of them is sent.
//
// Belongs to one loop, of which two threads may have the work, one at a time (relay.h). Everything
// that answers a client on that loop - cache hits of a UDP batch, upstream responses, TCP - adds to
// the loop's one Turn; before the loop sleeps it ends the turn, which records the deliveries and
// then sends the answers. This order is promise 1: no answer leaves that no lookup could find. A
// recorder that hangs holds nothing up (promise 2): the loop's other thread ends the turn. Time
// stands still within a turn: both clocks are read once, when the turn first needs them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/relay.h"
#include "resolver/model/delivery.h"
#include "resolver/model/recorder.h"
#include "resolver/wire/message.h"

namespace etymon::forward {

class AnswerSink;

// Where an answer goes: given by the listener with the question, handed back with the answer.
struct ReplyTo {
  AnswerSink* sink = nullptr;
  Endpoint peer;  // who asked: the client, or a forwarder before it
  // The client behind a forwarder that we trust, by a PROXY header or an EDNS option; nothing: the
  // peer itself.
  std::optional<IpAddress> behind = {};
  IpAddress local;          // the address that the question came to; the answer leaves from it
  uint32_t interface = 0;   // IPv6 scope of a link-local peer, else 0
  uint64_t connection = 0;  // stream transports: which connection; it may be gone by then
  Transport transport = Transport::kUdp;

  const IpAddress& client() const { return behind ? *behind : peer.address; }
  // As a Delivery has it: the one whose packet it was, when that is not the client's own.
  IpAddress forwarder() const { return client() == peer.address ? IpAddress() : peer.address; }
};

struct Outgoing {
  ReplyTo to;
  ByteView message;
};

// Implemented by the listeners. Takes the answers that go to it, in order; the views are valid
// during the call. A client that is gone or does not read is the sink's own affair. Adds nothing to
// the Turn that calls it.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void send(std::span<const Outgoing> answers) = 0;
  // Whether an answer can still go there; one that cannot is counted. Asked of connections only.
  virtual bool takes(const ReplyTo& /*to*/) { return true; }
};

struct TurnTime {
  WallTime wall;
  MonotonicTime monotonic;
};

class Turn {
 public:
  // All of them outlive the turn; `relay` is the one whose threads work on it.
  Turn(Recorder& recorder, const Clock& clock, Relay& relay);

  // The moment of this turn.
  const TurnTime& now();

  // Room for one message of up to `size` octets, valid until the next call of room() or the turn's
  // end. What is written there becomes an answer with commit(), or nothing when room() is called
  // again. REQUIRES: size <= wire::kMessageMax.
  uint8_t* room(size_t size);

  // Queues the first `size` octets of the room for `to`. `delivery` is what will be recorded of it;
  // nothing for a message that tells nothing (the question was not understood). To a connection
  // that is known to be gone nothing is told: there is neither answer nor delivery.
  void commit(const ReplyTo& to, size_t size, const std::optional<Delivery>& delivery);

  // Who ended a turn: the thread that recorded it, or the one that took over from it.
  enum class Ended { kByWhoRecorded, kByWhoTookOver };

  // Records the deliveries, then sends the answers to their sinks, then forgets both. The answers
  // leave also when they could not be recorded: the recorder counts them, and marks the gap. By the
  // thread `me`, which touches nothing more of the loop when another one took over meanwhile.
  Ended finish(Relay::Runner me);

  // Ends the turn that `stuck` is still recording, which gives that up, as the relay's take_over.
  void take_over(Relay::Runner stuck);

  uint64_t answers() const { return answers_; }       // sent since the start
  uint64_t deliveries() const { return delivered_; }  // of them, those that are to be recorded

 private:
  // Messages lie one behind the other in blocks that never move, so that views stay valid.
  static constexpr size_t kBlockSize = 256 * 1024;

  // What one of the threads is recording, which may take it longer than the turn lasts.
  struct Recording {
    std::vector<Delivery> deliveries;
    RecordTicket ticket;
  };

  void take_into(Recording& recording);
  void send();
  void send_to_sinks();

  Recorder& recorder_;
  const Clock& clock_;
  Relay& relay_;
  std::optional<TurnTime> now_;
  std::vector<std::unique_ptr<uint8_t[]>> blocks_;
  size_t used_ = kBlockSize;  // octets of the last block
  std::vector<Outgoing> outgoing_;
  std::vector<Delivery> deliveries_;
  std::array<Recording, Relay::kRunners> recordings_;
  uint64_t answers_ = 0;
  uint64_t delivered_ = 0;
};

}  // namespace etymon::forward
