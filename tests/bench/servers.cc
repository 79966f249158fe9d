#include "tests/bench/servers.h"

#include <time.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>

namespace etymon::bench {
namespace {

std::vector<std::string> pinned(const std::string& processors, std::vector<std::string> command) {
  command.insert(command.begin(), {"taskset", "--cpu-list", processors});
  return command;
}

// Protobuf writes 64-bit counts as text, and leaves zero away.
uint64_t count_in(const nlohmann::json& message, const char* field) {
  return std::stoull(message.value(field, "0"));
}

}  // namespace

std::unique_ptr<Server> Server::echo(const std::string& self) {
  std::unique_ptr<Server> server(new Server);
  server->process_ = std::make_unique<testing::Process>(
      pinned("0", {self, "echo", std::to_string(server->port_)}));
  server->await_ready([&] { return !server->process_->out().empty(); });
  return server;
}

std::unique_ptr<Server> Server::etymond(const EtymondOptions& options) {
  std::unique_ptr<Server> server(new Server);
  server->api_ = "unix:" + server->folder_.path() + "/api.sock";
  const std::string& api = server->api_;
  server->status_command_ = {options.programs + "/etymon", "--server", api, "status", "--json"};
  const std::string config = server->folder_.path() + "/etymon.toml";
  std::ofstream(config) << "[listen]\naffinity = \"" << (options.affinity ? "on" : "off")
                        << "\"\n[store]\n"
                        << options.store;
  server->process_ = std::make_unique<testing::Process>(pinned(
      options.loops == 1 && !options.affinity ? "0" : "0,1",
      {options.programs + "/etymond", "--config", config, "--listen",
       "127.0.0.1:" + std::to_string(server->port_), "--upstream", options.upstream, "--store",
       server->folder_.path() + "/store", "--api", api, "--loops", std::to_string(options.loops),
       "--cache-size", std::to_string(options.cache_mib) + "MiB"}));
  server->await_ready([&] { return testing::run(server->status_command_).status == 0; });
  return server;
}

void Server::await_ready(const std::function<bool()>& is_ready) {
  const bool ready = testing::eventually([&] { return !process_->is_running() || is_ready(); });
  if (!ready || !process_->is_running()) {
    throw std::runtime_error("the server does not run: " + process_->err());
  }
}

void Server::await_idle() const {
  constexpr Milliseconds kPeriod{200};
  constexpr double kIdleSeconds = 0.01;  // heartbeats and the like, in a period
  constexpr int kPeriodsMax = 300;       // a minute
  double spent = processor_seconds();
  for (int i = 0; i < kPeriodsMax; ++i) {
    std::this_thread::sleep_for(kPeriod);
    const double before = std::exchange(spent, processor_seconds());
    if (spent - before < kIdleSeconds) {
      return;
    }
  }
}

void Server::await_folded() const {
  const bool is_folded =
      testing::eventually([&] { return count_in(status().at("store"), "tail_deliveries") == 0; });
  if (!is_folded) {
    throw std::runtime_error("the store does not fold what it was given");
  }
  await_idle();
}

double Server::processor_seconds() const {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(process_->id(), &clock) != 0 || clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("the server has ended: " + process_->err());
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double Server::resident_mib() const {
  size_t total = 0;
  size_t resident = 0;
  std::ifstream("/proc/" + std::to_string(process_->id()) + "/statm") >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

nlohmann::json Server::status() const {
  return nlohmann::json::parse(testing::run(status_command_).out);
}

uint64_t Server::unrecorded() const {
  if (status_command_.empty()) {
    return 0;
  }
  const nlohmann::json deliveries = status().at("deliveries");
  return count_in(deliveries, "answered") - count_in(deliveries, "recorded");
}

}  // namespace etymon::bench
