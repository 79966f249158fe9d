// Poisoning: the daemon on 127.0.0.1, a resolver behind it on 127.0.0.2, two clients, and whoever
// forges. Poisoned is judged by what the second client is told, and by the memory. One thread, but
// for attacks and lies, which run in the resolver's.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "resolver/base/guarded.h"
#include "tests/integration/etymond.h"
#include "tests/support/dns_messages.h"
#include "tests/support/fakes.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {

inline constexpr const char* kTrue = "192.0.2.80";
inline constexpr const char* kForged = "203.0.113.66";
inline constexpr const char* kFirstClient = "127.0.0.1";
inline constexpr const char* kSecondClient = "127.0.0.8";
inline constexpr const char* kUpstream = "127.0.0.2";
inline constexpr const char* kForger = "127.0.0.3";
inline constexpr size_t kHeaderSize = 12;  // RFC 1035 section 4.1.1

inline uint8_t* octets_of(std::string& message) {
  return reinterpret_cast<uint8_t*>(message.data());
}

// The four octets of an address.
std::string rdata_of(const char* address);

// Where the question ends: its type and class are the four octets before. REQUIRES: no label has
// octet 0.
size_t question_end(const std::string& query);

// The answer that the question waits for.
std::string true_answer(const Asked& asked);
// The same in every respect but its address.
std::string forged_answer(const Asked& asked);

std::vector<std::string> addresses_in(const DnsReply& reply);

// A socket that may send from any loopback address and port. It hears of no ICMP.
class Forger {
 public:
  explicit Forger(const std::string& address, uint16_t port = 0);
  ~Forger();
  Forger(const Forger&) = delete;
  Forger& operator=(const Forger&) = delete;

  // To this port of the daemon's; false when nothing was sent.
  bool send(const std::string& message, uint16_t to_port) const;

 private:
  int socket_;
  bool bound_ = false;
};

// Until the daemon has read what came to this port of its own, as far as it will.
void wait_until_read(uint16_t port);

class Poisoning : public ::testing::Test {
 protected:
  // What happens between a question's arrival at the upstream and its true answer.
  using Attack = std::function<void(const Asked&)>;
  // What the upstream says by itself instead of the truth.
  using Lie = std::function<MessageBuilder(const Asked&)>;

  // Asks as the first client; `attack` meets the first question that comes over UDP.
  DnsReply ask_under(const std::string& name, Attack attack);
  // The same of an upstream that lies.
  DnsReply ask_liar(const std::string& name, Lie lie);

  // The next question for `name` that comes over UDP meets `attack`.
  void attack_next(const std::string& name, Attack attack);
  // From now on, over UDP.
  void be_silent();
  // Answers truly from now on, and what was asked in silence, too.
  void speak_again();
  // How many questions met silence, and which.
  size_t held() const { return script_.lock()->held.size(); }
  std::vector<Asked> met_silence() const { return script_.lock()->held; }
  size_t times_asked_over_tcp(const std::string& name) const;
  // How long ago the upstream first gave `name` its true answer; nothing: it did not.
  std::optional<std::chrono::steady_clock::duration> since_truth(const std::string& name) const;

  // The second client is told the truth, and nothing forged is remembered.
  void expect_truth(const std::string& name) const;
  // The first half of it.
  void expect_told_truth(const std::string& name) const;
  // The other one: in the memory nothing leads to the forged address, whoever asked, as an address
  // that another client was told of has another verdict. What is true is there.
  void expect_nothing_forged() const;

 private:
  struct Script {
    std::map<std::string, Attack> attacks;  // by the name that is asked
    std::map<std::string, Lie> lies;
    std::multiset<std::string> over_tcp;
    std::map<std::string, std::chrono::steady_clock::time_point> first_truths;
    bool silent = false;
    std::vector<Asked> held;
  };

  std::optional<MessageBuilder> say(const Asked& asked);
  Attack attack_on(const Asked& asked);
  std::vector<std::string> flags() const;

  Guarded<Script> script_;
  const TemporaryFolder folder_;

 protected:
  const ScriptedResolver upstream_{[this](const Asked& asked) { return say(asked); },
                                   {.address = kUpstream}};
  const Etymond etymond_{{upstream_.address()}, flags()};
};

}  // namespace etymon::testing
