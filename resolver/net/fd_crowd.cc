#include "resolver/net/fd_crowd.h"

#include <cerrno>
#include <utility>

namespace etymon::net {
namespace {

uint32_t events_of(Interest interest) {
  return (has_read(interest) ? EPOLLIN : 0U) | (has_write(interest) ? EPOLLOUT : 0U);
}

// An error or hang-up is for the member's next call to tell, whichever that is.
Interest interest_of(uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    return Interest::kReadWrite;
  }
  return static_cast<Interest>(((events & EPOLLIN) != 0 ? 1U : 0U) |
                               ((events & EPOLLOUT) != 0 ? 2U : 0U));
}

int operation_for(Interest before, Interest after) {
  if (before == Interest::kNone) {
    return EPOLL_CTL_ADD;
  }
  return after == Interest::kNone ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
}

}  // namespace

FdCrowd::FdCrowd(EventLoop& loop, const Clock& clock, const Share& share)
    : loop_(loop), clock_(clock), share_(share), events_(share.members) {}

Status FdCrowd::open() {
  if (watch_) {
    return {};
  }
  epoll_ = FileDescriptor(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) {
    return system_error("cannot watch connections", errno);
  }
  auto watch = FdWatch::open(loop_, epoll_.get(), [this](Interest) { dispatch(); });
  if (!watch) {
    return watch.error();
  }
  watch_.emplace(*std::move(watch));
  watch_->want(Interest::kRead);
  return {};
}

// What the member was told of before may be what it does not want now.
Status FdCrowd::change(int fd, Member& member, Interest before, Interest after) {
  for (epoll_event& event : ready_) {
    if (event.data.ptr == &member) {
      event.data.ptr = nullptr;
    }
  }
  if (before == after) {
    return {};
  }
  epoll_event event{};
  event.events = events_of(after);
  event.data.ptr = &member;
  return epoll_ctl(epoll_.get(), operation_for(before, after), fd, &event) == 0
             ? Status()
             : system_error("cannot watch a connection", errno);
}

void FdCrowd::free(std::unique_ptr<Member> member) {
  if (calling_) {
    freed_.push_back(std::move(member));
  }
}

void FdCrowd::dispatch() {
  if (ready_.empty()) {
    look();
  }
  const MonotonicTime until = clock_.monotonic() + share_.time;
  calling_ = true;
  bool in_time = true;
  while (in_time && !ready_.empty()) {
    const epoll_event next = ready_.front();
    ready_ = ready_.subspan(1);
    call(next);
    in_time = clock_.monotonic() < until;
  }
  calling_ = false;
  freed_.clear();
}

// The kernel puts whoever it has told of behind all others that are ready. So who is told of and
// not called, for want of time, must be kept, or might never be.
void FdCrowd::look() {
  const int count =
      epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), /*timeout=*/0);
  ready_ = std::span(events_).first(count > 0 ? static_cast<size_t>(count) : 0);
}

void FdCrowd::call(const epoll_event& event) {
  if (event.data.ptr != nullptr) {
    static_cast<Member*>(event.data.ptr)->on_ready(interest_of(event.events));
  }
}

}  // namespace etymon::net
