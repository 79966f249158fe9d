// A pool with two upstreams whose every packet, failure and second the input decides: questions of
// several turns wait at once, on ports that they share, over TCP, again and again.
//
// What must hold, judged from what went over the wire alone: a question is answered only by a
// message that came to a socket on which it was asked, with its id, its question spelled as it was
// sent (over TCP in any case) and no cookie but ours, and never from a port that was guessed at
// three times; a perfect answer ends it at once; each question ends exactly once and costs no more
// messages than it may; when all have ended nothing is left, neither socket nor timer.
//
// The first octet is the settings, then steps: an octet that chooses one, and what it needs.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "resolver/model/domain_name.h"
#include "resolver/upstream/pool.h"
#include "resolver/wire/cookie.h"
#include "tests/fuzz/oracle.h"
#include "tests/support/dns_messages.h"
#include "tests/support/fakes.h"
#include "tests/support/scripted_net.h"

namespace etymon::fuzz {
namespace {

using testing::ScriptedSocket;
using testing::WireMessage;

constexpr size_t kQuestionsMax = 40;
constexpr size_t kInFlightMax = 24;
constexpr unsigned kRetriesMax = 8;
constexpr unsigned kGuessesMax = 3;
constexpr unsigned kMovesMax = 8;  // behind connections that were closed
constexpr unsigned kWays = 4;      // over UDP or TCP, with EDNS or without, as an answer wants it
constexpr unsigned kLastCall = 1;  // at half of the time
constexpr size_t kHeader = 12;
constexpr uint16_t kReplyFlags = 0x8180;  // QR, RD, RA
constexpr uint16_t kTc = 0x0200;
constexpr Seconds kDeadline(5);

// The input, octet by octet; zeros behind its end.
class Dice {
 public:
  explicit Dice(ByteView input) : rest_(input) {}
  bool over() const { return rest_.empty(); }
  uint8_t roll() {
    if (rest_.empty()) {
      return 0;
    }
    const uint8_t octet = rest_.front();
    rest_ = rest_.subspan(1);
    return octet;
  }
  std::string take(size_t size) {
    const ByteView taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return std::string(as_text(taken));
  }

 private:
  ByteView rest_;
};

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char octet) {
    return static_cast<char>(to_lower(static_cast<uint8_t>(octet)));
  });
  return text;
}

// Three letters of its own for each, so that the wire tells which one is meant.
std::string name_of(size_t number) {
  std::string name("\4qAaA\7exAmple\0", 14);
  name[2] = static_cast<char>('A' + number / 26);
  name[3] = static_cast<char>('a' + number % 26);
  return name;
}
const size_t kNameSize = name_of(0).size();
const size_t kQuestionEnd = kHeader + kNameSize + 4;

uint16_t u16_in(const std::string& octets, size_t at) {
  return load_u16(reinterpret_cast<const uint8_t*>(octets.data()) + at);
}
void put_u16(std::string& octets, size_t at, unsigned value) {
  store_u16(reinterpret_cast<uint8_t*>(octets.data()) + at, static_cast<uint16_t>(value));
}

std::string cookie_in(const std::string& message) {
  const auto cookie = wire::cookie_in(as_bytes(message));
  return cookie ? std::string(as_text(*cookie)) : std::string();
}

// A message of the pool, and what has come for it.
struct Sent {
  WireMessage wire;
  size_t question = 0;
  bool replied = false;  // something came that may have ended the wait for it

  uint16_t id() const { return u16_in(wire.octets, 0); }
  std::string asked() const { return wire.octets.substr(kHeader, kNameSize + 4); }
};

// Whether a message that comes to the socket of `sent` may answer it.
bool may_answer(const std::string& message, const Sent& sent) {
  if (message.size() < kQuestionEnd || u16_in(message, 0) != sent.id() ||
      (u16_in(message, 2) & 0xF800) != 0x8000 || u16_in(message, 4) != 1) {
    return false;
  }
  const std::string question = message.substr(kHeader, kNameSize + 4);
  const bool same = sent.wire.over_stream ? lower_case(question) == lower_case(sent.asked())
                                          : question == sent.asked();
  const std::string ours = cookie_in(sent.wire.octets).substr(0, wire::kClientCookieSize);
  const auto shown = wire::cookie_in(as_bytes(message));
  return same && (ours.empty() || !shown ||
                  (wire::is_cookie_size(shown->size()) && as_text(shown->first(8)) == ours));
}

// A failure that is nothing but a header, of which an answer is made where nobody can forge it.
bool is_bare(const std::string& message, const Sent& sent) {
  const unsigned rcode = message.size() == kHeader ? u16_in(message, 2) & 0xFU : 0U;
  return (rcode == 1 || rcode == 2 || rcode == 4 || rcode == 5) &&
         u16_in(message, 0) == sent.id() && (u16_in(message, 2) & 0xF800) == 0x8000 &&
         message.substr(4) == std::string(kHeader - 4, '\0');
}

std::string with_question(std::string header, const Sent& sent) {
  put_u16(header, 4, 1);
  return header + sent.asked();
}

// Whether it may be acted upon: asked elsewhere, or over TCP, as it is without a cookie.
bool may_end(const std::string& message, const Sent& sent) {
  return message.size() >= kQuestionEnd && u16_in(message, 0) == sent.id() &&
         lower_case(message.substr(kHeader, kNameSize + 4)) == lower_case(sent.asked());
}

struct Asked {
  std::string qname;
  bool ended = false;
  unsigned messages = 0;
  // What may answer it, as it would be told, and who it came from.
  std::vector<std::pair<std::string, Endpoint>> answers;
};

// The reply to `sent` that has these flags, and the cookie that `how` says.
std::string reply_to(const Sent& sent, uint16_t flags, uint8_t how) {
  std::string message = sent.wire.octets.substr(0, kQuestionEnd);
  put_u16(message, 2, flags);
  put_u16(message, 10, 0);
  const std::string ours = cookie_in(sent.wire.octets).substr(0, wire::kClientCookieSize);
  const uint8_t upper = (flags & 0xF) == 7 ? 1 : 0;  // BADCOOKIE is 23
  const std::array<std::string, 4> cookies = {ours + "theirs!!", "", "forged!!theirs!!", "short"};
  if (how != 1 && !ours.empty()) {
    message = testing::with_cookie(std::move(message), cookies[how], upper);
  }
  return message;
}

// What a forger may have wrong.
void spoil(std::string& message, uint8_t how, uint16_t other_id) {
  switch (how) {
    case 1:
      return put_u16(message, 0, u16_in(message, 0) + 1U);
    case 2:
      return put_u16(message, 0, other_id);
    case 3:
      message[kHeader + 2] = static_cast<char>(message[kHeader + 2] ^ 0x20);
      return;
    case 4:
      return put_u16(message, kHeader + kNameSize, 28);
    case 5:
      return put_u16(message, kHeader + kNameSize + 2, 3);
    case 6:
      return put_u16(message, 2, u16_in(message, 2) & 0x7FFFU);
    case 7:
      return put_u16(message, 2, u16_in(message, 2) | 0x2000U);
    case 8:
      return put_u16(message, 4, 0);
    case 9:
      return put_u16(message, 4, 2);
    case 10:
      message[kHeader + 3] = message[kHeader + 3] == 'z' ? 'y' : 'z';
      return;
    case 11:
      return message.resize(kHeader - 1);
    case 12:
      put_u16(message, 2, kReplyFlags | 1);
      put_u16(message, 4, 0);
      put_u16(message, 10, 0);
      return message.resize(kHeader);
    default:
      return;
  }
}

constexpr uint16_t kFlags[] = {kReplyFlags,     kReplyFlags | 3,   kReplyFlags | 2,
                               kReplyFlags | 1, kReplyFlags | kTc, kReplyFlags | 7,
                               kReplyFlags | 5, kReplyFlags | 11};

class Play {
 public:
  explicit Play(ByteView input) : dice_(input) {
    const uint8_t settings = dice_.roll();
    asks_again_ = (settings & 2) != 0;
    upstream::Options options;
    const auto loopback = [](uint8_t last) {
      return Endpoint{IpAddress::v4(0x7F000000U + last), 53};
    };
    options.servers = {loopback(2), loopback(3)};
    options.deadline = kDeadline;
    options.retries = 1 + (settings >> 2) % kRetriesMax;
    options.in_flight_max = kInFlightMax;
    options.cookies = (settings & 1) == 0;
    messages_max_ = 1 + options.retries * static_cast<unsigned>(options.servers.size()) + kWays +
                    kLastCall + kMovesMax;
    pool_.emplace(*loop_, options, random_);
  }

  void run() {
    while (!dice_.over() && pool_) {
      step(dice_.roll());
      note_sent();
      check_counts();
    }
    if (pool_) {
      run_out();
    }
    pool_.reset();
    net_.end_turn();
    require(net_.sockets.empty(), "no socket is left");
    require(net_.timers.empty(), "no timer is left");
  }

 private:
  void step(uint8_t octet) {
    switch (octet % 12) {
      case 0:
        return ask();
      case 1:
        return net_.turn();
      case 2:
        clock_.advance(Milliseconds(20) * (1 + dice_.roll()));
        return net_.turn();
      case 3:
      case 4:
        return reply(octet);
      case 5:
        return forge(octet);
      case 6:
        return cross();
      case 7:
        return deliver_raw();
      case 8:
        return break_off();
      case 9:
        net_.opens_fail = dice_.roll() % 4U;
        return;
      case 10:
        net_.sends_fail = dice_.roll() % 4U;
        return;
      default:
        return octet > 240 ? drop() : net_.end_turn();
    }
  }

  void ask() {
    if (asked_.size() == kQuestionsMax) {
      return;
    }
    const size_t number = asked_.size();
    asked_.emplace_back().qname = name_of(number);
    asking_ = true;
    pool_->ask({.qname = asked_[number].qname},
               [this, number](const Result<upstream::Response>& result) { ended(number, result); });
    asking_ = false;
  }

  void ended(size_t number, const Result<upstream::Response>& result) {
    require(!asking_, "nothing ends inside ask()");
    require(!dropped_, "a pool that is gone tells nothing");
    Asked& one = asked_[number];
    require(!std::exchange(one.ended, true), "a question ends once");
    if (result.ok()) {
      const auto told = std::pair(result->message, result->server);
      require(std::ranges::find(one.answers, told) != one.answers.end(),
              "it is answered by what may answer it");
      require((u16_in(result->message, 2) & kTc) == 0, "what is cut is no answer");
    }
    if (asks_again_) {
      ask();
    }
  }

  // Which message the next octet means; nothing while none was sent.
  Sent* pick() {
    const uint8_t which = dice_.roll();
    return sent_.empty() ? nullptr : &sent_[sent_.size() - 1 - which % sent_.size()];
  }

  void reply(uint8_t octet) {
    Sent* to = pick();
    const uint8_t how = dice_.roll();
    if (to != nullptr) {
      const int socket = to->wire.socket;
      const uint16_t flags = kFlags[how % 8];
      const uint8_t cookie = how / 8 % 4;
      const bool perfect = (flags & 0xF) == 0 && (flags & kTc) == 0 && cookie == 0 && is_clean(*to);
      const size_t question = to->question;
      deliver(socket, reply_to(*to, flags, cookie));
      if (perfect || octet >= 128) {
        net_.pump(socket);
      }
      require(!perfect || asked_[question].ended, "the true answer is taken at once");
    }
  }

  // Nothing has come yet that may have ended the wait for it, and its port is not given up.
  bool is_clean(const Sent& sent) {
    ScriptedSocket* socket = net_.find(sent.wire.socket);
    return socket != nullptr && !sent.replied && !asked_[sent.question].ended &&
           (socket->is_stream || suspicious_[sent.wire.socket] < kGuessesMax) &&
           socket->come.empty() && !socket->unreachable && !broken_off_.contains(sent.wire.socket);
  }

  void forge(uint8_t octet) {
    const Sent* to = pick();
    const Sent* other = pick();
    const uint8_t how = dice_.roll();
    if (to != nullptr) {
      const int socket = to->wire.socket;
      std::string message = reply_to(*to, kReplyFlags, 0);
      spoil(message, how % 13, other->id());
      deliver(socket, message);
      if (octet >= 128) {
        net_.pump(socket);
      }
    }
  }

  // A true answer, to the socket of another one.
  void cross() {
    const Sent* to = pick();
    const Sent* other = pick();
    if (to != nullptr) {
      deliver(other->wire.socket, reply_to(*to, kReplyFlags, 0));
    }
  }

  void deliver_raw() {
    const Sent* to = pick();
    const std::string octets = dice_.take(dice_.roll());
    if (to != nullptr) {
      deliver(to->wire.socket, octets);
    }
  }

  void break_off() {
    const Sent* to = pick();
    ScriptedSocket* socket = to == nullptr ? nullptr : net_.find(to->wire.socket);
    if (socket == nullptr) {
      return;
    }
    broken_off_.insert(to->wire.socket);
    if (socket->is_stream) {
      socket->hang_up();
    } else {
      socket->unreachable = true;
    }
  }

  void drop() {
    dropped_ = true;
    pool_.reset();
  }

  void deliver(int socket, const std::string& octets) {
    ScriptedSocket* open = net_.find(socket);
    if (open == nullptr) {
      return;
    }
    bool known_id = false;
    bool trusted = false;
    for (Sent& sent : sent_) {
      if (sent.wire.socket != socket) {
        continue;
      }
      const bool is_whole = !open->is_stream || !is_bare(octets, sent);
      const std::string message = is_whole ? octets : with_question(octets, sent);
      const bool has_id = message.size() >= kHeader && u16_in(message, 0) == sent.id();
      known_id |= has_id;
      sent.replied |= may_end(message, sent);
      if (may_answer(message, sent) && guesses_[socket] < kGuessesMax) {
        trusted = true;
        Asked& one = asked_[sent.question];
        std::string told = message;
        told.replace(kHeader, kNameSize, one.qname);
        one.answers.emplace_back(std::move(told), open->peer);
      }
    }
    suspicious_[socket] += trusted ? 0U : 1U;
    guesses_[socket] += !known_id && !open->is_stream ? 1U : 0U;
    open->come.push_back(octets);
  }

  void note_sent() {
    for (; noted_ < net_.sent.size(); ++noted_) {
      const WireMessage& message = net_.sent[noted_];
      require(message.octets.size() >= kQuestionEnd, "what is sent is whole");
      const std::string name = lower_case(message.octets.substr(kHeader, kNameSize));
      const auto asked = std::ranges::find_if(
          asked_, [&](const Asked& one) { return lower_case(one.qname) == name; });
      require(asked != asked_.end(), "only what was asked is sent");
      require(++asked->messages <= messages_max_, "a question costs no more than it may");
      sent_.push_back({message, static_cast<size_t>(asked - asked_.begin()), false});
    }
  }

  size_t open_ports() const {
    return static_cast<size_t>(std::ranges::count_if(
        net_.sockets, [](const auto& socket) { return !socket.second.is_stream; }));
  }
  size_t waiting() const {
    return static_cast<size_t>(std::ranges::count(asked_, false, &Asked::ended));
  }

  void check_counts() {
    if (pool_) {
      const upstream::Counters counters = pool_->counters();
      require(counters.ports == open_ports(), "ports are counted");
      require(counters.in_flight <= std::min(waiting(), kInFlightMax), "questions are counted");
      require(std::ranges::all_of(sent_, [this](const Sent& sent) { return still_heard(sent); }),
              "what is no answer ends no wait");
    } else {
      require(net_.sockets.empty(), "a pool that goes takes its sockets with it");
    }
  }

  // A datagram's answer is waited for, unless it need not be.
  bool still_heard(const Sent& sent) const {
    return sent.wire.over_stream || sent.replied || asked_[sent.question].ended ||
           broken_off_.contains(sent.wire.socket) || net_.is_open(sent.wire.socket);
  }

  // Nobody says anything any more.
  void run_out() {
    const auto left = kQuestionsMax * 2 * static_cast<size_t>(kDeadline.count());
    for (size_t i = 0; i < left && (i < 30 || waiting() > 0); ++i) {
      clock_.advance(Seconds(1));
      net_.turn();
      note_sent();
    }
    require(waiting() == 0, "every question ends");
    require(pool_->counters().in_flight == 0 && pool_->counters().ports == 0, "nothing is left");
    require(net_.sockets.empty(), "idle connections are closed");
  }

  Dice dice_;
  testing::ManualClock clock_;
  testing::ScriptedNet net_{clock_};
  testing::SeededRandom random_{7};
  std::unique_ptr<net::EventLoop> loop_ = net::EventLoop::create(clock_).value();
  std::optional<upstream::Pool> pool_;
  std::vector<Asked> asked_;
  std::vector<Sent> sent_;
  size_t noted_ = 0;  // of what the net has sent
  std::map<int, unsigned> guesses_;
  std::map<int, unsigned> suspicious_;
  std::set<int> broken_off_;
  unsigned messages_max_ = 0;
  bool asks_again_ = false;
  bool asking_ = false;
  bool dropped_ = false;
};

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  etymon::fuzz::Play(etymon::ByteView(data, size)).run();
  return 0;
}
