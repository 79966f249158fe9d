#include "tests/endurance/hosts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace etymon::endurance {
namespace {

constexpr const char* kZone = ".kill.test";
constexpr size_t kHeaderSize = 12;
constexpr size_t kWindow = 4;  // questions in flight of one host
constexpr int kPatienceMs = 2;

sockaddr_in endpoint(const std::string& address, uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &out.sin_addr);
  return out;
}

// A socket of that host, connected to the server; -1 when that fails.
int connected(int type, const std::string& host, uint16_t port) {
  const int opened = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const sockaddr_in from = endpoint(host, 0);
  const sockaddr_in to = endpoint("127.0.0.1", port);
  if (bind(opened, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
      connect(opened, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    close(opened);
    return -1;
  }
  return opened;
}

bool is_readable(int descriptor, int patience_ms) {
  pollfd watched{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&watched, 1, patience_ms) > 0;
}

// Behind the name that begins at `at`, which may end in a pointer.
size_t behind_name(ByteView message, size_t at) {
  while (at < message.size() && message[at] != 0 && message[at] < 0xC0) {
    at += message[at] + 1U;
  }
  return at + (at < message.size() && message[at] >= 0xC0 ? 2 : 1);
}

// The addresses in the answer section, sorted. A reading of its own, not that of the program.
std::vector<std::string> addresses_in(ByteView message) {
  std::vector<std::string> addresses;
  size_t at = behind_name(message, kHeaderSize) + 4;
  for (unsigned left = load_u16(message.data() + 6); left > 0; --left) {
    at = behind_name(message, at);
    if (at + 10 > message.size()) {
      break;
    }
    const unsigned type = load_u16(message.data() + at);
    const size_t size = load_u16(message.data() + at + 8);
    at += 10;
    if (at + size <= message.size() && (type == 1 || type == 28)) {
      std::array<char, INET6_ADDRSTRLEN> text{};
      inet_ntop(type == 1 ? AF_INET : AF_INET6, message.data() + at, text.data(), text.size());
      addresses.emplace_back(text.data());
    }
    at += size;
  }
  std::ranges::sort(addresses);
  return addresses;
}

std::optional<Named> named_in(const std::string& name) {
  Named named;
  const char* end = name.data() + name.size();
  const auto block = std::from_chars(name.data() + 1, end, named.block);
  if (!name.ends_with(kZone) || block.ec != std::errc() || *block.ptr != '-') {
    return std::nullopt;
  }
  std::from_chars(block.ptr + 1, end, named.number);
  return named;
}

}  // namespace

std::string Named::name() const {
  return "a" + std::to_string(block) + "-" + std::to_string(number) + kZone;
}

RecordType Named::type() const {
  return number % 8 == 1 ? RecordType::kTxt
                         : (number % 8 == 2 ? RecordType::kAaaa : RecordType::kA);
}

std::vector<std::string> Named::addresses() const {
  if (!exists() || type() == RecordType::kTxt) {
    return {};
  }
  if (type() == RecordType::kAaaa) {
    std::array<char, INET6_ADDRSTRLEN> text{};  // as RFC 5952 writes it: no group of it is 0
    std::snprintf(text.data(), text.size(), "2001:db8:%x::%x", 0x100 + block, 1 + number);
    return {text.data()};
  }
  std::vector<std::string> addresses;
  const std::string prefix =
      "10." + std::to_string(block / 256) + "." + std::to_string(block % 256) + ".";
  for (uint32_t i = 0; i <= number % 3; ++i) {
    addresses.push_back(prefix + std::to_string(1 + (number + i * 7) % kNamesOfABlock));
  }
  std::ranges::sort(addresses);
  return addresses;
}

std::vector<std::string> addresses_of_block(uint32_t block) {
  std::vector<std::string> all;
  for (uint32_t number = 0; number < kNamesOfABlock; ++number) {
    const auto some = Named{block, number}.addresses();
    all.insert(all.end(), some.begin(), some.end());
  }
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::optional<testing::MessageBuilder> answer_by_name(const testing::Asked& asked) {
  const auto named = named_in(asked.name);
  if (!named || !named->exists() || named->type() != asked.type) {
    constexpr uint16_t kNxDomain = 3;
    return testing::answer_to(asked, kNxDomain).soa("kill.test", 1, 1);
  }
  auto answer = testing::answer_to(asked);
  std::string owner = asked.name;
  if (named->number % 2 == 0) {
    answer.cname(owner, 2, "edge-" + owner);
    owner = "edge-" + owner;
  }
  if (asked.type == RecordType::kTxt) {
    answer.record(testing::MessageBuilder::kAnswer, owner, asked.type, 1, "\4text");
  }
  for (const std::string& address : named->addresses()) {
    asked.type == RecordType::kA ? answer.a(owner, 1, address) : answer.aaaa(owner, 1, address);
  }
  return answer;
}

void Host::start(uint32_t block) {
  stopping_ = false;
  told_.clear();
  pending_.clear();
  thread_ = std::thread(
      [this, block] { over_ == HostOver::kUdp ? ask_by_datagrams(block) : ask_by_stream(block); });
}

void Host::finish() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

uint64_t Host::answers() const {
  uint64_t answers = 0;
  for (const auto& [name, told] : told_) {
    answers += told.heard.size();
  }
  return answers;
}

void Host::ask_by_datagrams(uint32_t block) {
  const int descriptor = connected(SOCK_DGRAM, address_, port_);
  if (descriptor < 0) {
    throw std::runtime_error("a host has no socket");
  }
  std::array<uint8_t, 4096> answer;
  for (bool last = false; !last;) {
    last = stopping_;  // Then one more look: what had left before the end counts.
    while (!last && pending_.size() < kWindow) {
      const std::string question = next_question(block);
      send(descriptor, question.data(), question.size(), 0);
    }
    while (is_readable(descriptor, last ? 0 : kPatienceMs)) {
      const ssize_t got = recv(descriptor, answer.data(), answer.size(), MSG_DONTWAIT);
      if (got < 0) {
        break;  // Nobody listens any more.
      }
      if (take(ByteView(answer).first(static_cast<size_t>(got))) && !last) {
        std::this_thread::sleep_for(Microseconds(throw_dice(500)));
        break;
      }
    }
    if (throw_dice(64) == 0) {
      pending_.clear();  // What was lost on the way is not waited for.
    }
  }
  close(descriptor);
}

void Host::ask_by_stream(uint32_t block) {
  std::array<uint8_t, 4096> answer;
  int descriptor = -1;
  while (!stopping_) {
    if (descriptor < 0 && (descriptor = connected(SOCK_STREAM, address_, port_)) < 0) {
      std::this_thread::sleep_for(Milliseconds(1));
      continue;
    }
    const std::string question = next_question(block);
    std::string framed(2, '\0');
    store_u16(reinterpret_cast<uint8_t*>(framed.data()), static_cast<uint16_t>(question.size()));
    framed += question;
    send(descriptor, framed.data(), framed.size(), MSG_NOSIGNAL);
    std::array<uint8_t, 2> length{};
    const bool came =
        recv(descriptor, length.data(), length.size(), MSG_WAITALL) == std::ssize(length) &&
        load_u16(length.data()) <= answer.size() &&
        recv(descriptor, answer.data(), load_u16(length.data()), MSG_WAITALL) ==
            load_u16(length.data());
    if (came) {
      take(ByteView(answer).first(load_u16(length.data())));
      std::this_thread::sleep_for(Microseconds(throw_dice(500)));
    } else {
      close(descriptor);
      descriptor = -1;
    }
  }
  if (descriptor >= 0) {
    close(descriptor);
  }
}

std::string Host::next_question(uint32_t block) {
  const Named named{throw_dice(5) == 0 ? kEverBlock : block, throw_dice(kNamesOfABlock)};
  Told& told = told_[named.name()];
  told.named = named;
  ++told.asked;
  pending_[++id_] = {named, SystemClock().wall()};
  return testing::query(named.name(), named.type(), id_).wire();
}

// True when it answers a question of ours.
bool Host::take(ByteView answer) {
  const WallTime now = SystemClock().wall();
  const auto pending =
      answer.size() < kHeaderSize ? pending_.end() : pending_.find(load_u16(answer.data()));
  if (pending == pending_.end()) {
    return false;
  }
  const Named& named = pending->second.named;
  const unsigned rcode = answer[3] & 0xFU;
  constexpr unsigned kServFail = 2;  // The upstream was too slow; recorded as any other answer.
  if (rcode != kServFail) {
    wrong_ += addresses_in(answer) != named.addresses() || (rcode == 0) != named.exists() ? 1U : 0U;
    told_[named.name()].heard.push_back({pending->second.asked, now});
  }
  pending_.erase(pending);
  return true;
}

uint32_t Host::throw_dice(uint32_t sides) {
  seed_ = seed_ * 6364136223846793005U + 1442695040888963407U;
  return static_cast<uint32_t>((seed_ >> 33) % sides);
}

}  // namespace etymon::endurance
