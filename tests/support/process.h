// Process: a program that a test starts and that never outlives it.
//
// One thread. The object owns the child: it is killed and reaped at the latest by the destructor,
// and by the kernel when the test dies first. What it writes goes to memory files, so it never
// blocks on a full pipe and can be read at any moment.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/clock.h"

namespace etymon::testing {

// How long a test waits for what should happen at once; slow machines and sanitizers included.
inline constexpr Milliseconds kPatience{60'000};

// Becomes true: asks again and again until `condition` holds, true then, or kPatience is over.
bool eventually(const std::function<bool()>& condition);

// A file without a name that lives in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content = {});
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int descriptor() const { return descriptor_; }
  std::string content() const;

 private:
  int descriptor_;
};

class Process {
 public:
  // Starts `command`, a program and its arguments, looked up in PATH and the sbin folders. `input`
  // is its standard input. A program that cannot be started ends with exit status 127. Its
  // environment is ours, but for the locale (C.UTF-8), the time zone (UTC) and our variables
  // ETYMON_*: a test that wants others starts `env`.
  explicit Process(const std::vector<std::string>& command, std::string_view input = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return pid_; }
  bool is_running();
  void send(int signal);

  // The exit status, or 128 + the number of the signal that ended it. Nothing while it still runs
  // after `patience`.
  std::optional<int> wait(Milliseconds patience = kPatience);

  std::string out() const { return out_.content(); }
  std::string err() const { return err_.content(); }

 private:
  MemoryFile in_;
  MemoryFile out_;
  MemoryFile err_;
  pid_t pid_;
  std::optional<int> ended_;
};

// A program that ran to its end.
struct Finished {
  int status = 0;  // as Process::wait(); -1: it did not end and was killed
  std::string out;
  std::string err;
};

Finished run(const std::vector<std::string>& command, std::string_view input = {});

// A port that was free a moment ago for UDP and for TCP, and that no other test of this machine is
// given while this process lives. Of `first` to `last`: below those that the kernel gives away by
// itself, of which floods beside us take thousands (net.ipv4.ip_local_port_range). Throws
// std::runtime_error when there is none.
uint16_t free_port(uint16_t first = 10'000, uint16_t last = 32'767);

// One datagram to that port of 127.0.0.1.
void send_datagram(uint16_t port, std::string_view octets);

}  // namespace etymon::testing
