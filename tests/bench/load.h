// Load: questions for the numbered names, from many client addresses, to one server on loopback.
//
// One thread, one socket: each question leaves from the address of its client (127.1.0.1 and up),
// and the answers to all of them come back here. Questions are told apart by their ids.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/net/datagram_batch.h"
#include "tests/support/numbered_names.h"

namespace etymon::bench {

// Who asks for what. The pairs (client, name) that come one after the other are all different until
// each client has asked for each name. REQUIRES: a power of ten of names; of clients a number that
// has no other factors than two and five.
struct Asking {
  uint32_t names = 10'000;
  uint32_t clients = 20;
};

struct LoadResult {
  uint64_t answered = 0;
  uint64_t lost = 0;  // no answer within a second
  uint64_t servfail = 0;
  double seconds = 0;
  uint32_t p50_us = 0;  // from sending a question to having its answer
  uint32_t p99_us = 0;

  double per_second() const { return static_cast<double>(answered) / seconds; }
};

// What the same thread does beside its questions: `step` when a question is due or `fd` is
// readable. fd -1: nothing to hear.
struct Beside {
  int fd = -1;
  std::function<void()> step = [] {};
};

class Load {
 public:
  Load(uint16_t port, const Asking& asking);

  // A closed loop: as many questions in flight as fit into ordinary socket buffers.
  LoadResult saturate(Microseconds time);
  // The same, until each name was asked for once.
  LoadResult ask_each_name_once();
  // An open loop: a question every `period`, whatever becomes of the earlier ones; up to 100 us of
  // them leave together. In between this thread sleeps: one that turned without a pause would have
  // a processor of its own, and what was measured would be how the kernel shares out the rest.
  // REQUIRES: period < 1 s.
  LoadResult ask_every(Microseconds period, Microseconds time, const Beside& beside = {});

 private:
  static constexpr size_t kIds = 65'536;
  using Message = std::array<uint8_t, testing::kNumberedMessageMax>;

  struct Limit {
    Microseconds time;
    uint64_t questions;
  };

  LoadResult closed_loop(const Limit& limit);
  void await(Microseconds longest, int beside) const;
  void begin();
  LoadResult end();
  void ask(size_t count);
  void prepare(size_t slot);
  bool hear();
  void settle(const net::Datagram& answer, MonotonicTime now);
  // Sleeps if there is somebody to run in our place; gives questions up that are long unanswered.
  void idle();

  SystemClock clock_;
  Asking asking_;
  Endpoint server_;
  net::FileDescriptor socket_;
  net::ReceiveBatch incoming_;
  net::SendBatch outgoing_{net::LocalAddress::kPerDatagram};
  std::array<Message, net::kBatchMax> messages_{};
  std::array<net::Datagram, net::kBatchMax> datagrams_{};

  uint64_t asked_ = 0;  // in the whole life; decides on the next name, client and id
  size_t in_flight_ = 0;
  std::vector<MonotonicTime> asked_at_;  // by id; kNotAsked when none is in flight
  MonotonicTime began_;
  MonotonicTime heard_;  // when the last answer came, or the first question after a silence left
  LoadResult result_;
  std::vector<uint32_t> latencies_us_;
};

}  // namespace etymon::bench
