#include "tests/integration/poisoning.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "tests/integration/udp_sockets.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using Clock = std::chrono::steady_clock;

sockaddr_in at(const std::string& address, uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &out.sin_addr);
  out.sin_port = htons(port);
  return out;
}

std::string answer_with(const char* address, const Asked& asked) {
  std::string answer = asked.query.substr(0, question_end(asked.query));
  store_u16(octets_of(answer) + 2, 0x8180);  // QR, RD, RA
  store_u16(octets_of(answer) + 6, 1);       // one answer
  store_u16(octets_of(answer) + 10, 0);      // no OPT
  ByteWriter out(answer);
  out.u16(0xC00C);  // the name of the question
  out.u16(static_cast<uint16_t>(RecordType::kA));
  out.u16(1);
  out.u32(300);
  out.u16(4);
  return answer + rdata_of(address);
}

}  // namespace

std::string rdata_of(const char* address) {
  std::string octets(4, '\0');
  store_u32(octets_of(octets), IpAddress::from_text(address)->v4_host_order());
  return octets;
}

size_t question_end(const std::string& query) {
  return query.find('\0', kHeaderSize) + 5;
}

std::string true_answer(const Asked& asked) {
  return answer_with(kTrue, asked);
}

std::string forged_answer(const Asked& asked) {
  return answer_with(kForged, asked);
}

std::vector<std::string> addresses_in(const DnsReply& reply) {
  std::vector<std::string> addresses;
  for (const AnswerRecord& record : reply.answers) {
    if (record.type == "A") {
      addresses.push_back(record.data);
    }
  }
  return addresses;
}

Forger::Forger(const std::string& address, uint16_t port)
    : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in own = at(address, port);
  bound_ = bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0;
}

Forger::~Forger() {
  close(socket_);
}

bool Forger::send(const std::string& message, uint16_t to_port) const {
  const sockaddr_in to = at("127.0.0.1", to_port);
  const auto* address = reinterpret_cast<const sockaddr*>(&to);
  return bound_ && sendto(socket_, message.data(), message.size(), 0, address, sizeof to) ==
                       static_cast<ssize_t>(message.size());
}

void wait_until_read(uint16_t port) {
  const auto waits = [](const UdpSocket& socket) { return socket.waiting > 0; };
  for (const auto end = Clock::now() + 1s; Clock::now() < end;) {
    if (std::ranges::none_of(udp_sockets_on(port), waits)) {
      return;
    }
    std::this_thread::yield();
  }
}

DnsReply Poisoning::ask_under(const std::string& name, Attack attack) {
  attack_next(name, std::move(attack));
  DnsReply reply = etymond_.host(kFirstClient).ask(name);
  EXPECT_FALSE(script_.lock()->attacks.contains(name)) << "nobody asked the upstream";
  return reply;
}

DnsReply Poisoning::ask_liar(const std::string& name, Lie lie) {
  script_.lock()->lies[name] = std::move(lie);
  return etymond_.host(kFirstClient).ask(name);
}

void Poisoning::attack_next(const std::string& name, Attack attack) {
  script_.lock()->attacks[name] = std::move(attack);
}

void Poisoning::be_silent() {
  script_.lock()->silent = true;
}

void Poisoning::speak_again() {
  auto script = script_.lock();
  script->silent = false;
  for (const Asked& asked : script->held) {
    upstream_.send(true_answer(asked), asked.port);
  }
}

size_t Poisoning::times_asked_over_tcp(const std::string& name) const {
  return script_.lock()->over_tcp.count(name);
}

std::optional<Clock::duration> Poisoning::since_truth(const std::string& name) const {
  const Clock::time_point now = Clock::now();
  auto script = script_.lock();
  const auto found = script->first_truths.find(name);
  return found == script->first_truths.end() ? std::nullopt : std::optional(now - found->second);
}

void Poisoning::expect_truth(const std::string& name) const {
  expect_told_truth(name);
  expect_nothing_forged();
}

void Poisoning::expect_told_truth(const std::string& name) const {
  EXPECT_THAT(addresses_in(etymond_.host(kSecondClient).ask(name)), ElementsAre(kTrue)) << name;
}

void Poisoning::expect_nothing_forged() const {
  EXPECT_EQ(etymond_.lookup(kTrue, kSecondClient).at("verdict"), "VERDICT_LIVE");
  const Json forged = etymond_.lookup(kForged, kSecondClient);
  EXPECT_EQ(forged.at("verdict"), "VERDICT_NEVER") << forged;
  EXPECT_TRUE(forged.value("candidates", Json::array()).empty()) << forged;
}

std::optional<MessageBuilder> Poisoning::say(const Asked& asked) {
  if (const Attack attack = attack_on(asked)) {
    attack(asked);
  }
  auto script = script_.lock();
  if (asked.over_tcp) {
    script->over_tcp.insert(asked.name);
  }
  if (const auto lie = script->lies.find(asked.name); lie != script->lies.end()) {
    return lie->second(asked);
  }
  if (script->silent && !asked.over_tcp) {
    script->held.push_back(asked);
    return std::nullopt;
  }
  script->first_truths.emplace(asked.name, Clock::now());
  return answer_to(asked).a(asked.name, 300, kTrue);
}

Poisoning::Attack Poisoning::attack_on(const Asked& asked) {
  auto script = script_.lock();
  const auto found = script->attacks.find(asked.name);
  if (asked.over_tcp || found == script->attacks.end()) {
    return {};
  }
  Attack attack = std::move(found->second);
  script->attacks.erase(found);
  return attack;
}

// A question waits as long as dig does: on a slow machine attacks take seconds.
std::vector<std::string> Poisoning::flags() const {
  std::ofstream(folder_.path() + "/config") << "[upstream]\ntimeout = \"10s\"\n";
  return {"--config", folder_.path() + "/config"};
}

}  // namespace etymon::testing
