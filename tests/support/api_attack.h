// ApiAttack: callers who do to the API what no client does, as fast as it takes it, until the
// object's end.
//
// One opens calls and resets them at once; one says that its message is a gibibyte, and sends as
// much of it as it may; one sends messages that cannot be parsed; one asks for all deliveries again
// and again, and takes none of them. Each is a thread of its own, which inherits the processors of
// the thread that makes this. Whom the server sends away comes again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace etymon::testing {

class ApiAttack {
 public:
  // `server`: "unix:PATH".
  explicit ApiAttack(const std::string& server);
  ~ApiAttack();
  ApiAttack(const ApiAttack&) = delete;
  ApiAttack& operator=(const ApiAttack&) = delete;

  // How often each of them had its way with the server so far.
  struct Done {
    uint64_t resets = 0;
    uint64_t gibibytes = 0;
    uint64_t garbage = 0;
    uint64_t unread = 0;
  };
  Done done() const;

 private:
  void reset_calls();
  void send_gibibytes();
  void send_garbage();
  void take_nothing();

  const std::string socket_path_;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> resets_ = 0;
  std::atomic<uint64_t> gibibytes_ = 0;
  std::atomic<uint64_t> garbage_ = 0;
  std::atomic<uint64_t> unread_ = 0;
  std::array<std::thread, 4> attackers_;
};

}  // namespace etymon::testing
