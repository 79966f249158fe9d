#include "tests/support/scripted_net.h"

#include <algorithm>
#include <array>
#include <utility>

#include "resolver/net/udp_client.h"

namespace etymon::testing {
namespace {

ScriptedNet* current = nullptr;

// What the receive before this one gave is gone, as it is with the true one.
std::vector<std::string> received;

}  // namespace

ScriptedNet::ScriptedNet(const Clock& clock) : clock_(clock) {
  current = this;
}

ScriptedNet::~ScriptedNet() {
  received.clear();
  current = nullptr;
}

ScriptedSocket* ScriptedNet::find(int socket) {
  const auto found = sockets.find(socket);
  return found == sockets.end() ? nullptr : &found->second;
}

int ScriptedNet::open(ScriptedSocket socket) {
  sockets.emplace(next_socket_, std::move(socket));
  return next_socket_++;
}

void ScriptedNet::turn() {
  fire_timers();
  std::vector<int> readable;
  for (const auto& [number, socket] : sockets) {
    if (socket.unreachable || !socket.come.empty()) {
      readable.push_back(number);
    }
  }
  std::ranges::for_each(readable, [this](int number) { pump(number); });
  end_turn();
}

void ScriptedNet::end_turn() {
  std::erase_if(turn_ends, [](const auto& callback) { return callback.expired(); });
  for (const auto& known : turn_ends) {
    if (const auto callback = known.lock()) {
      (*callback)();
    }
  }
  gone.clear();
}

void ScriptedNet::fire_timers() {
  const MonotonicTime now = clock_.monotonic();
  std::vector<ScriptedTimer*> due;
  std::ranges::copy_if(timers, std::back_inserter(due),
                       [now](ScriptedTimer* timer) { return timer->due && *timer->due <= now; });
  std::ranges::sort(due, {}, [](ScriptedTimer* timer) { return *timer->due; });
  for (ScriptedTimer* timer : due) {
    if (timers.contains(timer) && timer->due && *timer->due <= now) {
      timer->due.reset();
      timer->callback();
    }
  }
}

std::optional<MonotonicTime> ScriptedNet::next_due() const {
  std::optional<MonotonicTime> first;
  for (const ScriptedTimer* timer : timers) {
    if (timer->due && (!first || *timer->due < *first)) {
      first = timer->due;
    }
  }
  return first;
}

void ScriptedNet::pump(int number) {
  ScriptedSocket* socket = find(number);
  if (socket == nullptr) {
    return;
  }
  if (!socket->is_stream) {
    // Level-triggered: called for as long as there is something.
    while (socket != nullptr && (socket->unreachable || !socket->come.empty())) {
      socket->member->on_readable();
      socket = find(number);
    }
    return;
  }
  const std::vector<std::string> come = std::exchange(socket->come, {});
  for (const std::string& message : come) {
    if (const ScriptedSocket* open = find(number); open != nullptr && open->on_message) {
      open->on_message(as_bytes(message));
    }
  }
}

}  // namespace etymon::testing

// The parts of resolver/net that a pool uses.
namespace etymon::net {

using testing::current;

struct EventLoop::Core {};

EventLoop::EventLoop(std::unique_ptr<Core> core) : core_(std::move(core)) {}
EventLoop::~EventLoop() = default;

Result<std::unique_ptr<EventLoop>> EventLoop::create(const Clock&) {
  return std::unique_ptr<EventLoop>(new EventLoop(std::make_unique<Core>()));
}

void EventLoop::want_turn_end() {}

TurnEnd::TurnEnd(EventLoop&, std::function<void()> callback)
    : callback_(std::make_shared<const std::function<void()>>(std::move(callback))) {
  current->turn_ends.push_back(callback_);
}

MonotonicTime EventLoop::now() const {
  return current->now();
}

struct Timer::State final : testing::ScriptedTimer {
  using ScriptedTimer::ScriptedTimer;
};

Timer::Timer(EventLoop&, std::function<void()> callback) : state_(new State(std::move(callback))) {
  current->timers.insert(state_.get());
}

void Timer::CloseLater::operator()(State* state) const {
  current->timers.erase(state);
  current->gone.push_back(std::unique_ptr<testing::ScriptedTimer>(state));
}

void Timer::start(Microseconds delay) {
  state_->due = current->now() + delay;
}

void Timer::stop() {
  state_->due.reset();
}

void FileDescriptor::reset() {
  if (valid()) {
    current->sockets.erase(std::exchange(fd_, -1));
  }
}

Endpoint local_endpoint(int fd) {
  return {IpAddress::v4(0x7F000001), static_cast<uint16_t>(fd)};
}

struct FdGroup::State {};

FdGroup::FdGroup(EventLoop& loop) : loop_(loop) {}
FdGroup::~FdGroup() = default;

Status FdGroup::add(int fd, Member& member) {
  current->find(fd)->member = &member;
  return {};
}

void FdGroup::remove(const Member&) {}

ReplyBatch::ReplyBatch() = default;

Result<std::span<const ByteView>> ReplyBatch::receive(int fd) {
  testing::received.clear();
  testing::ScriptedSocket& socket = *current->find(fd);
  if (std::exchange(socket.unreachable, false)) {
    return Error{ErrorCode::kUnavailable, "nobody listens there"};
  }
  const size_t count = std::min(socket.come.size(), kRepliesMax);
  const auto end = socket.come.begin() + static_cast<std::ptrdiff_t>(count);
  testing::received.assign(std::make_move_iterator(socket.come.begin()),
                           std::make_move_iterator(end));
  socket.come.erase(socket.come.begin(), end);
  for (size_t i = 0; i < count; ++i) {
    const ByteView whole = as_bytes(testing::received[i]);
    replies_[i] = whole.first(std::min(whole.size(), kDatagramMax));
  }
  return std::span<const ByteView>(replies_).first(count);
}

Result<std::unique_ptr<UdpClient>> UdpClient::open(FdGroup& group, const Endpoint& peer, Random&,
                                                   OnReadable on_readable) {
  if (current->opens_fail > 0) {
    --current->opens_fail;
    return Error{ErrorCode::kResourceExhausted, "no descriptors"};
  }
  FileDescriptor fd(current->open({.peer = peer}));
  std::unique_ptr<UdpClient> client(new UdpClient(group, std::move(fd), std::move(on_readable)));
  static_cast<void>(group.add(client->fd_.get(), *client));
  return client;
}

SendBatch::SendBatch(LocalAddress local, Runs runs) : local_(local), together_(runs) {}

Status SendBatch::send(int fd, std::span<const ByteView> datagrams) {
  if (current->sends_fail > 0) {
    --current->sends_fail;
    return Error{ErrorCode::kUnavailable, "no way there"};
  }
  for (const ByteView datagram : datagrams) {
    current->sent.push_back({fd, current->find(fd)->peer, false, std::string(as_text(datagram))});
  }
  return {};
}

void UdpClient::on_readable() {
  const OnReadable call = on_readable_;
  call();
}

// No stream of a pool watches a descriptor here.
struct FdWatch::State {};
void FdWatch::CloseLater::operator()(State* state) const {
  delete state;
}

TcpStream::TcpStream(EventLoop& loop, FileDescriptor fd, State state, const TcpLimits& limits,
                     Handler& handler)
    : limits_(limits),
      handler_(handler),
      fd_(std::move(fd)),
      state_(state),
      frames_(limits.message_max),
      share_(limits.room),
      timer_(loop, [this] { on_time(); }) {
  timer_.start(limits_.idle);
}

Result<std::unique_ptr<TcpStream>> TcpStream::connect(EventLoop& loop, const Endpoint& peer,
                                                      const TcpLimits& limits, Handler& handler) {
  if (current->opens_fail > 0) {
    --current->opens_fail;
    return Error{ErrorCode::kResourceExhausted, "no descriptors"};
  }
  const int number = current->open({.peer = peer, .is_stream = true});
  std::unique_ptr<TcpStream> stream(
      new TcpStream(loop, FileDescriptor(number), State::kOpen, limits, handler));
  testing::ScriptedSocket& socket = *current->find(number);
  socket.on_message = [raw = stream.get()](ByteView message) {
    if (raw->state_ != State::kFailed) {
      raw->heard_ = true;
      raw->restart_timer();
      raw->handler_.on_message(message);
    }
  };
  socket.hang_up = [raw = stream.get()] { raw->fail(CloseReason::kPeerClosed); };
  return stream;
}

void TcpStream::send(ByteView message) {
  if (state_ != State::kFailed) {
    current->sent.push_back(
        {fd_.get(), current->find(fd_.get())->peer, true, std::string(as_text(message))});
    if (std::exchange(heard_, false)) {
      restart_timer();
    }
  }
}

void TcpStream::restart_timer() {
  timer_.start(limits_.idle);
}

void TcpStream::fail(CloseReason reason) {
  state_ = State::kFailed;
  reason_ = reason;
  timer_.start(Microseconds(0));
}

void TcpStream::on_time() {
  reason_ = state_ == State::kFailed ? reason_ : CloseReason::kIdle;
  state_ = State::kFailed;
  handler_.on_closed(reason_);
}

}  // namespace etymon::net
