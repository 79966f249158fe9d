#include "tests/integration/etymond.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "resolver/base/time_text.h"

namespace etymon::testing {

const char* programs_elsewhere() {
  return std::getenv("ETYMON_PROGRAMS");
}

namespace {

std::string program(const std::string& name) {
  const char* elsewhere = programs_elsewhere();
  return std::string(elsewhere == nullptr ? ETYMON_BIN_DIR : elsewhere) + "/" + name;
}

}  // namespace

std::string etymond_program() {
  return program("etymond");
}
std::string etymon_program() {
  return program("etymon");
}

int slowness() {
  constexpr int kSanitized = 5;
  return programs_elsewhere() == nullptr ? 1 : kSanitized;
}

Etymond::Etymond(std::vector<std::string> upstreams, std::vector<std::string> more_flags,
                 std::vector<std::string> within)
    : upstreams_(std::move(upstreams)),
      more_flags_(std::move(more_flags)),
      within_(std::move(within)),
      port_(free_port()) {
  start();
}

Etymond::~Etymond() {
  if (process_ && !is_ended_ && !process_->is_running()) {
    ADD_FAILURE() << "etymond ended by itself with status "
                  << process_->wait(Milliseconds(0)).value_or(-1) << ": " << process_->err();
  }
}

void Etymond::start() {
  std::vector<std::string> line = within_;
  line.insert(line.end(), {etymond_program(), "--listen", "127.0.0.1:" + std::to_string(port_),
                           "--store", store(), "--api", api(), "--pass-on",
                           "test"});  // the zones of the tests' own upstreams
  for (const std::string& upstream : upstreams_) {
    line.insert(line.end(), {"--upstream", upstream});
  }
  line.insert(line.end(), more_flags_.begin(), more_flags_.end());
  process_ = std::make_unique<Process>(line);
  is_ended_ = false;
  const bool ready = eventually([this] {
    return !process_->is_running() || command({"status", "--json"}).status == 0;
  });
  if (!ready || !process_->is_running()) {
    throw std::runtime_error("etymond does not run: " + process_->err());
  }
}

void Etymond::kill() {
  is_ended_ = true;
  process_->send(SIGKILL);
  process_->wait();
}

int Etymond::stop() {
  is_ended_ = true;
  process_->send(SIGTERM);
  return process_->wait().value_or(-1);
}

Finished Etymond::command(std::vector<std::string> arguments, std::string_view input) const {
  arguments.insert(arguments.begin(), {etymon_program(), "--server", api()});
  return run(arguments, input);
}

Json Etymond::lookup(const std::string& address, const std::string& client,
                     std::optional<WallTime> at) const {
  std::vector<std::string> arguments = {"lookup", address, "--client", client, "--json"};
  if (at) {
    arguments.insert(arguments.end(), {"--at", format_time(*at)});
  }
  const Finished asked = command(arguments);
  if (asked.status != 0) {
    throw std::runtime_error("etymon lookup failed: " + asked.err);
  }
  return Json::parse(asked.out);
}

Json Etymond::status() const {
  return Json::parse(command({"status", "--json"}).out);
}

WallTime time_in(const Json& text) {
  return parse_time(text.get<std::string>(), WallTime()).value().start;
}

uint64_t count_in(const Json& message, const std::string& field) {
  return std::stoull(message.value(field, "0"));
}

Seconds validity_of(const Json& candidate) {
  return std::chrono::duration_cast<Seconds>(time_in(candidate.at("valid_until")) -
                                             time_in(candidate.at("answered_at")));
}

}  // namespace etymon::testing
