// Etymond: the daemon of this build, and the command that asks it. One thread.
//
// Or those in the folder ETYMON_PROGRAMS, an environment variable: so sanitized programs are tested
// without building the tests anew.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "tests/integration/dns_client.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"

namespace etymon::testing {

using Json = nlohmann::json;

// The folder ETYMON_PROGRAMS; nullptr: they are those of this build.
const char* programs_elsewhere();

// The programs' own paths.
std::string etymond_program();
std::string etymon_program();

// How many times longer they take than the released ones, at most.
int slowness();

// A daemon on a store of its own, which outlives its processes.
class Etymond {
 public:
  // Started, and answering on its API. `within`: words in front of the command, of a program that
  // becomes it, such as prlimit.
  explicit Etymond(std::vector<std::string> upstreams, std::vector<std::string> more_flags = {},
                   std::vector<std::string> within = {});

  // Still running, or ended by one of the calls below; else the test fails.
  ~Etymond();
  Etymond(Etymond&&) = default;

  void start();  // REQUIRES: ended.
  void kill();   // As a power button does.
  int stop();    // As a service manager does; gives the exit status.

  // What the running process has said so far.
  std::string said() const { return process_->out() + process_->err(); }

  uint16_t port() const { return port_; }
  pid_t process() const { return process_->id(); }
  std::string store() const { return folder_.path() + "/store"; }
  std::string api() const { return "unix:" + folder_.path() + "/api.sock"; }

  // One of its hosts.
  DnsClient host(std::string address = "127.0.0.1", Tool tool = Tool::kDig) const {
    return DnsClient(port_, std::move(address), tool);
  }

  // `etymon --server ... ARGUMENTS`.
  Finished command(std::vector<std::string> arguments, std::string_view input = {}) const;

  // `etymon lookup ADDRESS --client CLIENT [--at AT] --json`, and what it printed.
  Json lookup(const std::string& address, const std::string& client,
              std::optional<WallTime> at = std::nullopt) const;

  // `etymon status --json`.
  Json status() const;

 private:
  std::vector<std::string> upstreams_;
  std::vector<std::string> more_flags_;
  std::vector<std::string> within_;
  TemporaryFolder folder_;
  uint16_t port_;
  std::unique_ptr<Process> process_;
  bool is_ended_ = false;  // by us
};

// A time as the API's JSON has it.
WallTime time_in(const Json& text);

// A 64-bit count as the API's JSON has it: protobuf writes those as text.
uint64_t count_in(const Json& message, const std::string& field);

// From a candidate's delivery to the end of its validity.
Seconds validity_of(const Json& candidate);

}  // namespace etymon::testing
