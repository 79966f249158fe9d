// FdCrowd: many descriptors that share one part of the loop's time. Inside this folder only.
//
// Belongs to its loop's thread. The loop watches one descriptor, an epoll instance that holds all
// members. However many of them are ready, each time the loop looks for work only so many are
// called as the crowd's share allows; then the loop looks at everything else, and the next ones
// have their turn. Level-triggered, as FdWatch.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/fd_watch.h"
#include "resolver/net/socket.h"

namespace etymon::net {

class FdCrowd {
 public:
  // What is called in one go.
  struct Share {
    size_t members;     // at most
    Microseconds time;  // no further member is called after it
  };

  class Member {
   public:
    virtual ~Member() = default;
    // As FdWatch::Callback. May remove() any member.
    virtual void on_ready(Interest ready) = 0;
  };

  // Takes no descriptor before the first member has joined. `clock` must outlive the crowd.
  FdCrowd(EventLoop& loop, const Clock& clock, const Share& share);

  // Error: kResourceExhausted.
  Status open();
  // From now on `fd` is watched for `after`, and was for `before`. REQUIRES: open() has succeeded.
  Status change(int fd, Member& member, Interest before, Interest after);
  // Frees a member that watches nothing; later, if one is being called.
  void free(std::unique_ptr<Member> member);

 private:
  void dispatch();
  void look();
  void call(const epoll_event& event);

  EventLoop& loop_;
  const Clock& clock_;
  Share share_;
  FileDescriptor epoll_;
  std::vector<epoll_event> events_;
  std::span<epoll_event> ready_;  // not yet called
  bool calling_ = false;
  std::vector<std::unique_ptr<Member>> freed_;  // while one was called
  std::optional<FdWatch> watch_;                // behind epoll_: it goes first
};

}  // namespace etymon::net
