#include "tests/support/process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <random>
#include <stdexcept>
#include <thread>

namespace etymon::testing {
namespace {

constexpr Milliseconds kAskAgainAfter{5};
constexpr int kCannotStart = 127;   // as shells say it
constexpr int kSignalOffset = 128;  // the same
constexpr const char* kSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

int checked(int result, const char* what) {
  if (result < 0) {
    throw std::runtime_error(what);
  }
  return result;
}

// What a child must not have of whoever runs the tests: the command obeys the variables of its own
// name, and what is printed depends on the others.
bool is_of_the_caller_alone(std::string_view variable) {
  constexpr std::array<std::string_view, 4> kBeginnings{"ETYMON_", "LC_ALL=", "TZ=", "PATH="};
  return std::ranges::any_of(kBeginnings, [&](auto text) { return variable.starts_with(text); });
}

std::vector<std::string> environment_of_child() {
  std::vector<std::string> variables = {"LC_ALL=C.UTF-8", "TZ=UTC",
                                        std::string("PATH=") + kSearchPath};
  for (char** one = environ; *one != nullptr; ++one) {
    if (!is_of_the_caller_alone(*one)) {
      variables.emplace_back(*one);
    }
  }
  return variables;
}

// As exec wants them.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));  // exec changes none of them
  }
  pointers.push_back(nullptr);
  return pointers;
}

// In the child, between fork and exec: system calls only.
[[noreturn]] void become(const std::vector<char*>& arguments, const std::vector<char*>& environment,
                         int in, int out, int err) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execvpe(arguments[0], arguments.data(), environment.data());
  _exit(kCannotStart);
}

int exit_status_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? kSignalOffset + WTERMSIG(wait_status)
                                  : WEXITSTATUS(wait_status);
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Whether `port` is free for that kind of socket at every address of IPv4: what is bound to another
// address of this machine is in the way of a listener at 0.0.0.0.
bool is_free(int type, uint16_t port) {
  const int trial = checked(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const int bound = bind(trial, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  close(trial);
  return bound == 0;
}

// Whether the port was reserved for this process: tests run beside each other, and each binds what
// it was given some time after it asked. A reservation is a socket with an abstract name (unix(7)),
// which the kernel takes back with the process; those of earlier tests of the same process make
// room for the newer ones.
bool reserve(uint16_t port) {
  constexpr size_t kHeld = 64;  // more than one test asks for
  static std::deque<int> held;
  const int handle = checked(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "etymon-test-port-" + std::to_string(port);
  name.copy(address.sun_path + 1, sizeof address.sun_path - 1);  // the NUL before it: abstract
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(handle, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    close(handle);
    return false;
  }
  held.push_back(handle);
  if (held.size() > kHeld) {
    close(held.front());
    held.pop_front();
  }
  return true;
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const SystemClock clock;
  const MonotonicTime end = clock.monotonic() + kPatience;
  while (!condition()) {
    if (clock.monotonic() > end) {
      return false;
    }
    std::this_thread::sleep_for(kAskAgainAfter);
  }
  return true;
}

MemoryFile::MemoryFile(std::string_view content)
    : descriptor_(checked(memfd_create("test", MFD_CLOEXEC), "memfd_create")) {
  if (pwrite(descriptor_, content.data(), content.size(), 0) !=
      static_cast<ssize_t>(content.size())) {
    throw std::runtime_error("cannot write a memory file");
  }
}

MemoryFile::~MemoryFile() {
  close(descriptor_);
}

std::string MemoryFile::content() const {
  std::string content;
  char part[4096];
  for (;;) {
    const ssize_t got = pread(descriptor_, part, sizeof part, static_cast<off_t>(content.size()));
    if (got <= 0) {
      return content;
    }
    content.append(part, static_cast<size_t>(got));
  }
}

Process::Process(const std::vector<std::string>& command, std::string_view input) : in_(input) {
  setenv("PATH", kSearchPath, 1);
  const std::vector<char*> arguments = pointers_to(command);
  const std::vector<std::string> variables = environment_of_child();
  const std::vector<char*> environment = pointers_to(variables);
  pid_ = checked(fork(), "fork");
  if (pid_ == 0) {
    become(arguments, environment, in_.descriptor(), out_.descriptor(), err_.descriptor());
  }
}

Process::~Process() {
  if (!ended_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

bool Process::is_running() {
  return !wait(Milliseconds(0));
}

void Process::send(int signal) {
  if (!ended_) {
    kill(pid_, signal);
  }
}

std::optional<int> Process::wait(Milliseconds patience) {
  if (ended_) {
    return ended_;
  }
  const int handle = checked(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open");
  pollfd ended{.fd = handle, .events = POLLIN, .revents = 0};
  const int ready = poll(&ended, 1, static_cast<int>(patience.count()));
  close(handle);
  int status = 0;
  if (ready == 1 && waitpid(pid_, &status, 0) == pid_) {
    ended_ = exit_status_of(status);
  }
  return ended_;
}

Finished run(const std::vector<std::string>& command, std::string_view input) {
  Process process(command, input);
  const int status = process.wait().value_or(-1);
  return {status, process.out(), process.err()};
}

uint16_t free_port(uint16_t first, uint16_t last) {
  constexpr int kTries = 10'000;  // far more than it takes where any is free
  std::random_device dice;
  std::uniform_int_distribution<int> ports(first, last);
  for (int i = 0; i < kTries; ++i) {
    const auto port = static_cast<uint16_t>(ports(dice));
    if (reserve(port) && is_free(SOCK_DGRAM, port) && is_free(SOCK_STREAM, port)) {
      return port;
    }
  }
  throw std::runtime_error("no port is free");
}

void send_datagram(uint16_t port, std::string_view octets) {
  const int sender = checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_in address = loopback(port);
  checked(static_cast<int>(sendto(sender, octets.data(), octets.size(), 0,
                                  reinterpret_cast<const sockaddr*>(&address), sizeof address)),
          "sendto");
  close(sender);
}

}  // namespace etymon::testing
