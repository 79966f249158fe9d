// Turns: whose task is the next at the reading desk.
//
// One of each caller's, then the callers' next ones, so that nobody waits longer for having one
// task where others have many. Of one caller's, those that an answer waits for and those of streams
// take turns, so that neither keeps the other out; else in the order in which they came. A value,
// one thread at a time.
#pragma once

#include <cassert>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace etymon::service {

class Turns {
 public:
  using Task = std::function<void()>;
  enum class Kind { kAnswer, kStream };

  // `caller`: by its name.
  void add(const std::string& caller, Kind kind, Task task) {
    Tasks& own = waiting_[caller];
    if (own.is_empty()) {
      callers_.push_back(caller);
    }
    (kind == Kind::kAnswer ? own.answers : own.streams).push_back(std::move(task));
  }

  // REQUIRES: there is one.
  Task take() {
    assert(!callers_.empty());
    const std::string caller = std::move(callers_.front());
    callers_.pop_front();
    Tasks& own = waiting_[caller];
    Task task = own.take();
    if (own.is_empty()) {
      waiting_.erase(caller);
    } else {
      callers_.push_back(caller);
    }
    return task;
  }

 private:
  struct Tasks {
    std::deque<Task> answers;
    std::deque<Task> streams;
    bool streams_are_next = false;

    bool is_empty() const { return answers.empty() && streams.empty(); }
    Task take() {
      const bool is_streams = answers.empty() || (streams_are_next && !streams.empty());
      std::deque<Task>& first = is_streams ? streams : answers;
      streams_are_next = !is_streams;
      Task task = std::move(first.front());
      first.pop_front();
      return task;
    }
  };

  std::map<std::string, Tasks> waiting_;  // nobody has none
  std::deque<std::string> callers_;       // each of those once, the next one first
};

}  // namespace etymon::service
