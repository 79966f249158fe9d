#include "tests/integration/own_network.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "tests/support/process.h"

namespace etymon::testing {

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
