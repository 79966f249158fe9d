#include "resolver/base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace etymon {
namespace {

// getrandom(2) with no flags only fails for a bad address or an interrupting signal.
void read_kernel(std::span<uint8_t> out) {
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = getrandom(out.data() + done, out.size() - done, 0);
    if (n < 0 && errno != EINTR) {
      std::abort();  // Without randomness no question may leave: forged answers would match.
    }
    if (n > 0) {
      done += static_cast<size_t>(n);
    }
  }
}

template <class Integer>
Integer draw(Random& random) {
  std::array<uint8_t, sizeof(Integer)> raw{};
  random.fill(raw);
  Integer value;
  std::memcpy(&value, raw.data(), raw.size());
  return value;
}

}  // namespace

uint16_t Random::u16() {
  return draw<uint16_t>(*this);
}

uint32_t Random::u32() {
  return draw<uint32_t>(*this);
}

uint64_t Random::u64() {
  return draw<uint64_t>(*this);
}

uint32_t Random::below(uint32_t bound) {
  // Values below `unfair` would make the small results likelier: 2^32 mod bound of them.
  const uint32_t unfair = (0U - bound) % bound;
  uint32_t value = u32();
  while (value < unfair) {
    value = u32();
  }
  return value % bound;
}

void SystemRandom::fill(std::span<uint8_t> out) {
  if (out.size() > pool_.size()) {
    read_kernel(out);
    return;
  }
  if (pool_.size() - used_ < out.size()) {
    read_kernel(pool_);
    used_ = 0;
  }
  std::memcpy(out.data(), pool_.data() + used_, out.size());
  std::memset(pool_.data() + used_, 0, out.size());  // A drawn value is not left in memory.
  used_ += out.size();
}

}  // namespace etymon
