// Hosts: the clients of a network on loopback, each with an address and a thread of its own, which
// ask at random and write down every answer they get. What they wrote down is the oracle.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "resolver/base/bytes.h"
#include "resolver/base/clock.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::endurance {

// The zone. A name says all about its answer: "a12-7.kill.test" is the seventh of block 12, has
// addresses in 10.0.12.0/24, or is a denial or a text, as its number has it.
struct Named {
  uint32_t block = 0;
  uint32_t number = 0;

  std::string name() const;
  RecordType type() const;
  bool exists() const { return number % 8 != 0; }
  std::vector<std::string> addresses() const;  // of all types, sorted; empty for denials and texts
};

inline constexpr uint32_t kNamesOfABlock = 64;
inline constexpr uint32_t kEverBlock = 0;  // asked for in every round; others in one round each

// The address of each name of a block that has some.
std::vector<std::string> addresses_of_block(uint32_t block);

// What the upstream says.
std::optional<testing::MessageBuilder> answer_by_name(const testing::Asked& asked);

struct Heard {
  WallTime asked;
  WallTime at;
};

// One host's questions for one name.
struct Told {
  Named named;
  uint64_t asked = 0;
  std::vector<Heard> heard;
};

enum class HostOver { kUdp, kTcp };

class Host {
 public:
  Host(std::string address, uint16_t port, HostOver over, uint32_t seed)
      : address_(std::move(address)), port_(port), over_(over), seed_(seed) {}
  ~Host() { finish(); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Begins to ask for the names of `block` and those of kEverBlock.
  void start(uint32_t block);
  // Takes what has arrived already, and ends.
  void finish();

  const std::string& address() const { return address_; }
  HostOver over() const { return over_; }
  // Heard since the last start(), failures not counted.
  uint64_t answers() const;
  // By name, since the last start(). Answers that are not what the upstream had said.
  const std::map<std::string, Told>& told() const { return told_; }
  uint64_t wrong() const { return wrong_; }

 private:
  struct Pending {
    Named named;
    WallTime asked;
  };

  void ask_by_datagrams(uint32_t block);
  void ask_by_stream(uint32_t block);
  std::string next_question(uint32_t block);
  bool take(ByteView answer);
  uint32_t throw_dice(uint32_t sides);

  const std::string address_;
  const uint16_t port_;
  const HostOver over_;
  uint64_t seed_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  std::map<uint16_t, Pending> pending_;
  uint16_t id_ = 0;
  std::map<std::string, Told> told_;
  uint64_t wrong_ = 0;
};

}  // namespace etymon::endurance
