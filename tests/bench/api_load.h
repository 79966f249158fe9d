// ApiLoad: unary calls of the API over a unix socket, made by hand: HTTP/2 frames as gRPC's clients
// send them (RFC 9113), most of each prepared beforehand. A call costs a tenth of what gRPC's own
// client takes for it, so that the server is what limits the rate, and this thread has time to ask
// for names, too.
//
// One thread, one connection. Throws std::runtime_error when the connection ends, or a call fails.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/net/socket.h"

namespace etymon::bench {

enum class Call {
  kHealth,  // grpc.health.v1.Health.Check: what a call costs that asks for nothing
  kLookup,  // etymon.v1.ProvenanceService.Lookup of each pair, one after the other
};

struct CallResult {
  uint64_t answered = 0;
  double seconds = 0;
  uint32_t p50_us = 0;  // from sending a call to having its end
  uint32_t p99_us = 0;

  double per_second() const { return static_cast<double>(answered) / seconds; }
};

class ApiLoad {
 public:
  // `server`: "unix:PATH", a warm_server()'s.
  ApiLoad(const std::string& server, Call call);

  // A closed loop of `at_once` calls, which never sleeps, on the second processor. REQUIRES:
  // at_once <= kAtOnceMax.
  CallResult saturate(size_t at_once, Microseconds time);

  // The same in steps, for whoever does something else in between: a step takes what has arrived
  // and sends as many calls, without waiting.
  void begin(size_t at_once);
  void step();
  int fd() const { return socket_.get(); }  // readable when a step has something to take
  CallResult end();

  // What the server allows on one connection.
  static constexpr size_t kAtOnceMax = 64;

 private:
  // A call may take as long as so many others.
  static constexpr size_t kSlots = 4096;

  void shake_hands();
  void ask();
  void send();
  bool receive();
  void take_frames();
  void take_frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload);
  void take_message(std::string_view payload);
  void settle(uint32_t stream);
  std::string message() const;

  SystemClock clock_;
  Call call_;
  net::FileDescriptor socket_;
  std::string outgoing_;
  std::string incoming_;
  uint32_t next_stream_ = 1;
  uint64_t asked_ = 0;
  size_t at_once_ = 0;
  size_t in_flight_ = 0;
  std::array<MonotonicTime, kSlots> asked_at_{};  // by number of the stream
  bool ended_ = false;                            // no more is asked
  MonotonicTime began_;
  CallResult result_;
  std::vector<uint32_t> latencies_us_;
};

}  // namespace etymon::bench
