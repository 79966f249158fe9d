#include "resolver/net/fd_group.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <optional>
#include <span>

#include "resolver/net/fd_watch.h"
#include "resolver/net/socket.h"

namespace etymon::net {
namespace {

// Members that are called in one go; the others are looked for before the turn ends.
constexpr size_t kReadyMax = 64;

}  // namespace

struct FdGroup::State {
  FileDescriptor epoll;
  std::optional<FdWatch> watch;  // behind epoll: it goes first
  std::array<epoll_event, kReadyMax> events{};
  std::span<epoll_event> ready;  // not yet called

  void dispatch() {
    const int count =
        epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), /*timeout=*/0);
    ready = std::span(events).first(count > 0 ? static_cast<size_t>(count) : 0);
    while (!ready.empty()) {
      auto* member = static_cast<Member*>(ready.front().data.ptr);
      ready = ready.subspan(1);
      if (member != nullptr) {
        member->on_readable();
      }
    }
  }
};

FdGroup::FdGroup(EventLoop& loop) : loop_(loop) {}

FdGroup::~FdGroup() {
  if (state_) {
    state_->ready = {};
    state_->watch.reset();
  }
}

Status FdGroup::open() {
  auto state = std::make_shared<State>();
  state->epoll = FileDescriptor(epoll_create1(EPOLL_CLOEXEC));
  if (!state->epoll.valid()) {
    return system_error("cannot watch sockets", errno);
  }
  auto watch =
      FdWatch::open(loop_, state->epoll.get(), [weak = std::weak_ptr<State>(state)](Interest) {
        if (const std::shared_ptr<State> kept = weak.lock()) {
          kept->dispatch();
        }
      });
  if (!watch) {
    return watch.error();
  }
  state->watch.emplace(*std::move(watch));
  state->watch->want(Interest::kRead);
  state_ = std::move(state);
  return {};
}

Status FdGroup::add(int fd, Member& member) {
  if (!state_) {
    if (Status opened = open(); !opened) {
      return opened;
    }
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &member;
  if (epoll_ctl(state_->epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return system_error("cannot watch a socket", errno);
  }
  return {};
}

void FdGroup::remove(const Member& member) {
  if (!state_) {
    return;
  }
  for (epoll_event& event : state_->ready) {
    if (event.data.ptr == &member) {
      event.data.ptr = nullptr;
    }
  }
}

}  // namespace etymon::net
