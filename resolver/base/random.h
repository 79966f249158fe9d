// Randomness that an attacker cannot predict: DNS message ids, ports, letter case, hash keys.
//
// Random is an interface so that a test can hold the dice. SystemRandom draws from the kernel's
// CSPRNG (getrandom(2)) through a small buffer. An object belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace etymon {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<uint8_t> out) = 0;

  uint16_t u16();
  uint32_t u32();
  uint64_t u64();
  // Uniform in [0, bound), without modulo bias. REQUIRES: bound > 0.
  uint32_t below(uint32_t bound);
};

class SystemRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override;

 private:
  std::array<uint8_t, 256> pool_{};
  size_t used_ = pool_.size();
};

}  // namespace etymon
