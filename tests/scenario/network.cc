#include "tests/scenario/network.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "resolver/upstream/udp_link.h"
#include "resolver/wire/cookie.h"
#include "resolver/wire/message.h"
#include "tests/scenario/question.h"

namespace etymon::scenario {
namespace {

constexpr uint32_t kExploreOneIn = 32;  // as in resolver/upstream/pool.h, or a part of it
constexpr uint16_t kAlways = wire::kFlagRd | wire::kFlagAd;

bool is_our_cookie(const EdnsOption& option) {
  return option.code == kCookieOption && wire::is_cookie_size(option.data.size());
}

// No option of a client's, but for where it is (RFC 7871) where `subnet_may` be told, and no size
// or flag but our own.
bool is_our_edns(const TextOpt& opt, bool subnet_may) {
  const auto count = [&](auto is_such) { return std::ranges::count_if(opt.options, is_such); };
  const auto cookies = count(is_our_cookie);
  const auto subnets = count([](const EdnsOption& o) { return o.code == kSubnetOption; });
  return opt.udp_size == wire::kEdnsSize && opt.version == 0 && (opt.flags & ~kDnssecOk) == 0 &&
         cookies <= 1 && subnets <= (subnet_may ? 1 : 0) &&
         static_cast<size_t>(cookies + subnets) == opt.options.size();
}

}  // namespace

void Network::Dice::fill(std::span<uint8_t> out) {
  seeded_.fill(out);
  uint32_t number = 0;
  if (!exploring_ && out.size() == sizeof(number)) {
    std::memcpy(&number, out.data(), sizeof(number));
    number |= number % kExploreOneIn == 0 ? 1U : 0U;
    std::memcpy(out.data(), &number, sizeof(number));
  }
}

Network::Network(const daemon::Config& config, const Clock& clock, uint64_t seed, Complain complain)
    : complain_(std::move(complain)),
      random_(seed),
      net_(clock),
      loop_(net::EventLoop::create(clock).value()),
      asker_(*loop_, config, random_),
      passes_subnet_(config.answering.client_subnet == forward::ClientSubnet::kPassOn) {}

void Network::turn() {
  net_.turn();
  note_sent();
}

void Network::end_turn() {
  net_.end_turn();
  note_sent();
}

void Network::deliver(int port, std::string octets) {
  net_.find(port)->come.push_back(std::move(octets));
}

void Network::break_off(int port) {
  testing::ScriptedSocket& socket = *net_.find(port);
  if (socket.is_stream) {
    socket.hang_up();
  } else {
    socket.unreachable = true;
  }
}

void Network::note_sent() {
  ++turn_;
  for (; noted_ < net_.sent.size(); ++noted_) {
    const testing::WireMessage& wire = net_.sent[noted_];
    Result<TextMessage> text = read_message(as_bytes(wire.octets));
    if (!text.ok()) {
      complain_("a message to " + wire.to.text() + " cannot be read: " + text.error().message);
      continue;
    }
    const Message message{.text = *std::move(text),
                          .to = wire.to,
                          .transport = wire.over_stream ? Transport::kTcp : Transport::kUdp,
                          .port = wire.socket,
                          .turn = turn_};
    check(message);
    sent_.push_back(message);
  }
}

void Network::check(const Message& message) {
  const TextMessage& text = message.text;
  const std::string which = " in the question " + describe(message) + " to " + message.to.text();
  if ((text.flags & ~wire::kFlagCd) != kAlways || text.rcode != Rcode::kNoError) {
    complain_("other flags than RD, AD and CD" + which);
  }
  if (text.qname.empty() || !text.records.empty()) {
    complain_("no question, or more than one question," + which);
  }
  if (text.opt && !is_our_edns(*text.opt, passes_subnet_)) {
    complain_("EDNS that is not ours" + which);
  }
  check_port(message);
}

void Network::check_port(const Message& message) {
  size_t sharing = 1;
  for (const Message& other : sent_) {
    if (other.port != message.port) {
      continue;
    }
    if (other.text.id == message.text.id) {
      complain_("an id that " + describe(other) + " has on the same port: " + describe(message));
    }
    if (message.transport == Transport::kUdp && other.turn != message.turn) {
      complain_("the port of an earlier turn: " + describe(message));
    }
    ++sharing;
  }
  if (message.transport == Transport::kUdp && sharing > upstream::UdpLink::kQuestionsMax) {
    complain_("too many share the port of " + describe(message));
  }
}

std::string describe(const Message& message) {
  const TextMessage& text = message.text;
  std::string words = text.qname + " " + to_text(text.qtype);
  words += message.transport == Transport::kTcp ? " tcp" : "";
  words += (text.flags & wire::kFlagCd) != 0 ? " cd" : "";
  if (text.opt) {
    words += (text.opt->flags & kDnssecOk) != 0 ? " do" : " edns";
    for (const EdnsOption& option : text.opt->options) {
      const bool is_cookie = option.code == kCookieOption;
      words += is_cookie                      ? " cookie"
               : option.code == kSubnetOption ? " subnet=" + subnet_text(option.data)
                                              : " option=" + std::to_string(option.code);
      words += is_cookie && option.data.size() > wire::kClientCookieSize ? "=kept" : "";
    }
  }
  return words;
}

}  // namespace etymon::scenario
