#include "resolver/base/this_thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace etymon {
namespace {

// The API has several threads: with a third of a loop's share each, all of them together still left
// a loop less than the half that it needed to keep up with half of what it can answer. More would
// starve a thread that holds a lock of the store.
constexpr int kNicer = 10;
constexpr int kNicest = 19;

}  // namespace

void name_this_thread(const char* name) {
  pthread_setname_np(pthread_self(), name);
}

void step_behind() {
  const auto thread = static_cast<id_t>(gettid());
  const int now = getpriority(PRIO_PROCESS, thread);
  // A thread may always become nicer; should that fail, it is only less polite.
  static_cast<void>(setpriority(PRIO_PROCESS, thread, std::min(now + kNicer, kNicest)));
}

}  // namespace etymon
