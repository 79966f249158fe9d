#include "store/upkeep/child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace etymon::store {
namespace {

// The machine's files, and nothing that touches RocksDB's pools of threads. Reading needs none.
class ThreadlessEnv final : public rocksdb::EnvWrapper {
 public:
  ThreadlessEnv() : EnvWrapper(rocksdb::Env::Default()) {}

  const char* Name() const override { return "etymon.ThreadlessEnv"; }

  void Schedule(void (*)(void*), void*, Priority, void*, void (*)(void*)) override {}
  int UnSchedule(void*, Priority) override { return 0; }
  void StartThread(void (*)(void*), void*) override {}
  void WaitForJoin() override {}
  unsigned int GetThreadPoolQueueLen(Priority) const override { return 0; }
  void SetBackgroundThreads(int, Priority) override {}
  int GetBackgroundThreads(Priority) override { return 1; }
  void IncBackgroundThreadsIfNeeded(int, Priority) override {}
};

}  // namespace

Result<std::optional<int>> in_a_child(const std::function<int(rocksdb::Env& env)>& work) {
  const pid_t child = fork();
  if (child < 0) {
    return Error{ErrorCode::kResourceExhausted,
                 std::string("cannot start a process: ") + std::strerror(errno)};
  }
  if (child == 0) {
    alarm(kChildPatienceS);
    std::freopen("/dev/null", "w", stderr);  // An assertion's last words are none of ours.
    ThreadlessEnv env;
    _exit(work(env));
  }
  int status = 0;
  pid_t ended = 0;
  do {
    ended = waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR);
  const bool has_said = ended == child && WIFEXITED(status);
  return has_said ? std::optional(WEXITSTATUS(status)) : std::nullopt;
}

}  // namespace etymon::store
