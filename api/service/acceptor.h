// Acceptor: takes the connections that come to the API, and hands them over.
//
// gRPC (1.51) gives a listening socket up, for good and without a word, when it once has no
// descriptor for a connection. So the API's connections are taken here, on one thread, which rests
// a moment instead: they wait in the kernel's queue meanwhile. Who has too many already is closed.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "api/service/connections.h"
#include "api/service/listening.h"
#include "api/service/notice.h"
#include "resolver/base/clock.h"

namespace etymon::service {

class Acceptor {
 public:
  // Owns the descriptor from then on. Called on the acceptor's thread.
  using HandOver = std::function<void(int descriptor)>;

  struct Entrance {
    Listener listener;
    HandOver hand_over;
  };

  struct Options {
    const Clock& clock;
    OnNotice on_notice;        // on the acceptor's thread
    Connections& connections;  // outlives the acceptor
  };

  Acceptor(std::vector<Entrance> entrances, Options options);
  ~Acceptor();  // takes no more, and removes the socket files
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

 private:
  // What is told again only after a while, however often it happens: strangers can make it happen.
  struct Trouble {
    MonotonicTime silent_until{};
  };

  void run();
  void wait() const;
  bool take_some(const Entrance& entrance);  // false: there is no room for one
  void take(const Entrance& entrance, int descriptor, const Connections::Peer& peer);
  void tell(Trouble& trouble, const std::string& what) const;

  std::vector<Entrance> entrances_;
  const Options options_;
  Trouble exhausted_;
  Trouble crowded_;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace etymon::service
