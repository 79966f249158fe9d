#include "tests/bench/load.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <ctime>
#include <iterator>

#include "tests/bench/quantile.h"

namespace etymon::bench {
namespace {

constexpr uint32_t kFirstClient = 0x7F010001U;  // 127.1.0.1
// 240 small datagrams with the kernel's bookkeeping take less room than the smallest usual default
// buffer (208 KiB) has, so that a loss is the server's.
constexpr size_t kWindow = 240;
constexpr Seconds kLostAfter{1};
constexpr int kSocketBuffer = 4 << 20;
constexpr MonotonicTime kNotAsked = MonotonicTime::min();
// Coprime to powers of ten: its multiples visit all names, in no obvious order.
constexpr uint64_t kStride = 7'919;
constexpr size_t kServFail = 2;
// What is due within this leaves together, so that this thread sleeps between and leaves the
// processors to the server.
constexpr Microseconds kTogether{100};

net::FileDescriptor open_client_socket() {
  auto socket =
      net::open_bound_socket({IpAddress::v4(0), 0}, SOCK_DGRAM, net::PortSharing::kExclusive)
          .value();
  net::set_option(socket.get(), SOL_SOCKET, SO_RCVBUF, kSocketBuffer);
  net::set_option(socket.get(), SOL_SOCKET, SO_SNDBUF, kSocketBuffer);
  return socket;
}

// While it lives, whoever shares this thread's processor waits for it, as if it were another
// machine. Needs a privilege; without it, what they take of the processor shows as latency.
class AheadOfOthers {
 public:
  AheadOfOthers() {
    const sched_param first{.sched_priority = 1};
    sched_setscheduler(kThisThread, SCHED_FIFO, &first);
  }
  ~AheadOfOthers() {
    const sched_param usual{};
    sched_setscheduler(kThisThread, SCHED_OTHER, &usual);
  }
  AheadOfOthers(const AheadOfOthers&) = delete;
  AheadOfOthers& operator=(const AheadOfOthers&) = delete;

 private:
  static constexpr pid_t kThisThread = 0;
};

}  // namespace

Load::Load(uint16_t port, const Asking& asking)
    : asking_(asking),
      server_{IpAddress::v4(0x7F000001U), port},
      socket_(open_client_socket()),
      incoming_(net::local_endpoint(socket_.get()), net::LocalAddress::kFixed),
      asked_at_(kIds, kNotAsked) {}

LoadResult Load::saturate(Microseconds time) {
  return closed_loop({time, UINT64_MAX});
}

LoadResult Load::ask_each_name_once() {
  return closed_loop({Microseconds::max() / 2, asking_.names});
}

LoadResult Load::closed_loop(const Limit& limit) {
  begin();
  uint64_t left = limit.questions;
  while (left > 0 && clock_.monotonic() - began_ < limit.time) {
    if (in_flight_ + net::kBatchMax <= kWindow) {
      const size_t count = std::min<uint64_t>(left, net::kBatchMax);
      ask(count);
      left -= count;
    }
    if (!hear()) {
      idle();
    }
  }
  return end();
}

LoadResult Load::ask_every(Microseconds period, Microseconds time, const Beside& beside) {
  // Else the kernel wakes this thread up to 50 us too late, by default.
  prctl(PR_SET_TIMERSLACK, 1);
  const AheadOfOthers ahead;
  begin();
  const uint64_t before = asked_;
  MonotonicTime next = began_;
  for (MonotonicTime now = began_; now - began_ < time; now = clock_.monotonic()) {
    if (now >= next) {
      const auto due = static_cast<uint64_t>((now - began_) / period) + 1;
      ask(std::min<uint64_t>(due - (asked_ - before), net::kBatchMax));
      next = std::max(now + kTogether, began_ + period * static_cast<int64_t>(asked_ - before));
    }
    await(next - now, beside.fd);
    while (hear()) {
    }
    beside.step();
  }
  return end();
}

// Until the next question is due, or there is something to read beside.
void Load::await(Microseconds longest, int beside) const {
  pollfd readable{.fd = beside, .events = POLLIN, .revents = 0};
  const timespec wait{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(longest).count()};
  ppoll(&readable, 1, &wait, nullptr);
}

void Load::begin() {
  result_ = {};
  latencies_us_.clear();
  began_ = clock_.monotonic();
  heard_ = began_;
}

// Waits for what is in flight.
LoadResult Load::end() {
  result_.seconds = std::chrono::duration<double>(clock_.monotonic() - began_).count();
  while (in_flight_ > 0) {
    if (!hear()) {
      idle();
    }
  }
  result_.p50_us = quantile(latencies_us_, 0.50);
  result_.p99_us = quantile(latencies_us_, 0.99);
  return result_;
}

void Load::ask(size_t count) {
  const MonotonicTime now = clock_.monotonic();
  heard_ = in_flight_ == 0 ? now : heard_;
  for (size_t slot = 0; slot < count; ++slot) {
    MonotonicTime& asked_at = asked_at_[asked_ % kIds];
    if (asked_at == kNotAsked) {
      ++in_flight_;
    } else {
      ++result_.lost;  // the ids have come round, and this one is still unanswered
    }
    asked_at = now;
    prepare(slot);
    ++asked_;
  }
  outgoing_.send(socket_.get(), std::span(datagrams_).first(count));
}

void Load::prepare(size_t slot) {
  const auto name = static_cast<uint32_t>(asked_ * kStride % asking_.names);
  const auto client = static_cast<uint32_t>((asked_ + asked_ / asking_.names) % asking_.clients);
  Message& message = messages_[slot];
  const size_t size =
      testing::write_numbered_query(name, static_cast<uint16_t>(asked_ % kIds), message.data());
  datagrams_[slot] = {.bytes = {message.data(), size},
                      .peer = server_,
                      .local = IpAddress::v4(kFirstClient + client)};
}

bool Load::hear() {
  const std::span<const net::Datagram> answers = incoming_.receive(socket_.get());
  if (answers.empty()) {
    return false;
  }
  heard_ = clock_.monotonic();
  for (const net::Datagram& answer : answers) {
    settle(answer, heard_);
  }
  return true;
}

void Load::settle(const net::Datagram& answer, MonotonicTime now) {
  if (answer.bytes.size() < 4) {
    return;
  }
  MonotonicTime& asked_at = asked_at_[load_u16(answer.bytes.data())];
  if (asked_at == kNotAsked) {
    return;  // given up before
  }
  latencies_us_.push_back(static_cast<uint32_t>((now - asked_at).count()));
  result_.servfail += (answer.bytes[3] & 0xFU) == kServFail ? 1U : 0U;
  ++result_.answered;
  --in_flight_;
  asked_at = kNotAsked;
}

void Load::idle() {
  if (clock_.monotonic() - heard_ < kLostAfter) {
    sched_yield();
    return;
  }
  result_.lost += in_flight_;
  in_flight_ = 0;
  std::ranges::fill(asked_at_, kNotAsked);
}

}  // namespace etymon::bench
