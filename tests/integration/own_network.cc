#include "tests/integration/own_network.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "tests/integration/etymond.h"

namespace etymon::testing {
namespace {

constexpr const char* kAgain = "ETYMON_RUNS_AGAIN";  // an environment variable

}  // namespace

void must(const std::vector<std::string>& command) {
  const Finished done = run(command);
  if (done.status != 0) {
    throw std::runtime_error(command.front() + " " + command.at(1) + ": " + done.err);
  }
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::optional<Finished> run_again_as_root() {
  std::vector<std::string> command = words("unshare --user --map-root-user --net --mount");
  command.emplace_back("true");
  if (std::getenv(kAgain) != nullptr || run(command).status != 0) {
    return std::nullopt;
  }
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  command.back() = "env";
  command.push_back(kAgain + std::string("=yes"));
  if (const char* elsewhere = programs_elsewhere(); elsewhere != nullptr) {
    command.push_back(std::string("ETYMON_PROGRAMS=") + elsewhere);
  }
  command.insert(command.end(), {"sh", "-c", "ip link set lo up && exec \"$@\"", "sh", program});
  command.push_back("--gtest_filter=" + std::string(test->test_suite_name()) + "." + test->name());
  Process again(command);
  const int status = again.wait(3 * kPatience).value_or(-1);  // a whole test, with its own waits
  return Finished{status, again.out(), again.err()};
}

OwnNetwork::OwnNetwork() : outside_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  if (unshare(CLONE_NEWNET) != 0) {
    why_not_ =
        std::string("this test needs root, to make network namespaces: ") + std::strerror(errno);
    return;
  }
  must(words("ip link set lo up"));
}

OwnNetwork::~OwnNetwork() {
  setns(outside_, CLONE_NEWNET);
  close(outside_);
}

}  // namespace etymon::testing
