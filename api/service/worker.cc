#include "api/service/worker.h"

#include <utility>

#include "resolver/base/this_thread.h"

namespace etymon::service {

Worker::Worker(const char* name, size_t threads) {
  while (threads_.size() < threads) {
    threads_.emplace_back([this, name] {
      name_this_thread(name);
      run();
    });
  }
}

Worker::~Worker() {
  queue_.lock()->closed = true;
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void Worker::post(std::function<void()> task) {
  queue_.lock()->tasks.push_back(std::move(task));
  changed_.notify_one();
}

void Worker::run() {
  while (const std::function<void()> task = next()) {
    task();
  }
}

// Waits for one. Empty: none will come.
std::function<void()> Worker::next() {
  auto queue = queue_.lock();
  changed_.wait(queue.mutex_lock(), [&] { return queue->closed || !queue->tasks.empty(); });
  if (queue->tasks.empty()) {
    return {};
  }
  std::function<void()> task = std::move(queue->tasks.front());
  queue->tasks.pop_front();
  return task;
}

}  // namespace etymon::service
