#include "resolver/base/relay.h"

#include <utility>

#include "resolver/base/this_thread.h"

namespace etymon {
namespace {

// Who stands by looks so often before it takes over. More would find a hanging thread no sooner;
// fewer would relieve one that is merely late.
constexpr int kLooks = 4;

}  // namespace

Relay::Relay(Work work, Milliseconds patience)
    : work_(std::move(work)), look_every_(Microseconds(patience) / kLooks) {}

Relay::~Relay() {
  join();
}

void Relay::start() {
  for (Runner runner = 0; runner < kRunners; ++runner) {
    threads_[runner] = std::thread(&Relay::run, this, runner);
  }
}

void Relay::join() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

// The orders are the strongest on purpose: either this thread sees that the other is asleep, or the
// other sees, before it falls asleep, that this one has entered.
uint64_t Relay::enter() {
  const uint64_t entering = entered_.load(std::memory_order_relaxed) + 1;
  entered_.store(entering);
  inside_.store(entering);
  if (asleep_.load()) {
    const std::lock_guard lock(mutex_);
    asleep_ = false;
    change_.notify_all();
  }
  return entering;
}

bool Relay::leave(uint64_t entering) {
  return inside_.compare_exchange_strong(entering, 0);
}

void Relay::run(Runner me) {
  name_this_thread(work_.name);
  while (stand_by(me)) {
    After after = After::kGoOn;
    while (after == After::kGoOn) {
      after = work_.step(me);
    }
    if (after == After::kOver) {
      const std::lock_guard lock(mutex_);
      over_ = true;
      change_.notify_all();
    }
  }
}

// True: the work is this thread's now. False: it is over.
bool Relay::stand_by(Runner me) {
  std::unique_lock lock(mutex_);
  while (!over_ && working_ != me) {
    sleep_while_idle(lock);
    if (change_.wait_for(lock, look_every_, [this] { return over_; }) || !relieves()) {
      continue;
    }
    const Runner stuck = std::exchange(working_, me);
    lock.unlock();
    work_.take_over(stuck);
    return true;
  }
  return !over_;
}

// A thread that never enters cannot hang, and costs nobody a look.
void Relay::sleep_while_idle(std::unique_lock<std::mutex>& lock) {
  const uint64_t known = std::exchange(known_, entered_.load());
  if (known != known_) {
    return;
  }
  asleep_ = true;
  change_.wait(lock, [this] { return inside_.load() != 0 || over_ || !asleep_; });
  asleep_ = false;
}

bool Relay::relieves() {
  uint64_t inside = inside_.load();
  looks_ = inside != 0 && inside == seen_ ? looks_ + 1 : 0;
  seen_ = inside;
  return looks_ + 1 >= kLooks && inside_.compare_exchange_strong(inside, 0);
}

}  // namespace etymon
