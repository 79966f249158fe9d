// FdGroup: tells when any of many short-lived descriptors can be read.
//
// Belongs to its loop's thread. The loop watches one descriptor, an epoll instance that holds all
// others: joining costs one system call and leaving none, where a watch of its own costs five.
// Level-triggered, as FdWatch.
#pragma once

#include <memory>

#include "resolver/base/result.h"
#include "resolver/net/event_loop.h"

namespace etymon::net {

class FdGroup {
 public:
  class Member {
   public:
    virtual ~Member() = default;
    // Can be read, or has an error pending, which the read then tells. May destroy any member, and
    // the group.
    virtual void on_readable() = 0;
  };

  // Takes no descriptor before the first add().
  explicit FdGroup(EventLoop& loop);
  ~FdGroup();
  FdGroup(const FdGroup&) = delete;
  FdGroup& operator=(const FdGroup&) = delete;

  // Watches `fd` until it is closed; nothing else may hold the same socket open. The member must
  // be gone, or remove()d, by then. Error: kResourceExhausted.
  Status add(int fd, Member& member);

  // The member is called no more. REQUIRES: its descriptor is closed before the loop goes on.
  void remove(const Member& member);

 private:
  struct State;
  Status open();

  EventLoop& loop_;
  std::shared_ptr<State> state_;  // is kept while members are called
};

}  // namespace etymon::net
