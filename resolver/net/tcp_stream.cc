#include "resolver/net/tcp_stream.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

namespace etymon::net {
namespace {

int pending_error(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

// What a stream keeps of the memory that its unsent octets took.
constexpr size_t kKept = 16 << 10;

bool is_transient(int error) {
  return error == EAGAIN || error == EINTR;
}

}  // namespace

Result<std::unique_ptr<TcpStream>> TcpStream::adopt(EventLoop& loop, FileDescriptor fd,
                                                    const TcpLimits& limits, Handler& handler,
                                                    Preface preface) {
  std::unique_ptr<TcpStream> stream(
      new TcpStream(loop, std::move(fd), State::kOpen, limits, handler));
  stream->opened_ = Opened::kByPeer;
  stream->preface_ = preface;
  const Status watched = stream->watch(FdWatch::open_in_crowd(
      loop, stream->fd_.get(), [raw = stream.get()](Interest ready) { raw->on_ready(ready); }));
  return watched ? Result(std::move(stream)) : watched.error();
}

Result<std::unique_ptr<TcpStream>> TcpStream::connect(EventLoop& loop, const Endpoint& peer,
                                                      const TcpLimits& limits, Handler& handler) {
  Result<FileDescriptor> fd = open_socket(peer.address, SOCK_STREAM);
  if (!fd) {
    return fd.error();
  }
  set_option(fd->get(), IPPROTO_TCP, TCP_USER_TIMEOUT,
             static_cast<int>(limits.unacknowledged.count()));
  SocketAddress address;
  const socklen_t size = to_socket_address(peer, 0, address);
  if (::connect(fd->get(), &address.any, size) != 0 && errno != EINPROGRESS) {
    return system_error("cannot connect to " + peer.text(), errno);
  }
  std::unique_ptr<TcpStream> stream(
      new TcpStream(loop, *std::move(fd), State::kConnecting, limits, handler));
  const Status watched = stream->watch(FdWatch::open(
      loop, stream->fd_.get(), [raw = stream.get()](Interest ready) { raw->on_ready(ready); }));
  return watched ? Result(std::move(stream)) : watched.error();
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
  // An answer is complete when it is sent; waiting to fill a segment would only delay it.
  set_option(fd_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  timer_.start(state == State::kConnecting ? limits_.connect : limits_.idle);
}

Status TcpStream::watch(Result<FdWatch> opened) {
  if (!opened) {
    return opened.error();
  }
  watch_.emplace(*std::move(opened));
  update_interest();
  return {};
}

void TcpStream::send(ByteView message) {
  send(std::span(&message, 1));
}

void TcpStream::send(std::span<const ByteView> messages) {
  if (state_ == State::kFailed) {
    return;
  }
  ByteWriter writer(outgoing_);
  for (const ByteView message : messages) {
    assert(message.size() <= 65'535);
    writer.u16(static_cast<uint16_t>(message.size()));
    writer.bytes(message);
    if (unsent() > limits_.unsent_max && !make_room()) {
      return;
    }
  }
  unanswered_ -= std::min(unanswered_, messages.size());
  make_room();
}

// Sends what the peer takes. False: it takes too little, and the stream is over.
bool TcpStream::make_room() {
  if (state_ == State::kOpen) {
    flush();
  }
  if (state_ != State::kFailed && (!share_.hold(unsent()) || unsent() > limits_.unsent_max)) {
    fail(CloseReason::kNotReading);
  }
  return state_ != State::kFailed;
}

// Nothing will be sent any more, or everything has been.
void TcpStream::drop_unsent() {
  outgoing_.clear();
  outgoing_begin_ = 0;
  if (outgoing_.capacity() > kKept) {
    outgoing_.shrink_to_fit();
  }
  share_.hold(0);
}

void TcpStream::on_ready(Interest ready) {
  if (state_ == State::kConnecting) {
    finish_connecting();
  } else if (has_write(ready)) {
    flush();
  }
  if (state_ == State::kOpen && has_read(ready)) {
    read();
  }
}

void TcpStream::finish_connecting() {
  if (pending_error(fd_.get()) != 0) {
    fail(CloseReason::kUnreachable);
    return;
  }
  state_ = State::kOpen;
  timer_.start(limits_.idle);
  flush();
}

// Takes one piece at a time, so that no connection keeps the others waiting.
void TcpStream::read() {
  const std::span<uint8_t> room = frames_.room();
  const ssize_t size = recv(fd_.get(), room.data(), room.size(), 0);
  if (size > 0) {
    deliver(static_cast<size_t>(size));
  } else if (size == 0) {
    end_of_peer();
  } else if (!is_transient(errno)) {
    fail(CloseReason::kReset);
  }
}

// A socket whose peer has ended its side can be read without end: it is no longer looked at.
// Whether the peer is there at all shows when it is sent something.
void TcpStream::end_of_peer() {
  if (opened_ == Opened::kByUs || owes_nothing()) {
    return fail(CloseReason::kPeerClosed);
  }
  peer_ended_ = true;
  update_interest();
}

void TcpStream::deliver(size_t octets) {
  bool new_message = !frames_.inside_message();
  frames_.filled(octets);
  const bool header_awaited = preface_ == Preface::kProxyHeader && !preface_passed_;
  if (!preface_passed_ && !pass_preface()) {
    return new_message && state_ != State::kFailed ? restart_timer() : void();
  }
  new_message |= header_awaited;
  while (const std::optional<ByteView> message = frames_.next()) {
    new_message = true;
    ++unanswered_;
    heard_ = true;
    handler_.on_message(*message);
    if (state_ == State::kFailed) {
      return;
    }
  }
  if (frames_.oversized()) {
    fail(CloseReason::kOversized);
  } else if (new_message) {  // Else the clock of the message under way runs on.
    restart_timer();
  }
}

// False: there is more to come before the first message, or the connection is over.
bool TcpStream::pass_preface() {
  if (preface_ == Preface::kProxyHeader) {
    return take_proxy_header();
  }
  // As a frame it would announce 3338 octets, which would be waited for.
  if (has_proxy_signature(frames_.held())) {
    fail(CloseReason::kMalformed);
    return false;
  }
  preface_passed_ = frames_.held().size() >= kProxySignatureSize;
  return true;
}

bool TcpStream::take_proxy_header() {
  ProxyHeader header;
  const ProxyRead read = read_proxy_header(frames_.held(), header);
  if (read == ProxyRead::kCut) {
    return false;
  }
  if (read == ProxyRead::kWrong || !handler_.on_proxied(header)) {
    fail(read == ProxyRead::kWrong ? CloseReason::kMalformed : CloseReason::kTurnedAway);
    return false;
  }
  frames_.skip(header.size);
  preface_passed_ = true;
  return true;
}

void TcpStream::restart_timer() {
  timer_.start(frames_.inside_message() ? limits_.message : patience());
}

// How long nothing may happen between two messages.
Milliseconds TcpStream::patience() const {
  const bool owes_answers = opened_ == Opened::kByPeer && unanswered_ > 0;
  return limits_.idle + (owes_answers ? limits_.answer : Milliseconds(0));
}

// Who asked us is there when it takes its answers. Whom we ask is not there because we do; but the
// first question behind what it said last must not find its time almost over.
bool TcpStream::sending_shows_life() {
  return opened_ == Opened::kByPeer || std::exchange(heard_, false);
}

void TcpStream::flush() {
  while (unsent() > 0) {
    const ssize_t size =
        ::send(fd_.get(), outgoing_.data() + outgoing_begin_, unsent(), MSG_NOSIGNAL);
    if (size < 0 && !is_transient(errno)) {
      fail(CloseReason::kReset);
      return;
    }
    if (size < 0) {
      break;
    }
    outgoing_begin_ += static_cast<size_t>(size);
  }
  if (unsent() == 0 && !frames_.inside_message() && sending_shows_life()) {
    timer_.start(patience());
  }
  if (unsent() == 0) {
    drop_unsent();
  } else {
    outgoing_.erase(0, std::exchange(outgoing_begin_, 0));
    share_.hold(unsent());
  }
  if (peer_ended_ && owes_nothing()) {
    return fail(CloseReason::kPeerClosed);
  }
  update_interest();
}

void TcpStream::update_interest() {
  const bool may_read = !peer_ended_ && unsent() <= limits_.unsent_max / 2;
  if (state_ == State::kConnecting || (unsent() > 0 && !may_read)) {
    watch_->want(Interest::kWrite);
  } else if (unsent() > 0) {
    watch_->want(Interest::kReadWrite);
  } else {
    watch_->want(may_read ? Interest::kRead : Interest::kNone);
  }
}

// The end is told from the timer, so that whoever called us still finds the stream when we return.
void TcpStream::fail(CloseReason reason) {
  state_ = State::kFailed;
  reason_ = reason;
  drop_unsent();
  watch_->want(Interest::kNone);
  timer_.start(Microseconds(0));
}

void TcpStream::on_time() {
  if (state_ != State::kFailed) {
    reason_ = overdue();
    state_ = State::kFailed;
  }
  handler_.on_closed(reason_);
}

CloseReason TcpStream::overdue() const {
  if (state_ == State::kConnecting) {
    return CloseReason::kUnreachable;
  }
  if (unsent() > 0) {
    return CloseReason::kNotReading;
  }
  return frames_.inside_message() ? CloseReason::kSlowMessage : CloseReason::kIdle;
}

}  // namespace etymon::net
