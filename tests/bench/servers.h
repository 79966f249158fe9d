// Server: a process that is measured while it answers on 127.0.0.1, and the bare echo to measure it
// against.
//
// One thread. A Server owns its process and all files of it; both are gone when it goes.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/fakes.h"
#include "tests/support/process.h"

namespace etymon::bench {

// Returns every UDP datagram to its sender, marked as a response, in batches: what no server on
// this machine can be faster than. Says "ready" when it is, and returns only on an error.
int run_echo(uint16_t port);

struct EtymondOptions {
  std::string programs;   // the folder of etymond and etymon
  std::string upstream;   // ADDR:PORT
  unsigned loops = 1;     // one on the first processor, more on the first two
  bool affinity = false;  // listen.affinity; of one loop: it on the first, all else on the second
  unsigned cache_mib = 64;
  std::string store = {};  // lines of the section [store] of the configuration
};

class Server {
 public:
  // `self`: this program, which has run_echo() behind its argument "echo".
  static std::unique_ptr<Server> echo(const std::string& self);
  // Answering. Throws std::runtime_error when it does not get there.
  static std::unique_ptr<Server> etymond(const EtymondOptions& options);

  uint16_t port() const { return port_; }
  // Where etymond's API is; empty for the echo, which has none.
  const std::string& api() const { return api_; }
  // Waits for what it does in the background, such as the fold of what it was just given.
  void await_idle() const;
  // Waits until all that was recorded is in the tables, and then for that.
  void await_folded() const;
  // All threads', in user and in system mode, since the start.
  double processor_seconds() const;
  double resident_mib() const;
  // Answers that left and are not in the store; 0 for the echo, which has none.
  uint64_t unrecorded() const;

 private:
  Server() : port_(testing::free_port()) {}
  void await_ready(const std::function<bool()>& is_ready);
  nlohmann::json status() const;

  uint16_t port_;
  testing::TemporaryFolder folder_;
  std::string api_;
  std::vector<std::string> status_command_;  // empty: it has no status
  std::unique_ptr<testing::Process> process_;
};

}  // namespace etymon::bench
