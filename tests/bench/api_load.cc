#include "tests/bench/api_load.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "etymon/v1/lookup.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "resolver/base/bytes.h"
#include "tests/bench/quantile.h"
#include "tests/bench/warm_server.h"
#include "tests/support/raw_http2.h"

namespace etymon::bench {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kFrameHead = 9;
constexpr size_t kMessageHead = 5;  // of gRPC: whether it is compressed, and its length
// Every answer's end is looked at, and the content of one in so many.
constexpr uint64_t kReadEvery = 64;
constexpr size_t kReadMax = 64 << 10;
constexpr uint32_t kWindow = 0x7FFFFFFF;
constexpr uint32_t kFirstWindow = 65'535;

using testing::RawHttp2;
using enum RawHttp2::Type;

void append_u32(std::string& out, uint32_t number) {
  uint8_t octets[4];
  store_u32(octets, number);
  out += as_text(octets);
}

void append_frame(std::string& out, RawHttp2::Type type, uint8_t flags, uint32_t stream,
                  std::string_view payload) {
  append_u32(out, static_cast<uint32_t>(payload.size()) << 8 | type);
  out += static_cast<char>(flags);
  append_u32(out, stream);
  out += payload;
}

std::string with_length(std::string_view text) {
  return static_cast<char>(text.size()) + std::string(text);
}

// The header fields of a call (RFC 7541): the first time with their texts, which both ends put into
// their tables, then by their numbers.
std::string header_block(Call call, bool is_first) {
  if (!is_first) {
    return "\x83\x86\xC1\xC0\xBF\xBE";
  }
  const std::string_view path = call == Call::kHealth ? "/grpc.health.v1.Health/Check"
                                                      : "/etymon.v1.ProvenanceService/Lookup";
  return "\x83\x86\x44" + with_length(path) + "\x41" + with_length("localhost") + "\x5F" +
         with_length("application/grpc") + "\x40" + with_length("te") + with_length("trailers");
}

net::FileDescriptor connect_to(const std::string& server) {
  const std::string path = server.substr(server.find(':') + 1);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  net::FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to " + server + ": " + strerror(errno));
  }
  return fd;
}

// While it lives, this thread is there. The server that is saturated has the first.
class OnSecondProcessor {
 public:
  OnSecondProcessor() {
    sched_getaffinity(kThisThread, sizeof before_, &before_);
    cpu_set_t second;
    CPU_ZERO(&second);
    CPU_SET(1, &second);
    sched_setaffinity(kThisThread, sizeof second, &second);
  }
  ~OnSecondProcessor() { sched_setaffinity(kThisThread, sizeof before_, &before_); }
  OnSecondProcessor(const OnSecondProcessor&) = delete;
  OnSecondProcessor& operator=(const OnSecondProcessor&) = delete;

 private:
  static constexpr pid_t kThisThread = 0;
  cpu_set_t before_;
};

}  // namespace

ApiLoad::ApiLoad(const std::string& server, Call call) : call_(call), socket_(connect_to(server)) {
  shake_hands();
}

void ApiLoad::shake_hands() {
  outgoing_ = kPreface;
  constexpr std::string_view kInitialWindowSize("\0\4", 2);
  std::string settings(kInitialWindowSize);
  append_u32(settings, kWindow);
  append_frame(outgoing_, kSettings, 0, 0, settings);
  std::string increment;
  append_u32(increment, kWindow - kFirstWindow);
  append_frame(outgoing_, kWindowUpdate, 0, 0, increment);
}

// Does not sleep: to wake somebody costs who sends to him 5 us on this machine, more than most of
// what is measured. A health check's client has no time to sleep, and a lookup's had.
CallResult ApiLoad::saturate(size_t at_once, Microseconds time) {
  const OnSecondProcessor apart;
  begin(at_once);
  while (clock_.monotonic() - began_ < time) {
    step();
  }
  return end();
}

void ApiLoad::begin(size_t at_once) {
  result_ = {};
  latencies_us_.clear();
  at_once_ = at_once;
  ended_ = false;
  began_ = clock_.monotonic();
  while (in_flight_ < at_once_) {
    ask();
  }
  send();
}

void ApiLoad::step() {
  if (!receive()) {
    return;
  }
  take_frames();
  while (!ended_ && in_flight_ < at_once_) {
    ask();
  }
  send();
}

CallResult ApiLoad::end() {
  result_.seconds = std::chrono::duration<double>(clock_.monotonic() - began_).count();
  const CallResult counted = result_;
  ended_ = true;
  while (in_flight_ > 0) {
    step();
  }
  result_ = counted;
  result_.p50_us = quantile(latencies_us_, 0.50);
  result_.p99_us = quantile(latencies_us_, 0.99);
  return result_;
}

std::string ApiLoad::message() const {
  if (call_ == Call::kHealth) {
    return grpc::health::v1::HealthCheckRequest().SerializeAsString();
  }
  v1::LookupRequest question;
  question.set_client(told_client(asked_));
  question.set_address(told_address(asked_));
  return question.SerializeAsString();
}

void ApiLoad::ask() {
  asked_at_[next_stream_ / 2 % kSlots] = clock_.monotonic();
  append_frame(outgoing_, kHeaders, RawHttp2::kEndHeaders, next_stream_,
               header_block(call_, asked_ == 0));
  const std::string body = message();
  std::string data(1, '\0');
  append_u32(data, static_cast<uint32_t>(body.size()));
  append_frame(outgoing_, kData, RawHttp2::kEndStream, next_stream_, data + body);
  next_stream_ += 2;
  ++asked_;
  ++in_flight_;
}

void ApiLoad::send() {
  std::string_view rest = outgoing_;
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      throw std::runtime_error(std::string("the API's connection: ") + strerror(errno));
    }
    rest.remove_prefix(static_cast<size_t>(sent));
  }
  outgoing_.clear();
}

// False: nothing is there.
bool ApiLoad::receive() {
  const size_t before = incoming_.size();
  incoming_.resize(before + kReadMax);
  const ssize_t got = recv(socket_.get(), incoming_.data() + before, kReadMax, MSG_DONTWAIT);
  incoming_.resize(before + static_cast<size_t>(got > 0 ? got : 0));
  if (got == 0 || (got < 0 && errno != EAGAIN)) {
    throw std::runtime_error("the server ended the API's connection");
  }
  return got > 0;
}

void ApiLoad::take_frames() {
  std::string_view rest = incoming_;
  while (rest.size() >= kFrameHead) {
    const auto* head = reinterpret_cast<const uint8_t*>(rest.data());
    const size_t length = load_u32(head) >> 8;
    if (rest.size() < kFrameHead + length) {
      break;
    }
    take_frame(head[3], head[4], load_u32(head + 5), rest.substr(kFrameHead, length));
    rest.remove_prefix(kFrameHead + length);
  }
  incoming_.erase(0, incoming_.size() - rest.size());
}

void ApiLoad::take_frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  switch (type) {
    case kData:
      take_message(payload);
      break;
    case kHeaders:
      if ((flags & RawHttp2::kEndStream) != 0) {
        settle(stream);
      }
      break;
    case kSettings:
    case kPing:
      if ((flags & RawHttp2::kAck) == 0) {
        append_frame(outgoing_, static_cast<RawHttp2::Type>(type), RawHttp2::kAck, 0,
                     type == kPing ? payload : std::string_view());
      }
      break;
    case kReset:
    case kGoAway:
      throw std::runtime_error("the server refuses calls");
    default:
      break;
  }
}

void ApiLoad::take_message(std::string_view payload) {
  if (call_ == Call::kHealth || result_.answered % kReadEvery != 0) {
    return;
  }
  v1::LookupResponse answer;
  const bool whole = payload.size() > kMessageHead &&
                     answer.ParseFromArray(payload.data() + kMessageHead,
                                           static_cast<int>(payload.size() - kMessageHead));
  if (!whole || answer.verdict() != v1::VERDICT_LIVE) {
    throw std::runtime_error("a lookup did not find its name");
  }
}

void ApiLoad::settle(uint32_t stream) {
  const Microseconds took = clock_.monotonic() - asked_at_[stream / 2 % kSlots];
  latencies_us_.push_back(static_cast<uint32_t>(took.count()));
  ++result_.answered;
  --in_flight_;
}

}  // namespace etymon::bench
