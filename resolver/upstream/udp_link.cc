#include "resolver/upstream/udp_link.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

#include "resolver/wire/message.h"

namespace etymon::upstream {
namespace {

// Calls for replies to one port in one turn, so that a flood at one leaves the others time.
constexpr int kReceivesPerTurn = 2;

}  // namespace

Result<std::shared_ptr<UdpLink>> UdpLink::open(Shared& shared, const Endpoint& server,
                                               Random& random) {
  std::shared_ptr<UdpLink> link(new UdpLink(shared));
  auto socket =
      net::UdpClient::open(shared.sockets, server, random, [raw = link.get()] { raw->receive(); });
  if (!socket) {
    return socket.error();
  }
  link->socket_ = *std::move(socket);
  ++shared.open;
  return link;
}

uint16_t UdpLink::join(Waiter& waiter, Random& random) {
  assert(!full());
  uint16_t id = random.u16();
  while (place_of(id) != nullptr) {
    id = random.u16();
  }
  places_[used_++] = {.id = id, .message_end = outgoing_.size(), .waiter = &waiter};
  ++waiting_;
  return id;
}

void UdpLink::queue(ByteView message) {
  outgoing_.append(as_text(message));
  places_[used_ - 1].message_end = outgoing_.size();
}

void UdpLink::send() {
  const std::shared_ptr<UdpLink> kept = shared_from_this();
  std::array<ByteView, kQuestionsMax> messages;
  size_t begin = 0;
  for (size_t i = 0; i < used_; ++i) {
    const size_t end = places_[i].message_end;
    messages[i] = as_bytes(outgoing_).subspan(begin, end - begin);
    begin = end;
  }
  if (socket_ && !socket_->send(shared_.questions, std::span(messages).first(used_))) {
    fail();
  }
  outgoing_ = {};
}

void UdpLink::leave(const Waiter& waiter) {
  const auto place = std::ranges::find(places_, &waiter, &Place::waiter);
  if (place == places_.end()) {
    return;
  }
  place->waiter = nullptr;
  if (--waiting_ == 0) {
    close();
  }
}

void UdpLink::count_guess() {
  if (++guesses_ == kGuessesMax) {
    tell_each(&Waiter::on_link_distrusted);
  }
}

void UdpLink::receive() {
  const std::shared_ptr<UdpLink> kept = shared_from_this();
  for (int i = 0; i < kReceivesPerTurn && waiting_ > 0; ++i) {
    const auto messages = socket_->receive(shared_.replies);
    if (!messages) {
      refuse();
      continue;
    }
    // When the last waiter has left, what the batch stands in may be gone, too.
    for (size_t next = 0; next < messages->size() && waiting_ > 0; ++next) {
      take((*messages)[next]);
    }
    if (waiting_ == 0 || messages->size() < net::ReplyBatch::kRepliesMax) {
      return;
    }
  }
}

// The error is gone once it has been read, and the socket is as good as before.
void UdpLink::refuse() {
  if (!std::exchange(refused_, true)) {
    tell_each(&Waiter::on_link_refused);
  }
}

void UdpLink::take(ByteView message) {
  const Place* place =
      message.size() < wire::kHeaderSize ? nullptr : place_of(wire::read_header(message).id);
  if (place == nullptr) {  // Is held against nobody's question; whoever is there counts it.
    place = std::ranges::find_if(places_, [](const Place& p) { return p.waiter != nullptr; });
  }
  // Who has left was answered, by this upstream or another: this is the same once more, or late.
  if (place->waiter != nullptr) {
    place->waiter->on_link_message(message);
  }
}

UdpLink::Place* UdpLink::place_of(uint16_t id) {
  const auto used = std::span(places_).first(used_);
  const auto found = std::ranges::find(used, id, &Place::id);
  return found == used.end() ? nullptr : &*found;
}

// Being told, a waiter may leave, and others with it.
void UdpLink::tell_each(void (Waiter::*what)()) {
  const std::shared_ptr<UdpLink> kept = shared_from_this();
  for (size_t i = 0; i < used_; ++i) {
    if (Waiter* waiter = places_[i].waiter) {
      (waiter->*what)();
    }
  }
}

void UdpLink::fail() {
  for (size_t i = 0; i < used_; ++i) {
    if (Waiter* waiter = places_[i].waiter) {
      leave(*waiter);
      waiter->on_link_closed();
    }
  }
}

void UdpLink::close() {
  if (socket_) {
    socket_.reset();
    --shared_.open;
  }
}

Result<std::shared_ptr<UdpLink>> UdpLinks::with_room() {
  if (unsent_.empty() || unsent_.back()->full()) {
    auto link = UdpLink::open(shared_, server_, random_);
    if (!link) {
      return link;
    }
    unsent_.push_back(*std::move(link));
  }
  return unsent_.back();
}

bool UdpLinks::send() {
  const auto links = std::exchange(unsent_, {});
  for (const std::shared_ptr<UdpLink>& link : links) {
    link->send();
  }
  return !links.empty();
}

}  // namespace etymon::upstream
