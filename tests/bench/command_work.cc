#include "tests/bench/command_work.h"

#include <sys/resource.h>

#include <fstream>
#include <functional>
#include <random>
#include <stdexcept>
#include <vector>

#include "resolver/base/time_text.h"
#include "tests/bench/store_workload.h"
#include "tests/bench/warm_server.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"

namespace etymon::bench {
namespace {

constexpr uint32_t kLines = kTold.names * kTold.clients;
constexpr Seconds kPatience{300};  // busy machines included

struct Contact {
  std::string client;
  std::string address;
  std::string time;
};

// As a LAN's firewall sees them: names by Zipf's law, in no order, from one of the clients each,
// and no two at one moment, so that no question is asked twice. All behind the last delivery.
std::vector<Contact> contacts(WallTime at) {
  constexpr Milliseconds kBetween{5};
  const store::Zipf names(kTold.names);
  std::mt19937 dice(1);
  std::vector<Contact> all;
  for (uint32_t line = 0; line < kLines; ++line) {
    const auto name = static_cast<uint32_t>(names.draw(dice));
    const uint32_t pair = name * kTold.clients + static_cast<uint32_t>(dice() % kTold.clients);
    all.push_back({told_client(pair), told_address(pair), format_time(at)});
    at += kBetween;
  }
  return all;
}

std::string question(const Contact& contact) {
  return R"({"client":")" + contact.client + R"(","address":")" + contact.address + R"(","at":")" +
         contact.time + "\"}\n";
}

std::string packet(const Contact& contact) {
  return contact.time +
         " gw kernel: [8123.45] [OUT]IN=eth1 OUT=eth0 "
         "MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=" +
         contact.client + " DST=" + contact.address +
         " LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=51768 DF PROTO=TCP SPT=51514 DPT=443 "
         "WINDOW=64240 RES=0x00 SYN URGP=0\n";
}

void write_lines(const std::string& path, const std::vector<Contact>& contacts,
                 std::string (*line)(const Contact&)) {
  std::ofstream file(path);
  for (const Contact& contact : contacts) {
    file << line(contact);
  }
}

double seconds_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Whatever is quick because it does not know the line, or finds nothing, is no figure.
void expect_named(const std::string& command) {
  testing::Process process({"sh", "-c", command + " | grep -c LIVE"});
  if (process.wait(kPatience) != 0 || std::stoul(process.out()) != kLines) {
    throw std::runtime_error(command + " named " + process.out() + " of " + std::to_string(kLines) +
                             " lines");
  }
}

CommandWork measure(const std::string& name, const Server& server, const std::string& command) {
  expect_named(command);

  const SystemClock clock;
  const double server_before = server.processor_seconds();
  const double before = seconds_of_children();
  const MonotonicTime began = clock.monotonic();
  testing::Process process({"sh", "-c", command + " > /dev/null"});
  if (process.wait(kPatience) != 0) {
    throw std::runtime_error(command + ": " + process.err());
  }
  const std::chrono::duration<double> took = clock.monotonic() - began;
  return {name, kLines, took.count(), (seconds_of_children() - before) * 1e6 / kLines,
          (server.processor_seconds() - server_before) * 1e6 / kLines};
}

}  // namespace

std::vector<CommandWork> measure_command(const Surroundings& around) {
  const auto server = warm_server(around, Place::kTogether);
  const testing::TemporaryFolder folder;
  const std::string questions = folder.path() + "/questions";
  const std::string log = folder.path() + "/log";
  const std::vector<Contact> all = contacts(SystemClock().wall());
  write_lines(questions, all, question);
  write_lines(log, all, packet);
  const std::string etymon = around.programs + "/etymon --server " + server->api();
  const std::string as_json = etymon + " lookup --json --file " + questions;
  return {measure("json", *server, as_json),
          measure("text", *server, etymon + " lookup --file " + questions),
          measure("annotate", *server, etymon + " annotate " + log)};
}

}  // namespace etymon::bench
